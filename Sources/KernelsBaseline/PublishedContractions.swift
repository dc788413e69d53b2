import KernelTypes

// All contractions up to order 3 and l_max 3, the list of the published models, as tensor algebra: with s, v, a, b made of
// the monomials of degree 0 to 3,
//
//   s,  v·v,  a:a,  b⋮b,  v·a·v,  tr a³,  b⋮(a v),  b_ijk b_ijl a_kl
//
// in this order. The same formulas serve values and values that move. Other lists of contractions go through programs
// (Contracting.swift), which compute the same.

@inline(__always)
func publishedContractions<Q: Quantity>(_ at: (Int) -> Q, _ set: (Int, Q) -> Void) {
    let (v, a, b) = tensors(at)
    set(0, at(0))
    set(1, v.dot(v))
    set(2, a.dot(a))
    set(3, b.square)
    set(4, v.dot(a * v))
    set(5, a.dot(a.squared))
    set(6, v.dot(b * a))
    set(7, a.dot(b.squared))
}

/// ∂E/∂A′ from g = ∂E/∂(contractions).
@inline(__always)
func publishedGradient<Q: Quantity>(_ at: (Int) -> Q, _ g: (Int) -> Q, _ set: (Int, Q) -> Void) {
    let (v, a, b) = tensors(at)
    set(0, g(0))

    let (g1, g4, g6) = (2 * g(1), 2 * g(4), g(6))
    let (av, ba) = (a * v, b * a)
    set(1, Q.sum(g1, v.x, .sum(g4, av.x, g6 * ba.x)))
    set(2, Q.sum(g1, v.y, .sum(g4, av.y, g6 * ba.y)))
    set(3, Q.sum(g1, v.z, .sum(g4, av.z, g6 * ba.z)))

    let (g2, vg, g5, g7) = (2 * g(2), g(4), 3 * g(5), g(7))
    let (aa, bv, bb) = (a.squared, b * v, b.squared)
    @inline(__always) func second(_ a: Q, _ v1: Q, _ v2: Q, _ aa: Q, _ bv: Q, _ bb: Q) -> Q {
        .sum(g2, a, .sum(vg, v1 * v2, .sum(g5, aa, .sum(g6, bv, g7 * bb))))
    }
    set(4, second(a.xx, v.x, v.x, aa.xx, bv.xx, bb.xx))
    set(5, 2 * second(a.xy, v.x, v.y, aa.xy, bv.xy, bb.xy))
    set(6, 2 * second(a.xz, v.x, v.z, aa.xz, bv.xz, bb.xz))
    set(7, second(a.yy, v.y, v.y, aa.yy, bv.yy, bb.yy))
    set(8, 2 * second(a.yz, v.y, v.z, aa.yz, bv.yz, bb.yz))
    set(9, second(a.zz, v.z, v.z, aa.zz, bv.zz, bb.zz))

    // u_ij,k = g6 a_ij v_k + 2 g7 b_ijl a_lk; its symmetric part, times how often a component occurs, is what is sought.
    let w = Vector(x: g6 * v.x, y: g6 * v.y, z: g6 * v.z)
    let twice = 2 * g7
    let h = Tensor2(
        xx: twice * a.xx, xy: twice * a.xy, xz: twice * a.xz, yy: twice * a.yy, yz: twice * a.yz, zz: twice * a.zz)
    @inline(__always) func x(_ a: Q, _ p: Q, _ q: Q, _ r: Q) -> Q {
        .sum(a, w.x, .sum(p, h.xx, .sum(q, h.xy, r * h.xz)))
    }
    @inline(__always) func y(_ a: Q, _ p: Q, _ q: Q, _ r: Q) -> Q {
        .sum(a, w.y, .sum(p, h.xy, .sum(q, h.yy, r * h.yz)))
    }
    @inline(__always) func z(_ a: Q, _ p: Q, _ q: Q, _ r: Q) -> Q {
        .sum(a, w.z, .sum(p, h.xz, .sum(q, h.yz, r * h.zz)))
    }
    let g3 = 2 * g(3)
    @inline(__always) func third(_ row: Int, _ times: Double, _ b: Q, _ u: Q) { set(row, Q.sum(times * g3, b, u)) }
    third(10, 1, b.xxx, x(a.xx, b.xxx, b.xxy, b.xxz))
    third(11, 3, b.xxy, y(a.xx, b.xxx, b.xxy, b.xxz) + 2 * x(a.xy, b.xxy, b.xyy, b.xyz))
    third(12, 3, b.xxz, z(a.xx, b.xxx, b.xxy, b.xxz) + 2 * x(a.xz, b.xxz, b.xyz, b.xzz))
    third(13, 3, b.xyy, x(a.yy, b.xyy, b.yyy, b.yyz) + 2 * y(a.xy, b.xxy, b.xyy, b.xyz))
    third(
        14, 6, b.xyz,
        2 * (z(a.xy, b.xxy, b.xyy, b.xyz) + y(a.xz, b.xxz, b.xyz, b.xzz) + x(a.yz, b.xyz, b.yyz, b.yzz)))
    third(15, 3, b.xzz, x(a.zz, b.xzz, b.yzz, b.zzz) + 2 * z(a.xz, b.xxz, b.xyz, b.xzz))
    third(16, 1, b.yyy, y(a.yy, b.xyy, b.yyy, b.yyz))
    third(17, 3, b.yyz, z(a.yy, b.xyy, b.yyy, b.yyz) + 2 * y(a.yz, b.xyz, b.yyz, b.yzz))
    third(18, 3, b.yzz, y(a.zz, b.xzz, b.yzz, b.zzz) + 2 * z(a.yz, b.xyz, b.yyz, b.yzz))
    third(19, 1, b.zzz, z(a.zz, b.xzz, b.yzz, b.zzz))
}

@inline(__always)
private func tensors<Q: Quantity>(_ at: (Int) -> Q) -> (Vector<Q>, Tensor2<Q>, Tensor3<Q>) {
    (
        Vector(x: at(1), y: at(2), z: at(3)),
        Tensor2(xx: at(4), xy: at(5), xz: at(6), yy: at(7), yz: at(8), zz: at(9)),
        Tensor3(
            xxx: at(10), xxy: at(11), xxz: at(12), xyy: at(13), xyz: at(14), xzz: at(15), yyy: at(16), yyz: at(17),
            yzz: at(18), zzz: at(19))
    )
}
