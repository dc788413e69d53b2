import KernelTypes

/// out = Σ coefficient · first · second, rows of lanes.
struct SumOfProducts: Sendable {
    struct Product: Sendable {
        let coefficient: Double
        let first: Int
        let second: Int

        init(_ coefficient: Double, _ first: Int, _ second: Int) {
            self.coefficient = coefficient
            self.first = first
            self.second = second
        }
    }

    let out: Int
    let products: [Product]
    let level: Int  // sums of one level do not read each other
}

/// Sums of products in an order in which each finds what it reads, those with the same first factors bundled.
struct BundledProgram: Sendable {
    private(set) var bundles: [Program.Bundle] = []
    private(set) var terms: [Program.Term] = []

    /// The products of a sum that have one coefficient.
    private struct Part {
        let out: Int
        let coefficient: Double
        let firsts: [Int]
        let seconds: [Int]
    }

    init() {}

    init(_ sums: [SumOfProducts]) {
        for level in Set(sums.map(\.level)).sorted() {
            // The first part of every sum sets its row, the others add: one after the other.
            var parts: [[Part]] = []
            for sum in sums where sum.level == level {
                for (index, part) in Self.parts(of: sum).enumerated() {
                    if index == parts.count { parts.append([]) }
                    parts[index].append(part)
                }
            }
            for (index, group) in parts.enumerated() { bundle(group, adds: index > 0) }
        }
    }

    private static func parts(of sum: SumOfProducts) -> [Part] {
        let coefficients = Set(sum.products.map(\.coefficient)).sorted()
        guard !coefficients.isEmpty else { return [Part(out: sum.out, coefficient: 0, firsts: [], seconds: [])] }
        return coefficients.map { coefficient in
            let products = sum.products.filter { $0.coefficient == coefficient }
                .sorted { ($0.first, $0.second) < ($1.first, $1.second) }
            return Part(
                out: sum.out, coefficient: coefficient, firsts: products.map(\.first), seconds: products.map(\.second))
        }
    }

    private mutating func bundle(_ parts: [Part], adds: Bool) {
        var waiting: [[Part]] = []
        for part in parts {
            let match = waiting.firstIndex {
                $0.count < 3 && $0[0].coefficient == part.coefficient && $0[0].firsts == part.firsts
            }
            if let match { waiting[match].append(part) } else { waiting.append([part]) }
        }
        for group in waiting {
            bundles.append(
                Program.Bundle(
                    rows: group.map(\.out), firstTerm: terms.count, termCount: group[0].firsts.count, adds: adds,
                    coefficient: group[0].coefficient))
            for (index, first) in group[0].firsts.enumerated() {
                terms.append(Program.Term(shared: first, own: group.map { $0.seconds[index] }))
            }
        }
    }
}
