// Small matrix products, blocked so that accumulators stay in registers.

/// out[i][j] = Σ_e a[i][e] b[j][e] for e in start ..< end (multiples of the width): rows of a `strideA` apart, of b
/// `strideB`, of out `columns`.
@inline(never)
func rowProducts(
    _ a: Numbers, _ strideA: Int, _ rows: Int, _ b: Numbers, _ strideB: Int, _ columns: Int,
    _ start: Int, _ end: Int, _ out: MutableNumbers
) {
    var i = 0
    while i + 2 <= rows {
        let a0 = a + i * strideA
        let a1 = a0 + strideA
        let out0 = out + i * columns
        let out1 = out0 + columns
        var j = 0
        while j + 4 <= columns {
            let b0 = b + j * strideB
            let (b1, b2, b3) = (b0 + strideB, b0 + 2 * strideB, b0 + 3 * strideB)
            var (s00, s01, s02, s03) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            var (s10, s11, s12, s13) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            var e = start
            while e < end {
                let (x0, x1) = (load(a0 + e), load(a1 + e))
                let y0 = load(b0 + e)
                s00 = fma(x0, y0, s00)
                s10 = fma(x1, y0, s10)
                let y1 = load(b1 + e)
                s01 = fma(x0, y1, s01)
                s11 = fma(x1, y1, s11)
                let y2 = load(b2 + e)
                s02 = fma(x0, y2, s02)
                s12 = fma(x1, y2, s12)
                let y3 = load(b3 + e)
                s03 = fma(x0, y3, s03)
                s13 = fma(x1, y3, s13)
                e += width
            }
            (out0[j], out0[j + 1], out0[j + 2], out0[j + 3]) = (sum(s00), sum(s01), sum(s02), sum(s03))
            (out1[j], out1[j + 1], out1[j + 2], out1[j + 3]) = (sum(s10), sum(s11), sum(s12), sum(s13))
            j += 4
        }
        while j < columns {
            let b0 = b + j * strideB
            var (s0, s1) = (Lanes.zero, Lanes.zero)
            var e = start
            while e < end {
                let y = load(b0 + e)
                s0 = fma(load(a0 + e), y, s0)
                s1 = fma(load(a1 + e), y, s1)
                e += width
            }
            (out0[j], out1[j]) = (sum(s0), sum(s1))
            j += 1
        }
        i += 2
    }
    if i < rows {
        let a0 = a + i * strideA
        let out0 = out + i * columns
        for j in 0..<columns {
            let b0 = b + j * strideB
            var s = Lanes.zero
            var e = start
            while e < end {
                s = fma(load(a0 + e), load(b0 + e), s)
                e += width
            }
            out0[j] = sum(s)
        }
    }
}

/// out[j] = Σ_i x[i · strideX] m[i][j] for j < columns (a multiple of a chunk), for two right-hand sides x at once: out0
/// from x0, out1 from x1; successive chunks of the outputs are `chunkStride` apart.
@inline(__always)
func combineTwo(
    _ m: Numbers, _ rows: Int, _ columns: Int, _ x0: Numbers, _ x1: Numbers, _ strideX: Int,
    _ out0: MutableNumbers, _ out1: MutableNumbers, _ chunkStride: Int
) {
    var j = 0
    var (o0, o1) = (out0, out1)
    while j + 2 * chunk <= columns {
        var (s0, s1, s2, s3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        var (t0, t1, t2, t3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        for i in 0..<rows {
            let row = m + i * columns + j
            let (x, y) = (lanes(x0[i * strideX]), lanes(x1[i * strideX]))
            let m0 = load(row)
            s0 = fma(x, m0, s0)
            t0 = fma(y, m0, t0)
            let m1 = load(row + width)
            s1 = fma(x, m1, s1)
            t1 = fma(y, m1, t1)
            let m2 = load(row + 2 * width)
            s2 = fma(x, m2, s2)
            t2 = fma(y, m2, t2)
            let m3 = load(row + 3 * width)
            s3 = fma(x, m3, s3)
            t3 = fma(y, m3, t3)
        }
        store(s0, o0)
        store(s1, o0 + width)
        store(s2, o0 + chunkStride)
        store(s3, o0 + chunkStride + width)
        store(t0, o1)
        store(t1, o1 + width)
        store(t2, o1 + chunkStride)
        store(t3, o1 + chunkStride + width)
        o0 += 2 * chunkStride
        o1 += 2 * chunkStride
        j += 2 * chunk
    }
    if j < columns {
        var (s0, s1, t0, t1) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        for i in 0..<rows {
            let row = m + i * columns + j
            let (x, y) = (lanes(x0[i * strideX]), lanes(x1[i * strideX]))
            let m0 = load(row)
            s0 = fma(x, m0, s0)
            t0 = fma(y, m0, t0)
            let m1 = load(row + width)
            s1 = fma(x, m1, s1)
            t1 = fma(y, m1, t1)
        }
        store(s0, o0)
        store(s1, o0 + width)
        store(t0, o1)
        store(t1, o1 + width)
    }
}
