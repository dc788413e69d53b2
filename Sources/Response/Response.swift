import Atoms
import Support

/// Draws noisy frames of relaxed structures, with the response to the noise as their targets.
///
/// A crystal's cell h0 is first strained to h = h0·(1 + c) + u, fractional coordinates kept; then every component of
/// every atom is displaced uniformly in ±a. In periodic directions a displacement counts as its closest image in the
/// strained cell: there the displaced atom stands, and the site it came from, whose nearest copy it should go back to.
/// Target forces are −d, plus noise, less drift and rotation if so wanted, plus the short-range repulsion; the target
/// stress is that of an isotropic elastic solid, without the repulsion.
///
/// With levels, a = s·Δ/2 and every level meets its dilations. With an amplitude range, a is drawn evenly in its
/// logarithm between low and high, and strains are scaled likewise: dilation and shear are drawn uniformly within
/// a/high times their bounds, so that a frame that is nearly clean is so in its cell too; a share of the frames is
/// clean altogether (a = 0, no strain).
package struct Response: Sendable {
    package let options: ResponseOptions
    private let solid: ElasticSolid

    /// Throws `.argument` naming the option that is out of range.
    package init(_ options: ResponseOptions) throws(Failure) {
        try options.check()
        self.options = options
        solid = ElasticSolid(youngModulus: options.youngModulus, poissonRatio: options.poissonRatio)
    }

    /// The number of frames in one set of a structure: all levels with their dilations.
    package func frameCount(for structure: borrowing Structure) -> Int {
        if options.drawsAmplitude { return options.framesPerStructure }
        return options.levels.count * (structure.cell.isFullyPeriodic ? Dilations.framesPerLevel(options) : 1)
    }

    /// Frame number `draw` of a structure and the half-width a of its noise (Å). Draws run on beyond the first set:
    /// draw k·frameCount + i is frame i of set k, with the same level and grid point and other noise. It depends on the
    /// structure, the options, `seed`, `index` (which structure this is, below 2³²) and `draw` (below 2³²) alone.
    /// `pairs`: memory for the repulsion, to be used again for the next frame. Throws `.structure` if the strained cell
    /// is no cell any more.
    package func frame(
        of structure: borrowing Structure, index: Int, draw: Int, seed: UInt64, pairs: NeighborPairs = NeighborPairs()
    ) throws(Failure) -> (frame: Frame, amplitude: Double) {
        let count = frameCount(for: structure)
        var random = Self.stream(seed: seed, index: index, draw: draw)
        let isCrystal = structure.cell.isFullyPeriodic

        var amplitude = 0.0
        var dilation = 0.0
        var shear = 0.0
        if options.drawsAmplitude {
            let (low, high) = (options.amplitude.x, options.amplitude.y)
            if random.unit() >= options.cleanShare {
                amplitude = low * Mathematics.exp(random.unit() * Mathematics.log(high / low))
            }
            dilation = random.uniform(-1, 1) * options.dilation * amplitude / high
            shear = options.shear * amplitude / high
        } else {
            let position = draw % count
            amplitude = options.levels[position / (count / options.levels.count)] * options.displacement / 2
            if isCrystal {
                let deal = Self.stream(seed: ~seed, index: index, draw: draw / count)
                dilation = Dilations.dilation(position, options, deal: deal, frame: &random)
                shear = options.shear
            }
        }

        var noisy = copy structure
        var stress: Matrix3?
        if isCrystal {
            let strain = try strain(&noisy, dilation: dilation, shear: shear, &random)
            stress = solid.stress(strain.greenLagrange)
        }
        var forces = try displace(&noisy, amplitude, &random)
        let level = options.displacement > 0 ? 2 * amplitude / options.displacement : 0
        let forceNoise = options.forceNoise * level.squareRoot()
        if forceNoise > 0 {
            for i in forces.indices { forces[i] += Self.uniform(forceNoise, &random) }
        }
        if options.removeDrift { RigidMotion.removeTranslation(&forces) }
        if options.removeRotation && !noisy.cell.isPeriodic {
            RigidMotion.removeRotation(&forces, positions: noisy.positions)
        }
        try Repulsion(radius: options.repulsionRadius).add(to: &forces, of: noisy, pairs)
        return (Frame(structure: noisy, forces: forces, stress: stress, weight: weight(amplitude)), amplitude)
    }

    /// (a/√3 + σ0)^−power: a/√3 is the standard deviation of noise uniform in ±a.
    func weight(_ amplitude: Double) -> Double {
        guard options.weightFloor > 0 else { return 1 }
        return Mathematics.pow(amplitude / 3.0.squareRoot() + options.weightFloor, -options.weightPower)
    }

    /// Strains the cell and takes the atoms along.
    private func strain(
        _ structure: inout Structure, dilation: Double, shear: Double, _ random: inout RandomStream
    ) throws(Failure) -> Strain {
        let original = structure.cell.vectors
        let entry = shear * Mathematics.pow(structure.cell.volume, 1.0 / 3)
        var vectors = original * (1 + dilation)
        for k in 0..<3 { vectors[k] += Self.uniform(entry, &random) }
        let strain = Strain(from: original, to: vectors)
        guard strain.deformation.isFinite, strain.deformation.determinant > 0.01 else {
            throw Failure(
                .structure, "the cell is too thin for a strain of dilation \(dilation) and shear up to \(entry) Å")
        }
        structure.cell.vectors = vectors
        for i in structure.positions.indices { structure.positions[i] = structure.positions[i] * strain.deformation }
        return strain
    }

    /// Displaces the atoms and returns minus their displacements.
    private func displace(
        _ structure: inout Structure, _ amplitude: Double, _ random: inout RandomStream
    ) throws(Failure) -> [Vector3] {
        var response = [Vector3](repeating: .zero, count: structure.count)
        guard amplitude > 0 else { return response }
        let closest = try ClosestImage(structure.cell)
        for i in response.indices {
            let displacement = try closest(Self.uniform(amplitude, &random))
            structure.positions[i] += displacement
            response[i] = -displacement
        }
        return response
    }

    private static func uniform(_ halfWidth: Double, _ random: inout RandomStream) -> Vector3 {
        let x = random.uniform(-halfWidth, halfWidth)
        let y = random.uniform(-halfWidth, halfWidth)
        return Vector3(x, y, random.uniform(-halfWidth, halfWidth))
    }

    private static func stream(seed: UInt64, index: Int, draw: Int) -> RandomStream {
        RandomStream(seed: seed, stream: UInt64(truncatingIfNeeded: index) << 32 | UInt64(truncatingIfNeeded: draw))
    }
}
