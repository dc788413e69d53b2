import Atoms
import Potential
import Response
import Support
import Testing

@testable import Training

@Suite struct LossAndGradientTests {
    static let weights = LossWeights(force: 70, stress: 30)

    static func evaluate(
        _ frames: [Frame], _ model: Model, pairs: [Pair] = [], threads: Int = 1, weights: LossWeights = weights,
        components: LossAndGradient.Components? = nil, gradient: Bool = true
    ) throws -> (sums: ErrorSums, gradient: [Double]) {
        let loss = LossAndGradient(model, threads: threads)
        var gradient = [Double](repeating: .nan, count: gradient ? model.parameters.count : 0)
        let sums = try gradient.withUnsafeMutableBufferPointer { buffer throws(Failure) in
            try Team.with(threads: threads) { team throws(Failure) in
                try loss(
                    model, count: frames.count, weights: weights, components: components,
                    gradient: buffer.isEmpty ? nil : buffer.baseAddress, team: team, pairs: pairs,
                    atoms: { frames[$0].structure.count }, frame: { k, _ in frames[k] })
            }
        }
        return (sums, gradient)
    }

    @Test func lossIsMadeOfMeans() throws {
        let model = try Example.model()
        let frames = try Example.frames(5)
        let (sums, _) = try Self.evaluate(frames, model)
        let potential = Evaluator(model)
        var (force, stress, plain, atoms, crystals) = (0.0, 0.0, 0.0, 0, 0)
        for frame in frames {
            var forces: [Vector3] = []
            var strainGradient = Matrix3.zero
            _ = try potential.evaluate(frame.structure, forces: &forces, strainGradient: &strainGradient)
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
        let model = try Example.model()
        let frames = try Example.frames(7)
        let (_, gradient) = try Self.evaluate(frames, model)
        let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for tensor in model.layout.tensors {
            let k = tensor.offset + tensor.count / 2
            func loss(_ by: Double) throws -> Double {
                var parameters = model.parameters
                parameters[k] += by
                let moved = Model(model, parameters: parameters)
                return try Self.evaluate(frames, moved, gradient: false).sums.loss(Self.weights)
            }
            let step = 1e-4
            let slope = try (8 * (loss(step) - loss(-step)) - loss(2 * step) + loss(-2 * step)) / (12 * step)
            #expect(abs(gradient[k] - slope) < 1e-8 * norm, "\(tensor.name)")
        }
    }

    @Test func threadsDoNotChangeABit() throws {
        let model = try Example.model()
        let frames = try Example.frames(150)  // more than there are chunks
        let one = try Self.evaluate(frames, model)
        for threads in [2, 3, 5] {
            let many = try Self.evaluate(frames, model, threads: threads)
            #expect(many.gradient == one.gradient)
            #expect(many.sums == one.sums)
        }
    }

    @Test func partsOfABatchAddUp() throws {
        let model = try Example.model()
        let frames = try Example.frames(9)
        let whole = try Self.evaluate(frames, model)
        let components = LossAndGradient.Components(
            forces: whole.sums.forceComponents, stresses: whole.sums.stressComponents)
        let a = try Self.evaluate(Array(frames[..<4]), model, components: components)
        let b = try Self.evaluate(Array(frames[4...]), model, components: components)
        for k in whole.gradient.indices {
            #expect(abs(a.gradient[k] + b.gradient[k] - whole.gradient[k]) < 1e-11 * max(1, abs(whole.gradient[k])))
        }
        var sums = a.sums
        sums += b.sums
        #expect(abs(sums.loss(Self.weights) - whole.sums.loss(Self.weights)) < 1e-11)
    }

    /// Models with forms keep something of each atom until the gradient is summed: of a large batch, in rounds.
    @Test func roundsOfALargeBatchAddUp() throws {
        let model = try Model(
            description: """
                {"elements": [6, 8], "cutoff": 3.0, "cutoff_function": {"type": "polynomial", "p": 2},
                 "radial_basis": {"type": "bessel", "count": 6}, "radial_channels": 12, "l_max": 2,
                 "contractions": [[], [[0,1,1]], [[0,1,2]]], "embedding": {"dim": 2, "receiver": "shared"},
                 "readout": {"hidden": [5], "activation": "silu", "linear": true}}
                """, seed: 1)
        let bytes = GradientPart.bytesPerAtom(model, .double)
        #expect(bytes > 1000)
        let few = try Example.frames(9)
        let frames = (0..<3600).map { few[$0 % few.count] }
        let rounds = LossAndGradient.rounds(frames.count, bytesPerAtom: bytes) { frames[$0].structure.count }
        #expect(rounds.count > 1 && rounds.flatMap { $0 } == Array(frames.indices))
        #expect(rounds.allSatisfy { $0.reduce(0) { $0 + frames[$1].structure.count } * bytes <= 16 << 20 })
        let large = try Self.evaluate(frames, model, threads: 2)
        let small = try Self.evaluate(few, model)
        let norm = small.gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(norm > 0)
        for (x, y) in zip(large.gradient, small.gradient) { #expect(abs(x - y) < 1e-11 * norm) }
        #expect(try Self.evaluate(frames, model, threads: 1).gradient == large.gradient)
    }

    @Test func aBatchWithoutStressTargetsHasNone() throws {
        let model = try Example.model()
        var frames = try Example.frames(4)
        for k in frames.indices { frames[k].stress = nil }
        let (sums, gradient) = try Self.evaluate(frames, model)
        #expect(sums.stressError == 0 && sums.stressComponents == 0)
        #expect(try Self.evaluate(frames, model, weights: .init(force: 70, stress: 0)).gradient == gradient)
    }

    @Test func theFirstFailureIsReported() throws {
        let model = try Example.model()
        var frames = try Example.frames(12)
        frames[3].structure.positions[1] = frames[3].structure.positions[0]
        frames[8].structure.positions[0] = Vector3(.nan, 0, 0)
        for threads in [1, 3] {
            #expect {
                try Self.evaluate(frames, model, threads: threads)
            } throws: { ($0 as? Failure)?.kind == .structure && !("\($0)".contains("finite")) }
        }
    }
}
