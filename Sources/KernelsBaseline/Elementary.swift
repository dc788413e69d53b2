// Elementary functions of vectors, to about one unit in the last place in the ranges stated.

#if SINGLE_PRECISION

/// Adding and subtracting this rounds to the nearest integer, whose low bits then stand in the sum's.
@inline(__always) var rounder: Scalar { 0x1.8p23 }

/// Beyond this silu is x or 0 to all digits.
@inline(__always) private var siluLimit: Scalar { 80 }

/// On [−π/4, π/4], as Cephes has them for single precision.
@inline(__always) private func sineCosineKernels(_ r: Pair) -> (sine: Pair, cosine: Pair) {
    let z = r * r
    var s = pair(-1.9515295891e-4)
    s = fma(s, z, pair(8.3321608736e-3))
    s = fma(s, z, pair(-1.6666654611e-1))
    var c = pair(2.443315711809948e-5)
    c = fma(c, z, pair(-1.388731625493765e-3))
    c = fma(c, z, pair(4.166664568298827e-2))
    return (fma(s * z, r, r), fma(c * z, z, fma(z, pair(-0.5), pair(1))))
}

/// π/2 in parts of few bits.
@inline(__always) private var halfPi: (Scalar, Scalar, Scalar) { (0x1.92p0, 0x1.fb4p-12, 0x1.4442d2p-24) }
/// ln 2 likewise.
@inline(__always) private var ln2: (Scalar, Scalar) { (0x1.63p-1, -0x1.bd0106p-13) }

/// Taylor's series of the exponential to x^7 / 7!: |x| ≤ ln 2 / 2 makes the rest smaller than half a unit in the
/// last place.
@inline(__always) private func exponentialKernel(_ r: Lanes) -> Lanes {
    var p = lanes(1.0 / 5040)
    p = fma(p, r, lanes(1.0 / 720))
    p = fma(p, r, lanes(1.0 / 120))
    p = fma(p, r, lanes(1.0 / 24))
    p = fma(p, r, lanes(1.0 / 6))
    p = fma(p, r, lanes(0.5))
    p = fma(p, r, lanes(1))
    return fma(p, r, lanes(1))
}

#else

/// Adding and subtracting this rounds to the nearest integer, whose low bits then stand in the sum's.
@inline(__always) var rounder: Scalar { 0x1.8p52 }

/// Beyond this silu is x or 0 to all digits.
@inline(__always) private var siluLimit: Scalar { 700 }

/// The minimax polynomials of fdlibm's kernels on [−π/4, π/4].
@inline(__always) private func sineCosineKernels(_ r: Pair) -> (sine: Pair, cosine: Pair) {
    let z = r * r
    var s = pair(1.58969099521155010221e-10)
    s = fma(s, z, pair(-2.50507602534068634195e-08))
    s = fma(s, z, pair(2.75573137070700676789e-06))
    s = fma(s, z, pair(-1.98412698298579493134e-04))
    s = fma(s, z, pair(8.33333333332248946124e-03))
    s = fma(s, z, pair(-1.66666666666666324348e-01))
    var c = pair(-1.13596475577881948265e-11)
    c = fma(c, z, pair(2.08757232129817482790e-09))
    c = fma(c, z, pair(-2.75573143513906633035e-07))
    c = fma(c, z, pair(2.48015872894767294178e-05))
    c = fma(c, z, pair(-1.38888888888741095749e-03))
    c = fma(c, z, pair(4.16666666666666019037e-02))
    return (fma(s * z, r, r), fma(c * z, z, fma(z, pair(-0.5), pair(1))))
}

/// π/2 in parts of few bits.
@inline(__always) private var halfPi: (Scalar, Scalar, Scalar) {
    (0x1.921fb544p0, 0x1.0b4611a6p-34, 0x1.3198a2e037073p-69)
}
/// ln 2 likewise.
@inline(__always) private var ln2: (Scalar, Scalar) { (0x1.62e42feep-1, 0x1.a39ef35793c76p-33) }

/// Taylor's series of the exponential to x^13 / 13!: |x| ≤ ln 2 / 2 makes the rest smaller than half a unit in the
/// last place.
@inline(__always) private func exponentialKernel(_ r: Lanes) -> Lanes {
    var p = lanes(1.0 / 6_227_020_800)
    p = fma(p, r, lanes(1.0 / 479_001_600))
    p = fma(p, r, lanes(1.0 / 39_916_800))
    p = fma(p, r, lanes(1.0 / 3_628_800))
    p = fma(p, r, lanes(1.0 / 362880))
    p = fma(p, r, lanes(1.0 / 40320))
    p = fma(p, r, lanes(1.0 / 5040))
    p = fma(p, r, lanes(1.0 / 720))
    p = fma(p, r, lanes(1.0 / 120))
    p = fma(p, r, lanes(1.0 / 24))
    p = fma(p, r, lanes(1.0 / 6))
    p = fma(p, r, lanes(0.5))
    p = fma(p, r, lanes(1))
    return fma(p, r, lanes(1))
}

