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

/// ∂E/∂r = u Σ_n R′_n Q_n + (1 − u uᵀ)/r Σ_l H_l ∇Y_l with Q_n = Σ_l G[l, n] Y_l and H_l = Σ_n G[l, n] R_n.
/// The last group of a run may reach into the next one, which then sets its own.
@inline(__always)
private func edgeGradients(
    _ network: UnsafePointer<Network>, _ shape: Shape, _ run: EdgeRun, _ count: Int, _ scratch: AtomScratch,
    _ g: Numbers,
    _ out: MutableNumbers, _ group: MutableNumbers
) {
    let y = group
    let h = group + shape.sums * width
    var e = Int(run.start)
    while e < Int(run.end) {
        let (ux, uy, uz) = (load(scratch.unit + e), load(scratch.unit + count + e), load(scratch.unit + 2 * count + e))
        let inverse = load(scratch.unit + 3 * count + e)
        monomials(network, shape, ux, uy, uz, y, width)
        var sums = GroupSums(shape: shape, g: g, radial: scratch.radial + e, count: count, y: y, h: h)
        sums.addAll()
        let t = gradientSums(network, shape, y, h)
        let radialPart = sums.along - inverse * fma(ux, t.x, fma(uy, t.y, uz * t.z))
        store(fma(ux, radialPart, inverse * t.x), out + e)
        store(fma(uy, radialPart, inverse * t.y), out + count + e)
        store(fma(uz, radialPart, inverse * t.z), out + 2 * count + e)
        e += width
    }
}

/// What one group of edges needs of G: H but for H_0, and Σ_n R′_n Q_n.
private struct GroupSums {
    let shape: Shape
    let g: Numbers  // [S][radialLanes]
    let radial: Numbers  // R and R′, the functions 2 · count apart
    let count: Int
    let y: Numbers  // [S][width]
    let h: MutableNumbers  // [S][width]
    var along = Lanes.zero

    /// Up to six of the radial functions at a time, so that they and their Q stay in registers.
    @inline(__always)
    mutating func addAll() {
        var n = 0
        while n < shape.n {
            let left = shape.n - n
            let some = left <= 6 ? left : left % 6 == 0 ? 6 : left % 5 == 0 ? 5 : 4
            switch some {
            case 1: add(InlineArray<1, Lanes>.self, n)
            case 2: add(InlineArray<2, Lanes>.self, n)
            case 3: add(InlineArray<3, Lanes>.self, n)
            case 4: add(InlineArray<4, Lanes>.self, n)
            case 5: add(InlineArray<5, Lanes>.self, n)
            default: add(InlineArray<6, Lanes>.self, n)
            }
            n += some
        }
    }

    /// Those of N functions from `first` on. Each number of G is read once, for H and for Q.
    @inline(__always)
    private mutating func add<let N: Int>(_: InlineArray<N, Lanes>.Type, _ first: Int) {
        let (g, radial) = (g + first, radial + 2 * first * count)
        var r = InlineArray<N, Lanes>(repeating: .zero)
        var q = InlineArray<N, Lanes>(repeating: .zero)
        for k in 0..<N {
            r[k] = load(radial + 2 * k * count)
            q[k] = lanes(g[k])  // Y_0 is 1
        }
        for l in 1..<max(1, shape.sums) {
            let value = load(y + l * width)
            var sum = first == 0 ? Lanes.zero : load(h + l * width)
            for k in 0..<N {
                let x = lanes(g[l * shape.stride + k])
                sum = fma(x, r[k], sum)
                q[k] = fma(x, value, q[k])
            }
            store(sum, h + l * width)
        }
        for k in 0..<N { along = fma(q[k], load(radial + (2 * k + 1) * count), along) }
    }
}
