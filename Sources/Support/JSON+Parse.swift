extension JSON {
    /// How much a text may ask for. The defaults suit any file that librm writes; what is beyond them is refused, so
    /// that a hostile text cannot exhaust stack or memory.
    package struct Limits: Sendable {
        package var bytes = 16 << 20
        package var depth = 64
        package var values = 1_000_000

        package init() {}
    }

    /// Reads a whole text. Refuses what RFC 8259 does not allow, and keys that come twice, numbers that a Double cannot
    /// hold and strings that are not Unicode. Throws `.format` with line and byte (both from 1).
    package init(parsing text: String, limits: Limits = Limits()) throws(Failure) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    /// Reads UTF-8 bytes; see above.
    package init(parsing bytes: some RandomAccessCollection<UInt8>, limits: Limits = Limits()) throws(Failure) {
        guard bytes.count <= limits.bytes else {
            throw Failure(.format, "the text is longer than \(limits.bytes) bytes")
        }
        var parser = Parser(bytes: Array(bytes), limits: limits)
        self = try parser.text()
    }
}

private struct Parser {
    let bytes: [UInt8]
    let limits: JSON.Limits
    var position = 0
    var values = 0

    init(bytes: [UInt8], limits: JSON.Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func text() throws(Failure) -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw failure("something follows the value") }
        return value
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(Failure) -> JSON {
        skipSpace()
        values += 1
        guard values <= limits.values else { throw failure("more than \(limits.values) values") }
        guard let byte = peek else { throw failure("the text ends where a value should be") }
        switch byte {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw failure("not a value")
        }
    }

    private mutating func object(depth: Int) throws(Failure) -> JSON.Object {
        try enter(depth)
        var object = JSON.Object()
        var keys: Set<String> = []
        skipSpace()
        if take("}") { return object }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw failure("a key in quotes is missing") }
            let start = position
            let key = try string()
            guard keys.insert(key).inserted else {
                position = start
                throw failure("the key \(key.quoted) comes twice")
            }
            skipSpace()
            guard take(":") else { throw failure("':' is missing after the key \(key.quoted)") }
            object.append(key, try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("}") else { throw failure("',' or '}' is missing") }
        return object
    }

    private mutating func array(depth: Int) throws(Failure) -> [JSON] {
        try enter(depth)
        var array: [JSON] = []
        skipSpace()
        if take("]") { return array }
        repeat {
            array.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw failure("',' or ']' is missing") }
        return array
    }

    private mutating func enter(_ depth: Int) throws(Failure) {
        guard depth < limits.depth else { throw failure("nested deeper than \(limits.depth)") }
        position += 1
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(Failure) -> JSON {
        let length = word.utf8CodeUnitCount
        guard bytes.count - position >= length,
            (0..<length).allSatisfy({ bytes[position + $0] == word.utf8Start[$0] })
        else { throw failure("not a value") }
        position += length
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(Failure) -> JSON {
        let start = position
        var isInteger = true
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") {
            isInteger = false
            try digits()
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, text != "-0", let integer = Int(text) { return .integer(integer) }
        // Double(String) reads as the C locale does, whatever locale the host has set.
        guard let number = Double(text), number.isFinite else {
            position = start
            throw failure("the number is out of range")
        }
        return .number(number)
    }

    private mutating func digits() throws(Failure) {
        let start = position
        while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        guard position > start else { throw failure("a digit is missing") }
    }

    // MARK: Strings

    private mutating func string() throws(Failure) -> String {
        let start = position
        position += 1
        var content: [UInt8] = []
        while true {
            guard let byte = peek else { throw failure("the text ends within a string") }
            guard byte >= 0x20 else { throw failure("a control character within a string") }
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: content, as: UTF8.self) else {
                    position = start
                    throw failure("the string is not valid UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): try escape(into: &content)
            default: content.append(byte)
            }
        }
    }

    private mutating func escape(into content: inout [UInt8]) throws(Failure) {
        guard let byte = peek else { throw failure("the text ends within a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if code & 0xFC00 == 0xD800, take("\\"), take("u") {  // the first half of a surrogate pair
                let second = try hexadecimal()
                guard second & 0xFC00 == 0xDC00 else { throw failure("half a surrogate pair") }
                code = 0x10000 + (code & 0x3FF) << 10 + second & 0x3FF
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair") }
            content.append(contentsOf: UTF8.encode(scalar)!)
        default:
            position -= 1
            throw failure("no such escape")
        }
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("\\u needs four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func failure(_ what: String) -> Failure {
        let before = bytes[..<position]
        let line = 1 + before.count { $0 == 0x0A }
        let byte = position - (before.lastIndex(of: 0x0A) ?? -1)
        return Failure(.format, "line \(line), byte \(byte): \(what)")
    }
}
