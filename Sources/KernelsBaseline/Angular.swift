import KernelTypes

// The monomials of one group of edges and sums with their gradients. Degrees up to 3 have code of their own, higher ones
// follow the network's tables.

/// out[l · stride] = Y_l.
@inline(__always)
func monomials(
    _ network: UnsafePointer<Network>, _ shape: Shape, _ x: Lanes, _ y: Lanes, _ z: Lanes, _ out: MutableNumbers,
    _ stride: Int
) {
    store(lanes(1), out)
    guard shape.degree > 0 else { return }
    store(x, out + stride)
    store(y, out + 2 * stride)
    store(z, out + 3 * stride)
    guard shape.degree > 1 else { return }
    let (xx, xy, xz, yy, yz, zz) = (x * x, x * y, x * z, y * y, y * z, z * z)
    store(xx, out + 4 * stride)
    store(xy, out + 5 * stride)
    store(xz, out + 6 * stride)
    store(yy, out + 7 * stride)
    store(yz, out + 8 * stride)
    store(zz, out + 9 * stride)
    guard shape.degree > 2 else { return }
    store(x * xx, out + 10 * stride)
    store(x * xy, out + 11 * stride)
    store(x * xz, out + 12 * stride)
    store(x * yy, out + 13 * stride)
    store(x * yz, out + 14 * stride)
    store(x * zz, out + 15 * stride)
    store(y * yy, out + 16 * stride)
    store(y * yz, out + 17 * stride)
    store(y * zz, out + 18 * stride)
    store(z * zz, out + 19 * stride)
    guard shape.degree > 3 else { return }
    let (parent, axis) = (network.pointee.parent, network.pointee.axis)
    for l in 20..<network.pointee.monomialCount {
        let u = axis[l] == 0 ? x : axis[l] == 1 ? y : z
        store(load(out + Int(parent[l]) * stride) * u, out + l * stride)
    }
}

/// Σ_l H_l ∇Y_l, with Y (`values`) and H (`sums`) [L][width].
@inline(__always)
func gradientSums(
    _ network: UnsafePointer<Network>, _ shape: Shape, _ values: Numbers, _ sums: Numbers
) -> (x: Lanes, y: Lanes, z: Lanes) {
    guard shape.degree > 0 else { return (.zero, .zero, .zero) }
    @inline(__always) func h(_ l: Int) -> Lanes { load(sums + l * width) }
    @inline(__always) func y(_ l: Int) -> Lanes { load(values + l * width) }
    var (tx, ty, tz) = (h(1), h(2), h(3))
    guard shape.degree > 1 else { return (tx, ty, tz) }
    let (x1, y1, z1) = (y(1), y(2), y(3))
    tx = fma(x1, h(4) + h(4), fma(y1, h(5), fma(z1, h(6), tx)))
    ty = fma(x1, h(5), fma(y1, h(7) + h(7), fma(z1, h(8), ty)))
    tz = fma(x1, h(6), fma(y1, h(8), fma(z1, h(9) + h(9), tz)))
    guard shape.degree > 2 else { return (tx, ty, tz) }
    let (xx, xy, xz, yy, yz, zz) = (y(4), 2 * y(5), 2 * y(6), y(7), 2 * y(8), y(9))
    tx = fma(3 * xx, h(10), fma(xy, h(11), fma(xz, h(12), fma(yy, h(13), fma(0.5 * yz, h(14), fma(zz, h(15), tx))))))
    ty = fma(xx, h(11), fma(xy, h(13), fma(0.5 * xz, h(14), fma(3 * yy, h(16), fma(yz, h(17), fma(zz, h(18), ty))))))
    tz = fma(xx, h(12), fma(0.5 * xy, h(14), fma(xz, h(15), fma(yy, h(17), fma(yz, h(18), fma(3 * zz, h(19), tz))))))
    guard shape.degree > 3 else { return (tx, ty, tz) }
    let (raised, power) = (network.pointee.raised, network.pointee.raisedPower)
    for q in 10..<network.pointee.lowerCount {
        let (value, index, factor) = (y(q), raised + 3 * q, power + 3 * q)
        tx = fma(factor[0] * value, h(Int(index[0])), tx)
        ty = fma(factor[1] * value, h(Int(index[1])), ty)
        tz = fma(factor[2] * value, h(Int(index[2])), tz)
    }
    return (tx, ty, tz)
}