#endif

/// The bits of a number's exponent: where they stand, and that of 1.
@inline(__always) private var exponentShift: LaneBits {
    LaneBits(repeating: LaneBits.Scalar(Scalar.significandBitCount))
}
@inline(__always) private var exponentOfOne: LaneBits {
    LaneBits(repeating: LaneBits.Scalar(Scalar(1).exponentBitPattern))
}

/// Sine and cosine, |x| up to some 10⁵ (in single precision some 10³): reduction by multiples of π/2 in three parts
/// (Cody and Waite), then polynomials.
@inline(__always) func sineCosine(_ x: Pair) -> (sine: Pair, cosine: Pair) {
    let shifted = fma(pair(0.63661977236758134308), x, pair(rounder))
    let q = shifted - pair(rounder)
    var r = fma(-q, pair(halfPi.0), x)
    r = fma(-q, pair(halfPi.1), r)
    r = fma(-q, pair(halfPi.2), r)
    let (s, c) = sineCosineKernels(r)
    let (first, second) = (inQuadrant(bits(shifted.a), s.a, c.a), inQuadrant(bits(shifted.b), s.b, c.b))
    return (Pair(first.sine, second.sine), Pair(first.cosine, second.cosine))
}

/// Sine and cosine of q π/2 more than an angle.
@inline(__always) private func inQuadrant(_ q: LaneBits, _ s: Lanes, _ c: Lanes) -> (sine: Lanes, cosine: Lanes) {
    // Bit 0 exchanges the two; bit 1, and that of the next quadrant, are their signs.
    let (shift, two) = (LaneBits(repeating: LaneBits.Scalar(LaneBits.Scalar.bitWidth - 2)), LaneBits(repeating: 2))
    let odd = (q & LaneBits(repeating: 1)) .!= LaneBits.zero
    let (sineSign, cosineSign) = ((q & two) &<< shift, ((q &+ LaneBits(repeating: 1)) & two) &<< shift)
    return (
        fromBits(bits(s.replacing(with: c, where: odd)) ^ sineSign),
        fromBits(bits(c.replacing(with: s, where: odd)) ^ cosineSign)
    )
}

/// The exponential, |x| up to `siluLimit`.
@inline(__always) func exponential(_ x: Lanes) -> Lanes {
    let shifted = fma(lanes(1.44269504088896340736), x, lanes(rounder))
    let n = shifted - lanes(rounder)
    var r = fma(-n, lanes(ln2.0), x)
    r = fma(-n, lanes(ln2.1), r)
    return exponentialKernel(r) * fromBits((bits(shifted) &+ exponentOfOne) &<< exponentShift)
}

/// silu(x) = x / (1 + e⁻ˣ) with its first and second derivatives.
@inline(__always) func silu(_ x: Lanes) -> (value: Lanes, first: Lanes, second: Lanes) {
    let (lowest, highest) = (lanes(-siluLimit), lanes(siluLimit))
    let limited = choose(isLess(x, lowest), lowest, choose(isLess(highest, x), highest, x))
    let sigmoid = lanes(1) / (lanes(1) + exponential(-limited))
    let slope = sigmoid * (lanes(1) - sigmoid)
    let first = fma(x, slope, sigmoid)
    let second = slope * fma(x, lanes(1) - sigmoid - sigmoid, lanes(2))
    return (x * sigmoid, first, second)
}

func activate(
    _ values: UnsafeMutablePointer<Scalar>, _ derivative: UnsafeMutablePointer<Scalar>,
    _ second: UnsafeMutablePointer<Scalar>?, _ count: Int
) {
    var i = 0
    while i + width <= count {
        let y = silu(load(values + i))
        store(y.value, values + i)
        store(y.first, derivative + i)
        if let second { store(y.second, second + i) }
        i += width
    }
    guard i < count else { return }
    var last = Lanes.zero
    for k in i..<count { last[k - i] = values[k] }
    let y = silu(last)
    for k in i..<count {
        values[k] = y.value[k - i]
        derivative[k] = y.first[k - i]
        if let second { second[k] = y.second[k - i] }
    }
}
