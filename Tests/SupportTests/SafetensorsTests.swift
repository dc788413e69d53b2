import Support
import Testing

@Suite struct SafetensorsTests {
    /// A file from a header and its numbers.
    static func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + data
    }

    /// A header's entry for a list of numbers.
    static func tensor(_ name: String, _ count: Int, _ begin: Int, _ end: Int) -> String {
        #""\#(name)":{"dtype":"F64","shape":[\#(count)],"data_offsets":[\#(begin),\#(end)]}"#
    }

    static func bytes(_ values: [Double]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    }

    static func sample() -> Safetensors.Writer {
        var writer = Safetensors.Writer()
        writer.set(metadata: "format", "test")
        writer.set(metadata: "text", "é \"quoted\" \n")
        writer.add("a", [2, 3], [1, -2.5, .pi, 0, -0.0, 0x1p-1074])
        writer.add("state", [4], [0, 1, .max, 1 << 63] as [UInt64])
        writer.add("signed", [1, 2], [Int64.min, -1])
        writer.add("scalar", [], [7.0])
        writer.add("empty", [0, 5], [Double]())
        return writer
    }

    @Test func readsWhatItWrites() throws {
        let bytes = Self.sample().bytes
        let length = Int(bytes[0]) | Int(bytes[1]) << 8
        #expect((8 + length) % 8 == 0)
        let file = try Safetensors(bytes)
        #expect(file.metadata.map(\.key) == ["format", "text"])
        #expect(file.metadata("text") == "é \"quoted\" \n")
        #expect(file.metadata("other") == nil)
        #expect(file.tensors.map(\.name) == ["a", "state", "signed", "scalar", "empty"])
        let expected: [Double] = [1, -2.5, .pi, 0, -0.0, 0x1p-1074]
        #expect(try file.doubles("a", shape: [2, 3]).map(\.bitPattern) == expected.map(\.bitPattern))
        #expect(try file.unsignedIntegers("state", shape: [4]) == [0, 1, .max, 1 << 63])
        #expect(try file.integers("signed", shape: [1, 2]) == [.min, -1])
        #expect(try file.doubles("scalar", shape: []) == [7])
        #expect(try file.doubles("empty", shape: [0, 5]) == [])
    }

    @Test func refusesWhatWasNotAskedFor() throws {
        let file = try Safetensors(Self.sample().bytes)
        #expect { try file.doubles("b", shape: [1]) } throws: { "\($0)" == "the tensor \"b\" is missing" }
        #expect { try file.doubles("a", shape: [3, 2]) } throws: {
            "\($0)" == "tensor \"a\": its shape is [2, 3], not [3, 2]"
        }
        #expect { try file.doubles("state", shape: [4]) } throws: {
            "\($0)" == "tensor \"state\": its type is U64, not F64 or F32"
        }
        #expect(throws: Failure.self) { try file.unsignedIntegers("signed", shape: [1, 2]) }
        #expect(throws: Failure.self) { try file.integers("a", shape: [2, 3]) }
    }

    @Test func readsSinglePrecisionAndAnyOrder() throws {
        let single = [Float(1.5), -0.1].flatMap { value in
            withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        }
        let header =
            #"{"b":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},"#
            + #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   "#
        let file = try Safetensors(Self.file(header, single + Self.bytes([3])))
        #expect(try file.doubles("a", shape: [2]) == [1.5, Double(Float(-0.1))])
        #expect(try file.doubles("b", shape: [1]) == [3])
    }

    @Test(arguments: [
        (#"{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}"#, 8),  // shape does not fit the offsets
        (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}}"#, 8),  // beyond the end
        (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[8,0]}}"#, 8),  // backwards
        (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[-8,0]}}"#, 8),
        (#"{"a":{"dtype":"F64","shape":[-1],"data_offsets":[0,8]}}"#, 8),
        (#"{"a":{"dtype":"F64","shape":[-1,-1],"data_offsets":[0,8]}}"#, 8),
        (#"{"a":{"dtype":"F64","shape":[1.5],"data_offsets":[0,8]}}"#, 8),
        (#"{"a":{"dtype":"F64","shape":[1e30],"data_offsets":[0,8]}}"#, 8),
        (#"{"a":{"dtype":"F64","shape":[2305843009213693953],"data_offsets":[0,8]}}"#, 8),  // overflows to 8
        (#"{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0),
        (#"{"a":{"dtype":"F64","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,8]}}"#, 8),  // rank
        (#"{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}"#, 2),
        (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0]}}"#, 8),
        (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8,8]}}"#, 8),
        (#"{"a":{"dtype":"F64","shape":[1]}}"#, 8),
        (#"{"a":{"dtype":"F64","data_offsets":[0,8]}}"#, 8),
        (#"{"a":{"shape":[1],"data_offsets":[0,8]}}"#, 8),
        (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8],"more":1}}"#, 8),
        (#"{"a":{"dtype":"F64","shape":1,"data_offsets":[0,8]}}"#, 8),
        (#"{"a":{"dtype":64,"shape":[1],"data_offsets":[0,8]}}"#, 8),
        (#"{"a":[]}"#, 0), (#"{"a":null}"#, 0),
        ("{" + tensor("b", 1, 0, 8) + "," + tensor("a", 1, 4, 12) + "}", 12),  // they overlap
        ("{" + tensor("b", 1, 0, 8) + "," + tensor("a", 1, 0, 8) + "}", 8),
        ("{" + tensor("a", 1, 8, 16) + "," + tensor("b", 0, 0, 0) + "}", 16),  // a gap
    ])
    func refusesHostileTensorsByName(header: String, size: Int) {
        #expect {
            try Safetensors(Self.file(header, [UInt8](repeating: 0, count: size)))
        } throws: {
            let failure = $0 as? Failure
            return failure?.kind == .format && failure!.message.contains("tensor \"a\": ")
        }
    }

    @Test(arguments: [
        [], [1, 2, 3], [UInt8](repeating: 0xFF, count: 8), [UInt8](repeating: 0, count: 8),
        [0, 0, 0, 0, 0, 0, 0, 0x80, 0x7B, 0x7D], [3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D],
        file("[]"), file("{}x"), file("{}", [0]), file(#"{"a":"#),
        file(#"{"__metadata__":{"a":1}}"#), file(#"{"__metadata__":[]}"#),
        file(#"{"__metadata__":{},"__metadata__":{}}"#), file("\u{0}\u{0}"),
        file("{" + tensor("a", 0, 0, 0) + "," + tensor("a", 0, 0, 0) + "}"),
    ])
    func refusesHostileFiles(bytes: [UInt8]) {
        #expect { try Safetensors(bytes) } throws: { ($0 as? Failure)?.kind == .format }
    }

    @Test func survivesTruncationAndMutation() {
        let bytes = Self.sample().bytes
        for count in 0..<bytes.count { #expect(throws: Failure.self) { try Safetensors(Array(bytes[..<count])) } }
        var random = RandomStream(seed: 2)
        for _ in 0..<3000 {
            var mutant = bytes
            for _ in 0...random.index(below: 4) {
                mutant[random.index(below: mutant.count)] = UInt8(random.index(below: 256))
            }
            guard let file = try? Safetensors(mutant) else { continue }
            for tensor in file.tensors {  // whatever is let through can be read
                switch tensor.type {
                case .f64, .f32: _ = try? file.doubles(tensor.name, shape: tensor.shape)
                case .u64: _ = try? file.unsignedIntegers(tensor.name, shape: tensor.shape)
                case .i64: _ = try? file.integers(tensor.name, shape: tensor.shape)
                }
            }
        }
    }
}
