import Atoms
import Potential
import Response
import Support
import Testing

@testable import Training

@Suite struct LossAndGradientTests {
    static let weights = LossWeights(force: 70, stress: 30)

    static func evaluate(
        _ frames: [Frame], _ parameters: [Double], threads: Int = 1, weights: LossWeights = weights,
        components: LossAndGradient.Components? = nil, gradient: Bool = true
    ) throws -> (sums: ErrorSums, gradient: [Double]) {
        let potential = PairPotential(parameterCount: parameters.count)
        let loss = try LossAndGradient(potential, threads: threads)
        var gradient = [Double](repeating: .nan, count: gradient ? parameters.count : 0)
        let sums = try gradient.withUnsafeMutableBufferPointer { buffer throws(Failure) in
            try Team.with(threads: threads) { team throws(Failure) in
                try loss(
                    count: frames.count, parameters: parameters, weights: weights, components: components,
                    gradient: buffer.isEmpty ? nil : buffer.baseAddress, team: team, frame: { frames[$0] })
            }
        }
        return (sums, gradient)
    }

    static let start = [1.0, -0.5, 0.2, 0.3, 0.6, 1.1]

    /// The potential to test with must itself be right: forces and strain gradient are derivatives of its energy.
    @Test func pairPotentialIsConsistent() throws {
        let potential = PairEvaluator(6)
        potential.setParameters(Self.start)
        let structure = Example.structure(0)
        var forces: [Vector3] = []
        var strainGradient = Matrix3.zero
        try potential.evaluate(structure, forces: &forces, strainGradient: &strainGradient)
        let step = 1e-5
        for i in 0..<structure.count {
            for k in 0..<3 {
                var (up, down) = (structure, structure)
                up.positions[i][k] += step
                down.positions[i][k] -= step
                let slope = try (potential.energy(up) - potential.energy(down)) / (2 * step)
                #expect(abs(slope + forces[i][k]) < 1e-8)
            }
        }
        for a in 0..<3 {
            for b in 0..<3 {
                func strained(_ by: Double) throws -> Double {
                    var strain = Matrix3.identity
                    strain[a][b] += by
                    var moved = structure
                    moved.cell.vectors = structure.cell.vectors * strain
                    moved.positions = structure.positions.map { $0 * strain }
                    return try potential.energy(moved)
                }
                let slope = try (strained(step) - strained(-step)) / (2 * step)
                #expect(abs(slope - strainGradient[a][b]) < 1e-7)
            }
        }
    }

    @Test func lossIsMadeOfMeans() throws {
        let frames = try Example.frames(5)
        let (sums, _) = try Self.evaluate(frames, Self.start)
        let potential = PairEvaluator(6)
        potential.setParameters(Self.start)
        var (force, stress, plain, atoms, crystals) = (0.0, 0.0, 0.0, 0, 0)
        for frame in frames {
            var forces: [Vector3] = []
            var strainGradient = Matrix3.zero
            try potential.evaluate(frame.structure, forces: &forces, strainGradient: &strainGradient)
            for (f, target) in zip(forces, frame.forces) {
                force += frame.weight * (f - target).dot(f - target)
                plain += (f - target).dot(f - target)
            }
            atoms += frame.structure.count
            if let target = frame.stress {
                let error = strainGradient * (1 / frame.structure.cell.volume) - target
                stress += frame.weight * error.elements.reduce(0) { $0 + $1 * $1 }
                crystals += 1
            }
        }
        #expect(crystals == 3)
        let expected = 70 * force / Double(3 * atoms) + 30 * stress / Double(9 * crystals)
        #expect(abs(sums.loss(Self.weights) - expected) < 1e-12 * expected)
        #expect(abs(sums.forceError - (plain / Double(3 * atoms)).squareRoot()) < 1e-14)
    }

    @Test func gradientIsTheDerivativeOfTheLoss() throws {
        let frames = try Example.frames(7)
        let (_, gradient) = try Self.evaluate(frames, Self.start)
        for k in 0..<6 {
            func loss(_ by: Double) throws -> Double {
                var parameters = Self.start
                parameters[k] += by
                return try Self.evaluate(frames, parameters, gradient: false).sums.loss(Self.weights)
            }
            let step = 1e-4
            let slope = try (8 * (loss(step) - loss(-step)) - loss(2 * step) + loss(-2 * step)) / (12 * step)
            #expect(abs(gradient[k] - slope) < 1e-8 * max(1, abs(slope)))
        }
    }

    @Test func threadsDoNotChangeABit() throws {
        let frames = try Example.frames(150)  // more than there are chunks
        let one = try Self.evaluate(frames, Self.start)
        for threads in [2, 3, 5] {
            let many = try Self.evaluate(frames, Self.start, threads: threads)
            #expect(many.gradient == one.gradient)
            #expect(many.sums == one.sums)
        }
    }

    @Test func partsOfABatchAddUp() throws {
        let frames = try Example.frames(9)
        let whole = try Self.evaluate(frames, Self.start)
        let components = LossAndGradient.Components(
            forces: whole.sums.forceComponents, stresses: whole.sums.stressComponents)
        let a = try Self.evaluate(Array(frames[..<4]), Self.start, components: components)
        let b = try Self.evaluate(Array(frames[4...]), Self.start, components: components)
        for k in 0..<6 { #expect(abs(a.gradient[k] + b.gradient[k] - whole.gradient[k]) < 1e-12 * abs(whole.gradient[k])) }
        var sums = a.sums
        sums += b.sums
        #expect(abs(sums.loss(Self.weights) - whole.sums.loss(Self.weights)) < 1e-12)
    }

    @Test func aBatchWithoutStressTargetsHasNone() throws {
        var frames = try Example.frames(4)
        for k in frames.indices { frames[k].stress = nil }
        let (sums, gradient) = try Self.evaluate(frames, Self.start)
        #expect(sums.stressError == 0 && sums.stressComponents == 0)
        #expect(try Self.evaluate(frames, Self.start, weights: .init(force: 70, stress: 0)).gradient == gradient)
    }

    @Test func theFirstFailureIsReported() throws {
        var frames = try Example.frames(12)
        frames[3].structure.positions[1] = frames[3].structure.positions[0]
        frames[8].structure.positions[0] = Vector3(.nan, 0, 0)
        for threads in [1, 3] {
            #expect {
                try Self.evaluate(frames, Self.start, threads: threads)
            } throws: { ($0 as? Failure)?.kind == .structure && !("\($0)".contains("finite")) }
        }
    }
}
