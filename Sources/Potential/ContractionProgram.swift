import KernelTypes

/// Compiles the contractions B_k into two lists of sums of products over rows of lanes.
///
/// For each contraction the *open tensors* T_l = ∂B/∂A′_l are computed in the forward pass; as B is homogeneous of
/// degree ν_D in the A′ of one degree D, Euler's theorem gives B = Σ_l∈D A′_l T_l / ν_D for the degree with the fewest
/// monomials. The backward pass is then only ∂E/∂A′_l = Σ_k (∂E/∂B_k) T_l. Equal polynomials, up to a factor, are
/// computed once.
///
/// Rows of values: A′ (one for each monomial), ones, open tensors.
struct ContractionProgram: Sendable {
    private(set) var opening = BundledProgram()
    private(set) var closing = BundledProgram()
    private(set) var backward = BundledProgram()
    private(set) var nodeCount: Int

    private let monomials: Monomials
    private let one: Int
    private var known: [[Key]: Int] = [:]
    private var sumsOfProducts: [SumOfProducts] = []
    private var levels: [Int]  // of each row of values: how many sums must have been computed before

    private struct Key: Hashable, Sendable {
        let product: [Int]
        let coefficient: Double
    }

    /// A polynomial as a row of values times a number.
    private struct Factor {
        let node: Int
        let scale: Double
    }

    private typealias Product = SumOfProducts.Product

    init(_ contractions: [Contraction], _ monomials: Monomials) {
        self.monomials = monomials
        one = monomials.count
        nodeCount = monomials.count + 1
        levels = [Int](repeating: 0, count: nodeCount)
        var sums: [[Product]] = []
        var gradients = [[Product]](repeating: [], count: monomials.count)
        for (k, contraction) in contractions.enumerated() {
            let polynomial = Polynomial(contraction, monomials)
            var open: [Int: Factor] = [:]
            for l in polynomial.variables {
                let factor = node(for: polynomial.derivative(l))
                open[l] = factor
                gradients[l].append(Product(factor.scale, k, factor.node))
            }
            let degrees = contraction.degrees
            func variables(_ degree: Int) -> [Int] { polynomial.variables.filter { monomials.degree($0) == degree } }
            let degree = degrees.min { (variables($0).count, $0) < (variables($1).count, $1) } ?? 0
            let share = 1 / Double(degrees.count { $0 == degree })
            sums.append(
                variables(degree).compactMap { l in
                    open[l].map { Product(share * $0.scale, l, $0.node) }
                })
        }
        opening = BundledProgram(sumsOfProducts)
        closing = BundledProgram(sums.enumerated().map { SumOfProducts(out: $0, products: $1, level: 0) })
        backward = BundledProgram(gradients.enumerated().map { SumOfProducts(out: $0, products: $1, level: 0) })
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
                products.append(Product(term.coefficient, term.product[0], second))
            }
        } else {
            var rest = polynomial
            while let l = rest.commonest {
                let parts = rest.split(by: l)
                let factor = node(for: parts.quotient)
                products.append(Product(factor.scale / scale, l, factor.node))
                rest = parts.rest
            }
        }
        let node = add(products)
        known[key] = node
        return Factor(node: node, scale: scale)
    }

    /// A new row of values for a sum of products of rows that are there.
    private mutating func add(_ products: [Product]) -> Int {
        let level = 1 + (products.map { max(levels[$0.first], levels[$0.second]) }.max() ?? 0)
        sumsOfProducts.append(SumOfProducts(out: nodeCount, products: products, level: level))
        levels.append(level)
        nodeCount += 1
        return nodeCount - 1
    }
}
