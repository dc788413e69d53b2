import Atoms
import Potential
import Response
import Support
import Testing

@testable import Training

@Suite struct TrainerTests {
    @Test func theLossFalls() throws {
        var dataset = Dataset()
        try dataset.add(Example.diamond)
        var response = Example.response
        response.levels = [0, 4, 8, 12, 16]
        response.strainCount = 20
        let trainer = try Example.trainer(dataset: dataset, response: response)
        var results: [EpochResult] = []
        for _ in 0..<20 { results.append(try trainer.epoch()) }
        #expect(results.last!.trainingLoss < 0.5 * results[0].trainingLoss)
        #expect(results.last!.validationLoss < 0.7 * results[0].validationLoss)
        #expect(results.map(\.epoch) == Array(1...20))
        #expect(trainer.split.training.count == 80 && trainer.split.validation.count == 20)
        #expect(results.map(\.steps) == (1...20).map { 20 * $0 })
        #expect(results[0].learningRate == 0.005 && results[1].learningRate == 0.01)
        // `best` marks new minima and nothing else.
        var lowest = Double.infinity
        for result in results {
            #expect(result.isBest == (result.validationLoss < lowest))
            lowest = min(lowest, result.validationLoss)
        }
        #expect(trainer.state.bestResult?.validationLoss == lowest)
    }

    /// Losses that are reported are those of the weights that are kept.
    @Test func reportedLossesAreThoseOfTheWeights() throws {
        let trainer = try Example.trainer()
        for _ in 0..<6 { _ = try trainer.epoch() }
        #expect(trainer.state.average != trainer.state.parameters)
        let frames = try trainer.split.validation.map { try trainer.source.frame($0, set: 0) }
        let weights = trainer.options.weights
        func loss(_ parameters: [Double]) throws -> Double {
            try LossAndGradientTests.evaluate(
                frames, Model(trainer.model, parameters: parameters), weights: weights, gradient: false
            ).sums.loss(weights)
        }
        let last = try #require(trainer.state.last)
        #expect(abs(try loss(trainer.state.average) - last.validationLoss) < 1e-12 * last.validationLoss)
        let best = try #require(trainer.state.bestResult)
        #expect(abs(try loss(trainer.state.best) - best.validationLoss) < 1e-12 * best.validationLoss)
    }

