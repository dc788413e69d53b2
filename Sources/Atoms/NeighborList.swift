import Support

/// All neighbours of all atoms, for work that is not worth streaming: atom i has the neighbours
/// offsets[i] ..< offsets[i + 1], each with the vector r_ij = r_j + lattice translation − r_i (Å).
package struct NeighborList: Sendable {
    package let offsets: [Int]
    package let indices: [Int32]
    package let vectors: [Vector3]

    /// Throws `.structure` for coincident atoms and cells that are too small, and what `Structure.check` throws.
    package init(_ structure: borrowing Structure, cutoff: Double) throws(Failure) {
        var offsets = [Int](repeating: 0, count: structure.count + 1)
        var indices: [Int32] = []
        var vectors: [Vector3] = []
        try NeighborPairs().forEach(in: structure, cutoff: cutoff) { i, j, vector in
            indices.append(Int32(truncatingIfNeeded: j))
            vectors.append(vector)
            offsets[i + 1] += 1
        }
        for i in 0..<structure.count { offsets[i + 1] += offsets[i] }
        self.offsets = offsets
        self.indices = indices
        self.vectors = vectors
    }
}

/// Goes through all pairs of neighbours of one structure after the other, in memory that it keeps. For one thread at a
/// time.
package final class NeighborPairs {
    private let finder = NeighborFinder()
    private var scratch = NeighborFinder.Scratch()
    private var packed: [Double] = []

    package init() {}

    /// Calls `body` for each neighbour j of each atom i, atoms in their order, with r_ij as in `NeighborList`. Throws as
    /// that.
    package func forEach(
        in structure: borrowing Structure, cutoff: Double, _ body: (_ i: Int, _ j: Int, _ vector: Vector3) -> Void
    ) throws(Failure) {
        try structure.check()
        let n = structure.count
        try structure.withView(packed: &packed) { view throws(Failure) in
            try finder.prepare(view, cutoff: cutoff)
            try scratch.reserve(finder)
            let (x, y, z) = (finder.x.pointer, finder.y.pointer, finder.z.pointer)
            let (owner, sites) = (finder.owner.pointer, scratch.sites.pointer)
            for i in 0..<n {
                let center = finder.position(of: i)
                for k in 0..<(try finder.neighbors(of: i, scratch)) {
                    let site = Int(sites[k])
                    body(i, Int(owner[site]), Vector3(x[site], y[site], z[site]) - center)
                }
            }
        }
    }
}
