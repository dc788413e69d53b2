import KernelTypes

/// Backward: ∂E/∂(contractions) → ∂E/∂r_ij. Temporary: ∂E/∂A′ [chunks][L][chunk], then as `respondToExpanded`.
func respond(
    _ network: UnsafePointer<Network>, _ element: Int, _ edges: Edges, _ scratch: AtomScratch,
    _ featureGradient: MutableNumbers, _ edgeGradient: MutableNumbers, _ temporary: MutableNumbers
) {
    let mixed = temporary
    let expanded = mixed + network.pointee.monomialCount * network.pointee.laneCount
    expose(network, featureGradient, scratch.values, mixed)
    unmix(network, element, mixed, expanded)
    respondToExpanded(network, edges, scratch, expanded, edgeGradient)
}

/// ∂E/∂A → ∂E/∂r_ij. Behind `expanded`, ∂E/∂A [d][L][radialLanes], there is room for the same of a run, and Y, H of one
/// group of edges [2][L][width].
@inline(never)
func respondToExpanded(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ scratch: AtomScratch, _ expanded: MutableNumbers,
    _ edgeGradient: MutableNumbers
) {
    withShape(network) { shape in
        let size = network.pointee.monomialCount * shape.stride
        let ofRun = expanded + network.pointee.embeddingDimension * size
        for index in 0..<edges.runCount {
            let run = edges.runs[index]
            ofElement(network, Int(run.element), expanded, ofRun)
            edgeGradients(network, shape, run, edges.count, scratch, ofRun, edgeGradient, ofRun + size)
        }
    }
}

/// G[l, n] = Σ_a θ[element, a] ∂E/∂A[a, l, n].
@inline(__always)
func ofElement(_ network: UnsafePointer<Network>, _ element: Int, _ expanded: Numbers, _ out: MutableNumbers) {
    let size = network.pointee.monomialCount * network.pointee.radialLanes
    let d = network.pointee.embeddingDimension
    let weights = network.pointee.sender + element * d
    var i = 0
    while i + 4 * width <= size {
        var tile = Tile<1, 4>()
        tile.add(Factors(weights, 0, 1, expanded + i, size), d)
        tile.put(out + i, 0)
        i += 4 * width
    }
    while i < size {
        var tile = Tile<1, 1>()
        tile.add(Factors(weights, 0, 1, expanded + i, size), d)
        tile.put(out + i, 0)
        i += width
    }
}

/// ∂E/∂r = u Σ_l H′_l Y_l + (1 − u uᵀ)/r Σ_l H_l ∇Y_l with H_l = Σ_n R_n G[l, n], H′_l = Σ_n R′_n G[l, n].
@inline(__always)
private func edgeGradients(
    _ network: UnsafePointer<Network>, _ shape: Shape, _ run: Edges.Run, _ count: Int, _ scratch: AtomScratch, _ g: Numbers,
    _ out: MutableNumbers, _ group: MutableNumbers
) {
    let l = network.pointee.monomialCount
    let y = group
    let h = group + l * width
    var e = Int(run.start)
    while e < Int(run.end) {
        let (ux, uy, uz) = (load(scratch.unit + e), load(scratch.unit + count + e), load(scratch.unit + 2 * count + e))
        let inverse = load(scratch.unit + 3 * count + e)
        monomials(network, shape, ux, uy, uz, y, width)
        var along = Lanes.zero
        let edge = RadialSums(shape, g, scratch.radial + e, count, y, h)
        tiles(l) { first, rows in
            switch rows {
            case 1: edge.add(Tile<1, 2>(), first, &along)
            case 2: edge.add(Tile<2, 2>(), first, &along)
            case 3: edge.add(Tile<3, 2>(), first, &along)
            case 4: edge.add(Tile<4, 2>(), first, &along)
            case 5: edge.add(Tile<5, 2>(), first, &along)
            default: edge.add(Tile<6, 2>(), first, &along)
            }
        }
        let t = gradientSums(network, shape, y, h)
        let radialPart = along - inverse * fma(ux, t.x, fma(uy, t.y, uz * t.z))
        store(fma(ux, radialPart, inverse * t.x), out + e)
        store(fma(uy, radialPart, inverse * t.y), out + count + e)
        store(fma(uz, radialPart, inverse * t.z), out + 2 * count + e)
        e += width
    }
}

/// Sums over the radial functions of one group of edges.
private struct RadialSums {
    let n: Int
    let stride: Int
    let g: Numbers  // [L][radialLanes]
    let radial: Numbers  // R and R′, the functions 2 · count apart
    let count: Int
    let y: Numbers  // [L][width]
    let h: MutableNumbers  // [L][width]

    @inline(__always)
    init(
        _ shape: Shape, _ g: Numbers, _ radial: Numbers, _ count: Int, _ y: Numbers, _ h: MutableNumbers
    ) {
        (n, stride) = (shape.n, shape.stride)
        (self.g, self.radial, self.count, self.y, self.h) = (g, radial, count, y, h)
    }

    /// Sets H_l for the monomials from `first` on, as many as `sums` has rows, and adds H′_l Y_l to `along`.
    @inline(__always)
    func add<let R: Int>(_ start: Tile<R, 2>, _ first: Int, _ along: inout Lanes) {
        var sums = InlineArray<R, InlineArray<2, Lanes>>(repeating: InlineArray<2, Lanes>(repeating: .zero))
        for k in 0..<n {
            let (value, slope) = (load(radial + 2 * k * count), load(radial + (2 * k + 1) * count))
            for i in 0..<R {
                let x = lanes(g[(first + i) * stride + k])
                sums[i][0] = fma(x, value, sums[i][0])
                sums[i][1] = fma(x, slope, sums[i][1])
            }
        }
        for i in 0..<R {
            store(sums[i][0], h + (first + i) * width)
            along = fma(sums[i][1], load(y + (first + i) * width), along)
        }
    }
}
