import Support
import Testing

@testable import Training

@Suite struct OptimizerTests {
    @Test func adamFollowsTheReference() throws {
        let reference = try Reference.place("adam")
        let gradients = try reference["gradients"].elements().map { try $0.doubles }
        let rates = try reference["rates"].doubles
        let runs = try reference["runs"].elements()
        #expect(runs.count == 4)
        for run in runs {
            var options = TrainerOptions(.diamondPublished)
            options.amsgrad = try run["amsgrad"].boolean()
            options.clipNorm = try run["clip_norm"].double
            var parameters = try reference["start"].doubles
            var adam = Adam(count: parameters.count, amsgrad: options.amsgrad)
            for (t, expected) in try run["path"].elements().enumerated() {
                var gradient = gradients[t] + [1e6]  // what is beyond the parameters is nobody's business
                Adam.clip(&gradient, count: parameters.count, norm: options.clipNorm)
                adam.update(&parameters, gradient: gradient, rate: rates[t], options)
                for (x, y) in zip(parameters, try expected.doubles) { #expect(abs(x - y) < 1e-14) }
            }
            #expect(adam.step == 40)
        }
    }

    @Test func normsOfAnyLengthAreComplete() {
        for count in [1, 7, 8, 9, 23] {
            var gradient = [Double](repeating: 2, count: count) + [1000]
            #expect(Adam.clip(&gradient, count: count, norm: 1e9) == (4 * Double(count)).squareRoot())
        }
    }

    @Test func clippingScalesToTheNorm() {
        var gradient = [30.0, 40.0, 7.0]
        #expect(Adam.clip(&gradient, count: 2, norm: 10) == 50)
        #expect(abs(gradient[0] - 6) < 1e-6 && abs(gradient[1] - 8) < 1e-6 && gradient[2] == 7)
        gradient = [3, 4]
        #expect(Adam.clip(&gradient, count: 2, norm: 10) == 5)
        #expect(gradient == [3, 4])
        gradient = [300, 400]
        Adam.clip(&gradient, count: 2, norm: 0)
        #expect(gradient == [300, 400])
    }

    @Test func plateauFollowsTheReference() throws {
        let reference = try Reference.place("plateau")
        var options = TrainerOptions(.diamondPublished)
        options.learningRate = try reference["rate"].double
        options.plateauFactor = try reference["factor"].double
        options.plateauPatience = try reference["patience"].integer(in: 0...100)
        options.warmupEpochs = 0
        var rate = LearningRate(options)
        let losses = try reference["losses"].doubles
        for (epoch, (loss, expected)) in zip(losses, try reference["rates"].doubles).enumerated() {
            rate.begin(epoch: epoch, options)
            rate.end(loss: loss, options)
            #expect(rate.rate(epoch: epoch, progress: 0, options) == expected)
        }
    }

    @Test func warmupIsLinear() {
        var options = TrainerOptions(.diamondPublished)
        var rate = LearningRate(options)
        for epoch in 0..<15 {
            rate.begin(epoch: epoch, options)
            let expected = 0.01 * min(1, Double(epoch + 1) / 10)
            #expect(abs(rate.rate(epoch: epoch, progress: 0.5, options) - expected) < 1e-17)
            rate.end(loss: 1 / Double(epoch + 1), options)
        }
        options.warmupEpochs = 0
        rate = LearningRate(options)
        rate.begin(epoch: 0, options)
        #expect(rate.rate == 0.01)
    }

    @Test func cosineFallsToZero() {
        var options = TrainerOptions(.diamondPublished)
        options.schedule = .cosine
        options.warmupEpochs = 0
        options.epochs = 8
        var rate = LearningRate(options)
        rate.begin(epoch: 4, options)
        #expect(rate.rate(epoch: 0, progress: 0, options) == 0.01)
        #expect(abs(rate.rate(epoch: 4, progress: 0, options) - 0.005) < 1e-17)
        #expect(abs(rate.rate(epoch: 1, progress: 0.5, options) - 0.005 * (1 + Mathematics.cos(1.5 / 8 * .pi))) < 1e-17)
        #expect(rate.rate(epoch: 8, progress: 0, options) == 0)
        #expect(rate.rate(epoch: 20, progress: 0, options) == 0)
    }

    @Test func averagesAreExponential() {
        var state = Trainer.State(
            parameters: [1, 2], adam: Adam(count: 2, amsgrad: false), rate: LearningRate(TrainerOptions(.diamond)),
            best: [])
        state.updateAverage(decay: 0.9)
        #expect(state.average == [1, 2])
        state.parameters = [2, 0]
        state.updateAverage(decay: 0.9)
        #expect(abs(state.average[0] - 1.1) < 1e-15 && abs(state.average[1] - 1.8) < 1e-15)
    }

    @Test func badOptionsAreNamed() {
        func failure(_ change: (inout TrainerOptions) -> Void) -> String {
            var options = TrainerOptions(.crystals)
            change(&options)
            do throws(Failure) { try options.check() } catch { return error.message }
            return ""
        }
        for preset in Preset.allCases { #expect(throws: Never.self) { try TrainerOptions(preset).check() } }
        #expect(failure { $0.batchSize = 0 }.contains("batch_size"))
        #expect(failure { $0.learningRate = .nan }.contains("learning_rate"))
        #expect(failure { $0.beta2 = 1 }.contains("beta2"))
        #expect(failure { $0.rank = 1 }.contains("rank"))
        #expect(failure { $0.weights = LossWeights(force: 0, stress: 0) }.contains("force_weight"))
        #expect(failure { $0.validationShare = 1 }.contains("validation_share"))
    }
}
