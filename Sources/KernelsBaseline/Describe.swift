import KernelTypes

/// Forward: edges → R, Y → A → A′ → open tensors and contractions. Temporary: Y [L][count], A of a run [N][L],
/// A [d][N][L].
func describe(
    _ network: UnsafePointer<Network>, _ element: Int, _ edges: Edges, _ scratch: AtomScratch, _ temporary: MutableNumbers
) {
    let (n, l, d) = (network.pointee.radialCount, network.pointee.monomialCount, network.pointee.embeddingDimension)
    let count = edges.count
    let y = temporary
    let ofRun = y + l * count
    let expanded = ofRun + n * l
    radialFunctions(network, edges, scratch.unit, scratch.radial)
    var e = 0
    while e < count {
        monomials(
            network, load(scratch.unit + e), load(scratch.unit + count + e), load(scratch.unit + 2 * count + e), y + e, count)
        e += width
    }
    expanded.update(repeating: 0, count: d * n * l)
    for index in 0..<edges.runCount {
        let run = edges.runs[index]
        rowProducts(scratch.radial, 2 * count, n, y, count, l, Int(run.start), Int(run.end), ofRun)
        addExpanded(network, Int(run.element), ofRun, expanded)
    }
    mix(network, element, expanded, scratch.values, rows: network.pointee.nodeCount)
    contract(network, scratch.values, scratch.features)
}

/// A[a] += θ[element, a] · (sum over a run).
@inline(__always)
func addExpanded(_ network: UnsafePointer<Network>, _ element: Int, _ ofRun: Numbers, _ expanded: MutableNumbers) {
    let size = network.pointee.radialCount * network.pointee.monomialCount
    let d = network.pointee.embeddingDimension
    for a in 0..<d {
        let weight = network.pointee.sender[element * d + a]
        let target = expanded + a * size
        for i in 0..<size { target[i] += weight * ofRun[i] }
    }
}
