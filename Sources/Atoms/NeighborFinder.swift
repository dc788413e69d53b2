import KernelTypes
import Kernels
import Support

/// Finds the neighbours of one atom after the other, in time linear in the number of atoms, for any cell.
///
/// The structure is wrapped into its cell and surrounded with the periodic images that can matter (`PeriodicImages`).
/// All these *sites* are sorted into bins: rows along x of about the cutoff in width and height, cut into thin slices, so
/// that an atom looks at few runs of sites, each of which is hardly longer than need be. Small structures are a single
/// bin, which is faster up to some hundred sites. Nothing is stored per pair: a million atoms need memory for their
/// sites only, 28 bytes each and 8 more for an atom.
package final class NeighborFinder {
    /// Atoms closer than this (Å) count as coincident: the direction between them has no meaning.
    package static let coincidence = 1e-6

    /// More images of an atom than this would mean that a cell is absurdly small for the cutoff.
    package static let maximumImagesPerAtom = 20_000

    /// More neighbours than this mean that something is wrong with the structure, and would take for ever.
    package static let maximumNeighbors = 10_000

    /// What rounding may do to a position or the border of a bin, Å, and more.
    private static let slack = 1e-6

    /// Up to so many sites one bin is faster than many.
    private static let sitesOfOneBin = 448

    package private(set) var siteCount = 0
    package private(set) var x = Buffer<Double>()  // positions of the sites, in the order of the bins
    package private(set) var y = Buffer<Double>()
    package private(set) var z = Buffer<Double>()
    package private(set) var owner = Buffer<Int32>()  // the atom that a site is, or is an image of

    /// Atoms in the order of their bins: working through them in this order keeps their neighbours in the cache.
    package private(set) var order = Buffer<Int32>()
    package private(set) var home = Buffer<Int32>()  // for each atom, its own site

    private var cutoff = 0.0
    private var bins = SIMD3<Int>(1, 1, 1)
    /// Whether all sites are one bin. They stand by atomic number then.
    package private(set) var isOneBin = true
    private var low = Vector3.zero  // the corner of the first bin
    private var edge = Vector3.zero  // of a bin, Å
    private var scale = Vector3.zero  // bins per Å
    private var binStart = Buffer<Int32>()
    private var longestScan = 0  // sites that are looked at in one go, at the most
    private let scan = commonKernels.scanSites
    private let places = NeighborFinder.places
    private let starts = Buffer<Int32>(capacity: 120)  // by atomic number

    /// Of `SiteScan`; one for all.
    nonisolated(unsafe) private static let places: UnsafePointer<SIMD8<UInt8>> = {
        let places = UnsafeMutablePointer<SIMD8<UInt8>>.allocate(capacity: 256)
        SiteScan.writePlaces(to: places)
        return UnsafePointer(places)
    }()

    package init() {}

    /// Reads a structure; it has been checked.
    package func prepare(_ structure: StructureView, cutoff: Double) throws(Failure) {
        self.cutoff = cutoff
        guard let images = PeriodicImages(structure, cutoff: cutoff) else { throw tooSmall(structure.cell) }
        try countSites(structure, images)
        try x.request(siteCount + SiteScan.padding)
        try y.request(siteCount + SiteScan.padding)
        try z.request(siteCount + SiteScan.padding)
        try owner.request(siteCount + SiteScan.padding)
        try order.request(structure.count)
        try home.request(structure.count)
        if siteCount <= Self.sitesOfOneBin {
            placeInOneBin(structure, images)
        } else {
            try sortIntoBins(structure, images)
        }
        for site in siteCount..<siteCount + SiteScan.padding {
            (x.pointer[site], y.pointer[site], z.pointer[site]) = (1e15, 0, 0)  // far from all
        }
    }

    // MARK: Sites

    private func countSites(_ structure: StructureView, _ images: PeriodicImages) throws(Failure) {
        siteCount = 0
        for i in 0..<structure.count {
            let (first, last) = images.translations(images.fraction(structure.position(i)))
            let number = last &- first &+ 1
            let sites = number.x * number.y * number.z
            guard sites <= Self.maximumImagesPerAtom else { throw tooSmall(structure.cell) }
            siteCount += sites
        }
        guard siteCount < 2_000_000_000 else { throw tooSmall(structure.cell) }
    }

    private func tooSmall(_ cell: Cell) -> Failure {
        let volume = cell.completed.determinant
        return Failure(
            .structure, "the cell is too small for the cutoff of \(cutoff) Å: its volume is \(abs(volume)) Å³")
    }

    /// Calls `body` with every site: the atom, the position, and whether it is the atom itself.
    @inline(__always)
    private func forEachSite(
        _ structure: StructureView, _ images: PeriodicImages, _ body: (Int, Vector3, Bool) -> Void
    ) {
        let cell = images.cell
        for atom in 0..<structure.count {
            let s = images.fraction(structure.position(atom))
            let (first, last) = images.translations(s)
            let position = s * cell
            var i = first.x
            while i <= last.x {
                var j = first.y
                while j <= last.y {
                    let corner = position + (cell.a * Double(i) + cell.b * Double(j))
                    var k = first.z
                    while k <= last.z {
                        body(atom, corner + cell.c * Double(k), i == 0 && j == 0 && k == 0)
                        k += 1
                    }
                    j += 1
                }
                i += 1
            }
        }
    }

    /// Sites stand by atomic number, so that neighbours are found by element.
    private func placeInOneBin(_ structure: StructureView, _ images: PeriodicImages) {
        typealias Four = SIMD4<Double>
        let (x, y, z, owner) = (x.pointer, y.pointer, z.pointer, owner.pointer)
        let (order, home) = (order.pointer, home.pointer)
        let cell = images.cell
        isOneBin = true
        longestScan = siteCount
        sortByNumber(structure)
        var site = 0
        for rank in 0..<structure.count {
            let atom = order[rank]
            let s = images.fraction(structure.position(Int(atom)))
            let (first, last) = images.translations(s)
            let position = s * cell
            let count = last.z - first.z + 1
            var i = first.x
            while i <= last.x {
                var j = first.y
                while j <= last.y {
                    let corner = position + (cell.a * Double(i) + cell.b * Double(j))
                    if i == 0 && j == 0 { home[Int(atom)] = Int32(truncatingIfNeeded: site - first.z) }
                    // Four at a time; those behind the last one are overwritten.
                    var k = 0
                    while k < count {
                        let shift = Double(first.z + k) + Four(0, 1, 2, 3)
                        func write(_ values: Four, _ p: UnsafeMutablePointer<Double>) {
                            UnsafeMutableRawPointer(p + site + k).storeBytes(of: values, as: Four.self)
                        }
                        write(corner.x + cell.c.x * shift, x)
                        write(corner.y + cell.c.y * shift, y)
                        write(corner.z + cell.c.z * shift, z)
                        UnsafeMutableRawPointer(owner + site + k).storeBytes(
                            of: SIMD4<Int32>(repeating: atom), as: SIMD4<Int32>.self)
                        k += 4
                    }
                    site += count
                    j += 1
                }
                i += 1
            }
        }
        for i in 0..<structure.count { order[i] = Int32(truncatingIfNeeded: i) }
    }

    /// Sets `order` to the atoms by atomic number, a counting sort.
    private func sortByNumber(_ structure: StructureView) {
        let (order, starts, numbers) = (order.pointer, starts.pointer, structure.numbers)
        starts.update(repeating: 0, count: 120)
        for i in 0..<structure.count { starts[Int(numbers[i]) + 1] += 1 }
        for number in 1..<120 { starts[number] += starts[number - 1] }
        for i in 0..<structure.count {
            let number = Int(numbers[i])
            order[Int(starts[number])] = Int32(truncatingIfNeeded: i)
            starts[number] += 1
        }
    }

    // MARK: Bins

    private func sortIntoBins(_ structure: StructureView, _ images: PeriodicImages) throws(Failure) {
        let total = try layOutBins(images)
        let binStart = binStart.pointer
        let (x, y, z, owner) = (x.pointer, y.pointer, z.pointer, owner.pointer)
        let (order, home) = (order.pointer, home.pointer)
        // A counting sort. Positions are worked out twice, which takes less time than to write them down.
        binStart.update(repeating: 0, count: total + 1)
        forEachSite(structure, images) { _, r, _ in binStart[index(bin(r)) + 1] += 1 }
        for bin in 0..<total { binStart[bin + 1] += binStart[bin] }
        // binStart serves as a cursor and is put back afterwards.
        forEachSite(structure, images) { atom, r, isAtom in
            let bin = index(bin(r))
            let site = Int(binStart[bin])
            binStart[bin] += 1
            (x[site], y[site], z[site]) = (r.x, r.y, r.z)
            owner[site] = Int32(truncatingIfNeeded: atom)
            if isAtom { home[atom] = Int32(truncatingIfNeeded: site) }
        }
        for bin in stride(from: total, to: 0, by: -1) { binStart[bin] = binStart[bin - 1] }
        binStart[0] = 0
        // Atoms by bin: walk over the sites and take those that are atoms.
        var next = 0
        for site in 0..<siteCount where Int(home[Int(owner[site])]) == site {
            order[next] = owner[site]
            next += 1
        }
        longestScan = 0
        for row in 0..<bins.y * bins.z {
            let sites = Int(binStart[(row + 1) * bins.x] - binStart[row * bins.x])
            longestScan = max(longestScan, sites)
        }
    }

    /// Decides on the bins and returns how many there are.
    private func layOutBins(_ images: PeriodicImages) throws(Failure) -> Int {
        // All sites lie within the parallelepiped of these fractional coordinates.
        let (from, to) = (images.low, images.high)
        low = .zero
        var high = Vector3.zero
        for k in 0..<3 {
            let (one, other) = (images.cell[k] * from[k], images.cell[k] * to[k])
            low += pointwiseMin(one, other)
            high += pointwiseMax(one, other)
        }
        // Empty space must not cost bins: with few atoms in a large box the bins grow.
        edge = Vector3(0.25, 1, 1) * cutoff
        func counts(_ edge: Vector3) -> Vector3 { ((high - low) / edge).rounded(.down) + 1 }
        while counts(edge).x * counts(edge).y * counts(edge).z > 4 * Double(siteCount) + 64 { edge *= 1.26 }
        let count = counts(edge)
        bins = SIMD3(Int(count.x), Int(count.y), Int(count.z))
        isOneBin = false
        scale = 1 / edge
        let total = bins.x * bins.y * bins.z
        try binStart.request(total + 1)
        return total
    }

    /// The bin that a position is in, by direction.
    @inline(__always)
    private func bin(_ r: Vector3) -> SIMD3<Int> {
        let s = (r - low) * scale
        // Rounding may put a site just outside.
        return SIMD3(
            max(0, min(Int(s.x), bins.x - 1)), max(0, min(Int(s.y), bins.y - 1)), max(0, min(Int(s.z), bins.z - 1)))
    }

    @inline(__always)
    private func binAlongX(_ x: Double) -> Int { max(0, min(Int((x - low.x) * scale.x), bins.x - 1)) }

    @inline(__always)
    private func index(_ bin: SIMD3<Int>) -> Int { (bin.z * bins.y + bin.y) * bins.x + bin.x }

    // MARK: Neighbours

    /// One thread's memory for looking up neighbours.
    package struct Scratch: ~Copyable {
        package private(set) var sites = Buffer<Int32>()

        package init() {}

        /// To be called after `prepare`.
        package mutating func reserve(_ finder: NeighborFinder) throws(Failure) {
            try sites.request(min(finder.siteCount, maximumNeighbors + finder.longestScan) + SiteScan.padding)
        }
    }

    /// Writes the sites closer than the cutoff to atom i, itself excluded, to `scratch.sites` and returns how many
    /// there are. Several threads may ask at the same time, each with scratch of its own.
    package func neighbors(of i: Int, _ scratch: borrowing Scratch) throws(Failure) -> Int {
        let center = position(of: i)
        let sites = scratch.sites.pointer
        let all = SiteScan(
            x: x.pointer, y: y.pointer, z: z.pointer, limit: cutoff * cutoff,
            tiny: Self.coincidence * Self.coincidence, places: places)
        if isOneBin {
            let (near, close) = scan(all, center, 0, siteCount, sites)
            if close > 1 { try checkCoincidence(of: i, 0, siteCount) }
            guard near <= Self.maximumNeighbors else { throw Self.crowded(i) }
            return near
        }
        let binStart = binStart.pointer
        let own = bin(center)
        let far = cutoff + Self.slack
        let (lowest, highest) = (bin(center - far), bin(center + far))
        var found = 0
        for bz in lowest.z...highest.z {
            let z = way(from: center.z, to: low.z + Double(bz) * edge.z, edge.z)
            for by in lowest.y...highest.y {
                let y = way(from: center.y, to: low.y + Double(by) * edge.y, edge.y)
                let square = far * far - y * y - z * z
                guard square > 0 else { continue }
                // So far along x, where bins lie one after the other.
                let half = square.squareRoot()
                let row = (bz * bins.y + by) * bins.x
                let (first, last) = (
                    Int(binStart[row + binAlongX(center.x - half)]), Int(binStart[row + binAlongX(center.x + half) + 1])
                )
                let (near, close) = scan(all, center, first, last, sites + found)
                if close > (by == own.y && bz == own.z ? 1 : 0) { try checkCoincidence(of: i, first, last) }
                found += near
                guard found <= Self.maximumNeighbors else { throw Self.crowded(i) }
            }
        }
        return found
    }

    /// How far at least a coordinate is from an interval, but for rounding.
    @inline(__always)
    private func way(from r: Double, to first: Double, _ length: Double) -> Double {
        max(0, max(first - r, r - first - length) - Self.slack)
    }

    /// As above, of sites that are known to be all that may be neighbours, with a cutoff of its own.
    func neighbors(
        of i: Int, among candidates: UnsafePointer<Int32>, _ count: Int, cutoff: Double, _ scratch: borrowing Scratch
    ) throws(Failure) -> Int {
        let (x, y, z, sites) = (x.pointer, y.pointer, z.pointer, scratch.sites.pointer)
        let center = position(of: i)
        let (limit, tiny) = (cutoff * cutoff, Self.coincidence * Self.coincidence)
        var found = 0
        var closest = Double.infinity
        for k in 0..<count {
            let site = Int(candidates[k])
            let (dx, dy, dz) = (x[site] - center.x, y[site] - center.y, z[site] - center.z)
            let square = dx * dx + dy * dy + dz * dz
            sites[found] = candidates[k]
            found &+= square < limit ? 1 : 0
            closest = square < closest ? square : closest
        }
        guard closest < tiny else { return found }
        for k in 0..<count {
            let site = Int(candidates[k])
            let way = Vector3(x[site], y[site], z[site]) - center
            if way.dot(way) < tiny { throw coincident(i, Int(owner.pointer[site])) }
        }
        return found
    }

    /// Where atom i stands among the sites (wrapped into the cell).
    @inline(__always)
    package func position(of i: Int) -> Vector3 {
        let site = Int(home.pointer[i])
        return Vector3(x.pointer[site], y.pointer[site], z.pointer[site])
    }

    /// Throws if one of the sites first ..< last coincides with atom i.
    private func checkCoincidence(of i: Int, _ first: Int, _ last: Int) throws(Failure) {
        let (x, y, z) = (x.pointer, y.pointer, z.pointer)
        let site = Int(home.pointer[i])
        for k in first..<last where k != site {
            let way = Vector3(x[k], y[k], z[k]) - Vector3(x[site], y[site], z[site])
            if way.dot(way) < Self.coincidence * Self.coincidence {
                throw coincident(i, Int(owner.pointer[k]))
            }
        }
    }

    package static func crowded(_ i: Int, _ found: Int? = nil) -> Failure {
        let number = found.map { "\($0)" } ?? "more than \(maximumNeighbors)"
        return Failure(
            .structure, "atom \(i) has \(number) neighbours within the cutoff; librm takes \(maximumNeighbors)")
    }

    private func coincident(_ i: Int, _ j: Int) -> Failure {
        i == j
            ? Failure(.structure, "atom \(i) coincides with a periodic image of itself")
            : Failure(.structure, "atoms \(min(i, j)) and \(max(i, j)) are at the same place")
    }
}
