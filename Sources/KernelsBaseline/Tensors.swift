/// A vector, from the monomials of degree 1.
struct Vector<Q: Quantity> {
    var x, y, z: Q
}

/// A symmetric 3×3 tensor, from the monomials of degree 2.
struct Tensor2<Q: Quantity> {
    var xx, xy, xz, yy, yz, zz: Q

    /// a_ij v_j.
    @inline(__always) static func * (a: Self, v: Vector<Q>) -> Vector<Q> {
        Vector(
            x: .sum(a.xx, v.x, .sum(a.xy, v.y, a.xz * v.z)), y: .sum(a.xy, v.x, .sum(a.yy, v.y, a.yz * v.z)),
            z: .sum(a.xz, v.x, .sum(a.yz, v.y, a.zz * v.z)))
    }

    /// a_ik a_kj.
    @inline(__always) var squared: Self {
        let (p, q, r) = (xy * xy, xz * xz, yz * yz)
        return Self(
            xx: .sum(xx, xx, p + q), xy: .sum(xy, xx + yy, xz * yz), xz: .sum(xz, xx + zz, xy * yz),
            yy: .sum(yy, yy, p + r), yz: .sum(yz, yy + zz, xy * xz), zz: .sum(zz, zz, q + r))
    }

    @inline(__always) var trace: Q { xx + yy + zz }

    /// a_ij b_ij.
    @inline(__always) func dot(_ b: Self) -> Q {
        let diagonal = Q.sum(xx, b.xx, .sum(yy, b.yy, zz * b.zz))
        let rest = Q.sum(xy, b.xy, .sum(xz, b.xz, yz * b.yz))
        return diagonal + 2 * rest
    }
}

/// A symmetric 3×3×3 tensor, from the monomials of degree 3.
struct Tensor3<Q: Quantity> {
    var xxx, xxy, xxz, xyy, xyz, xzz, yyy, yyz, yzz, zzz: Q

    /// The symmetric tensors b_ij· for the last index x, y, z.
    @inline(__always) var x: Tensor2<Q> { Tensor2(xx: xxx, xy: xxy, xz: xxz, yy: xyy, yz: xyz, zz: xzz) }
    @inline(__always) var y: Tensor2<Q> { Tensor2(xx: xxy, xy: xyy, xz: xyz, yy: yyy, yz: yyz, zz: yzz) }
    @inline(__always) var z: Tensor2<Q> { Tensor2(xx: xxz, xy: xyz, xz: xzz, yy: yyz, yz: yzz, zz: zzz) }

    /// b_ijk b_ijl.
    @inline(__always) var squared: Tensor2<Q> {
        Tensor2(xx: x.dot(x), xy: x.dot(y), xz: x.dot(z), yy: y.dot(y), yz: y.dot(z), zz: z.dot(z))
    }

    /// b_ijk a_ij.
    @inline(__always) static func * (b: Self, a: Tensor2<Q>) -> Vector<Q> {
        Vector(x: b.x.dot(a), y: b.y.dot(a), z: b.z.dot(a))
    }

    /// b_ijk v_k.
    @inline(__always) static func * (b: Self, v: Vector<Q>) -> Tensor2<Q> {
        @inline(__always) func along(_ p: Q, _ q: Q, _ r: Q) -> Q { .sum(p, v.x, .sum(q, v.y, r * v.z)) }
        return Tensor2(
            xx: along(b.xxx, b.xxy, b.xxz), xy: along(b.xxy, b.xyy, b.xyz), xz: along(b.xxz, b.xyz, b.xzz),
            yy: along(b.xyy, b.yyy, b.yyz), yz: along(b.xyz, b.yyz, b.yzz), zz: along(b.xzz, b.yzz, b.zzz))
    }
}

extension Vector {
    @inline(__always) func dot(_ v: Self) -> Q { .sum(x, v.x, .sum(y, v.y, z * v.z)) }
}
