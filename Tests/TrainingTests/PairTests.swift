import Atoms
import Potential
import Response
import Support
import Testing

@testable import Training

@Suite struct PairTests {
    /// The examples' structures, each with one that is disturbed.
    static func pairs(_ count: Int) throws -> [Pair] {
        try (0..<count).map { k in
            Pair(lower: Example.structure(k), higher: try Example.frames(k + 1)[k].structure)
        }
    }

    static let weights: LossWeights = {
        var weights = LossWeights(force: 70, stress: 30)
        weights.pairs.weight = 20
        weights.pairs.margin = 0.02
        weights.pairs.width = 0.3
        return weights
    }()

    static func evaluate(
        _ pairs: [Pair], _ frames: [Frame], _ model: Model, threads: Int = 1, gradient: Bool = true
    ) throws -> (sums: ErrorSums, gradient: [Double]) {
        try LossAndGradientTests.evaluate(
            frames, model, pairs: pairs, threads: threads, weights: weights, gradient: gradient)
    }

    @Test func lossIsTheMeanOverPairs() throws {
        let model = try Example.model()
        let pairs = try Self.pairs(6)
        let potential = Evaluator(model)
        var (expected, inOrder) = (0.0, 0.0)
        for pair in pairs {
            let energies = try [pair.lower, pair.higher].map { structure in
                var forces: [Vector3] = []
                var strainGradient = Matrix3.zero
                return try potential.evaluate(structure, forces: &forces, strainGradient: &strainGradient)
            }
            let difference = (energies[0] - energies[1]) / Double(pair.lower.count)
            expected += Mathematics.log(1 + Mathematics.exp((difference + 0.02) / 0.3)) / 6
            inOrder += energies[0] < energies[1] ? 1 : 0
        }
        let (sums, _) = try Self.evaluate(pairs, [], model)
        #expect(abs(sums.pairLoss - expected) < 1e-12 * expected)
        #expect(abs(sums.loss(Self.weights) - 20 * expected) < 1e-11 * expected)
        #expect(sums.pairs == 6 && sums.pairOrder == inOrder / 6)
    }

    @Test func lossesFarFromZeroAreFinite() {
        var loss = PairLoss()
        loss.width = 1e-3
        #expect(loss(1e3).loss == 1e6 && loss(1e3).derivative == 1e3)
        #expect(loss(-1e3).loss == 0 && loss(-1e3).derivative == 0)
    }

    @Test(arguments: [0, 3])
    func gradientIsTheDerivativeOfTheLoss(frameCount: Int) throws {
        let model = try Example.model()
        let (pairs, frames) = (try Self.pairs(6), try Example.frames(frameCount))
        let (_, gradient) = try Self.evaluate(pairs, frames, model)
        let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for tensor in model.layout.tensors {
            for k in Set([tensor.offset, tensor.offset + tensor.count / 2]) {
                func loss(_ by: Double) throws -> Double {
                    var parameters = model.parameters
                    parameters[k] += by
                    let moved = Model(model, parameters: parameters)
                    return try Self.evaluate(pairs, frames, moved, gradient: false).sums.loss(Self.weights)
                }
                let step = 1e-4
                let slope = try (8 * (loss(step) - loss(-step)) - loss(2 * step) + loss(-2 * step)) / (12 * step)
                #expect(abs(gradient[k] - slope) < 1e-8 * norm, "\(tensor.name)")
            }
        }
        let bias = model.layout.tensors.last { $0.name == "readout.linear.bias" }!
        #expect(abs(gradient[bias.offset]) < 1e-12 * norm)  // of the same contents: it drops out
    }

    @Test func threadsDoNotChangeABit() throws {
        let model = try Example.model()
        let (pairs, frames) = (try Self.pairs(20), try Example.frames(30))
        let one = try Self.evaluate(pairs, frames, model)
        let many = try Self.evaluate(pairs, frames, model, threads: 3)
        #expect(many.gradient == one.gradient && many.sums == one.sums)
    }

