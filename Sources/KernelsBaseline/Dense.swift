// The readout's layers. Rows are atoms; up to four at a time share the weights that they read.

/// out[row][o] = bias[o] + Σ_i x[row · stride + i] w[i][o]; outputs a multiple of the width.
func dense(
    _ rows: Int, _ inputs: Int, _ outputs: Int, _ x: Numbers, _ stride: Int, _ w: Numbers, _ bias: Numbers,
    _ out: MutableNumbers
) {
    var row = 0
    while row < rows {
        let f = Factors(x + row * stride, stride, 1, w, outputs)
        let target = out + row * outputs
        switch rows - row {
        case 1: layer(Tile<1, 6>.self, Tile<1, 1>.self, inputs, outputs, f, bias, target)
        case 2: layer(Tile<2, 6>.self, Tile<2, 1>.self, inputs, outputs, f, bias, target)
        case 3: layer(Tile<3, 4>.self, Tile<3, 1>.self, inputs, outputs, f, bias, target)
        default: layer(Tile<4, 3>.self, Tile<4, 1>.self, inputs, outputs, f, bias, target)
        }
        row += 4
    }
}

/// R rows in tiles of C columns, the rest one by one.
@inline(__always)
private func layer<let R: Int, let C: Int>(
    _: Tile<R, C>.Type, _: Tile<R, 1>.Type, _ inputs: Int, _ outputs: Int, _ f: Factors, _ bias: Numbers,
    _ out: MutableNumbers
) {
    var o = 0
    while o + C * width <= outputs {
        var tile = Tile<R, C>(bias + o, 0)
        tile.add(f.part(0, o), inputs)
        tile.put(out + o, outputs)
        o += C * width
    }
    while o < outputs {
        var tile = Tile<R, 1>(bias + o, 0)
        tile.add(f.part(0, o), inputs)
        tile.put(out + o, outputs)
        o += width
    }
}

/// out[row][i] = bias[i] + Σ_o x[row · stride + o] w[i][o]: the way back through a layer by the weights of the way
/// there. `inputs` and `outputs` are multiples of the width.
func denseTransposed(
    _ rows: Int, _ inputs: Int, _ outputs: Int, _ x: Numbers, _ stride: Int, _ w: Numbers, _ bias: Numbers,
    _ out: MutableNumbers
) {
    var row = 0
    while row < rows {
        let (x, out) = (x + row * stride, out + row * outputs)
        switch rows - row {
        case 1: dots(InlineArray<1, Square>.self, inputs, outputs, x, stride, w, bias, out)
        case 2: dots(InlineArray<2, Square>.self, inputs, outputs, x, stride, w, bias, out)
        default: dots(InlineArray<3, Square>.self, inputs, outputs, x, stride, w, bias, out)
        }
        row += 3
    }
}

@inline(__always)
private func dots<let R: Int>(
    _: InlineArray<R, Square>.Type, _ inputs: Int, _ outputs: Int, _ x: Numbers, _ stride: Int, _ w: Numbers,
    _ bias: Numbers, _ out: MutableNumbers
) {
    var i = 0
    while i < outputs {
        var sums = InlineArray<R, Square>(repeating: Square(repeating: .zero))
        var o = 0
        while o < inputs {
            for k in 0..<width {
                let weights = load(w + (i + k) * inputs + o)
                for row in 0..<R { sums[row][k] = fma(load(x + row * stride + o), weights, sums[row][k]) }
            }
            o += width
        }
        for row in 0..<R {
            transpose(&sums[row])
            var total = load(bias + i)
            for k in 0..<width { total += sums[row][k] }
            store(total, out + row * outputs + i)
        }
        i += width
    }
}

/// Σ_i x[i] y[i].
func dot(_ x: Numbers, _ y: Numbers, _ count: Int) -> Scalar {
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
