// The readout's layers. Rows are atoms; up to six at a time share the weights that they read.

/// out[row][o] = bias[o] + Σ_i x[row · stride + i] w[i][o]; outputs a multiple of the width.
func dense(
    _ rows: Int, _ inputs: Int, _ outputs: Int, _ x: Numbers, _ stride: Int, _ w: Numbers, _ bias: Numbers,
    _ out: MutableNumbers
) {
    var row = 0
    while row < rows {
        let f = Factors(x + row * stride, stride, 1, w, outputs)
        let target = out + row * outputs
        // As many as share weights, and none left alone: one row waits for its weights. Three columns go best with four.
        let most = outputs == 3 * width ? 4 : 6
        let groups = (rows - row + most - 1) / most
        let count = (rows - row + groups - 1) / groups
        // Each tile has enough sums at a time not to wait for the latency of one: where there are few columns, the
        // inputs are dealt out to several.
        var o = 0
        while o < outputs {
            let left = (outputs - o) / width
            let (f, bias, target) = (f.part(0, o), bias + o, target + o)
            switch (count, left) {
            case (1, 8...): o += layer(Tile<1, 8>(), Parts<1>.self, inputs, f, bias, target, outputs)
            case (1, 6...): o += layer(Tile<1, 6>(), Parts<2>.self, inputs, f, bias, target, outputs)
            case (1, 4...): o += layer(Tile<1, 4>(), Parts<2>.self, inputs, f, bias, target, outputs)
            case (1, 3): o += layer(Tile<1, 3>(), Parts<3>.self, inputs, f, bias, target, outputs)
            case (1, 2): o += layer(Tile<1, 2>(), Parts<4>.self, inputs, f, bias, target, outputs)
            case (1, _): o += layer(Tile<1, 1>(), Parts<8>.self, inputs, f, bias, target, outputs)
            case (2, 6...): o += layer(Tile<2, 6>(), Parts<1>.self, inputs, f, bias, target, outputs)
            case (2, 4...): o += layer(Tile<2, 4>(), Parts<1>.self, inputs, f, bias, target, outputs)
            case (2, 3): o += layer(Tile<2, 3>(), Parts<2>.self, inputs, f, bias, target, outputs)
            case (2, 2): o += layer(Tile<2, 2>(), Parts<2>.self, inputs, f, bias, target, outputs)
            case (2, _): o += layer(Tile<2, 1>(), Parts<4>.self, inputs, f, bias, target, outputs)
            case (3, 3): o += layer(Tile<3, 3>(), Parts<1>.self, inputs, f, bias, target, outputs)
            case (3, 4...): o += layer(Tile<3, 4>(), Parts<1>.self, inputs, f, bias, target, outputs)
            case (3, 2): o += layer(Tile<3, 2>(), Parts<2>.self, inputs, f, bias, target, outputs)
            case (3, _): o += layer(Tile<3, 1>(), Parts<3>.self, inputs, f, bias, target, outputs)
            case (4, 2), (4, 4): o += layer(Tile<4, 2>(), Parts<1>.self, inputs, f, bias, target, outputs)
            case (4, 3...): o += layer(Tile<4, 3>(), Parts<1>.self, inputs, f, bias, target, outputs)
            case (4, _): o += layer(Tile<4, 1>(), Parts<2>.self, inputs, f, bias, target, outputs)
            case (5, 2...): o += layer(Tile<5, 2>(), Parts<1>.self, inputs, f, bias, target, outputs)
            case (5, _): o += layer(Tile<5, 1>(), Parts<2>.self, inputs, f, bias, target, outputs)
            case (_, 2...): o += layer(Tile<6, 2>(), Parts<1>.self, inputs, f, bias, target, outputs)
            default: o += layer(Tile<6, 1>(), Parts<2>.self, inputs, f, bias, target, outputs)
            }
        }
        row += count
    }
}

/// A number of parts that a sum is cut into.
private enum Parts<let S: Int> {}

/// One tile, its inputs in S parts; returns its columns.
@inline(__always)
private func layer<let R: Int, let C: Int, let S: Int>(
    _ zero: Tile<R, C>, _: Parts<S>.Type, _ inputs: Int, _ f: Factors, _ bias: Numbers, _ out: MutableNumbers,
    _ stride: Int
) -> Int {
    var parts = InlineArray<S, Tile<R, C>>(repeating: zero)
    parts[0] = Tile<R, C>(bias, 0)
    var (f, k) = (f, 0)
    while k + S <= inputs {
        for s in 0..<S {
            parts[s].add(f, 1)
            f.x += f.strideX
            f.y += f.strideY
        }
        k += S
    }
    if S > 1 {
        parts[0].add(f, inputs - k)
        for s in 1..<S { parts[0].add(parts[s]) }
    }
    parts[0].put(out, stride)
    return C * width
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
        #if SINGLE_PRECISION && FMA
        // More sums than those of one row have no room in registers.
        dots(InlineArray<1, Square>.self, inputs, outputs, x, stride, w, bias, out)
        row += 1
        #else
        switch rows - row {
        case 1: dots(InlineArray<1, Square>.self, inputs, outputs, x, stride, w, bias, out)
        case 2: dots(InlineArray<2, Square>.self, inputs, outputs, x, stride, w, bias, out)
        default: dots(InlineArray<3, Square>.self, inputs, outputs, x, stride, w, bias, out)
        }
        row += 3
        #endif
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
        for row in 0..<R { store(load(bias + i) + rowSums(sums[row]), out + row * outputs + i) }
        i += width
    }
}

/// out[i][j] = Σ_k x[k · strideX + i] y[k · strideY + j] + x2 … y2, plus what was there if it `adds`: `columns`, those
/// of out and what is read of y, a multiple of the width.
func transposedProducts(
    _ rows: Int, _ columns: Int, _ terms: Int, _ x: Numbers, _ x2: Numbers, _ strideX: Int, _ y: Numbers, _ y2: Numbers,
    _ strideY: Int, _ out: MutableNumbers, adds: Bool
) {
    addProducts(
        rows, columns, Factors(x, 1, strideX, y, strideY), Factors(x2, 1, strideX, y2, strideY), terms, out, columns,
        adds: adds)
}

/// Σ_i x[i] y[i].
func dot(_ x: Numbers, _ y: Numbers, _ count: Int) -> Scalar {
    var sums = InlineArray<4, Lanes>(repeating: .zero)
    var i = 0
    while i + 4 * width <= count {
        for k in 0..<4 { sums[k] = fma(load(x + i + k * width), load(y + i + k * width), sums[k]) }
        i += 4 * width
    }
    var total = sum((sums[0] + sums[1]) + (sums[2] + sums[3]))
    while i < count {
        total += x[i] * y[i]
        i += 1
    }
    return total
}
