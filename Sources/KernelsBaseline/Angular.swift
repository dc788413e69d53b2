import KernelTypes

// The monomials of one group of edges and sums with their gradients. Degrees up to 3 have code of their own, higher
// ones follow the network's tables.
//
// On the unit sphere z² = 1 − x² − y². So where the degree is 3, monomials with z² or z³ are not summed over the edges
// but follow from the sums of the others: 16 sums in place of 20. The same backwards: what ∂E/∂A says of them is dealt
// out to the others. That changes E as a function of u only off the sphere, where no direction is. (At degree 2, 9 in
// place of 10 sums would not be worth it.)
//
// The S monomials that are summed keep their order; for degree 3: 1, x y z, xx xy xz yy yz, xxx xxy xxz xyy xyz yyy
// yyz.

/// out[l · stride] = Y_l for the S monomials.
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
    guard shape.degree <= 3 else {
        let (parent, axis) = (network.pointee.parent, network.pointee.axis)
        for l in 4..<network.pointee.monomialCount {
            let u = axis[l] == 0 ? x : axis[l] == 1 ? y : z
            store(load(out + Int(parent[l]) * stride) * u, out + l * stride)
        }
        return
    }
    let (xx, xy, yy, yz) = (x * x, x * y, y * y, y * z)
    store(xx, out + 4 * stride)
    store(xy, out + 5 * stride)
    store(x * z, out + 6 * stride)
    store(yy, out + 7 * stride)
    store(yz, out + 8 * stride)
    if shape.degree == 2 { return store(z * z, out + 9 * stride) }
    store(x * xx, out + 9 * stride)
    store(x * xy, out + 10 * stride)
    store(xx * z, out + 11 * stride)
    store(x * yy, out + 12 * stride)
    store(x * yz, out + 13 * stride)
    store(y * yy, out + 14 * stride)
    store(y * yz, out + 15 * stride)
}

/// Σ_l H_l ∇Y_l over the S monomials, with Y (`values`) and H (`sums`) [S][width].
@inline(__always)
func gradientSums(
    _ network: UnsafePointer<Network>, _ shape: Shape, _ values: Numbers, _ sums: Numbers
) -> (x: Lanes, y: Lanes, z: Lanes) {
    guard shape.degree > 0 else { return (.zero, .zero, .zero) }
    @inline(__always) func h(_ l: Int) -> Lanes { load(sums + l * width) }
    @inline(__always) func y(_ l: Int) -> Lanes { load(values + l * width) }
    guard shape.degree <= 3 else {
        var (tx, ty, tz) = (Lanes.zero, Lanes.zero, Lanes.zero)
        let (raised, power) = (network.pointee.raised, network.pointee.raisedPower)
        for q in 0..<network.pointee.lowerCount {
            let (value, index, factor) = (y(q), raised + 3 * q, power + 3 * q)
            tx = fma(factor[0] * value, h(Int(index[0])), tx)
            ty = fma(factor[1] * value, h(Int(index[1])), ty)
            tz = fma(factor[2] * value, h(Int(index[2])), tz)
        }
        return (tx, ty, tz)
    }
    var (tx, ty, tz) = (h(1), h(2), h(3))
    guard shape.degree > 1 else { return (tx, ty, tz) }
    let (x1, y1, z1) = (y(1), y(2), y(3))
    tx = fma(x1, h(4) + h(4), fma(y1, h(5), fma(z1, h(6), tx)))
    ty = fma(x1, h(5), fma(y1, h(7) + h(7), fma(z1, h(8), ty)))
    tz = fma(x1, h(6), fma(y1, h(8), tz))
    if shape.degree == 2 { return (tx, ty, fma(z1, h(9) + h(9), tz)) }
    let (xx, xy, xz, yy, yz) = (y(4), y(5), y(6), y(7), y(8))
    tx = fma(3 * xx, h(9), fma(2 * xy, h(10), fma(2 * xz, h(11), fma(yy, h(12), fma(yz, h(13), tx)))))
    ty = fma(xx, h(10), fma(2 * xy, h(12), fma(xz, h(13), fma(3 * yy, h(14), fma(2 * yz, h(15), ty)))))
    tz = fma(xx, h(11), fma(xy, h(13), fma(yy, h(15), tz)))
    return (tx, ty, tz)
}

/// From the S sums to all L: A [d][L][radialLanes], of whose rows the first S are set, in place.
@inline(__always)
func unfold(_ network: UnsafePointer<Network>, _ expanded: MutableNumbers) {
    onColumns(network, expanded) { p, stride in
        @inline(__always) func sum(_ l: Int) -> Lanes { load(p + l * stride) }
        @inline(__always) func set(_ l: Int, _ value: Lanes) { store(value, p + l * stride) }
        let (xxx, xxy, xxz, xyy, xyz, yyy, yyz) = (sum(9), sum(10), sum(11), sum(12), sum(13), sum(14), sum(15))
        set(9, sum(0) - sum(4) - sum(7))
        set(10, xxx)
        set(11, xxy)
        set(12, xxz)
        set(13, xyy)
        set(14, xyz)
        set(15, sum(1) - xxx - xyy)
        set(16, yyy)
        set(17, yyz)
        set(18, sum(2) - xxy - yyy)
        set(19, sum(3) - xxz - yyz)
    }
}

/// The way back: from ∂E/∂A [d][L][radialLanes] to the derivatives by the S sums, in the first S rows, in place.
@inline(__always)
func fold(_ network: UnsafePointer<Network>, _ expanded: MutableNumbers) {
    onColumns(network, expanded) { p, stride in
        @inline(__always) func by(_ l: Int) -> Lanes { load(p + l * stride) }
        @inline(__always) func set(_ l: Int, _ value: Lanes) { store(value, p + l * stride) }
        let (zz, xzz, yzz, zzz) = (by(9), by(15), by(18), by(19))
        set(0, by(0) + zz)
        set(4, by(4) - zz)
        set(7, by(7) - zz)
        set(1, by(1) + xzz)
        set(2, by(2) + yzz)
        set(3, by(3) + zzz)
        set(9, by(10) - xzz)
        set(10, by(11) - yzz)
        set(11, by(12) - zzz)
        set(12, by(13) - xzz)
        set(13, by(14))
        set(14, by(16) - yzz)
        set(15, by(17) - zzz)
    }
}

/// Calls `body` with the first row of each vector of columns of [d][L][radialLanes] and the distance of rows, if not
/// all L monomials are summed.
@inline(__always)
private func onColumns(
    _ network: UnsafePointer<Network>, _ matrices: MutableNumbers, _ body: (MutableNumbers, Int) -> Void
) {
    let (l, stride) = (network.pointee.monomialCount, network.pointee.radialLanes)
    guard network.pointee.sphereCount < l else { return }
    for a in 0..<network.pointee.embeddingDimension {
        var j = 0
        while j < stride {
            body(matrices + a * l * stride + j, stride)
            j += width
        }
    }
}
