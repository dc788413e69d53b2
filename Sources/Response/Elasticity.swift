import Atoms

/// A crystal's cell taken from h0 to h, fractional coordinates kept.
struct Strain {
    /// F = h0⁻¹h, so that r = r0 F for row vectors.
    let deformation: Matrix3

    init(from original: Matrix3, to strained: Matrix3) { deformation = original.inverse * strained }

    /// ε = ½ (FᵀF − 1). With positions as row vectors it turns along with the strained crystal, as its stress does.
    var greenLagrange: Matrix3 { (deformation.transposed * deformation - .identity) * 0.5 }
}

/// An isotropic linear-elastic solid.
struct ElasticSolid {
    let lambda, mu: Double  // Lamé's constants

    init(youngModulus: Double, poissonRatio: Double) {
        lambda = youngModulus * poissonRatio / ((1 + poissonRatio) * (1 - 2 * poissonRatio))
        mu = youngModulus / (2 * (1 + poissonRatio))
    }

    /// σ = λ tr(ε) 1 + 2μ ε
    func stress(_ strain: Matrix3) -> Matrix3 { .identity * (lambda * strain.trace) + strain * (2 * mu) }
}
