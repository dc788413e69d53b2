import KernelTypes

/// Calls `body` with each frequency w_k and the sine and cosine of w_k r.
@inline(__always)
func eachSineCosine(
    _ network: UnsafePointer<Network>, _ n: Int, _ r: Lanes, _ body: (Int, Lanes, Lanes, Lanes) -> Void
) {
    // In single precision polynomials are short, and vectors long that are put together from rows.
    #if !SINGLE_PRECISION
    if network.pointee.sines.lastRow > 0 { return eachTabled(network, n, r, body) }
    #endif
    eachComputed(network.pointee.frequencies, n, r, body)
}

#if !SINGLE_PRECISION

/// By the sums of angles: sine and cosine of w_k r_i are known for the distance r_i of a row of the table, and
/// w_k (r − r_i) is at most `SineTable.largestAngle` (Potential/SineTable.swift).
@inline(__always)
private func eachTabled(
    _ network: UnsafePointer<Network>, _ n: Int, _ r: Lanes, _ body: (Int, Lanes, Lanes, Lanes) -> Void
) {
    let (frequencies, table) = (network.pointee.frequencies, network.pointee.sines)
    let row = fma(r, lanes(table.inverseStep), lanes(rounder)) - lanes(rounder)
    let rest = fma(-row, lanes(table.step), r)
    // Beyond the cutoff, where it does not matter what stands there, the last one.
    let last = lanes(table.lastRow)
    let place = bits(fma(row.replacing(with: last, where: last .< row), lanes(table.rowLength), lanes(rounder)))
    @inline(__always) func start(_ i: Int) -> Numbers { table.rows + Int(UInt32(truncatingIfNeeded: place[i])) }
    let series = SmallAngles(table.series)
    var first = 0
    while first < n {
        let block = columns { start($0) + 2 * first }
        for i in 0..<width / 2 where first + i < n {
            let (s, c) = (block[2 * i], block[2 * i + 1])
            let w = lanes(frequencies[first + i])
            let small = series(w * rest)
            body(
                first + i, w, fma(s, small.cosineLessOne, fma(c, small.sine, s)),
                fma(c, small.cosineLessOne, fma(-s, small.sine, c)))
        }
        first += width / 2
    }
}

#if AVX512
/// The columns of a square whose rows start at these places.
@inline(__always)
private func columns(_ row: (Int) -> Numbers) -> Square {
    var square = Square(repeating: .zero)
    for i in 0..<width { square[i] = load(row(i)) }
    transpose(&square)
    return square
}
#else
/// The columns of a square whose rows start at these places.
@inline(__always)
private func columns(_ row: (Int) -> Numbers) -> Square {
    // Of what is loaded the first half is used: so the compiler finds that halves of two rows can be loaded as one
    // vector. The second time up to half a vector from behind the rows is read.
    @inline(__always) func two(_ k: Int) -> (Lanes, Lanes) {
        let (a, b, c, d) = (load(row(0) + k), load(row(1) + k), load(row(2) + k), load(row(3) + k))
        let (p, q) = (Lanes(a[0], b[0], a[2], b[2]), Lanes(a[1], b[1], a[3], b[3]))
        let (r, s) = (Lanes(c[0], d[0], c[2], d[2]), Lanes(c[1], d[1], c[3], d[3]))
        return (Lanes(lowHalf: p.lowHalf, highHalf: r.lowHalf), Lanes(lowHalf: q.lowHalf, highHalf: s.lowHalf))
    }
    let (first, second) = (two(0), two(2))
    return [first.0, first.1, second.0, second.1]
}
#endif

/// The series of `SineTable`. In memory as vectors they are part of the instructions that they are factors in; were
/// they known here, each use would first broadcast a number.
private struct SmallAngles {
    private let series: Numbers

    @inline(__always) init(_ series: Numbers) { self.series = series }

    @inline(__always) func callAsFunction(_ x: Lanes) -> (sine: Lanes, cosineLessOne: Lanes) {
        @inline(__always) func term(_ k: Int) -> Lanes { load(series + k * width) }
        let z = x * x
        let sine = fma(fma(term(2), z, term(1)), z, term(0))
        let cosine = fma(fma(term(5), z, term(4)), z, term(3))
        return (fma(x * z, sine, x), z * cosine)
    }
}

#endif

/// Two at a time.
@inline(__always)
private func eachComputed(_ frequencies: Numbers, _ n: Int, _ r: Lanes, _ body: (Int, Lanes, Lanes, Lanes) -> Void) {
    var k = 0
    while k < n {
        let next = min(k + 1, n - 1)
        let w = Pair(lanes(frequencies[k]), lanes(frequencies[next]))
        let (s, c) = sineCosine(w * Pair(r, r))
        body(k, w.a, s.a, c.a)
        if next > k { body(next, w.b, s.b, c.b) }
        k += 2
    }
}
