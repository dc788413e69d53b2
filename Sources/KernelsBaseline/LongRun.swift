import KernelTypes

/// A run of many edges, for the usual six radial functions: summed up a vector of edges at a time, and over the lanes
/// at the end. No function has to be laid out edge by edge then, and where a row of six is padded to eight no quarter
/// of the products is for nothing. Monomials are products of what is loaded anyway and need no room.
struct LongRun {
    private let (start, end, count): (Int, Int, Int)
    private let unit: Numbers
    private let radial: Numbers
    private let inside: LaneBits  // those lanes of the last vector that are of this run

    private typealias Six = InlineArray<6, Lanes>

    /// The sums over four lanes cost as much as some 16 edges save, those over more lanes more than that.
    static func suits(_ network: UnsafePointer<Network>, _ edges: Edges) -> Bool {
        let degree = network.pointee.degreeCount - 1
        return width == 4 && network.pointee.radialCount == 6 && (degree == 2 || degree == 3)
            && edges.count >= 32 * edges.runCount
    }

    @inline(__always)
    init(_ run: EdgeRun, _ count: Int, _ scratch: AtomScratch) {
        (start, end, self.count) = (Int(run.start), Int(run.end), count)
        (unit, radial) = (Numbers(scratch.unit), Numbers(scratch.radial))
        var place = Lanes.zero
        for i in 0..<width { place[i] = Scalar(i) }
        inside = isLess(place, lanes(Scalar((end - start) % width)))
    }

    /// A [S][radialLanes].
    @inline(never)
    func sum(_ network: UnsafePointer<Network>, _ out: MutableNumbers) {
        let stride = network.pointee.radialLanes
        @inline(__always) func two(_ l: Int, _ y: (Lanes, Lanes, Lanes) -> (Lanes, Lanes)) {
            let (first, second) = sums(y)
            put(first, out + l * stride)
            put(second, out + (l + 1) * stride)
        }
        two(0) { x, _, _ in (lanes(1), x) }
        two(2) { _, y, z in (y, z) }
        two(4) { x, y, _ in (x * x, x * y) }
        two(6) { x, y, z in (x * z, y * y) }
        if network.pointee.degreeCount == 3 { return two(8) { _, y, z in (y * z, z * z) } }
        two(8) { x, y, z in (y * z, x * x * x) }
        two(10) { x, y, z in (x * x * y, x * x * z) }
        two(12) { x, y, z in (x * (y * y), x * (y * z)) }
        two(14) { _, y, z in (y * y * y, y * y * z) }
    }

    /// Σ_e Y R_n for two monomials.
    @inline(__always)
    private func sums(_ monomials: (Lanes, Lanes, Lanes) -> (Lanes, Lanes)) -> (Six, Six) {
        var first: Six = [.zero, .zero, .zero, .zero, .zero, .zero]
        var second = first
        @inline(__always) func add(_ e: Int, _ y: (Lanes, Lanes)) {
            for n in 0..<6 {
                let r = load(radial + 2 * n * count + e)
                first[n] = fma(y.0, r, first[n])
                second[n] = fma(y.1, r, second[n])
            }
        }
        @inline(__always) func at(_ e: Int) -> (Lanes, Lanes) {
            monomials(load(unit + e), load(unit + count + e), load(unit + 2 * count + e))
        }
        var e = start
        while e + width <= end {
            add(e, at(e))
            e += width
        }
        if e < end {
            let y = at(e)
            add(e, (choose(inside, y.0, .zero), choose(inside, y.1, .zero)))
        }
        return (first, second)
    }

    /// The sums over the lanes, as a row.
    @inline(__always)
    private func put(_ sums: Six, _ out: MutableNumbers) {
        var n = 0
        while n < 6 {
            var square = Square(repeating: .zero)
            for i in 0..<width where n + i < 6 { square[i] = sums[n + i] }
            store(rowSums(square), out + n)
            n += width
        }
    }
}
