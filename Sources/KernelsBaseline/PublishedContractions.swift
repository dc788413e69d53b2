import KernelTypes

// All contractions up to order 3 and l_max 3, the list of the published models, as tensor algebra: with s, v, a, b made
// of the monomials of degree 0 to 3,
//
//   s,  v·v,  a:a,  b⋮b,  v·a·v,  tr a³,  b⋮(a v),  b_ijk b_ijl a_kl
//
// in this order. The same formulas serve values and values that move. Other lists of contractions go through programs
// (Contracting.swift), which compute the same.

/// What the gradient needs again, a v, b:a, a² and b_ijk b_ijl, is kept as 18 more rows behind the monomials.
@inline(__always)
func publishedContractions<Q: Quantity>(_ at: (Int) -> Q, _ keep: (Int, Q) -> Void, _ set: (Int, Q) -> Void) {
    let (v, a, b) = tensors(at)
    let (av, ba, aa, bb) = (a * v, b * a, a.squared, b.squared)
    keep(20, av.x)
    keep(21, av.y)
    keep(22, av.z)
    keep(23, ba.x)
    keep(24, ba.y)
    keep(25, ba.z)
    keepTensor(26, aa)
    keepTensor(32, bb)
    @inline(__always) func keepTensor(_ row: Int, _ t: Tensor2<Q>) {
        keep(row, t.xx)
        keep(row + 1, t.xy)
        keep(row + 2, t.xz)
        keep(row + 3, t.yy)
        keep(row + 4, t.yz)
        keep(row + 5, t.zz)
    }
    set(0, at(0))
    set(1, v.dot(v))
    set(2, aa.trace)
    set(3, bb.trace)
    set(4, v.dot(av))
    set(5, a.dot(aa))
    set(6, v.dot(ba))
    set(7, a.dot(bb))
}

/// ∂E/∂A′ from g = ∂E/∂(contractions).
@inline(__always)
func publishedGradient<Q: Quantity>(_ at: (Int) -> Q, _ g: (Int) -> Q, _ set: (Int, Q) -> Void) {
    let (v, a, b) = tensors(at)
    set(0, g(0))

    let (g1, g4, g6) = (2 * g(1), 2 * g(4), g(6))
    set(1, Q.sum(g1, v.x, .sum(g4, at(20), g6 * at(23))))
    set(2, Q.sum(g1, v.y, .sum(g4, at(21), g6 * at(24))))
    set(3, Q.sum(g1, v.z, .sum(g4, at(22), g6 * at(25))))

    let (g2, g5, g7) = (2 * g(2), 3 * g(5), g(7))
    let (bv, vg) = (b * v, Vector(x: g(4) * v.x, y: g(4) * v.y, z: g(4) * v.z))
    @inline(__always) func second(_ row: Int, _ a: Q, _ v1: Q, _ v2: Q, _ bv: Q) -> Q {
        .sum(g2, a, .sum(v1, v2, .sum(g5, at(22 + row), .sum(g6, bv, g7 * at(28 + row)))))
    }
    set(4, second(4, a.xx, vg.x, v.x, bv.xx))
    set(5, 2 * second(5, a.xy, vg.x, v.y, bv.xy))
    set(6, 2 * second(6, a.xz, vg.x, v.z, bv.xz))
    set(7, second(7, a.yy, vg.y, v.y, bv.yy))
    set(8, 2 * second(8, a.yz, vg.y, v.z, bv.yz))
    set(9, second(9, a.zz, vg.z, v.z, bv.zz))

    // Of u_ij,k = g6 a_ij v_k + b_ijl h_lk with h = 2 (g7 a + g3 1) the symmetric part, times how often a component
    // occurs, is what is sought.
    let w = Vector(x: g6 * v.x, y: g6 * v.y, z: g6 * v.z)
    let (g3, twice) = (2 * g(3), 2 * g7)
    let h = Tensor2(
        xx: .sum(twice, a.xx, g3), xy: twice * a.xy, xz: twice * a.xz, yy: .sum(twice, a.yy, g3), yz: twice * a.yz,
        zz: .sum(twice, a.zz, g3))
    @inline(__always) func x(_ a: Q, _ p: Q, _ q: Q, _ r: Q, _ rest: Q) -> Q {
        .sum(a, w.x, .sum(p, h.xx, .sum(q, h.xy, .sum(r, h.xz, rest))))
    }
    @inline(__always) func y(_ a: Q, _ p: Q, _ q: Q, _ r: Q, _ rest: Q) -> Q {
        .sum(a, w.y, .sum(p, h.xy, .sum(q, h.yy, .sum(r, h.yz, rest))))
    }
    @inline(__always) func z(_ a: Q, _ p: Q, _ q: Q, _ r: Q, _ rest: Q) -> Q {
        .sum(a, w.z, .sum(p, h.xz, .sum(q, h.yz, .sum(r, h.zz, rest))))
    }
    @inline(__always) func x(_ a: Q, _ p: Q, _ q: Q, _ r: Q) -> Q {
        .sum(a, w.x, .sum(p, h.xx, .sum(q, h.xy, r * h.xz)))
    }
    @inline(__always) func y(_ a: Q, _ p: Q, _ q: Q, _ r: Q) -> Q {
        .sum(a, w.y, .sum(p, h.xy, .sum(q, h.yy, r * h.yz)))
    }
    @inline(__always) func z(_ a: Q, _ p: Q, _ q: Q, _ r: Q) -> Q {
        .sum(a, w.z, .sum(p, h.xz, .sum(q, h.yz, r * h.zz)))
    }
    set(10, x(a.xx, b.xxx, b.xxy, b.xxz))
    set(11, y(a.xx, b.xxx, b.xxy, b.xxz, 2 * x(a.xy, b.xxy, b.xyy, b.xyz)))
    set(12, z(a.xx, b.xxx, b.xxy, b.xxz, 2 * x(a.xz, b.xxz, b.xyz, b.xzz)))
    set(13, x(a.yy, b.xyy, b.yyy, b.yyz, 2 * y(a.xy, b.xxy, b.xyy, b.xyz)))
    set(
        14,
        2 * z(a.xy, b.xxy, b.xyy, b.xyz, y(a.xz, b.xxz, b.xyz, b.xzz, x(a.yz, b.xyz, b.yyz, b.yzz))))
    set(15, x(a.zz, b.xzz, b.yzz, b.zzz, 2 * z(a.xz, b.xxz, b.xyz, b.xzz)))
    set(16, y(a.yy, b.xyy, b.yyy, b.yyz))
    set(17, z(a.yy, b.xyy, b.yyy, b.yyz, 2 * y(a.yz, b.xyz, b.yyz, b.yzz)))
    set(18, y(a.zz, b.xzz, b.yzz, b.zzz, 2 * z(a.yz, b.xyz, b.yyz, b.yzz)))
    set(19, z(a.zz, b.xzz, b.yzz, b.zzz))
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
