import Glibc
import Support
import Testing

@Suite struct JSONTests {
    @Test(
        arguments: [
            ("null", JSON.null), (" true ", .boolean(true)), ("false", .boolean(false)),
            ("0", .integer(0)), ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .number(0x1p63)), ("-0", .number(-0.0)),
            ("1.5e3", .number(1500)), ("2E-2", .number(0.02)),
            ("5e-324", .number(0x1p-1074)), ("1e-400", .number(0)), ("0.1", .number(0.1)),
            ("\"\"", .string("")), (#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, .string("a\"\\/\u{8}\u{c}\n\r\té😀")),
            ("\"é😀\"", .string("é😀")), (#""\u0000""#, .string("\u{0}")),
            ("[]", .array([])), ("[1, [2], {}]", [1, [2], .object(.init())]),
            ("\n{\"b\" : 1 ,\t\"a\":[null]}\r\n", ["b": 1, "a": [.null]]),
        ] as [(String, JSON)])
    func reads(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "True", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "{}x", "{1:2}",
        "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\" 1}", "01", "-", "+1", "1.", ".5", "1e", "1e+",
        "0x10", "NaN",
        "Infinity", "-Infinity", "1e999",
        "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", #""\ud83d""#, #""\ud83dx""#,
        #""\ud83d\u0041""#, #""\ude00""#,
        "\"\n\"", "\"\u{1}\"", "'a'", "1 1", "{} {}", "\u{FEFF}1", "/* */1", "1,", "\u{0}",
    ])
    func refuses(text: String) {
        #expect(throws: Failure.self) { try JSON(parsing: text) }
    }

    @Test func refusesWhatIsNotUTF8() {
        for bytes: [UInt8] in [[0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]] {
            #expect(throws: Failure.self) { try JSON(parsing: [0x22] + bytes + [0x22]) }
        }
    }

    @Test func saysWhere() {
        func message(_ text: String) -> String? {
            do { _ = try JSON(parsing: text) } catch { return error.message }
            return nil
        }
        #expect(message("{\n  \"a\": 1,\n  \"a\": 2\n}") == "line 3, byte 3: the key \"a\" comes twice")
        #expect(message("[1,\n 2,\n  x]") == "line 3, byte 3: not a value")
        #expect(message("[1e400]") == "line 1, byte 2: the number is out of range")
    }

    @Test func limits() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSON(parsing: nested(64))
        #expect(throws: Failure.self) { try JSON(parsing: nested(65)) }
        #expect(throws: Failure.self) { try JSON(parsing: String(repeating: "[", count: 1_000_000)) }
        #expect(throws: Failure.self) { try JSON(parsing: String(repeating: "{\"a\":", count: 1_000_000)) }
        var limits = JSON.Limits()
        limits.values = 3
        _ = try JSON(parsing: "[1,2]", limits: limits)
        #expect(throws: Failure.self) { try JSON(parsing: "[1,2,3]", limits: limits) }
        limits.bytes = 4
        #expect(throws: Failure.self) { try JSON(parsing: "[1,2]", limits: limits) }
    }

    @Test func writesWhatItReads() throws {
        let value: JSON = [
            "z": [0, -1, .integer(.min), .number(0.1), .number(-0.0), .number(1e300), .number(0x1p-1074), .number(4)],
            "a": ["text": "quote \" backslash \\ newline \n bell \u{7} é 😀 \u{0}", "": .null], "yes": true, "list": [],
        ]
        let text = value.text
        #expect(!text.utf8.contains { $0 < 0x20 })
        #expect(try JSON(parsing: text) == value)
        #expect(JSON.number(.nan).text == "null")
    }

    @Test func numbersSurviveBitForBit() throws {
        var random = RandomStream(seed: 1)
        for _ in 0..<2000 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            guard case .number(let read) = try JSON(parsing: JSON.number(number).text) else {
                Issue.record("\(number) was not read as a number")
                continue
            }
            #expect(read.bitPattern == number.bitPattern)
        }
    }

    /// A host may have set a locale whose decimal point is a comma.
    @Test func knowsNoLocale() throws {
        let before = String(cString: setlocale(LC_ALL, nil))
        defer { setlocale(LC_ALL, before) }
        let names = ["de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "fr_FR.utf8"]
        guard names.contains(where: { (name: String) in setlocale(LC_ALL, name) != nil }) else {
            print("skipped: no locale with a decimal comma is installed")
            return
        }
        #expect(try JSON(parsing: "1.5") == .number(1.5))
        #expect(JSON.number(1.5).text == "1.5")
    }

    @Test func objectsKeepOrderAndReplaceInPlace() throws {
        var object: JSON.Object = ["b": 1, "a": 2]
        object["c"] = 3
        object["b"] = 4
        object.merge(["a": 5, "d": 6])
        #expect(JSON.object(object).text == #"{"b":4,"a":5,"c":3,"d":6}"#)
        object["a"] = nil
        #expect(object.members.map(\.key) == ["b", "c", "d"])
    }

    @Test func placesNameThemselves() throws {
        let place = JSON.Place(try JSON(parsing: #"{"a":{"list":[1,2.5,"x",4.0]}}"#))
        let list = try place["a"]["list"].elements()
        #expect(try list[3].integer(in: 0...9) == 4)
        #expect { try list[1].integer(in: 0...9) } throws: { "\($0)" == "a.list[1]: 2.5 is not a whole number" }
        #expect { try list[0].integer(in: 3...9) } throws: { "\($0)" == "a.list[0]: 1 is not in 3 to 9" }
        #expect { try list[2].number(in: 0...1) } throws: { "\($0)" == "a.list[2]: should be a number" }
        #expect { try place["a"]["x"] } throws: { "\($0)" == "a: the key \"x\" is missing" }
        #expect { try place.check(keys: ["b"]) } throws: { "\($0)" == "the key \"a\" is not known" }
    }
}
