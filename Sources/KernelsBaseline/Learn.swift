import KernelTypes

/// The derivative along the motion of ∂E/∂(mixing, sender, frequencies), added to `gradient`. Temporary: ∂E/∂A′ and
/// its derivative [2][chunks][L][chunk], that of ∂E/∂A [d][L][radialLanes], G of a run and its derivative
/// [2][S][radialLanes].
func learn(
    _ network: UnsafePointer<Network>, _ element: Int, _ edges: Edges, _ scratch: MovingScratch,
    _ featureGradient: MutableNumbers, _ featureGradientMotion: MutableNumbers, _ gradient: WeightGradient,
    _ temporary: MutableNumbers
) {
    let (l, d, k) = (network.pointee.monomialCount, network.pointee.embeddingDimension, network.pointee.laneCount)
    let full = l * network.pointee.radialLanes
    let mixed = temporary
    let mixedMotion = mixed + l * k
    let adjointMotion = mixedMotion + l * k
    exposeMoving(
        network, MovingRows(values: featureGradient, motion: featureGradientMotion),
        MovingRows(values: scratch.values, motion: scratch.valuesMotion), MovingRows(values: mixed, motion: mixedMotion)
    )
    learnMixing(network, scratch.expanded, mixedMotion, scratch.expanded + d * full, mixed, gradient.mixing)
    if !scratch.isEvaluated {
        unmix(network, element, mixed, scratch.adjoint)
        fold(network, scratch.adjoint)
    }
    unmix(network, element, mixedMotion, adjointMotion)
    learnExpanded(network, edges, scratch, adjointMotion, gradient)
}

/// The same of sender and frequencies, from the adjoint and the derivative of ∂E/∂A [d][L][radialLanes], which is
/// overwritten. Behind it there is room for G of a run and its derivative [2][S][radialLanes].
@inline(never)
func learnExpanded(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ scratch: MovingScratch, _ adjointMotion: MutableNumbers,
    _ gradient: WeightGradient
) {
    let (n, d, stride) = (
        network.pointee.radialCount, network.pointee.embeddingDimension, network.pointee.radialLanes
    )
    let (full, size) = (network.pointee.monomialCount * stride, network.pointee.sphereCount * stride)
    let ofRun = adjointMotion + d * full
    let ofRunMotion = ofRun + size
    let adjoint = scratch.adjoint
    fold(network, adjointMotion)
    for index in 0..<edges.runCount {
        let sender = Int(edges.runs[index].element)
        let sums = scratch.accumulated + 4 * index * size
        for a in 0..<d {
            let (x, y) = (adjoint + a * full, adjointMotion + a * full)
            gradient.sender[sender * d + a] += dot(y, sums, size) + dot(x, sums + 2 * size, size)
        }
        ofElement(network, sender, adjoint, ofRun)
        ofElement(network, sender, adjointMotion, ofRunMotion)
        for i in 0..<n {
            var total: Scalar = 0
            for m in 0..<network.pointee.sphereCount {
                let place = m * stride + i
                total += ofRunMotion[place] * sums[size + place] + ofRun[place] * sums[3 * size + place]
            }
            gradient.frequencies[i] += total
        }
    }
}
