import KernelTypes

/// Calls `body` with each frequency w_k and the sine and cosine of w_k r.
@inline(__always)
func eachSineCosine(
    _ network: UnsafePointer<Network>, _ n: Int, _ r: Lanes, _ body: (Int, Lanes, Lanes, Lanes) -> Void
) {
    // In single precision polynomials are short, and vectors long that are put together from rows.
    #if !SINGLE_PRECISION
    if network.pointee.sines.mask > 0 { return eachTabled(network, n, r, body) }
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
    let shifted = fma(r, lanes(table.inverseStep), lanes(rounder))
    // Beyond the cutoff, where it does not matter what stands there, the rows come once more.
    let row = bits(shifted) & LaneBits(repeating: LaneBits.Scalar(table.mask))
    let rest = fma(lanes(rounder) - shifted, lanes(table.step), r)
    var first = 0
    while first < n {
        var block = Square(repeating: .zero)
        for i in 0..<width {
            block[i] = load(table.rows + Int(truncatingIfNeeded: row[i]) * table.rowLength + 2 * first)
        }
        transpose(&block)
        for i in 0..<width / 2 where first + i < n {
            let w = lanes(frequencies[first + i])
            let (s, c) = sineCosineOfSmall(w * rest)
            let (sine, cosine) = (block[2 * i], block[2 * i + 1])
            body(first + i, w, fma(sine, c, cosine * s), fma(cosine, c, -(sine * s)))
        }
        first += width / 2
    }
}

/// Taylor's series: up to `SineTable.largestAngle` what is left out is below 10⁻¹⁵.
@inline(__always)
private func sineCosineOfSmall(_ x: Lanes) -> (sine: Lanes, cosine: Lanes) {
    let z = x * x
    let s = fma(z, fma(z, lanes(-1.0 / 5040), lanes(1.0 / 120)), lanes(-1.0 / 6))
    let c = fma(z, fma(z, fma(z, lanes(1.0 / 40320), lanes(-1.0 / 720)), lanes(1.0 / 24)), lanes(-1.0 / 2))
    return (fma(x * z, s, x), fma(z, c, lanes(1)))
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
