/// An invariant: a connected multigraph without loops whose vertices are copies of A′ and whose edge of multiplicity m
/// between vertices a and b sums over all (mx, my, mz), mx + my + mz = m, with the weight m!/(mx! my! mz!), adding
/// (mx, my, mz) to the exponents of both ends. No edge at all is the scalar A′[m, 0, c].
package struct Contraction: Equatable, Sendable {
    package struct Edge: Equatable, Sendable {
        package let first, second, multiplicity: Int

        package init(_ first: Int, _ second: Int, _ multiplicity: Int) {
            self.first = first
            self.second = second
            self.multiplicity = multiplicity
        }
    }

    package let edges: [Edge]

    package init(_ edges: [Edge]) { self.edges = edges }

    /// The number of factors A′ in each product.
    package var order: Int { 1 + (edges.map { max($0.first, $0.second) }.max() ?? 0) }

    /// The degree of each vertex: the sum of its edges' multiplicities.
    package var degrees: [Int] {
        var degrees = [Int](repeating: 0, count: order)
        for edge in edges {
            degrees[edge.first] += edge.multiplicity
            degrees[edge.second] += edge.multiplicity
        }
        return degrees
    }
}

extension Contraction {
    /// All up to order 3 with l_max 3, as the published models have them; the kernels know this list by heart.
    static let published: [Contraction] = [
        Contraction([]),
        Contraction([Edge(0, 1, 1)]),
        Contraction([Edge(0, 1, 2)]),
        Contraction([Edge(0, 1, 3)]),
        Contraction([Edge(0, 1, 1), Edge(0, 2, 1)]),
        Contraction([Edge(0, 1, 1), Edge(0, 2, 1), Edge(1, 2, 1)]),
        Contraction([Edge(0, 1, 2), Edge(0, 2, 1)]),
        Contraction([Edge(0, 1, 2), Edge(0, 2, 1), Edge(1, 2, 1)]),
    ]

    /// Of contractions of order 1 and 2, each of a degree of its own, the index of that of each degree, −1 where there
    /// is none; nil if there are others.
    static func squares(_ contractions: [Contraction], degreeCount: Int) -> [Int32]? {
        var result = [Int32](repeating: -1, count: degreeCount)
        for (k, contraction) in contractions.enumerated() {
            guard contraction.edges.count <= 1 else { return nil }
            let degree = contraction.edges.first?.multiplicity ?? 0
            guard result[degree] < 0 else { return nil }
            result[degree] = Int32(k)
        }
        return result
    }
}
