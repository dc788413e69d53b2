// The readout's layers. Rows are atoms; four at a time share the weights that they read.

/// out[row][o] = bias[o] + Σ_i x[row · stride + i] w[i][o]; outputs a multiple of the width.
func dense(
    _ rows: Int, _ inputs: Int, _ outputs: Int, _ x: Numbers, _ stride: Int, _ w: Numbers, _ bias: Numbers,
    _ out: MutableNumbers
) {
    var row = 0
    while row < rows {
        // The last group repeats its last row rather than having code of its own.
        let last = rows - 1
        let (r1, r2, r3) = (min(row + 1, last), min(row + 2, last), min(row + 3, last))
        let (x0, x1, x2, x3) = (x + row * stride, x + r1 * stride, x + r2 * stride, x + r3 * stride)
        let (o0, o1, o2, o3) = (out + row * outputs, out + r1 * outputs, out + r2 * outputs, out + r3 * outputs)
        var o = 0
        while o + 3 * width <= outputs {
            var (a0, b0, c0) = (load(bias + o), load(bias + o + width), load(bias + o + 2 * width))
            var (a1, b1, c1) = (a0, b0, c0)
            var (a2, b2, c2) = (a0, b0, c0)
            var (a3, b3, c3) = (a0, b0, c0)
            for i in 0..<inputs {
                let weights = w + i * outputs + o
                let (u, v, t) = (load(weights), load(weights + width), load(weights + 2 * width))
                let (y0, y1, y2, y3) = (lanes(x0[i]), lanes(x1[i]), lanes(x2[i]), lanes(x3[i]))
                a0 = fma(y0, u, a0)
                b0 = fma(y0, v, b0)
                c0 = fma(y0, t, c0)
                a1 = fma(y1, u, a1)
                b1 = fma(y1, v, b1)
                c1 = fma(y1, t, c1)
                a2 = fma(y2, u, a2)
                b2 = fma(y2, v, b2)
                c2 = fma(y2, t, c2)
                a3 = fma(y3, u, a3)
                b3 = fma(y3, v, b3)
                c3 = fma(y3, t, c3)
            }
            store(a0, o0 + o)
            store(b0, o0 + o + width)
            store(c0, o0 + o + 2 * width)
            store(a1, o1 + o)
            store(b1, o1 + o + width)
            store(c1, o1 + o + 2 * width)
            store(a2, o2 + o)
            store(b2, o2 + o + width)
            store(c2, o2 + o + 2 * width)
            store(a3, o3 + o)
            store(b3, o3 + o + width)
            store(c3, o3 + o + 2 * width)
            o += 3 * width
        }
        while o < outputs {
            var a0 = load(bias + o)
            var (a1, a2, a3) = (a0, a0, a0)
            for i in 0..<inputs {
                let u = load(w + i * outputs + o)
                a0 = fma(lanes(x0[i]), u, a0)
                a1 = fma(lanes(x1[i]), u, a1)
                a2 = fma(lanes(x2[i]), u, a2)
                a3 = fma(lanes(x3[i]), u, a3)
            }
            store(a0, o0 + o)
            store(a1, o1 + o)
            store(a2, o2 + o)
            store(a3, o3 + o)
            o += width
        }
        row += 4
    }
}

/// Σ_i x[i] y[i].
func dot(_ x: Numbers, _ y: Numbers, _ count: Int) -> Double {
    var (a, b) = (Lanes.zero, Lanes.zero)
    var i = 0
    while i + 2 * width <= count {
        a = fma(load(x + i), load(y + i), a)
        b = fma(load(x + i + width), load(y + i + width), b)
        i += 2 * width
    }
    var total = sum(a + b)
    while i < count {
        total += x[i] * y[i]
        i += 1
    }
    return total
}