    @Test func trainingPutsPairsInOrder() throws {
        var dataset = try Example.dataset()
        // The disturbed ones are to lie lower, which responses would never ask for.
        for pair in try Self.pairs(5) { try dataset.add(Pair(lower: pair.higher, higher: pair.lower)) }
        var options = Example.options
        options.weights.force = 1
        options.weights.stress = 1
        options.weights.pairs.weight = 100
        options.validationShare = 0
        options.epochs = 60
        let trainer = try Example.trainer(options, dataset: dataset)
        let first = try trainer.epoch()
        for _ in 1..<60 { _ = try trainer.epoch() }
        let last = trainer.state.last!
        #expect(last.pairLoss < 0.5 * first.pairLoss)
        #expect(first.pairOrder < 0.5 && last.pairOrder == 1)

        // Without weight they change nothing.
        options.weights.pairs.weight = 0
        let (with, without) = (try Example.trainer(options, dataset: dataset), try Example.trainer(options))
        for _ in 0..<2 { _ = (try with.epoch(), try without.epoch()) }
        #expect(with.state.parameters == without.state.parameters)
    }

    @Test func ranksShareThePairs() throws {
        var options = Example.options
        options.batchSize = 1000  // so that the batches are the same
        options.validationShare = 0
        let pairs = try Self.pairs(7)
        func dataset(from rank: Int = 0, by ranks: Int = 1) throws -> Dataset {
            var dataset = Dataset()
            for k in stride(from: rank, to: 7, by: ranks) {
                try dataset.add(Example.structure(k))
                try dataset.add(pairs[k])
            }
            return dataset
        }
        let single = try Example.trainer(options, dataset: dataset())
        for _ in 0..<3 { _ = try single.epoch() }
        options.ranks = 2
        let common = options
        let datasets = try (0..<2).map { try dataset(from: $0, by: 2) }
        let results = Communicator.run(2) { rank, communicator in
            var options = common
            options.rank = rank
            let trainer = try Example.trainer(options, dataset: datasets[rank], sum: { communicator.sum($0, $1) })
            for _ in 0..<3 { _ = try trainer.epoch() }
            return (trainer.state, try trainer.trainedModel(best: true).description)
        }
        let (a, b) = (try results[0].get(), try results[1].get())
        #expect(a.0 == b.0 && a.1 == b.1)
        #expect(a.1.contains("\"pairs\":7") || a.1.contains("\"pairs\": 7"))
        // Biases that all atoms share drop out of differences and forces: their gradient is rounding alone.
        let shared = ["readout.linear.bias", "readout.layers.1.bias"]
        for tensor in single.model.layout.tensors where !shared.contains(tensor.name) {
            for k in tensor.offset..<tensor.offset + tensor.count {
                let (x, y) = (a.0.parameters[k], single.state.parameters[k])
                #expect(abs(x - y) < 1e-10 * max(1, abs(y)), "\(tensor.name)")
            }
        }
    }

    @Test func badPairsAreNamed() throws {
        var dataset = Dataset()
        try dataset.add(try Self.pairs(1)[0])
        #expect { try dataset.add(Pair(lower: Example.structure(0), higher: Example.structure(1))) } throws: {
            "\($0)".hasPrefix("pair 1") && "\($0)".contains("contents")
        }
        var coincident = Example.structure(0)
        coincident.positions[2] = coincident.positions[1]
        #expect { try dataset.add(Pair(lower: Example.structure(0), higher: coincident)) } throws: {
            "\($0)".hasPrefix("pair 1: higher")
        }
        #expect(dataset.pairs.count == 1)
        var other = Example.structure(0)
        other.numbers = other.numbers.map { _ in 26 }
        try dataset.add(Pair(lower: other, higher: other))
        #expect { try Example.trainer(dataset: dataset) } throws: { "\($0)".hasPrefix("pair 1") }
    }
}
