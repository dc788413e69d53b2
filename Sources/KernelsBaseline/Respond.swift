import KernelTypes

/// Backward: ∂E/∂(contractions) → ∂E/∂r_ij. Temporary: ∂E/∂A′ [chunks][L][chunk], or as `respondToExpanded`.
func respond(
    _ network: UnsafePointer<Network>, _ element: Int, _ edges: Edges, _ scratch: AtomScratch,
    _ featureGradient: MutableNumbers, _ edgeGradient: MutableNumbers, _ temporary: MutableNumbers
) {
    expose(network, featureGradient, scratch.values, temporary)
    unmix(network, element, temporary, scratch.adjoint)
    respondToExpanded(network, edges, scratch, edgeGradient, temporary)
}

/// The adjoint, ∂E/∂A [d][L][radialLanes] → ∂E/∂r_ij; leaves it folded. Temporary: the derivatives by the sums of a run
/// [S][radialLanes], and Y, H of one group of edges [2][S][width].
@inline(never)
func respondToExpanded(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ scratch: AtomScratch, _ edgeGradient: MutableNumbers,
    _ temporary: MutableNumbers
) {
    fold(network, scratch.adjoint)
    withShape(network) { shape in
        let size = shape.sums * shape.stride
        let ofRun = temporary
        for index in 0..<edges.runCount {
            let run = edges.runs[index]
            ofElement(network, Int(run.element), scratch.adjoint, ofRun)
            edgeGradients(network, shape, run, edges.stride, scratch, ofRun, edgeGradient, ofRun + size)
        }
    }
}

/// G[l, n] = Σ_a θ[element, a] ∂E/∂A[a, l, n] for the S monomials of what `fold` left.
@inline(__always)
func ofElement(_ network: UnsafePointer<Network>, _ element: Int, _ expanded: Numbers, _ out: MutableNumbers) {
    let size = network.pointee.sphereCount * network.pointee.radialLanes
    let apart = network.pointee.monomialCount * network.pointee.radialLanes
    let d = network.pointee.embeddingDimension
    let weights = network.pointee.sender + element * d
    var i = 0
    while i + 4 * width <= size {
        var tile = Tile<1, 4>()
        tile.add(Factors(weights, 0, 1, expanded + i, apart), d)
        tile.put(out + i, 0)
        i += 4 * width
    }
    while i < size {
        var tile = Tile<1, 1>()
        tile.add(Factors(weights, 0, 1, expanded + i, apart), d)
        tile.put(out + i, 0)
        i += width
    }
}

/// ∂E/∂r = u Σ_l H′_l Y_l + (1 − u uᵀ)/r Σ_l H_l ∇Y_l with H_l = Σ_n R_n G[l, n], H′_l = Σ_n R′_n G[l, n].
/// The last group of a run may reach into the next one, which then sets its own.
@inline(__always)
private func edgeGradients(
    _ network: UnsafePointer<Network>, _ shape: Shape, _ run: EdgeRun, _ count: Int, _ scratch: AtomScratch,
    _ g: Numbers,
    _ out: MutableNumbers, _ group: MutableNumbers
) {
    let l = shape.sums
    let y = group
    let h = group + l * width
    var e = Int(run.start)
    while e < Int(run.end) {
        let (ux, uy, uz) = (load(scratch.unit + e), load(scratch.unit + count + e), load(scratch.unit + 2 * count + e))
        let inverse = load(scratch.unit + 3 * count + e)
        monomials(network, shape, ux, uy, uz, y, width)
        // Tiles of two columns: H and H′.
        var sums = RadialSums(shape: shape, g: g, radial: scratch.radial + e, count: count, y: y, h: h)
        onTiles(l, 2 * width, &sums)
        let t = gradientSums(network, shape, y, h)
        let radialPart = sums.along - inverse * fma(ux, t.x, fma(uy, t.y, uz * t.z))
        store(fma(ux, radialPart, inverse * t.x), out + e)
        store(fma(uy, radialPart, inverse * t.y), out + count + e)
        store(fma(uz, radialPart, inverse * t.z), out + 2 * count + e)
        e += width
    }
}

/// Sums over the radial functions of one group of edges: sets H_l, and adds H′_l Y_l to `along`.
private struct RadialSums: TileWork {
    let shape: Shape
    let g: Numbers  // [S][radialLanes]
    let radial: Numbers  // R and R′, the functions 2 · count apart
    let count: Int
    let y: Numbers  // [S][width]
    let h: MutableNumbers  // [S][width]
    var along = Lanes.zero

    @inline(__always)
    mutating func work<let R: Int, let C: Int>(_: Tile<R, C>, _ first: Int, _: Int) {
        var values = InlineArray<R, Lanes>(repeating: .zero)
        var slopes = InlineArray<R, Lanes>(repeating: .zero)
        for k in 0..<shape.n {
            let (value, slope) = (load(radial + 2 * k * count), load(radial + (2 * k + 1) * count))
            for i in 0..<R {
                let x = lanes(g[(first + i) * shape.stride + k])
                values[i] = fma(x, value, values[i])
                slopes[i] = fma(x, slope, slopes[i])
            }
        }
        var part = Lanes.zero
        for i in 0..<R {
            store(values[i], h + (first + i) * width)
            part = fma(slopes[i], load(y + (first + i) * width), part)
        }
        along += part
    }
}