    /// One epoch of one batch, step by step from the parts tested elsewhere.
    @Test func anEpochOfOneBatchIsOneStep() throws {
        var options = Example.options
        options.batchSize = 1000
        options.validationShare = 0
        options.warmupEpochs = 0
        options.averageStart = 0
        options.clipNorm = 5
        let trainer = try Example.trainer(options)
        let start = trainer.state.parameters
        let result = try trainer.epoch()
        let frames = try (0..<25).map { try trainer.source.frame($0, set: 0) }
        var (sums, gradient) = try LossAndGradientTests.evaluate(frames, trainer.model, weights: options.weights)
        #expect(abs(sums.loss(options.weights) - result.trainingLoss) < 1e-12 * result.trainingLoss)
        #expect(result.validationLoss == result.trainingLoss)  // where nothing is held out
        Adam.clip(&gradient, count: gradient.count, norm: 5)
        var parameters = start
        var adam = Adam(count: start.count, amsgrad: true)
        adam.update(&parameters, gradient: gradient, rate: 0.01, options)
        for (x, y) in zip(parameters, trainer.state.parameters) { #expect(abs(x - y) < 1e-12) }
        #expect(trainer.state.average == trainer.state.parameters)
    }

    @Test func everyFrameIsUsedOncePerEpochInAnotherOrder() throws {
        let trainer = try Example.trainer()
        func order(_ epoch: Int) throws -> [ArraySlice<Int>] {
            try EpochPlan(trainer.source, trainer.split, trainer.options, epoch: epoch, frames: 20, Ranks())
                .batches.map(\.frames)
        }
        #expect(try order(0).map(\.count) == [4, 4, 4, 4, 4])
        #expect(try order(0).flatMap { $0 }.sorted() == trainer.split.training)
        #expect(try order(0) != order(1))
        #expect(try order(3) == order(3))
    }

    @Test func threadsAndCallsDoNotChangeABit() throws {
        var options = Example.options
        let one = try Example.trainer(options)
        options.threads = 3
        let many = try Example.trainer(options)
        for _ in 0..<3 { #expect(try one.epoch() == many.epoch()) }
        #expect(one.state == many.state)
    }

    @Test func freshNoiseIsNewInEveryEpoch() throws {
        var options = Example.options
        options.freshNoise = true
        options.learningRate = 0
        options.validationShare = 0.2
        let trainer = try Example.trainer(options)
        #expect(trainer.split.training.count == 25)
        let (a, b) = (try trainer.epoch(), try trainer.epoch())
        #expect(a.trainingLoss != b.trainingLoss)
        #expect(a.validationLoss == b.validationLoss)
        options.freshNoise = false
        let fixed = try Example.trainer(options)
        let (c, d) = (try fixed.epoch(), try fixed.epoch())
        #expect(abs(c.trainingLoss - d.trainingLoss) < 1e-12 * c.trainingLoss)
    }

    @Test func aCancelledEpochLeavesTheTrainerAsItWas() throws {
        let trainer = try Example.trainer()
        _ = try trainer.epoch()
        let before = trainer.state
        var seen: [Int] = []
        #expect {
            try trainer.epoch { done, total in
                seen.append(done * 100 + total)
                return done == 3 ? 1 : 0
            }
        } throws: { ($0 as? Failure)?.kind == .cancelled && "\($0)".contains("epoch 2") }
        #expect(seen == [105, 205, 305])
        #expect(trainer.state == before)
        // And it goes on as if nothing had been.
        let other = try Example.trainer()
        for _ in 0..<2 { _ = try other.epoch() }
        _ = try trainer.epoch { _, _ in 0 }
        #expect(trainer.state == other.state)
    }

    @Test func divergenceIsAFailureAndLeavesTheTrainerAsItWas() throws {
        var options = Example.options
        options.learningRate = 1e6
        options.warmupEpochs = 0
        let trainer = try Example.trainer(options)
        var failure: Failure?
        var before = trainer.state
        for _ in 0..<30 where failure == nil {
            before = trainer.state
            do throws(Failure) { _ = try trainer.epoch() } catch { failure = error }
        }
        #expect(failure?.kind == .numbers)
        #expect(failure?.message.contains("diverged") == true)
        #expect(trainer.state == before)
    }

    @Test func whatCannotBeTrainedIsRefused() throws {
        #expect { try Example.trainer(dataset: Dataset()) } throws: { "\($0)".contains("empty") }
        #expect { try Example.trainer(response: nil) } throws: { "\($0)".contains("response") }
        var dataset = try Example.dataset(2)
        var heavy = Example.structure(1)
        heavy.numbers[3] = 92
        try dataset.add(heavy)
        #expect { try Example.trainer(dataset: dataset) } throws: {
            ($0 as? Failure)?.kind == .element && "\($0)".contains("structure 2: atom 3")
        }
        var options = Example.options
        options.ranks = 2
        #expect { try Example.trainer(options) } throws: { "\($0)".contains("sum") }
    }

    @Test func theModelSaysWhatItWasTrainedOn() throws {
        let trainer = try Example.trainer()
        for _ in 0..<3 { _ = try trainer.epoch() }
        let model = try trainer.trainedModel(best: true)
        #expect(model.parameters == trainer.state.best)
        #expect(try trainer.trainedModel(best: false).parameters == trainer.state.parameters)
        let description = JSON.Place(try JSON(parsing: model.description))
        let training = try description["training"]
        #expect(try training["epochs"].integer(in: 0...10) == 3)
        #expect(try training["training_frames"].integer(in: 0...100) == 20)
        #expect(try training["options"]["seed"].integer(in: 0...100) == 12)
        #expect(try training["response"]["repulsion_radius"].double == 0.75)
        #expect(try training["best"]["validation_loss"].double == trainer.state.bestResult?.validationLoss)
        let volumes = try description["element_volumes"]
        #expect(try volumes["6"].double > 1)
        // Training it further keeps how it began.
        let again = try Trainer(
            model, dataset: Example.dataset(), response: Example.response, options: Example.options)
        let next = JSON.Place(try JSON(parsing: try again.trainedModel(best: true).description))
        #expect(try next["training"]["previous"]["epochs"].integer(in: 0...10) == 3)
    }
}
