import Support

/// Neighbours that are kept while no atom has moved by half of `skin` and the cell and the atoms are the same; found
/// anew otherwise. With a skin of 0 nothing is kept and neighbours are found as they are asked for.
package final class NeighborCache {
    package let finder = NeighborFinder()
    private let cutoff: Double
    private let skin: Double

    // What the list was made for.
    private var reference: [Vector3] = []
    private var cell = Cell.none
    private var isValid = false
    private var places: [Vector3] = []  // where the sites stood
    // Neighbours of atom i: list[offsets[i] ..< offsets[i + 1]], indices of sites.
    private var offsets: [Int] = []
    private var list = Buffer<Int32>()

    package init(cutoff: Double, skin: Double) {
        self.cutoff = cutoff
        self.skin = skin
    }

    /// Reads a structure; it has been checked.
    package func prepare(_ structure: StructureView) throws(Failure) {
        guard skin > 0 else { return try finder.prepare(structure, cutoff: cutoff) }
        if isValid && reuse(structure) { return }
        isValid = false
        try finder.prepare(structure, cutoff: cutoff + skin)
        var scratch = NeighborFinder.Scratch()
        try scratch.reserve(finder)
        try Memory.require(
            structure.count * (MemoryLayout<Int>.stride + MemoryLayout<Vector3>.stride)
                + finder.siteCount * MemoryLayout<Vector3>.stride)
        offsets = [0]
        offsets.reserveCapacity(structure.count + 1)
        var end = 0
        for i in 0..<structure.count {
            let found = try finder.neighbors(of: i, scratch)
            try list.request(end + found, keeping: end)
            (list.pointer + end).update(from: scratch.sites.pointer, count: found)
            end += found
            offsets.append(end)
        }
        reference = (0..<structure.count).map { structure.position($0) }
        places = (0..<finder.siteCount).map { Vector3(finder.x[$0], finder.y[$0], finder.z[$0]) }
        cell = structure.cell
        isValid = true
    }

    /// Moves the sites to a structure for which the list is still good; false if it is not.
    private func reuse(_ structure: StructureView) -> Bool {
        guard structure.count == reference.count, structure.cell == cell else { return false }
        let limit = skin * skin / 4
        for i in 0..<structure.count {
            let step = structure.position(i) - reference[i]
            if step.dot(step) > limit { return false }
        }
        for site in 0..<finder.siteCount {
            let atom = Int(finder.owner[site])
            let r = places[site] + (structure.position(atom) - reference[atom])
            (finder.x[site], finder.y[site], finder.z[site]) = (r.x, r.y, r.z)
        }
        return true
    }

    /// Calls `body` with the sites that may be neighbours of atom i (some may lie beyond the cutoff, within the skin).
    @inline(__always)
    package func withNeighbors(
        of i: Int, _ scratch: borrowing NeighborFinder.Scratch, _ body: (UnsafePointer<Int32>, Int) -> Void
    ) throws(Failure) {
        if skin > 0 {
            body(UnsafePointer(list.pointer + offsets[i]), offsets[i + 1] - offsets[i])
        } else {
            let found = try finder.neighbors(of: i, scratch)
            body(UnsafePointer(scratch.sites.pointer), found)
        }
    }
}
