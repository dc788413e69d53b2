import KernelTypes

/// A [d][N][L] → A′, the first L rows of values: A′[l, (a, j)] = Σ_n A[a, n, l] W[|l|, a, n, j] with the weights of the
/// receiver's element. `rows`: how many rows the target has.
@inline(never)
func mix(_ network: UnsafePointer<Network>, _ element: Int, _ a: Numbers, _ out: MutableNumbers, rows: Int) {
    let (n, l, d) = (network.pointee.radialCount, network.pointee.monomialCount, network.pointee.embeddingDimension)
    let block = network.pointee.blockLanes
    let start = network.pointee.degreeStart
    let weights = network.pointee.mixing + element * network.pointee.mixingStride
    let chunkStride = rows * chunk
    for row in 0..<d {
        let source = a + row * n * l
        let target = out + row * (block / chunk) * chunkStride
        for degree in 0..<network.pointee.degreeCount {
            let w = weights + (degree * d + row) * n * block
            let end = Int(start[degree + 1])
            var m = Int(start[degree])
            while m + 2 <= end {
                combineTwo(
                    w, n, block, source + m, source + m + 1, l, target + m * chunk, target + (m + 1) * chunk, chunkStride)
                m += 2
            }
            if m < end {
                combineTwo(w, n, block, source + m, source + m, l, target + m * chunk, target + m * chunk, chunkStride)
            }
        }
    }
}

/// The transpose: ∂E/∂A′ [chunks][L][chunk] → ∂E/∂A [d][N][L].
@inline(never)
func unmix(_ network: UnsafePointer<Network>, _ element: Int, _ adjoint: Numbers, _ out: MutableNumbers) {
    let (n, l, d) = (network.pointee.radialCount, network.pointee.monomialCount, network.pointee.embeddingDimension)
    let block = network.pointee.blockLanes
    let start = network.pointee.degreeStart
    let weights = network.pointee.mixing + element * network.pointee.mixingStride
    for row in 0..<d {
        let source = adjoint + row * block * l
        let target = out + row * n * l
        for degree in 0..<network.pointee.degreeCount {
            let w = weights + (degree * d + row) * n * block
            let first = Int(start[degree])
            let count = Int(start[degree + 1]) - first
            blockProducts(w, block, n, source + first * chunk, l * chunk, count, target + first, l)
        }
    }
}

/// out[i · strideOut + j] = Σ_e a[i][e] b[j, e] over the lanes e of a block, b chunk by chunk.
@inline(__always)
private func blockProducts(
    _ a: Numbers, _ block: Int, _ rows: Int, _ b: Numbers, _ chunkStride: Int, _ columns: Int,
    _ out: MutableNumbers, _ strideOut: Int
) {
    var j = 0
    while j < columns {
        // An odd last column is done twice.
        let next = min(j + 1, columns - 1)
        var i = 0
        while i < rows {
            let (i1, i2) = (min(i + 1, rows - 1), min(i + 2, rows - 1))
            var (a0, a1, a2) = (a + i * block, a + i1 * block, a + i2 * block)
            var (b0, b1) = (b + j * chunk, b + next * chunk)
            var (s00, s10, s20) = (Lanes.zero, Lanes.zero, Lanes.zero)
            var (s01, s11, s21) = (Lanes.zero, Lanes.zero, Lanes.zero)
            for _ in 0..<block / chunk {
                for half in 0..<2 {
                    let (y0, y1) = (load(b0 + half * width), load(b1 + half * width))
                    let x0 = load(a0 + half * width)
                    s00 = fma(x0, y0, s00)
                    s01 = fma(x0, y1, s01)
                    let x1 = load(a1 + half * width)
                    s10 = fma(x1, y0, s10)
                    s11 = fma(x1, y1, s11)
                    let x2 = load(a2 + half * width)
                    s20 = fma(x2, y0, s20)
                    s21 = fma(x2, y1, s21)
                }
                a0 += chunk
                a1 += chunk
                a2 += chunk
                b0 += chunkStride
                b1 += chunkStride
            }
            (out[i * strideOut + j], out[i * strideOut + next]) = (sum(s00), sum(s01))
            (out[i1 * strideOut + j], out[i1 * strideOut + next]) = (sum(s10), sum(s11))
            (out[i2 * strideOut + j], out[i2 * strideOut + next]) = (sum(s20), sum(s21))
            i += 3
        }
        j += 2
    }
}

/// The gradient by the mixing weights: gradient[degree][a][n][j] += Σ_l∈degree x[a, n, l] y[l, (a, j)] + x2 … y2, with
/// y and y2 [chunks][L][chunk].
@inline(never)
func learnMixing(
    _ network: UnsafePointer<Network>, _ x: Numbers, _ y: Numbers, _ x2: Numbers, _ y2: Numbers, _ gradient: MutableNumbers
) {
    let (n, l, d) = (network.pointee.radialCount, network.pointee.monomialCount, network.pointee.embeddingDimension)
    let block = network.pointee.blockLanes
    let start = network.pointee.degreeStart
    for row in 0..<d {
        for degree in 0..<network.pointee.degreeCount {
            let (first, last) = (Int(start[degree]), Int(start[degree + 1]))
            let out = gradient + (degree * d + row) * n * block
            var j = 0
            while j < block {
                let place = (row * block + j) * l
                var i = 0
                while i < n {
                    let (i1, i2) = (min(i + 1, n - 1), min(i + 2, n - 1))
                    let (p0, p1, p2) = ((row * n + i) * l, (row * n + i1) * l, (row * n + i2) * l)
                    var (s0, s1, s2) = (Lanes.zero, Lanes.zero, Lanes.zero)
                    var (t0, t1, t2) = (Lanes.zero, Lanes.zero, Lanes.zero)
                    for m in first..<last {
                        let (u0, u1) = (load(y + place + m * chunk), load(y + place + m * chunk + width))
                        let (v0, v1) = (load(y2 + place + m * chunk), load(y2 + place + m * chunk + width))
                        let (x0, z0) = (lanes(x[p0 + m]), lanes(x2[p0 + m]))
                        s0 = fma(z0, v0, fma(x0, u0, s0))
                        t0 = fma(z0, v1, fma(x0, u1, t0))
                        let (x1, z1) = (lanes(x[p1 + m]), lanes(x2[p1 + m]))
                        s1 = fma(z1, v0, fma(x1, u0, s1))
                        t1 = fma(z1, v1, fma(x1, u1, t1))
                        let (x3, z3) = (lanes(x[p2 + m]), lanes(x2[p2 + m]))
                        s2 = fma(z3, v0, fma(x3, u0, s2))
                        t2 = fma(z3, v1, fma(x3, u1, t2))
                    }
                    add(s0, t0, out + i * block + j)
                    if i1 > i { add(s1, t1, out + i1 * block + j) }
                    if i2 > i1 { add(s2, t2, out + i2 * block + j) }
                    i += 3
                }
                j += chunk
            }
        }
    }
}

@inline(__always) private func add(_ s: Lanes, _ t: Lanes, _ out: MutableNumbers) {
    store(load(out) + s, out)
    store(load(out + width) + t, out + width)
}
