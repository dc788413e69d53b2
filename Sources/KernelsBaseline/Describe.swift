import KernelTypes

/// Forward: edges → R, Y → A → A′ → open tensors and contractions. Temporary: Y [S][count], R [count][radialLanes], A
/// of every run [runs][S][radialLanes], A [d][L][radialLanes].
func describe(
    _ network: UnsafePointer<Network>, _ element: Int, _ edges: Edges, _ scratch: AtomScratch,
    _ temporary: MutableNumbers
) {
    let size = network.pointee.sphereCount * network.pointee.radialLanes
    let ofRuns = temporary + (network.pointee.sphereCount + network.pointee.radialLanes) * edges.stride
    let expanded = ofRuns + edges.runCount * size
    accumulate(network, edges, scratch, temporary, ofRuns, expanded)
    if MixingOfSix.mixes(network), network.pointee.contractionCode == .published {
        MixingOfSix(network, element).describe(network, expanded, scratch)
    } else {
        mix(network, element, expanded, scratch.values, rows: network.pointee.nodeCount)
        contract(network, scratch.values, scratch.features)
    }
}

/// Edges → A [d][L][radialLanes] of all edges, by way of that of each run.
@inline(never)
func accumulate(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ scratch: AtomScratch, _ temporary: MutableNumbers,
    _ ofRuns: MutableNumbers, _ expanded: MutableNumbers
) {
    let s = network.pointee.sphereCount
    let y = temporary
    let r = y + s * edges.stride
    directions(network, edges, scratch.unit, r)
    radialFunctions(network, edges, r, scratch.radial)
    if LongRun.suits(network, edges) {
        for index in 0..<edges.runCount {
            let run = LongRun(edges.runs[index], edges.stride, scratch)
            run.sum(network, ofRuns + index * s * network.pointee.radialLanes)
        }
    } else {
        sumRuns(network, edges, scratch, y, r, ofRuns)
    }
    expand(network, edges, ofRuns, s * network.pointee.radialLanes, expanded)
}

/// A [S][radialLanes] of every run. Temporary: y for Y [S][count], r for R [count][radialLanes].
@inline(never)
private func sumRuns(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ scratch: AtomScratch, _ y: MutableNumbers,
    _ r: MutableNumbers, _ out: MutableNumbers
) {
    withShape(network) { shape in
        let (l, stride, count) = (shape.sums, shape.stride, edges.stride)
        var e = 0
        while e < edges.count {
            let u = scratch.unit + e
            monomials(network, shape, load(u), load(u + count), load(u + 2 * count), y + e, count)
            transpose(scratch.radial + e, 2 * count, shape.n, stride, r + e * stride, stride)
            e += width
        }
        for index in 0..<edges.runCount {
            let run = edges.runs[index]
            let (start, end) = (Int(run.start), Int(run.end))
            multiply(
                l, stride, Factors(y + start, count, 1, r + start * stride, stride), end - start,
                out + index * l * stride, stride)
        }
    }
}

/// A[a] = Σ_runs θ[element of the run, a] · (sum over the run), the runs' sums [S][radialLanes] `apart`.
@inline(never)
func expand(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ ofRuns: Numbers, _ apart: Int, _ expanded: MutableNumbers
) {
    let d = network.pointee.embeddingDimension
    let size = network.pointee.sphereCount * network.pointee.radialLanes
    let outApart = network.pointee.monomialCount * network.pointee.radialLanes
    var i = 0
    while i < size {
        let four = i + 4 * width <= size
        var a = 0
        while a < d {
            let out = expanded + a * outApart + i
            switch (d - a, four) {
            case (1, true): addRuns(Tile<1, 4>(), network, edges, a, ofRuns + i, apart, out, outApart)
            case (2, true): addRuns(Tile<2, 4>(), network, edges, a, ofRuns + i, apart, out, outApart)
            case (_, true): addRuns(Tile<3, 4>(), network, edges, a, ofRuns + i, apart, out, outApart)
            default: addRuns(Tile<1, 1>(), network, edges, a, ofRuns + i, apart, out, outApart)
            }
            a += four ? 3 : 1
        }
        i += four ? 4 * width : width
    }
    unfold(network, expanded)
}

@inline(__always)
private func addRuns<let R: Int, let C: Int>(
    _ start: Tile<R, C>, _ network: UnsafePointer<Network>, _ edges: Edges, _ a: Int, _ ofRuns: Numbers, _ apart: Int,
    _ out: MutableNumbers, _ outApart: Int
) {
    let d = network.pointee.embeddingDimension
    let weights = network.pointee.sender + a
    var tile = start
    for index in 0..<edges.runCount {
        tile.add(Factors(weights + Int(edges.runs[index].element) * d, 1, 0, ofRuns + index * apart, 0), 1)
    }
    tile.put(out, outApart)
}
