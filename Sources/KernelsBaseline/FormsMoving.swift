import KernelTypes

// The gradient of the loss by forms (Forms.swift), as DescribeMoving.swift and Learn.swift have it by contractions. The
// gradient by what mixes the radial functions follows from that by the folded weights (Potential/FormSum.swift).

/// As `describeForms`, which must have left A and w A among the values: their derivatives along the motion, and those
/// of the forms. Temporary as `describeMoving`, and a matrix of N rows.
func describeFormsMoving(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ motion: EdgeMotion, _ scratch: MovingScratch,
    _ temporary: MutableNumbers
) {
    let (d, stride) = (network.pointee.embeddingDimension, network.pointee.radialLanes)
    let size = network.pointee.sphereCount * stride
    accumulateMoving(network, edges, motion, scratch, temporary)
    expand(network, edges, scratch.accumulated + 2 * size, 4 * size, scratch.valuesMotion)
    let behind = d * network.pointee.monomialCount * stride
    withShape(network) { shape in
        weight(network, shape, scratch.valuesMotion, scratch.valuesMotion + behind)
        // d/dt Σ_l w_l A_ln A_lm = M_nm + M_mn with M_nm = Σ_l w_l A_ln Ȧ_lm.
        forms(
            network, shape, scratch.values + behind, scratch.valuesMotion, temporary, scratch.featuresMotion
        ) { $0[$1 * shape.stride + $2] + $0[$2 * shape.stride + $1] }
    }
}

/// The derivative along the motion of ∂E/∂(sender, frequencies), added to `gradient`; needs what
/// `describeFormsMoving` left, and ∂E/∂(forms) with its derivative. Temporary: two matrices of N rows, the derivative of
/// ∂E/∂A [d][L][radialLanes], G of a run and its derivative [2][S][radialLanes].
func learnForms(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ scratch: MovingScratch, _ formGradient: Numbers,
    _ formGradientMotion: Numbers, _ gradient: WeightGradient, _ temporary: MutableNumbers
) {
    let (d, stride) = (network.pointee.embeddingDimension, network.pointee.radialLanes)
    let full = d * network.pointee.monomialCount * stride
    let matrices = temporary
    let adjointMotion = matrices + 2 * network.pointee.radialCount * stride
    withShape(network) {
        if !scratch.isEvaluated {
            formsGradient(network, $0, formGradient, scratch.values + full, matrices, scratch.adjoint)
            fold(network, scratch.adjoint)
        }
        formsGradientMotion(
            network, $0, formGradient, formGradientMotion, scratch.values + full, scratch.valuesMotion + full, matrices,
            adjointMotion)
    }
    learnExpanded(network, edges, scratch, adjointMotion, gradient)
}

/// d/dt (w_l Σ_m S_nm A_lm), as `formsGradient` has it: w_l Σ_m Ṡ_nm A_lm + w_l Σ_m S_nm Ȧ_lm.
@inline(__always)
private func formsGradientMotion(
    _ network: UnsafePointer<Network>, _ shape: Shape, _ formGradient: Numbers, _ formGradientMotion: Numbers,
    _ weighted: Numbers, _ weightedMotion: Numbers, _ matrices: MutableNumbers, _ out: MutableNumbers
) {
    let (l, n, stride, d) = (
        network.pointee.monomialCount, shape.n, shape.stride, network.pointee.embeddingDimension
    )
    var (g, gMotion) = (formGradient, formGradientMotion)
    let (matrix, matrixMotion) = (matrices, matrices + n * stride)
    out.update(repeating: 0, count: d * l * stride)
    matrices.update(repeating: 0, count: 2 * n * stride)
    let (square, start) = (network.pointee.squareOfDegree, network.pointee.degreeStart)
    for a in 0..<d {
        if square[0] >= 0 {
            for i in 0..<n { out[a * l * stride + i] = gMotion[i] }
            (g, gMotion) = (g + n, gMotion + n)
        }
        for degree in 1..<network.pointee.degreeCount where square[degree] >= 0 {
            let first = Int(start[degree])
            let count = Int(start[degree + 1]) - first
            g = symmetric(n, stride, g, matrix)
            gMotion = symmetric(n, stride, gMotion, matrixMotion)
            let place = (a * l + first) * stride
            addProducts(
                count, stride, Factors(weighted + place, stride, 1, matrixMotion, stride),
                Factors(weightedMotion + place, stride, 1, matrix, stride), n, out + place, stride)
        }
    }
}
