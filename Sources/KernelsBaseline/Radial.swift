import KernelTypes

/// The factor that all radial functions share, g(r) = √(2/rc) f(r)/r with the polynomial cutoff function f, and dg/dr;
/// zero from the cutoff on. R_n = g sin(w_n r).
struct Envelope {
    private let cutoff, inverseCutoff, scale: Lanes
    private let exponent: Int
    private let constant, linear, square: Lanes  // f = 1 − x^p (½(p+1)(p+2) − p(p+2) x + ½p(p+1) x²), x = r/rc
    private let slope: Lanes

    @inline(__always)
    init(_ network: UnsafePointer<Network>) {
        let rc = network.pointee.cutoff
        exponent = network.pointee.cutoffExponent
        let p = Double(exponent)
        cutoff = lanes(Scalar(rc))
        inverseCutoff = lanes(Scalar(1 / rc))
        scale = lanes(Scalar((2 / rc).squareRoot()))
        constant = lanes(Scalar(0.5 * (p + 1) * (p + 2)))
        linear = lanes(Scalar(-p * (p + 2)))
        square = lanes(Scalar(0.5 * p * (p + 1)))
        slope = lanes(Scalar(-0.5 * p * (p + 1) * (p + 2) / rc))
    }

    @inline(__always)
    func callAsFunction(_ r: Lanes, _ inverse: Lanes) -> (value: Lanes, slope: Lanes) {
        let x = r * inverseCutoff
        var power = lanes(1)  // x^(p−1)
        for _ in 1..<exponent { power *= x }
        let f = fma(-(power * x), fma(fma(square, x, linear), x, constant), lanes(1))
        let rest = lanes(1) - x
        let inside = isLess(r, cutoff)
        let g = scale * inverse
        let none = Lanes.zero
        return (choose(inside, g * f, none), choose(inside, g * fma(-f, inverse, slope * power * rest * rest), none))
    }
}

// What follows runs over all edges of an atom. Roots and quotients take long, and so do sines: in loops of their own
// those of many edges are under way at a time.

/// Directions: unit [4][stride], and what the radial functions need: r with the envelope and its derivative,
/// radial [3][stride].
@inline(never)
func directions(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ unit: MutableNumbers, _ radial: MutableNumbers
) {
    let count = edges.stride
    let envelope = Envelope(network)
    var e = 0
    while e < edges.count {
        let (x, y, z) = (load(edges.x + e), load(edges.y + e), load(edges.z + e))
        let r = fma(x, x, fma(y, y, z * z)).squareRoot()
        let inverse = lanes(1) / r
        store(x * inverse, unit + e)
        store(y * inverse, unit + count + e)
        store(z * inverse, unit + 2 * count + e)
        store(inverse, unit + 3 * count + e)
        let g = envelope(r, inverse)
        store(r, radial + e)
        store(g.value, radial + count + e)
        store(g.slope, radial + 2 * count + e)
        e += width
    }
}

/// R_n and R′_n, out [N][2][stride], of what `directions` left.
@inline(never)
func radialFunctions(_ network: UnsafePointer<Network>, _ edges: Edges, _ radial: Numbers, _ out: MutableNumbers) {
    withShape(network) { shape in
        let count = edges.stride
        var e = 0
        while e < edges.count {
            let (g, slope) = (load(radial + count + e), load(radial + 2 * count + e))
            eachSineCosine(network, shape.n, load(radial + e)) { k, w, s, c in
                store(s * g, out + 2 * k * count + e)
                store(fma(w * c, g, s * slope), out + (2 * k + 1) * count + e)
            }
            e += width
        }
    }
}

/// Rows, `stride` apart, of one vector each → columns: out[e · strideOut + k] = rows[k][e], zero from `rows` to
/// `padded`.
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
