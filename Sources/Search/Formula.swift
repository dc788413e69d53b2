import Atoms
import Support

/// A chemical formula: element symbols and groups in parentheses, each with a count if it is not 1, as in "Li2(SO4)3".
package enum Formula {
    package static let maximumCount = 1_000_000
    private static let maximumDepth = 32

    /// The atomic numbers in the order written, `units` times. Throws `.format`, naming the byte (from 1).
    package static func numbers(_ formula: String, units: Int = 1) throws(Failure) -> [Int32] {
        var parser = Parser(bytes: Array(formula.utf8))
        let numbers = try parser.group(depth: 0)
        guard parser.position == parser.bytes.count else { throw parser.failure("')' without '('") }
        guard !numbers.isEmpty else { throw Failure(.format, "the formula is empty") }
        return try parser.repeated(numbers, units)
    }

    private struct Parser {
        let bytes: [UInt8]
        var position = 0

        /// Up to the end, or to a closing parenthesis.
        mutating func group(depth: Int) throws(Failure) -> [Int32] {
            guard depth <= maximumDepth else { throw failure("parentheses deeper than \(maximumDepth)") }
            var numbers: [Int32] = []
            while let byte = peek, byte != UInt8(ascii: ")") {
                var part: [Int32]
                if byte == UInt8(ascii: "(") {
                    position += 1
                    part = try group(depth: depth + 1)
                    guard peek != nil else { throw failure("')' is missing") }
                    guard !part.isEmpty else { throw failure("nothing between the parentheses") }
                    position += 1
                } else {
                    part = [try element()]
                }
                part = try repeated(part, try count())
                guard numbers.count + part.count <= maximumCount else { throw tooLong }
                numbers += part
            }
            return numbers
        }

        private mutating func element() throws(Failure) -> Int32 {
            let start = position
            guard let first = peek, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
                throw failure("an element's symbol should stand here")
            }
            repeat { position += 1 } while peek.map((UInt8(ascii: "a")...UInt8(ascii: "z")).contains) ?? false
            let symbol = String(decoding: bytes[start..<position], as: UTF8.self)
            guard let number = Elements.number(symbol) else {
                position = start
                throw failure("\(symbol.quoted) is no element")
            }
            return number
        }

        /// 1 if none is written.
        private mutating func count() throws(Failure) -> Int {
            let start = position
            var count = 0
            while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                count = min(maximumCount + 1, count * 10 + Int(byte - UInt8(ascii: "0")))
                position += 1
            }
            guard position > start else { return 1 }
            guard count > 0 else {
                position = start
                throw failure("the count is 0")
            }
            return count
        }

        func repeated(_ numbers: [Int32], _ count: Int) throws(Failure) -> [Int32] {
            guard count <= maximumCount / numbers.count else { throw tooLong }
            return Array(repeatElement(numbers, count: count).joined())
        }

        private var tooLong: Failure { Failure(.format, "the formula has more than \(maximumCount) atoms") }

        private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

        func failure(_ what: String) -> Failure { Failure(.format, "formula: byte \(position + 1): \(what)") }
    }
}
