import Support

/// Neighbours that are kept while they can still be all that there are; found anew otherwise.
///
/// The list holds what is closer than the cutoff and a skin. It is kept while the atoms are the same ones and no pair
/// outside of it can have come closer than the cutoff: a cell that has been deformed by F takes atoms from r to rF, so
/// if none is further than u from there, measured before the deformation, a pair outside of the list is at least
/// (cutoff + skin − 2u) / ‖F⁻¹‖ apart. With a skin of 0 nothing is kept and neighbours are found as they are asked for.
package final class NeighborCache {
    package let finder = NeighborFinder()
    private let cutoff: Double
    private let skin: Double

    // What the list was made for.
    private var count = 0
    private var cell = Cell.none
    private var inverse = Matrix3.identity
    private var reference = Buffer<Double>()  // positions [count][3]
    // Each site's position is its owner's and this translation, in lattice vectors.
    private var translations = Buffer<Double>()  // [sites][3]
    // Sites that may be neighbours of atom i: list[offsets[i] ..< offsets[i + 1]].
    private var offsets = Buffer<Int>()
    private var list = Buffer<Int32>()
    private var scratch = NeighborFinder.Scratch()
    /// How often lists were made.
    package private(set) var builds = 0

    package init(cutoff: Double, skin: Double) {
        self.cutoff = cutoff
        self.skin = skin
    }

    /// Reads a structure; it has been checked.
    package func prepare(_ structure: StructureView) throws(Failure) {
        guard skin > 0 else { return try finder.prepare(structure, cutoff: cutoff) }
        if isGood(for: structure) {
            moveSites(structure)
        } else {
            try build(structure)
        }
    }

    private func build(_ structure: StructureView) throws(Failure) {
        let n = structure.count
        count = 0  // nothing is kept if this fails
        try finder.prepare(structure, cutoff: cutoff + skin)
        try scratch.reserve(finder)
        try reference.request(3 * n)
        try translations.request(3 * finder.siteCount)
        try offsets.request(n + 1)
        var end = 0
        offsets.pointer[0] = 0
        for i in 0..<n {
            let found = try finder.neighbors(of: i, scratch)
            try list.request(end + found, keeping: end)
            (list.pointer + end).update(from: scratch.sites.pointer, count: found)
            end += found
            offsets.pointer[i + 1] = end
        }
        reference.pointer.update(from: structure.positions, count: 3 * n)
        cell = structure.cell
        inverse = cell.completed.inverse
        let (x, y, z, owner) = (finder.x.pointer, finder.y.pointer, finder.z.pointer, finder.owner.pointer)
        let translations = translations.pointer
        for site in 0..<finder.siteCount {
            let way = (Vector3(x[site], y[site], z[site]) - structure.position(Int(owner[site]))) * inverse
            for k in 0..<3 { translations[3 * site + k] = way[k].rounded() }
        }
        count = n
        builds += 1
    }

    /// Whether the list still has all neighbours.
    private func isGood(for structure: StructureView) -> Bool {
        guard count > 0, structure.count == count, structure.cell.periodic == cell.periodic else { return false }
        var back = Matrix3.identity  // F⁻¹
        var stretch = 1.0
        if structure.cell != cell {
            back = structure.cell.completed.inverse * cell.completed
            stretch = back.normBound
        }
        let room = (cutoff + skin - cutoff * stretch * (1 + 1e-9)) / 2
        guard room > 0 else { return false }
        let reference = reference.pointer
        for i in 0..<count {
            let before = Vector3(reference[3 * i], reference[3 * i + 1], reference[3 * i + 2])
            let step = structure.position(i) * back - before
            if !(step.dot(step) < room * room) { return false }
        }
        return true
    }

    private func moveSites(_ structure: StructureView) {
        let (x, y, z, owner) = (finder.x.pointer, finder.y.pointer, finder.z.pointer, finder.owner.pointer)
        let translations = translations.pointer
        let cell = structure.cell.completed
        for site in 0..<finder.siteCount {
            let t = translations + 3 * site
            let r = structure.position(Int(owner[site])) + Vector3(t[0], t[1], t[2]) * cell
            (x[site], y[site], z[site]) = (r.x, r.y, r.z)
        }
    }

    /// As `NeighborFinder.neighbors`, of the structure prepared last.
    package func neighbors(of i: Int, _ scratch: borrowing NeighborFinder.Scratch) throws(Failure) -> Int {
        guard skin > 0 else { return try finder.neighbors(of: i, scratch) }
        let (first, last) = (offsets.pointer[i], offsets.pointer[i + 1])
        return try finder.neighbors(of: i, among: list.pointer + first, last - first, cutoff: cutoff, scratch)
    }
}

extension Matrix3 {
    /// At least the factor by which the matrix makes any row vector longer, and hardly more where it is nearly a
    /// rotation: with B = MMᵀ − 1, ‖M‖² ≤ 1 + ‖B‖ and ‖B‖⁸ ≤ tr B⁸.
    var normBound: Double {
        let excess = self * transposed - .identity
        let square = excess * excess
        let fourth = square * square
        let trace = fourth.a.dot(fourth.a) + fourth.b.dot(fourth.b) + fourth.c.dot(fourth.c)
        return (1 + trace.squareRoot().squareRoot().squareRoot()).squareRoot()
    }
}
