import Support

/// All neighbours of all atoms, for work that is not worth streaming: atom i has the neighbours
/// offsets[i] ..< offsets[i + 1], each with the vector r_ij = r_j + lattice translation − r_i (Å).
package struct NeighborList: Sendable {
    package let offsets: [Int]
    package let indices: [Int32]
    package let vectors: [Vector3]

    /// Throws `.structure` for coincident atoms and cells that are too small, and what `Structure.check` throws.
    package init(_ structure: borrowing Structure, cutoff: Double) throws(Failure) {
        try structure.check()
        let finder = NeighborFinder()
        var offsets = [0]
        var indices: [Int32] = []
        var vectors: [Vector3] = []
        var packed: [Double] = []
        let n = structure.count
        try structure.withView(packed: &packed) { view throws(Failure) in
            try finder.prepare(view, cutoff: cutoff)
            var scratch = NeighborFinder.Scratch()
            try scratch.reserve(finder)
            for i in 0..<n {
                let found = try finder.neighbors(of: i, scratch)
                let center = finder.position(of: i)
                let (x, y, z) = (finder.x.pointer, finder.y.pointer, finder.z.pointer)
                let (owner, sites) = (finder.owner.pointer, scratch.sites.pointer)
                for k in 0..<found {
                    let site = Int(sites[k])
                    indices.append(owner[site])
                    vectors.append(Vector3(x[site], y[site], z[site]) - center)
                }
                offsets.append(indices.count)
            }
        }
        self.offsets = offsets
        self.indices = indices
        self.vectors = vectors
    }
}
