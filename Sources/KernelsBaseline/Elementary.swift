// Elementary functions of vectors, to about one unit in the last place in the ranges stated.

/// Adding and subtracting this rounds to the nearest integer, whose low bits then stand in the sum's.
private let rounder = 0x1.8p52

/// Sine and cosine, |x| up to some 10⁵: reduction by multiples of π/2 in three parts (Cody and Waite), then the
/// Taylor-like minimax polynomials of fdlibm's kernels on [−π/4, π/4].
@inline(__always) func sineCosine(_ x: Lanes) -> (sine: Lanes, cosine: Lanes) {
    let shifted = fma(lanes(0.63661977236758134308), x, lanes(rounder))
    let quadrant = bits(shifted)
    let q = shifted - lanes(rounder)
    var r = fma(-q, lanes(0x1.921fb544p0), x)
    r = fma(-q, lanes(0x1.0b4611a6p-34), r)
    r = fma(-q, lanes(0x1.3198a2e037073p-69), r)
    let z = r * r
    var s = lanes(1.58969099521155010221e-10)
    s = fma(s, z, lanes(-2.50507602534068634195e-08))
    s = fma(s, z, lanes(2.75573137070700676789e-06))
    s = fma(s, z, lanes(-1.98412698298579493134e-04))
    s = fma(s, z, lanes(8.33333333332248946124e-03))
    s = fma(s, z, lanes(-1.66666666666666324348e-01))
    s = fma(s * z, r, r)
    var c = lanes(-1.13596475577881948265e-11)
    c = fma(c, z, lanes(2.08757232129817482790e-09))
    c = fma(c, z, lanes(-2.75573143513906633035e-07))
    c = fma(c, z, lanes(2.48015872894767294178e-05))
    c = fma(c, z, lanes(-1.38888888888741095749e-03))
    c = fma(c, z, lanes(4.16666666666666019037e-02))
    c = fma(c * z, z, fma(z, lanes(-0.5), lanes(1)))
    let one = LaneBits(repeating: 1)
    let odd = LaneBits.zero &- (quadrant & one)
    let sineSign = (quadrant & LaneBits(repeating: 2)) &<< LaneBits(repeating: 62)
    let cosineSign = ((quadrant &+ one) & LaneBits(repeating: 2)) &<< LaneBits(repeating: 62)
    return (fromBits(bits(choose(odd, c, s)) ^ sineSign), fromBits(bits(choose(odd, s, c)) ^ cosineSign))
}

/// The exponential, |x| up to 700.
@inline(__always) func exponential(_ x: Lanes) -> Lanes {
    let shifted = fma(lanes(1.44269504088896340736), x, lanes(rounder))
    let n = shifted - lanes(rounder)
    var r = fma(-n, lanes(0x1.62e42feep-1), x)
    r = fma(-n, lanes(0x1.a39ef35793c76p-33), r)
    // Taylor's series to x^13 / 13!: |r| ≤ ln 2 / 2 makes the rest smaller than half a unit in the last place.
    var p = lanes(1.0 / 6227020800)
    p = fma(p, r, lanes(1.0 / 479001600))
    p = fma(p, r, lanes(1.0 / 39916800))
    p = fma(p, r, lanes(1.0 / 3628800))
    p = fma(p, r, lanes(1.0 / 362880))
    p = fma(p, r, lanes(1.0 / 40320))
    p = fma(p, r, lanes(1.0 / 5040))
    p = fma(p, r, lanes(1.0 / 720))
    p = fma(p, r, lanes(1.0 / 120))
    p = fma(p, r, lanes(1.0 / 24))
    p = fma(p, r, lanes(1.0 / 6))
    p = fma(p, r, lanes(0.5))
    p = fma(p, r, lanes(1))
    p = fma(p, r, lanes(1))
    let power = (bits(shifted) &+ LaneBits(repeating: 1023)) &<< LaneBits(repeating: 52)
    return p * fromBits(power)
}

/// silu(x) = x / (1 + e⁻ˣ) with its first and second derivatives.
@inline(__always) func silu(_ x: Lanes) -> (value: Lanes, first: Lanes, second: Lanes) {
    // Beyond 700 the function is x or 0 to all digits.
    let limited = choose(isLess(x, lanes(-700)), lanes(-700), choose(isLess(lanes(700), x), lanes(700), x))
    let sigmoid = lanes(1) / (lanes(1) + exponential(-limited))
    let slope = sigmoid * (lanes(1) - sigmoid)
    let first = fma(x, slope, sigmoid)
    let second = slope * fma(x, lanes(1) - sigmoid - sigmoid, lanes(2))
    return (x * sigmoid, first, second)
}

func activate(
    _ values: UnsafeMutablePointer<Double>, _ derivative: UnsafeMutablePointer<Double>,
    _ second: UnsafeMutablePointer<Double>?, _ count: Int
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
