import KernelTypes

/// A [d][L][radialLanes] → A′, the first L rows of values: A′[l, (a, j)] = Σ_n A[a, l, n] W[|l|, a, n, j] with the
/// weights of the receiver's element. `rows`: how many rows the target has.
func mix(_ network: UnsafePointer<Network>, _ element: Int, _ expanded: Numbers, _ out: MutableNumbers, rows: Int) {
    if MixingOfSix.mixes(network) {
        MixingOfSix(network, element).mix(expanded, out, rows: rows)
    } else {
        mixAny(network, element, expanded, out, rows: rows)
    }
}

/// The transpose: ∂E/∂A′ [chunks][L][chunk] → ∂E/∂A [d][L][radialLanes].
func unmix(_ network: UnsafePointer<Network>, _ element: Int, _ adjoint: Numbers, _ out: MutableNumbers) {
    if network.pointee.unmixingStride == 0 {
        MixingOfSix(network, element).unmix(adjoint, out)
    } else {
        unmixAny(network, element, adjoint, out)
    }
}

/// Whether unmixing reads weights of its own (`KernelTable.transposesMixing`).
func transposesMixing(radialCount: Int, degreeCount: Int) -> Bool {
    !MixingOfSix.unmixes(radialCount: radialCount, degreeCount: degreeCount)
}

@inline(never)
private func mixAny(
    _ network: UnsafePointer<Network>, _ element: Int, _ expanded: Numbers, _ out: MutableNumbers, rows: Int
) {
    withShape(network) { shape in
        let blocks = MixingBlocks(network, shape, element)
        for a in 0..<blocks.d {
            for degree in 0..<blocks.degreeCount {
                let (first, count) = blocks.monomials(degree)
                let source = expanded + (a * blocks.l + first) * blocks.stride
                let weights = blocks.weights(degree, a)
                let target = out + (a * blocks.chunks * rows + first) * chunk
                if vectorsPerChunk == 1 {
                    let f = Factors(source, blocks.stride, 1, weights, chunk, apart: blocks.n * chunk)
                    multiply(count, blocks.lanes, f, blocks.n, target, chunk, apart: rows * chunk)
                } else {
                    for c in 0..<blocks.chunks {
                        let f = Factors(source, blocks.stride, 1, weights + c * blocks.n * chunk, chunk)
                        multiply(count, chunk, f, blocks.n, target + c * rows * chunk, chunk)
                    }
                }
            }
        }
    }
}

@inline(never)
private func unmixAny(_ network: UnsafePointer<Network>, _ element: Int, _ adjoint: Numbers, _ out: MutableNumbers) {
    withShape(network) { shape in
        let blocks = MixingBlocks(network, shape, element)
        for a in 0..<blocks.d {
            for degree in 0..<blocks.degreeCount {
                let (first, count) = blocks.monomials(degree)
                let source = adjoint + (a * blocks.chunks * blocks.l + first) * chunk
                var sums = SumsOverChunks(
                    f: Factors(source, chunk, 1, blocks.transposed(degree, a), blocks.stride), chunks: blocks.chunks,
                    apart: blocks.l * chunk, out: out + (a * blocks.l + first) * blocks.stride, stride: blocks.stride)
                onTiles(count, blocks.stride, &sums)
            }
        }
    }
}

/// Products whose first factor stands in chunks, `apart` from each other.
private struct SumsOverChunks: TileWork {
    let f: Factors
    let chunks: Int
    let apart: Int
    let out: MutableNumbers
    let stride: Int

    @inline(__always)
    func work<let R: Int, let C: Int>(_ tile: Tile<R, C>, _ i: Int, _ j: Int) {
        var (tile, f) = (tile, f.part(i, j))
        for _ in 0..<chunks {
            tile.add(f, chunk)
            f.x += apart
            f.y += chunk * f.strideY
        }
        tile.put(out + i * stride + j, stride)
    }
}

/// The gradient by the mixing weights: gradient[degree][a, n, j] += Σ_l∈degree x[a, l, n] y[l, (a, j)] + x2 … y2, with
/// y and y2 [chunks][L][chunk], in the order of the weights.
@inline(never)
func learnMixing(
    _ network: UnsafePointer<Network>, _ x: Numbers, _ y: Numbers, _ x2: Numbers, _ y2: Numbers,
    _ gradient: MutableNumbers
) {
    withShape(network) { shape in
        let blocks = MixingBlocks(network, shape, 0)
        for a in 0..<blocks.d {
            for degree in 0..<blocks.degreeCount {
                let (first, count) = blocks.monomials(degree)
                let place = (a * blocks.l + first) * blocks.stride
                let row = (a * blocks.chunks * blocks.l + first) * chunk
                let out = gradient + (degree * blocks.d + a) * blocks.chunks * blocks.n * chunk
                let (apart, apartOut) = (blocks.l * chunk, blocks.n * chunk)  // of chunks
                if vectorsPerChunk == 1 {
                    let f = Factors(x + place, 1, blocks.stride, y + row, chunk, apart: apart)
                    let f2 = Factors(x2 + place, 1, blocks.stride, y2 + row, chunk, apart: apart)
                    addProducts(blocks.n, blocks.lanes, f, f2, count, out, chunk, apart: apartOut)
                } else {
                    for c in 0..<blocks.chunks {
                        let f = Factors(x + place, 1, blocks.stride, y + row + c * apart, chunk)
                        let f2 = Factors(x2 + place, 1, blocks.stride, y2 + row + c * apart, chunk)
                        addProducts(blocks.n, chunk, f, f2, count, out + c * apartOut, chunk)
                    }
                }
            }
        }
    }
}

/// The blocks of the mixing weights, one for each degree and sender row a, of one receiver's element.
private struct MixingBlocks {
    let (l, n, stride, d, degreeCount): (Int, Int, Int, Int, Int)
    let lanes: Int  // in a block
    let chunks: Int
    private let start: UnsafePointer<Int32>
    private let forward: Numbers
    private let backward: Numbers

    @inline(__always)
    init(_ network: UnsafePointer<Network>, _ shape: Shape, _ element: Int) {
        l = network.pointee.monomialCount
        (n, stride) = (shape.n, shape.stride)
        d = network.pointee.embeddingDimension
        degreeCount = network.pointee.degreeCount
        lanes = network.pointee.blockLanes
        chunks = lanes / chunk
        start = network.pointee.degreeStart
        (forward, backward) = (network.pointee.mixing[element], network.pointee.unmixing[element])
    }

    @inline(__always) func monomials(_ degree: Int) -> (first: Int, count: Int) {
        (Int(start[degree]), Int(start[degree + 1] - start[degree]))
    }

    /// [chunks][n][chunk]
    @inline(__always) func weights(_ degree: Int, _ a: Int) -> Numbers { forward + (degree * d + a) * n * lanes }

    /// [lanes][radialLanes]
    @inline(__always) func transposed(_ degree: Int, _ a: Int) -> Numbers {
        backward + (degree * d + a) * lanes * stride
    }
}
