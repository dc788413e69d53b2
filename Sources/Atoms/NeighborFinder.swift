import Support

/// Finds the neighbours of one atom after the other, in time linear in the number of atoms, for any cell.
///
/// The structure is wrapped into its cell and surrounded with the periodic images that are closer than the cutoff to the
/// cell's faces (a cell smaller than the cutoff gets several layers of them). All these *sites* are sorted into bins of
/// about half the cutoff; an atom looks into the bins around its own. Nothing is stored per pair: a million atoms need
/// memory for their sites only. Small structures are a single bin.
package final class NeighborFinder {
    /// Atoms closer than this (Å) count as coincident: the direction between them has no meaning.
    package static let coincidence = 1e-6

    /// More sites than this would mean that a cell is absurdly small for the cutoff.
    package static let maximumImagesPerAtom = 20_000

    package private(set) var siteCount = 0
    package private(set) var x = Buffer<Double>()  // positions of the sites, in the order of the bins
    package private(set) var y = Buffer<Double>()
    package private(set) var z = Buffer<Double>()
    package private(set) var owner = Buffer<Int32>()  // the atom that a site is, or is an image of

    /// Atoms in the order of their bins: working through them in this order keeps their neighbours in the cache.
    package private(set) var order = Buffer<Int32>()
    private var home = Buffer<Int32>()  // for each atom, its own site

    private var cutoff = 0.0
    private var bins = SIMD3<Int>(1, 1, 1)
    private var reach = 0  // how many bins to look at in each direction
    private var binStart = Buffer<Int32>()

    private var fraction = Buffer<Vector3>()
    private var imageOwner = Buffer<Int32>()
    private var imagePosition = Buffer<Vector3>()
    private var imageBin = Buffer<Int32>()

    package init() {}

    /// Reads a structure; it has been checked.
    package func prepare(_ structure: StructureView, cutoff: Double) throws(Failure) {
        self.cutoff = cutoff
        let n = structure.count
        try placeImages(structure)
        if siteCount <= 160 {
            bins = SIMD3(1, 1, 1)
            reach = 0
            try placeInOneBin(n)
        } else {
            try sortIntoBins(n)
        }
    }

    // MARK: Sites

    /// Wraps the atoms and adds their images: `imageOwner`, `imagePosition`, atoms first and in their order.
    private func placeImages(_ structure: StructureView) throws(Failure) {
        let n = structure.count
        try imageOwner.request(n)
        try imagePosition.request(n)
        for i in 0..<n { imageOwner[i] = Int32(truncatingIfNeeded: i) }
        siteCount = n
        guard structure.cell.isPeriodic else {
            for i in 0..<n { imagePosition[i] = structure.position(i) }
            return
        }
        let periodic = structure.cell.periodic
        let cell = structure.cell.completed
        let inverse = cell.inverse
        try fraction.request(n)
        for i in 0..<n {
            var s = structure.position(i) * inverse
            for k in 0..<3 where periodic[k] != 0 {
                s[k] -= s[k].rounded(.down)
                if s[k] >= 1 { s[k] = 0 }
            }
            fraction[i] = s
            imagePosition[i] = s * cell
        }
        // In units of a lattice vector, how far the cutoff reaches beyond a face of the cell.
        let columns = inverse.transposed
        var margin = Vector3.zero
        var layers = SIMD3<Int>(0, 0, 0)
        for k in 0..<3 where periodic[k] != 0 {
            margin[k] = cutoff * columns[k].norm * (1 + 1e-12)
            guard margin[k] < 1e4 else { throw tooSmall(cell) }
            layers[k] = Int(margin[k].rounded(.up))
        }
        let fractions = fraction.pointer
        var images = 1.0
        for k in 0..<3 { images *= Double(2 * layers[k] + 1) }
        guard images < Double(Self.maximumImagesPerAtom), images * Double(n) < 2e9 else { throw tooSmall(cell) }
        for i in -layers.x...layers.x {
            for j in -layers.y...layers.y {
                for k in -layers.z...layers.z where i != 0 || j != 0 || k != 0 {
                    let shift = Vector3(Double(i), Double(j), Double(k))
                    let step = shift * cell
                    try imageOwner.request(siteCount + n, keeping: siteCount)
                    try imagePosition.request(siteCount + n, keeping: siteCount)
                    let (owners, positions) = (imageOwner.pointer, imagePosition.pointer)
                    var next = siteCount
                    for atom in 0..<n {
                        let s = fractions[atom] + shift
                        // A non-periodic direction has no margin and no shift: its coordinate may be anything.
                        if periodic.x != 0 && (s.x < -margin.x || s.x > 1 + margin.x) { continue }
                        if periodic.y != 0 && (s.y < -margin.y || s.y > 1 + margin.y) { continue }
                        if periodic.z != 0 && (s.z < -margin.z || s.z > 1 + margin.z) { continue }
                        owners[next] = Int32(truncatingIfNeeded: atom)
                        positions[next] = positions[atom] + step
                        next += 1
                    }
                    siteCount = next
                }
            }
        }
    }

    private func tooSmall(_ cell: Matrix3) -> Failure {
        Failure(.structure, "the cell is too small for the cutoff of \(cutoff) Å: its volume is \(abs(cell.determinant)) Å³")
    }

    // MARK: Bins

    private func reserveSites(_ n: Int) throws(Failure) {
        try x.request(siteCount)
        try y.request(siteCount)
        try z.request(siteCount)
        try owner.request(siteCount)
        try order.request(n)
        try home.request(n)
    }

    private func placeInOneBin(_ n: Int) throws(Failure) {
        try reserveSites(n)
        for site in 0..<siteCount {
            let r = imagePosition[site]
            (x[site], y[site], z[site]) = (r.x, r.y, r.z)
            owner[site] = imageOwner[site]
        }
        for i in 0..<n {
            order[i] = Int32(truncatingIfNeeded: i)
            home[i] = Int32(truncatingIfNeeded: i)
        }
        try binStart.request(2)
        binStart[0] = 0
        binStart[1] = Int32(truncatingIfNeeded: siteCount)
    }

    private func sortIntoBins(_ n: Int) throws(Failure) {
        try reserveSites(n)
        var low = imagePosition[0]
        var high = low
        for site in 0..<siteCount {
            low = pointwiseMin(low, imagePosition[site])
            high = pointwiseMax(high, imagePosition[site])
        }
        reach = 2
        // Empty space must not cost bins: with few atoms in a large box the bins grow.
        var edge = cutoff / Double(reach)
        func counts(_ edge: Double) -> Vector3 { ((high - low) / edge).rounded(.down) + 1 }
        while counts(edge).x * counts(edge).y * counts(edge).z > 4 * Double(siteCount) + 64 { edge *= 1.26 }
        let count = counts(edge)
        bins = SIMD3(Int(count.x), Int(count.y), Int(count.z))
        if edge >= cutoff { reach = 1 }
        let total = bins.x * bins.y * bins.z
        try binStart.request(total + 1)
        try imageBin.request(siteCount)
        let (imageBin, binStart) = (imageBin.pointer, binStart.pointer)
        let (imagePosition, imageOwner) = (imagePosition.pointer, imageOwner.pointer)
        let (x, y, z, owner, home) = (x.pointer, y.pointer, z.pointer, owner.pointer, home.pointer)
        for bin in 0...total { binStart[bin] = 0 }
        let scale = 1 / edge
        for site in 0..<siteCount {
            let s = (imagePosition[site] - low) * scale
            let bin = (min(Int(s.z), bins.z - 1) * bins.y + min(Int(s.y), bins.y - 1)) * bins.x + min(Int(s.x), bins.x - 1)
            imageBin[site] = Int32(truncatingIfNeeded: bin)
            binStart[bin + 1] += 1
        }
        for bin in 0..<total { binStart[bin + 1] += binStart[bin] }
        // Counting sort; binStart is used as a cursor and put back afterwards.
        for site in 0..<siteCount {
            let bin = Int(imageBin[site])
            let place = Int(binStart[bin])
            binStart[bin] += 1
            let r = imagePosition[site]
            (x[place], y[place], z[place]) = (r.x, r.y, r.z)
            owner[place] = imageOwner[site]
            if site < n { home[site] = Int32(truncatingIfNeeded: place) }
        }
        for bin in stride(from: total, to: 0, by: -1) { binStart[bin] = binStart[bin - 1] }
        binStart[0] = 0
        // Atoms by bin: walk over the sites and take those that are atoms.
        var next = 0
        for site in 0..<siteCount where Int(home[Int(owner[site])]) == site {
            order[next] = owner[site]
            next += 1
        }
    }

    // MARK: Neighbours

    /// Writes the sites closer than the cutoff to atom i, itself excluded, to `scratch.sites` and returns how many there
    /// are. Several threads may ask at the same time, each with scratch of its own.
    @inline(__always)
    package func neighbors(of i: Int, _ scratch: borrowing Scratch) throws(Failure) -> Int {
        let site = Int(home[i])
        let found = reach == 0
            ? try scan(0, siteCount, site, scratch, 0) : try neighborsInBins(site, i, scratch)
        guard found <= Self.maximumNeighbors else { throw Self.crowded(i, found) }
        return found
    }

    /// More neighbours than this mean that something is wrong with the structure, and would take for ever.
    package static let maximumNeighbors = 10_000

    package static func crowded(_ i: Int, _ found: Int) -> Failure {
        Failure(.structure, "atom \(i) has \(found) neighbours within the cutoff; librm takes \(maximumNeighbors)")
    }

    /// One thread's memory for looking up neighbours.
    package struct Scratch: ~Copyable {
        package private(set) var sites = Buffer<Int32>()
        fileprivate var squares = Buffer<Double>()

        package init() {}

        /// To be called after `prepare`.
        package mutating func reserve(_ finder: NeighborFinder) throws(Failure) {
            try sites.request(finder.siteCount)
            try squares.request(finder.siteCount)
        }
    }

    @inline(__always) package func homeSite(_ i: Int) -> Int { Int(home[i]) }

    private func neighborsInBins(_ site: Int, _ i: Int, _ scratch: borrowing Scratch) throws(Failure) -> Int {
        let bin = Int(imageBin[i])
        let bx = bin % bins.x
        let by = bin / bins.x % bins.y
        let bz = bin / (bins.x * bins.y)
        let x0 = max(0, bx - reach)
        let x1 = min(bins.x - 1, bx + reach)
        var found = 0
        for cz in max(0, bz - reach)...min(bins.z - 1, bz + reach) {
            for cy in max(0, by - reach)...min(bins.y - 1, by + reach) {
                // Bins along x lie one after the other.
                let row = (cz * bins.y + cy) * bins.x
                found = try scan(Int(binStart[row + x0]), Int(binStart[row + x1 + 1]), site, scratch, found)
            }
        }
        return found
    }

    /// Appends those of the sites first ..< last that are neighbours.
    @inline(__always)
    private func scan(
        _ first: Int, _ last: Int, _ site: Int, _ scratch: borrowing Scratch, _ found: Int
    ) throws(Failure) -> Int {
        let (x, y, z) = (self.x.pointer, self.y.pointer, self.z.pointer)
        let (sites, squares) = (scratch.sites.pointer, scratch.squares.pointer)
        let (cx, cy, cz) = (x[site], y[site], z[site])
        let limit = cutoff * cutoff
        for k in first..<last {
            let (dx, dy, dz) = (x[k] - cx, y[k] - cy, z[k] - cz)
            squares[k] = dx * dx + dy * dy + dz * dz
        }
        var found = found
        var close = 0
        let tiny = Self.coincidence * Self.coincidence
        for k in first..<last {
            sites[found] = Int32(truncatingIfNeeded: k)
            let near = squares[k] < limit
            let same = squares[k] < tiny
            found += near && !same ? 1 : 0
            close += same ? 1 : 0
        }
        if close > (first <= site && site < last ? 1 : 0) {
            for k in first..<last where squares[k] < tiny && k != site {
                throw coincident(Int(owner[site]), Int(owner[k]))
            }
        }
        return found
    }

    private func coincident(_ i: Int, _ j: Int) -> Failure {
        i == j
            ? Failure(.structure, "atom \(i) coincides with a periodic image of itself")
            : Failure(.structure, "atoms \(min(i, j)) and \(max(i, j)) are at the same place")
    }
}

extension SIMD3<Double> {
    @inline(__always) fileprivate func rounded(_ rule: FloatingPointRoundingRule) -> Self {
        Self(x.rounded(rule), y.rounded(rule), z.rounded(rule))
    }
}
