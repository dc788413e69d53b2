import KernelTypes

// Contractions of order 1 and 2 alone, each degree once: A′_0, and Σ_l w_l A′_l² over the monomials of a degree.
// Energies of such models mostly go by forms (Forms.swift); the gradient by their parameters needs the contractions.

@inline(__always)
func squareContractions<Q: Quantity>(
    _ network: UnsafePointer<Network>, _ at: (Int) -> Q, _ set: (Int, Q) -> Void
) {
    for degree in 0..<network.pointee.degreeCount {
        let contraction = Int(network.pointee.squareOfDegree[degree])
        guard contraction >= 0 else { continue }
        let (first, end) = monomials(network, degree)
        if degree == 0 {
            set(contraction, at(first))
        } else {
            var sum = Q.zero
            for l in first..<end {
                let a = at(l)
                sum = Q.sum(network.pointee.multiplicity[l] * a, a, sum)
            }
            set(contraction, sum)
        }
    }
}

/// ∂E/∂A′ from g = ∂E/∂(contractions).
@inline(__always)
func squareGradient<Q: Quantity>(
    _ network: UnsafePointer<Network>, _ at: (Int) -> Q, _ g: (Int) -> Q, _ set: (Int, Q) -> Void
) {
    for degree in 0..<network.pointee.degreeCount {
        let contraction = Int(network.pointee.squareOfDegree[degree])
        let (first, end) = monomials(network, degree)
        if contraction < 0 {
            for l in first..<end { set(l, .zero) }
        } else if degree == 0 {
            set(first, g(contraction))
        } else {
            let twice = 2 * g(contraction)
            for l in first..<end { set(l, network.pointee.multiplicity[l] * (twice * at(l))) }
        }
    }
}

@inline(__always)
private func monomials(_ network: UnsafePointer<Network>, _ degree: Int) -> (first: Int, end: Int) {
    (Int(network.pointee.degreeStart[degree]), Int(network.pointee.degreeStart[degree + 1]))
}
