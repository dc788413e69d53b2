import KernelTypes

/// Mixing, there and back, for six radial functions and monomials up to degree 3, as the published models have them: with
/// the sizes written out, as what is passed through generic code is not always inlined.
struct MixingOfSix {
    private static var n: Int { 6 }
    private static var l: Int { 20 }
    #if SINGLE_PRECISION && AVX512
    private static var radialLanes: Int { 16 }
    #else
    private static var radialLanes: Int { 8 }
    #endif
    /// Chunks at a time: two vectors are one, or three are three.
    private static var step: Int { vectorsPerChunk == 1 ? 3 : 1 }

    private let d: Int
    private let chunks: Int  // in a block
    private let weights: Numbers  // [degree][d][chunks][n][chunk]

    /// The blocks must be a whole number of steps.
    @inline(__always)
    static func mixes(_ network: UnsafePointer<Network>) -> Bool {
        network.pointee.radialCount == n && network.pointee.degreeCount == 4
            && network.pointee.blockLanes % (step * chunk) == 0
    }

    /// By vectors of four: to sum the lanes of longer ones up costs more than it saves.
    static func unmixes(radialCount: Int, degreeCount: Int) -> Bool {
        radialCount == n && degreeCount == 4 && width == 4
    }

    @inline(__always)
    init(_ network: UnsafePointer<Network>, _ element: Int) {
        d = network.pointee.embeddingDimension
        chunks = network.pointee.blockLanes / chunk
        weights = network.pointee.mixing[element]
    }

    @inline(__always)
    private func weights(_ degree: Int, _ a: Int) -> Numbers {
        weights + (degree * d + a) * chunks * Self.n * chunk
    }

    /// A [d][L][radialLanes] → A′, the first L rows of values, and the contractions of the published list: chunk by chunk,
    /// as what one needs stays in the first-level cache until the other reads it.
    @inline(never)
    func describe(_ network: UnsafePointer<Network>, _ expanded: Numbers, _ scratch: AtomScratch) {
        let (rows, contractions) = (network.pointee.nodeCount, network.pointee.contractionCount)
        for a in 0..<d {
            for c in stride(from: 0, to: chunks, by: Self.step) {
                let index = a * chunks + c
                mix(a, c, expanded, scratch.values + index * rows * chunk, rows)
                for k in index..<index + Self.step {
                    contractPublished(
                        scratch.values + k * rows * chunk, scratch.features + k * contractions * chunk)
                }
            }
        }
    }

    /// A → A′ alone.
    @inline(never)
    func mix(_ expanded: Numbers, _ out: MutableNumbers, rows: Int) {
        for a in 0..<d {
            for c in stride(from: 0, to: chunks, by: Self.step) {
                mix(a, c, expanded, out + (a * chunks + c) * rows * chunk, rows)
            }
        }
    }

    /// One step of chunks from c on.
    @inline(__always)
    private func mix(_ a: Int, _ c: Int, _ expanded: Numbers, _ target: MutableNumbers, _ rows: Int) {
        let source = expanded + a * Self.l * Self.radialLanes
        let (w0, w1) = (weights(0, a) + c * Self.n * chunk, weights(1, a) + c * Self.n * chunk)
        let (w2, w3) = (weights(2, a) + c * Self.n * chunk, weights(3, a) + c * Self.n * chunk)
        if vectorsPerChunk == 1 {
            multiply(Tile<1, 3>(), 0, source, w0, target, rows)
            multiply(Tile<3, 3>(), 1, source, w1, target, rows)
            multiply(Tile<3, 3>(), 4, source, w2, target, rows)
            multiply(Tile<3, 3>(), 7, source, w2, target, rows)
            multiply(Tile<4, 3>(), 10, source, w3, target, rows)
            multiply(Tile<3, 3>(), 14, source, w3, target, rows)
            multiply(Tile<3, 3>(), 17, source, w3, target, rows)
        } else {
            multiply(Tile<1, 2>(), 0, source, w0, target, rows)
            multiply(Tile<3, 2>(), 1, source, w1, target, rows)
            multiply(Tile<6, 2>(), 4, source, w2, target, rows)
            multiply(Tile<5, 2>(), 10, source, w3, target, rows)
            multiply(Tile<5, 2>(), 15, source, w3, target, rows)
        }
    }

    /// Some monomials' rows.
    @inline(__always)
    private func multiply<let R: Int, let C: Int>(
        _ zero: Tile<R, C>, _ row: Int, _ source: Numbers, _ w: Numbers, _ target: MutableNumbers, _ rows: Int
    ) {
        let (apart, outApart) = vectorsPerChunk == 1 ? (Self.n * chunk, rows * chunk) : (width, width)
        var tile = zero
        tile.add(Factors(source + row * Self.radialLanes, Self.radialLanes, 1, w, chunk, apart: apart), Self.n)
        tile.put(target + row * chunk, chunk, apart: outApart)
    }

    /// ∂E/∂A′ → ∂E/∂A.
    @inline(never)
    func unmix(_ adjoint: Numbers, _ out: MutableNumbers) {
        for a in 0..<d {
            let source = adjoint + a * chunks * Self.l * chunk
            let target = out + a * Self.l * Self.radialLanes
            sum(Tile<1, 6>(), 0, source, weights(0, a), target)
            sum(Tile<1, 6>(), 1, source, weights(1, a), target)
            sum(Tile<2, 6>(), 2, source, weights(1, a), target)
            for row in stride(from: 4, to: Self.l, by: 2) {
                sum(Tile<2, 6>(), row, source, weights(row < 10 ? 2 : 3, a), target)
            }
        }
    }

    /// Some monomials' rows, summed over lanes.
    @inline(__always)
    private func sum<let R: Int>(
        _ zero: Tile<R, 6>, _ row: Int, _ adjoint: Numbers, _ w: Numbers, _ out: MutableNumbers
    ) {
        var (tile, x, w) = (zero, adjoint + row * chunk, w)
        for _ in 0..<chunks {
            for v in 0..<vectorsPerChunk { tile.addLanes(x + v * width, chunk, w + v * width, chunk) }
            x += Self.l * chunk
            w += Self.n * chunk
        }
        for i in 0..<R {
            let out = out + (row + i) * Self.radialLanes
            var square = Square(repeating: .zero)
            for k in 0..<4 { square[k] = tile[i, k] }
            store(rowSums(square), out)
            (square[0], square[1], square[2], square[3]) = (tile[i, 4], tile[i, 5], .zero, .zero)
            store(rowSums(square), out + 4)
        }
    }
}
