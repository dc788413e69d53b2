import KernelTypes

/// What the edges' gradients g = ∂E_i/∂r_ij, [3][stride], do: takes g from the forces on atoms j, and sets out[12] to
/// Σ g and Σ r ⊗ g. Sums are double precision in any case.
func pull(
    _ edges: Edges, _ gradient: MutableNumbers, _ owners: UnsafePointer<Int32>, _ forces: UnsafeMutablePointer<Double>?,
    _ out: UnsafeMutablePointer<Double>
) {
    typealias Four = SIMD4<Double>
    @inline(__always) func four(_ p: Numbers) -> Four {
        Four(Double(p[0]), Double(p[1]), Double(p[2]), Double(p[3]))
    }
    @inline(__always) func plus(_ s: Four, _ a: Four, _ b: Four) -> Four {
        #if FMA || arch(arm64)
        return s.addingProduct(a, b)
        #else
        return s + a * b
        #endif
    }
    let (count, stride) = (edges.count, edges.stride)
    let (gx, gy, gz) = (gradient, gradient + stride, gradient + 2 * stride)
    // The last vector's other numbers are of no edge.
    for e in count..<(count + 3) / 4 * 4 { (gx[e], gy[e], gz[e]) = (0, 0, 0) }
    var (x, y, z) = (Four.zero, Four.zero, Four.zero)
    var (xx, xy, xz) = (Four.zero, Four.zero, Four.zero)
    var (yx, yy, yz) = (Four.zero, Four.zero, Four.zero)
    var (zx, zy, zz) = (Four.zero, Four.zero, Four.zero)
    var e = 0
    while e < count {
        let (px, py, pz) = (four(gx + e), four(gy + e), four(gz + e))
        (x, y, z) = (x + px, y + py, z + pz)
        let rx = four(edges.x + e)
        (xx, xy, xz) = (plus(xx, rx, px), plus(xy, rx, py), plus(xz, rx, pz))
        let ry = four(edges.y + e)
        (yx, yy, yz) = (plus(yx, ry, px), plus(yy, ry, py), plus(yz, ry, pz))
        let rz = four(edges.z + e)
        (zx, zy, zz) = (plus(zx, rz, px), plus(zy, rz, py), plus(zz, rz, pz))
        e += 4
    }
    if let forces {
        for e in 0..<count {
            let f = forces + 3 * Int(owners[e])
            f[0] -= Double(gx[e])
            f[1] -= Double(gy[e])
            f[2] -= Double(gz[e])
        }
    }
    @inline(__always) func set(_ k: Int, _ v: Four) {
        let two = v.lowHalf + v.highHalf
        out[k] = two[0] + two[1]
    }
    set(0, x)
    set(1, y)
    set(2, z)
    set(3, xx)
    set(4, xy)
    set(5, xz)
    set(6, yx)
    set(7, yy)
    set(8, yz)
    set(9, zx)
    set(10, zy)
    set(11, zz)
}
