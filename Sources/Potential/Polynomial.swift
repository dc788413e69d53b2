/// A homogeneous polynomial in the A′ of one lane: products of monomial indices, sorted, and their coefficients. This
/// is what a contraction is once its sums are written out and equal products merged.
struct Polynomial: Equatable {
    private(set) var terms: [[Int]: Double] = [:]

    mutating func add(_ product: [Int], _ coefficient: Double) { terms[product, default: 0] += coefficient }

    var order: Int { terms.keys.first?.count ?? 0 }

    /// Terms in a fixed order.
    var sorted: [(product: [Int], coefficient: Double)] {
        terms.map { ($0.key, $0.value) }.sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }

    var variables: [Int] { Set(terms.keys.joined()).sorted() }

    /// ∂/∂A′_l.
    func derivative(_ l: Int) -> Polynomial {
        var result = Polynomial()
        for (product, coefficient) in terms {
            let power = product.count { $0 == l }
            guard power > 0, let first = product.firstIndex(of: l) else { continue }
            var rest = product
            rest.remove(at: first)
            result.add(rest, coefficient * Double(power))
        }
        return result
    }

    /// Divides the terms: those with A′_l, divided by it once, and the rest.
    func split(by l: Int) -> (quotient: Polynomial, rest: Polynomial) {
        var quotient = Polynomial()
        var remainder = Polynomial()
        for (product, coefficient) in terms {
            if let first = product.firstIndex(of: l) {
                var rest = product
                rest.remove(at: first)
                quotient.add(rest, coefficient)
            } else {
                remainder.add(product, coefficient)
            }
        }
        return (quotient, remainder)
    }

    /// The variable in most terms; the lowest among equals.
    var commonest: Int? {
        var counts: [Int: Int] = [:]
        for product in terms.keys { for l in Set(product) { counts[l, default: 0] += 1 } }
        return counts.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key
    }
}

extension Polynomial {
    /// Writes out a contraction: a sum over (mx, my, mz) of every edge with weights m!/(mx! my! mz!).
    init(_ contraction: Contraction, _ monomials: Monomials) {
        var exponents = [SIMD3<Int>](repeating: .zero, count: contraction.order)
        var result: [[Int]: Double] = [:]
        func expand(_ edge: Int, _ weight: Double) {
            guard edge < contraction.edges.count else {
                result[exponents.map(monomials.index).sorted(), default: 0] += weight
                return
            }
            let (a, b, m) = (
                contraction.edges[edge].first, contraction.edges[edge].second, contraction.edges[edge].multiplicity
            )
            for mx in 0...m {
                for my in 0...m - mx {
                    let step = SIMD3(mx, my, m - mx - my)
                    exponents[a] &+= step
                    exponents[b] &+= step
                    expand(edge + 1, weight * Self.multinomial(mx, my, m - mx - my))
                    exponents[a] &-= step
                    exponents[b] &-= step
                }
            }
        }
        expand(0, 1)
        terms = result
    }

    private static func multinomial(_ a: Int, _ b: Int, _ c: Int) -> Double {
        func factorial(_ n: Int) -> Double { n < 2 ? 1 : Double(n) * factorial(n - 1) }
        return factorial(a + b + c) / (factorial(a) * factorial(b) * factorial(c))
    }
}
