import Atoms
import Search
import Support
import Testing

@Suite struct FormulaTests {
    @Test(
        arguments: [
            ("C", [6]), ("CO", [6, 8]), ("Co", [27]), ("H2O", [1, 1, 8]), ("OH2", [8, 1, 1]), ("C1", [6]),
            ("Li2(SO4)3", [3, 3] + Array(repeatElement([16, 8, 8, 8, 8], count: 3).joined())),
            ("(C(H)2)2", [6, 1, 1, 6, 1, 1]), ("HeH", [2, 1]), ("Og12", [Int32](repeating: 118, count: 12)),
        ] as [(String, [Int32])])
    func reads(formula: String, numbers: [Int32]) throws {
        #expect(try Formula.numbers(formula) == numbers)
        #expect(try Formula.numbers(formula, units: 3) == numbers + numbers + numbers)
    }

    @Test(arguments: [
        ("", "the formula is empty"), ("h", "formula: byte 1: an element's symbol should stand here"),
        ("CXq2", "formula: byte 2: \"Xq\" is no element"), ("C0", "formula: byte 2: the count is 0"),
        ("C(H", "formula: byte 4: ')' is missing"), ("C)", "formula: byte 2: ')' without '('"),
        ("C()", "formula: byte 3: nothing between the parentheses"),
        ("C99999999999999999999", "the formula has more than 1000000 atoms"),
        ("((C9999)9999)9999", "the formula has more than 1000000 atoms"),
        ("C 2", "formula: byte 2: an element's symbol should stand here"),
        (String(repeating: "(", count: 100_000), "formula: byte 34: parentheses deeper than 32"),
    ])
    func refuses(formula: String, message: String) {
        #expect { try Formula.numbers(formula) } throws: { "\($0)" == message }
    }

    @Test func elements() {
        #expect(Elements.symbols.count == 118)
        #expect(Elements.number("Fe") == 26)
        #expect(Elements.number("Lr") == 103)
        #expect(Elements.number("") == nil)
    }
}
