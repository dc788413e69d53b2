import KernelTypes

/// The factor that all radial functions share, g(r) = √(2/rc) f(r)/r with the polynomial cutoff function f, and dg/dr;
/// zero from the cutoff on. R_n = g sin(w_n r).
@inline(__always)
func envelope(_ network: UnsafePointer<Network>, _ r: Lanes, _ inverse: Lanes) -> (value: Lanes, slope: Lanes) {
    let cutoff = network.pointee.cutoff
    let exponent = network.pointee.cutoffExponent
    let p = Double(exponent)
    let x = r * lanes(1 / cutoff)
    var power = lanes(1)  // x^(p−1)
    for _ in 1..<exponent { power *= x }
    let xp = power * x
    // f = 1 − x^p (½(p+1)(p+2) − p(p+2) x + ½p(p+1) x²)
    let bracket = fma(fma(lanes(0.5 * p * (p + 1)), x, lanes(-p * (p + 2))), x, lanes(0.5 * (p + 1) * (p + 2)))
    let f = fma(-xp, bracket, lanes(1))
    let rest = lanes(1) - x
    let slope = lanes(-0.5 * p * (p + 1) * (p + 2) / cutoff) * power * rest * rest
    let inside = isLess(r, lanes(cutoff))
    let scale = lanes((2 / cutoff).squareRoot()) * inverse
    let none = Lanes.zero
    return (choose(inside, scale * f, none), choose(inside, scale * fma(-f, inverse, slope), none))
}

/// Directions and radial functions of all edges: unit [4][count], radial [N][2][count], and once more the functions alone
/// edge by edge, [count][radialLanes].
@inline(__always)
func radialFunctions(
    _ network: UnsafePointer<Network>, _ shape: Shape, _ edges: Edges, _ unit: MutableNumbers, _ radial: MutableNumbers,
    _ byEdge: MutableNumbers
) {
    let (n, stride) = (shape.n, shape.stride)
    let frequencies = network.pointee.frequencies
    let count = edges.count
    var e = 0
    while e < count {
        let (x, y, z) = (load(edges.x + e), load(edges.y + e), load(edges.z + e))
        let r = fma(x, x, fma(y, y, z * z)).squareRoot()
        let inverse = lanes(1) / r
        store(x * inverse, unit + e)
        store(y * inverse, unit + count + e)
        store(z * inverse, unit + 2 * count + e)
        store(inverse, unit + 3 * count + e)
        let g = envelope(network, r, inverse)
        for k in 0..<n {
            let w = lanes(frequencies[k])
            let (s, c) = sineCosine(w * r)
            store(s * g.value, radial + 2 * k * count + e)
            store(fma(w * c, g.value, s * g.slope), radial + (2 * k + 1) * count + e)
        }
        transpose(radial + e, 2 * count, n, stride, byEdge + e * stride, stride)
        e += width
    }
}

/// Rows, `stride` apart, of one vector each → columns: out[e · strideOut + k] = rows[k][e], zero from `rows` to `padded`.
@inline(__always)
func transpose(
    _ source: Numbers, _ stride: Int, _ rows: Int, _ padded: Int, _ out: MutableNumbers, _ strideOut: Int
) {
    var k = 0
    while k < padded {
        var block = Square(repeating: .zero)
        for i in 0..<width where k + i < rows { block[i] = load(source + (k + i) * stride) }
        transpose(&block)
        for i in 0..<width { store(block[i], out + i * strideOut + k) }
        k += width
    }
}

