import KernelTypes

/// Backward: ∂E/∂(contractions) → ∂E/∂r_ij. Temporary: ∂E/∂A′ [chunks][L][chunk], ∂E/∂A [d][N][L], G of a
/// run [N][L], and Y, H, H′ of one group of edges [3][L][width].
func respond(
    _ network: UnsafePointer<Network>, _ element: Int, _ edges: Edges, _ scratch: AtomScratch,
    _ featureGradient: MutableNumbers, _ edgeGradient: MutableNumbers, _ temporary: MutableNumbers
) {
    let (n, l, d) = (network.pointee.radialCount, network.pointee.monomialCount, network.pointee.embeddingDimension)
    let k = network.pointee.laneCount
    let mixed = temporary
    let expanded = mixed + l * k
    let ofRun = expanded + d * n * l
    let group = ofRun + n * l
    expose(network, featureGradient, scratch.values, mixed)
    unmix(network, element, mixed, expanded)
    for index in 0..<edges.runCount {
        let run = edges.runs[index]
        ofElement(network, Int(run.element), expanded, ofRun)
        edgeGradients(network, run, edges.count, scratch, ofRun, edgeGradient, group)
    }
}

/// G[n, l] = Σ_a θ[element, a] ∂E/∂A[a, n, l].
@inline(__always)
func ofElement(_ network: UnsafePointer<Network>, _ element: Int, _ expanded: Numbers, _ out: MutableNumbers) {
    let size = network.pointee.radialCount * network.pointee.monomialCount
    let d = network.pointee.embeddingDimension
    let weights = network.pointee.sender + element * d
    for i in 0..<size { out[i] = weights[0] * expanded[i] }
    for a in 1..<max(1, d) {
        let (weight, source) = (weights[a], expanded + a * size)
        for i in 0..<size { out[i] += weight * source[i] }
    }
}

/// ∂E/∂r = u Σ_l H′_l Y_l + (1 − u uᵀ)/r Σ_l H_l ∇Y_l with H_l = Σ_n R_n G[n, l], H′_l = Σ_n R′_n G[n, l].
@inline(__always)
private func edgeGradients(
    _ network: UnsafePointer<Network>, _ run: Edges.Run, _ count: Int, _ scratch: AtomScratch, _ g: Numbers,
    _ out: MutableNumbers, _ group: MutableNumbers
) {
    let (n, l) = (network.pointee.radialCount, network.pointee.monomialCount)
    let lower = network.pointee.lowerCount
    let raised = network.pointee.raised
    let power = network.pointee.raisedPower
    let y = group
    let h = group + l * width
    var e = Int(run.start)
    while e < Int(run.end) {
        let (ux, uy, uz) = (load(scratch.unit + e), load(scratch.unit + count + e), load(scratch.unit + 2 * count + e))
        let inverse = load(scratch.unit + 3 * count + e)
        monomials(network, ux, uy, uz, y, width)
        var along = Lanes.zero
        let radial = scratch.radial + e
        var m = 0
        while m + 4 <= l {
            var (h0, h1, h2, h3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            var (k0, k1, k2, k3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            for i in 0..<n {
                let (r, slope) = (load(radial + 2 * i * count), load(radial + (2 * i + 1) * count))
                let row = g + i * l + m
                let g0 = lanes(row[0])
                h0 = fma(g0, r, h0)
                k0 = fma(g0, slope, k0)
                let g1 = lanes(row[1])
                h1 = fma(g1, r, h1)
                k1 = fma(g1, slope, k1)
                let g2 = lanes(row[2])
                h2 = fma(g2, r, h2)
                k2 = fma(g2, slope, k2)
                let g3 = lanes(row[3])
                h3 = fma(g3, r, h3)
                k3 = fma(g3, slope, k3)
            }
            let target = h + m * width
            store(h0, target)
            store(h1, target + width)
            store(h2, target + 2 * width)
            store(h3, target + 3 * width)
            let source = y + m * width
            along = fma(k0, load(source), along)
            along = fma(k1, load(source + width), along)
            along = fma(k2, load(source + 2 * width), along)
            along = fma(k3, load(source + 3 * width), along)
            m += 4
        }
        while m < l {
            var (h0, k0) = (Lanes.zero, Lanes.zero)
            for i in 0..<n {
                let g0 = lanes(g[i * l + m])
                h0 = fma(g0, load(radial + 2 * i * count), h0)
                k0 = fma(g0, load(radial + (2 * i + 1) * count), k0)
            }
            store(h0, h + m * width)
            along = fma(k0, load(y + m * width), along)
            m += 1
        }
        var (tx, ty, tz) = (Lanes.zero, Lanes.zero, Lanes.zero)
        for q in 0..<lower {
            let value = load(y + q * width)
            let (index, factor) = (raised + 3 * q, power + 3 * q)
            tx = fma(factor[0] * value, load(h + Int(index[0]) * width), tx)
            ty = fma(factor[1] * value, load(h + Int(index[1]) * width), ty)
            tz = fma(factor[2] * value, load(h + Int(index[2]) * width), tz)
        }
        let radialPart = along - inverse * fma(ux, tx, fma(uy, ty, uz * tz))
        store(fma(ux, radialPart, inverse * tx), out + e)
        store(fma(uy, radialPart, inverse * ty), out + count + e)
        store(fma(uz, radialPart, inverse * tz), out + 2 * count + e)
        e += width
    }
}
