import KernelTypes

// Contractions of order 1 and 2 are linear and quadratic forms of A: with M the mixing weights, Σ_l w_l A′_l² over the
// lanes of a block is Σ_nm M_n M_m (Σ_l w_l A_ln A_lm). Where there are more lanes than pairs of radial functions it is
// less work to give the readout A_n and the pairs' products, and to fold M into its first layer
// (Potential/FormReadout.swift). Inputs of the readout: for each a, A[a, 0, n], then for each degree with a contraction
// the pairs n ≤ m, row by row.

/// Forward: edges → R, Y → A → forms, left in the features. Temporary as `describe`, and L + N more rows.
func describeForms(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ scratch: AtomScratch, _ temporary: MutableNumbers
) {
    let size = network.pointee.monomialCount * network.pointee.radialLanes
    let ofRuns = temporary + (network.pointee.sphereCount + network.pointee.radialLanes) * edges.stride
    let expanded = scratch.values
    accumulate(network, edges, scratch, temporary, ofRuns, expanded)
    let weighted = expanded + network.pointee.embeddingDimension * size
    withShape(network) {
        weight(network, $0, expanded, weighted)
        let stride = $0.stride
        forms(network, $0, weighted, expanded, ofRuns, scratch.features) { $0[$1 * stride + $2] }
    }
}

/// w_l A[a, l, n]
@inline(__always)
func weight(_ network: UnsafePointer<Network>, _ shape: Shape, _ expanded: Numbers, _ out: MutableNumbers) {
    let (l, stride) = (network.pointee.monomialCount, shape.stride)
    for a in 0..<network.pointee.embeddingDimension {
        for m in 0..<l {
            let (w, place) = (lanes(network.pointee.multiplicity[m]), (a * l + m) * stride)
            var j = 0
            while j < stride {
                store(w * load(expanded + place + j), out + place + j)
                j += width
            }
        }
    }
}

/// Sets `out`, in the order of the inputs, to A[a, 0, n] of `other`, and to entry(M, n, m) of the matrices
/// M_nm = Σ_l weighted[a, l, n] other[a, l, m], rows `stride` apart. Temporary: a matrix of N rows.
@inline(__always)
func forms(
    _ network: UnsafePointer<Network>, _ shape: Shape, _ weighted: Numbers, _ other: Numbers,
    _ matrix: MutableNumbers, _ out: MutableNumbers, _ entry: (_ matrix: Numbers, _ n: Int, _ m: Int) -> Scalar
) {
    let (l, n, stride) = (network.pointee.monomialCount, shape.n, shape.stride)
    var out = out
    for a in 0..<network.pointee.embeddingDimension {
        let (weighted, other) = (weighted + a * l * stride, other + a * l * stride)
        if network.pointee.squareOfDegree[0] >= 0 {
            for i in 0..<n { out[i] = other[i] }
            out += n
        }
        for degree in 1..<network.pointee.degreeCount where network.pointee.squareOfDegree[degree] >= 0 {
            let first = Int(network.pointee.degreeStart[degree])
            let count = Int(network.pointee.degreeStart[degree + 1]) - first
            multiply(
                n, stride, Factors(weighted + first * stride, 1, stride, other + first * stride, stride), count, matrix,
                stride)
            for i in 0..<n {
                for j in i..<n { out[j - i] = entry(matrix, i, j) }
                out += n - i
            }
        }
    }
}

/// Backward: ∂E/∂(forms) → ∂E/∂r_ij. Temporary: a matrix of N rows, or as `respondToExpanded`.
func respondForms(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ scratch: AtomScratch, _ formGradient: Numbers,
    _ edgeGradient: MutableNumbers, _ temporary: MutableNumbers
) {
    let size = network.pointee.monomialCount * network.pointee.radialLanes
    let weighted = scratch.values + network.pointee.embeddingDimension * size
    withShape(network) { formsGradient(network, $0, formGradient, weighted, temporary, scratch.adjoint) }
    respondToExpanded(network, edges, scratch, edgeGradient, temporary)
}

/// ∂E/∂A[a, l, n] = w_l Σ_m S_nm A[a, l, m] with S_nm = S_mn = ∂E/∂(form of n, m), twice that for n = m.
@inline(__always)
func formsGradient(
    _ network: UnsafePointer<Network>, _ shape: Shape, _ formGradient: Numbers, _ weighted: Numbers,
    _ matrix: MutableNumbers, _ expanded: MutableNumbers
) {
    let (l, n, stride) = (network.pointee.monomialCount, shape.n, shape.stride)
    var g = formGradient
    matrix.update(repeating: 0, count: n * stride)
    let (square, start) = (network.pointee.squareOfDegree, network.pointee.degreeStart)
    for a in 0..<network.pointee.embeddingDimension {
        let (source, target) = (weighted + a * l * stride, expanded + a * l * stride)
        target.update(repeating: 0, count: stride)
        if network.pointee.squareOfDegree[0] >= 0 {
            for i in 0..<n { target[i] = g[i] }
            g += n
        }
        for degree in 1..<network.pointee.degreeCount {
            let first = Int(start[degree])
            let count = Int(start[degree + 1]) - first
            guard square[degree] >= 0 else {
                (target + first * stride).update(repeating: 0, count: count * stride)
                continue
            }
            g = symmetric(n, stride, g, matrix)
            multiply(
                count, stride, Factors(source + first * stride, stride, 1, matrix, stride), n, target + first * stride,
                stride)
        }
    }
}

/// Sets matrix[N][stride] to S_nm = S_mn from the numbers for n ≤ m, twice those for n = m; returns what stands behind
/// them.
@inline(__always)
func symmetric(_ n: Int, _ stride: Int, _ numbers: Numbers, _ matrix: MutableNumbers) -> Numbers {
    var g = numbers
    for i in 0..<n {
        for j in i..<n {
            matrix[i * stride + j] = g[j - i]
            matrix[j * stride + i] = g[j - i]
        }
        matrix[i * stride + i] *= 2
        g += n - i
    }
    return g
}
