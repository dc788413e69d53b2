import KernelTypes

/// Compiles the contractions B_k into two lists of sums of products over rows of lanes.
///
/// For each contraction the *open tensors* T_l = ∂B/∂A′_l are computed in the forward pass; as B is homogeneous of degree
/// ν_D in the A′ of one degree D, Euler's theorem gives B = Σ_l∈D A′_l T_l / ν_D for the degree with the fewest monomials.
/// The backward pass is then only ∂E/∂A′_l = Σ_k (∂E/∂B_k) T_l. Equal polynomials, up to a factor, are computed once.
///
/// Rows of values: A′ (one for each monomial), ones, open tensors, contractions (last).
struct ContractionProgram: Sendable {
    private(set) var forwardRows: [Program.Row] = []
    private(set) var forwardTerms: [Program.Term] = []
    private(set) var backwardRows: [Program.Row] = []
    private(set) var backwardTerms: [Program.Term] = []
    private(set) var nodeCount: Int

    private let monomials: Monomials
    private let one: Int
    private var known: [[Key]: Int] = [:]

    private struct Key: Hashable, Sendable {
        let product: [Int]
        let coefficient: Double
    }

    /// A polynomial as a row of values times a number.
    private struct Factor {
        let node: Int
        let scale: Double
    }

    private struct Product {
        let coefficient: Double
        let term: Program.Term
    }

    init(_ contractions: [Contraction], _ monomials: Monomials) {
        self.monomials = monomials
        one = monomials.count
        nodeCount = monomials.count + 1
        var sums: [[Product]] = []
        var gradients = [[Product]](repeating: [], count: monomials.count)
        for (k, contraction) in contractions.enumerated() {
            let polynomial = Polynomial(contraction, monomials)
            var open: [Int: Factor] = [:]
            for l in polynomial.variables {
                let factor = node(for: polynomial.derivative(l))
                open[l] = factor
                gradients[l].append(Product(coefficient: factor.scale, term: Program.Term(k, factor.node)))
            }
            let degrees = contraction.degrees
            func variables(_ degree: Int) -> [Int] { polynomial.variables.filter { monomials.degree($0) == degree } }
            let degree = degrees.min { (variables($0).count, $0) < (variables($1).count, $1) } ?? 0
            let share = 1 / Double(degrees.count { $0 == degree })
            sums.append(
                variables(degree).compactMap { l in
                    open[l].map { Product(coefficient: share * $0.scale, term: Program.Term(l, $0.node)) }
                })
        }
        for sum in sums {
            Self.append(sum, out: nodeCount, to: &forwardRows, &forwardTerms)
            nodeCount += 1
        }
        for l in 0..<monomials.count { Self.append(gradients[l], out: l, to: &backwardRows, &backwardTerms) }
    }

    /// A row that holds the polynomial, up to a factor; made if there is none yet.
    private mutating func node(for polynomial: Polynomial) -> Factor {
        let terms = polynomial.sorted
        guard let first = terms.first else { return Factor(node: one, scale: 0) }
        let scale = first.coefficient
        if polynomial.order == 0 { return Factor(node: one, scale: scale) }
        if polynomial.order == 1 && terms.count == 1 { return Factor(node: first.product[0], scale: scale) }
        let key = terms.map { Key(product: $0.product, coefficient: $0.coefficient / scale) }
        if let node = known[key] { return Factor(node: node, scale: scale) }
        var products: [Product] = []
        if polynomial.order <= 2 {
            for term in key {
                let second = term.product.count == 2 ? term.product[1] : one
                products.append(Product(coefficient: term.coefficient, term: Program.Term(term.product[0], second)))
            }
        } else {
            var rest = polynomial
            while let l = rest.commonest {
                let parts = rest.split(by: l)
                let factor = node(for: parts.quotient)
                products.append(Product(coefficient: factor.scale / scale, term: Program.Term(l, factor.node)))
                rest = parts.rest
            }
        }
        let node = nodeCount
        nodeCount += 1
        Self.append(products, out: node, to: &forwardRows, &forwardTerms)
        known[key] = node
        return Factor(node: node, scale: scale)
    }

    /// One row for each coefficient: the first sets, the others add.
    private static func append(
        _ products: [Product], out: Int, to rows: inout [Program.Row], _ terms: inout [Program.Term]
    ) {
        let coefficients = Set(products.map(\.coefficient)).sorted()
        if coefficients.isEmpty {
            rows.append(Program.Row(out: out, firstTerm: terms.count, termCount: 0, adds: false, coefficient: 0))
        }
        for (index, coefficient) in coefficients.enumerated() {
            let group = products.filter { $0.coefficient == coefficient }
            rows.append(
                Program.Row(
                    out: out, firstTerm: terms.count, termCount: group.count, adds: index > 0, coefficient: coefficient))
            terms += group.map(\.term)
        }
    }
}
