import KernelTypes

/// A [d][N][L] → A′ [L][K]: A′[l, (a, j)] = Σ_n A[a, n, l] W[|l|, a, n, j] with the weights of the receiver's element.
@inline(__always)
func mix(_ network: UnsafePointer<Network>, _ element: Int, _ a: Numbers, _ out: MutableNumbers) {
    let (n, l, d) = (network.pointee.radialCount, network.pointee.monomialCount, network.pointee.embeddingDimension)
    let (block, k) = (network.pointee.blockLanes, network.pointee.laneCount)
    let start = network.pointee.degreeStart
    let weights = network.pointee.mixing + element * network.pointee.mixingStride
    for row in 0..<d {
        let source = a + row * n * l
        let target = out + row * block
        for degree in 0..<network.pointee.degreeCount {
            let w = weights + (degree * d + row) * n * block
            let end = Int(start[degree + 1])
            var m = Int(start[degree])
            while m + 2 <= end {
                combineTwo(w, n, block, source + m, source + m + 1, l, target + m * k, target + (m + 1) * k)
                m += 2
            }
            if m < end { combineTwo(w, n, block, source + m, source + m, l, target + m * k, target + m * k) }
        }
    }
}

/// The transpose: adjoint [L][K] → [d][N][L].
@inline(__always)
func unmix(_ network: UnsafePointer<Network>, _ element: Int, _ adjoint: Numbers, _ out: MutableNumbers) {
    let (n, l, d) = (network.pointee.radialCount, network.pointee.monomialCount, network.pointee.embeddingDimension)
    let (block, k) = (network.pointee.blockLanes, network.pointee.laneCount)
    let start = network.pointee.degreeStart
    let weights = network.pointee.mixing + element * network.pointee.mixingStride
    for row in 0..<d {
        let source = adjoint + row * block
        let target = out + row * n * l
        for degree in 0..<network.pointee.degreeCount {
            let w = weights + (degree * d + row) * n * block
            let first = Int(start[degree])
            let count = Int(start[degree + 1]) - first
            transposedProducts(w, block, n, source + first * k, k, count, target + first, l)
        }
    }
}

/// out[i · strideOut + j] = Σ_e a[i][e] b[j][e], e below `length`: as `rowProducts`, into a wider matrix.
@inline(__always)
private func transposedProducts(
    _ a: Numbers, _ length: Int, _ rows: Int, _ b: Numbers, _ strideB: Int, _ columns: Int,
    _ out: MutableNumbers, _ strideOut: Int
) {
    var j = 0
    while j + 2 <= columns {
        let b0 = b + j * strideB
        let b1 = b0 + strideB
        var i = 0
        while i + 3 <= rows {
            let a0 = a + i * length
            let (a1, a2) = (a0 + length, a0 + 2 * length)
            var (s00, s10, s20) = (Lanes.zero, Lanes.zero, Lanes.zero)
            var (s01, s11, s21) = (Lanes.zero, Lanes.zero, Lanes.zero)
            var e = 0
            while e < length {
                let (y0, y1) = (load(b0 + e), load(b1 + e))
                let x0 = load(a0 + e)
                s00 = fma(x0, y0, s00)
                s01 = fma(x0, y1, s01)
                let x1 = load(a1 + e)
                s10 = fma(x1, y0, s10)
                s11 = fma(x1, y1, s11)
                let x2 = load(a2 + e)
                s20 = fma(x2, y0, s20)
                s21 = fma(x2, y1, s21)
                e += width
            }
            let target = out + i * strideOut + j
            (target[0], target[1]) = (sum(s00), sum(s01))
            (target[strideOut], target[strideOut + 1]) = (sum(s10), sum(s11))
            (target[2 * strideOut], target[2 * strideOut + 1]) = (sum(s20), sum(s21))
            i += 3
        }
        while i < rows {
            let a0 = a + i * length
            var (s0, s1) = (Lanes.zero, Lanes.zero)
            var e = 0
            while e < length {
                let x = load(a0 + e)
                s0 = fma(x, load(b0 + e), s0)
                s1 = fma(x, load(b1 + e), s1)
                e += width
            }
            (out[i * strideOut + j], out[i * strideOut + j + 1]) = (sum(s0), sum(s1))
            i += 1
        }
        j += 2
    }
    if j < columns {
        let b0 = b + j * strideB
        for i in 0..<rows {
            let a0 = a + i * length
            var s = Lanes.zero
            var e = 0
            while e < length {
                s = fma(load(a0 + e), load(b0 + e), s)
                e += width
            }
            out[i * strideOut + j] = sum(s)
        }
    }
}

/// The gradient by the mixing weights: gradient[degree][a][n][j] += Σ_l∈degree x[a, n, l] y[l][(a, j)] + x2 … y2.
@inline(__always)
func learnMixing(
    _ network: UnsafePointer<Network>, _ x: Numbers, _ y: Numbers, _ x2: Numbers, _ y2: Numbers, _ gradient: MutableNumbers
) {
    let (n, l, d) = (network.pointee.radialCount, network.pointee.monomialCount, network.pointee.embeddingDimension)
    let (block, k) = (network.pointee.blockLanes, network.pointee.laneCount)
    let start = network.pointee.degreeStart
    for row in 0..<d {
        for degree in 0..<network.pointee.degreeCount {
            let first = Int(start[degree])
            let last = Int(start[degree + 1])
            let out = gradient + (degree * d + row) * n * block
            var j = 0
            while j < block {
                var i = 0
                while i + 3 <= n {
                    let (xs, xs2) = (x + (row * n + i) * l, x2 + (row * n + i) * l)
                    let target = out + i * block + j
                    var (s0, s1, s2) = (load(target), load(target + block), load(target + 2 * block))
                    for m in first..<last {
                        let u = load(y + m * k + row * block + j)
                        s0 = fma(lanes(xs[m]), u, s0)
                        s1 = fma(lanes(xs[m + l]), u, s1)
                        s2 = fma(lanes(xs[m + 2 * l]), u, s2)
                        let v = load(y2 + m * k + row * block + j)
                        s0 = fma(lanes(xs2[m]), v, s0)
                        s1 = fma(lanes(xs2[m + l]), v, s1)
                        s2 = fma(lanes(xs2[m + 2 * l]), v, s2)
                    }
                    store(s0, target)
                    store(s1, target + block)
                    store(s2, target + 2 * block)
                    i += 3
                }
                while i < n {
                    let (xs, xs2) = (x + (row * n + i) * l, x2 + (row * n + i) * l)
                    let target = out + i * block + j
                    var s = load(target)
                    for m in first..<last {
                        s = fma(lanes(xs[m]), load(y + m * k + row * block + j), s)
                        s = fma(lanes(xs2[m]), load(y2 + m * k + row * block + j), s)
                    }
                    store(s, target)
                    i += 1
                }
                j += width
            }
        }
    }
}
