import Support

/// How noise is drawn and what the response to it is (arXiv 2405.09057). A *crystal* is a structure that is periodic in
/// three directions; only crystals are strained and have a target stress.
package struct ResponseOptions: Equatable, Sendable {
    package var displacement: Double  // Δ, Å: noise level s displaces each component uniformly in ±s·Δ/2
    package var levels: [Double]  // noise levels s
    package var strainCount: Int  // points of the even grid of dilations, see `Dilations`
    package var dilation: Double  // c within ± this
    package var shear: Double  // entries of u within ± this times V^(1/3)
    package var youngModulus: Double
    package var poissonRatio: Double
    package var forceNoise: Double  // Å; target forces get noise uniform in ± this·√s
    package var repulsionRadius: Double  // r_rep, Å; 0: no repulsion among the targets
    package var removeDrift: Bool  // the mean is taken out of the target forces
    package var removeRotation: Bool  // the net rotation too, of structures that are not periodic at all
    package var amplitude: SIMD2<Double>  // Å; both > 0: half-widths drawn between the two instead of levels
    package var cleanShare: Double  // with amplitude: share of frames without noise or strain
    package var weightFloor: Double  // σ0, Å; 0: every frame has weight 1
    package var weightPower: Double  // a frame's weight is (a/√3 + σ0)^−power, a the half-width of its noise
    package var framesPerStructure: Int  // with amplitude

    /// The paper's noise levels.
    package static let publishedLevels: [Double] = [0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 32]

    package var drawsAmplitude: Bool { amplitude.x > 0 && amplitude.y > 0 }

    package init(_ preset: Preset) {
        displacement = 0.05
        levels = Self.publishedLevels
        strainCount = 0
        dilation = 0.1
        shear = 0.05
        youngModulus = 1
        poissonRatio = 0.3
        forceNoise = 0
        repulsionRadius = 0.75
        removeDrift = false
        removeRotation = false
        amplitude = .zero
        cleanShare = 0
        weightFloor = 0
        weightPower = 0
        framesPerStructure = 1
        switch preset {
        case .crystalsPublished: break
        case .diamondPublished: strainCount = 11
        case .moleculesPublished:
            displacement = 0.1
            dilation = 0
            shear = 0
            forceNoise = 0.005
            repulsionRadius = 0.7
        case .crystals:
            // A milder weight than for molecules: with the stronger one the true structures stay themselves a little
            // more often, but a search finds fewer of them.
            removeDrift = true
            amplitude = SIMD2(0.02, 1.4)
            cleanShare = 0.1
            weightFloor = 0.05
            weightPower = 1
            framesPerStructure = 4
        case .diamond:
            strainCount = 11
            removeDrift = true
        case .molecules:
            displacement = 0.1
            dilation = 0
            shear = 0
            repulsionRadius = 0.7
            removeDrift = true
            removeRotation = true
            amplitude = SIMD2(0.02, 1.6)
            cleanShare = 0.1
            weightFloor = 0.05
            weightPower = 2
            framesPerStructure = 4
        }
    }

    /// Throws `.argument` naming the option that is out of range.
    package func check() throws(Failure) {
        func within(_ name: String, _ value: Double, _ range: ClosedRange<Double>) throws(Failure) {
            guard range.contains(value) else {
                throw Failure(
                    .argument,
                    "response option \(name) is \(value), not within \(range.lowerBound) to \(range.upperBound)")
            }
        }
        try within("displacement", displacement, 0...10)
        try within("dilation", dilation, 0...0.9)
        try within("shear", shear, 0...0.5)
        try within("young_modulus", youngModulus, 0...1e6)
        try within("poisson_ratio", poissonRatio, -0.99...0.49)
        try within("force_noise", forceNoise, 0...10)
        try within("repulsion_radius", repulsionRadius, 0...10)
        try within("amplitude[0]", amplitude.x, 0...10)
        try within("amplitude[1]", amplitude.y, 0...10)
        try within("clean_share", cleanShare, 0...1)
        try within("weight_floor", weightFloor, 0...10)
        try within("weight_power", weightPower, 0...10)
        if drawsAmplitude {
            guard amplitude.x <= amplitude.y else {
                throw Failure(.argument, "response option amplitude: \(amplitude.x) is more than \(amplitude.y)")
            }
            guard (1...1_000_000).contains(framesPerStructure) else {
                throw Failure(.argument, "response option frames_per_structure is \(framesPerStructure)")
            }
        } else {
            guard (1...10_000).contains(levels.count) else {
                throw Failure(.argument, "response option level_count is \(levels.count)")
            }
            guard (0...10_000).contains(strainCount) else {
                throw Failure(.argument, "response option strain_count is \(strainCount)")
            }
            for (i, level) in levels.enumerated() { try within("levels[\(i)]", level, 0...1e4) }
        }
    }
}
