import Atoms
import Potential
import Response
import Support

/// Trains a model, one epoch per call. All randomness comes from the seed and the number of the epoch, so what an epoch
/// does depends on the state before it alone, and a training that was stopped and resumed gives the same weights.
///
/// Batches: an epoch of K = ⌈frames of all ranks / batch size⌉ steps goes through each rank's frames in an order drawn
/// for rank and epoch; batch k consists of every rank's k-th part of K nearly equal ones, and so with pairs. Means are
/// taken over the whole batch, so all ranks take the same step.
package final class Trainer {
    package let model: Model  // as it was before the training
    package let options: TrainerOptions
    package let responseOptions: ResponseOptions?
    package let source: FrameSource
    package let split: Split
    package internal(set) var state: State

    private let ranks: Ranks
    private let lossAndGradient: LossAndGradient
    private(set) var totals: Totals

    /// What a checkpoint keeps.
    package struct State: Equatable, Sendable {
        package var epoch = 0  // epochs done
        package var parameters: [Double]
        package var adam: Adam
        package var rate: LearningRate
        package var average: [Double] = []  // empty: not begun
        package var best: [Double]  // weights with the least validation loss
        package var last: EpochResult?
        package var bestResult: EpochResult?
    }

    /// Throws `.argument`, and `.element` naming the structure. `sum` is needed if there is more than one rank.
    package init(
        _ model: Model, dataset: Dataset, response: ResponseOptions?, options: TrainerOptions, sum: Ranks.Sum? = nil
    ) throws(Failure) {
        try options.check()
        ranks = Ranks(rank: options.rank, count: options.ranks, sum: sum)
        try ranks.check()
        for (i, structure) in dataset.structures.enumerated() {
            do throws(Failure) { try model.checkElements(of: structure) } catch { throw error.at("structure \(i)") }
        }
        for (i, frame) in dataset.frames.enumerated() {
            do throws(Failure) { try model.checkElements(of: frame.structure) } catch { throw error.at("frame \(i)") }
        }
        for (i, pair) in dataset.pairs.enumerated() {
            do throws(Failure) { try model.checkElements(of: pair.lower) } catch { throw error.at("pair \(i)") }
        }
        source = try FrameSource(dataset, response, options)
        guard source.count <= 1_000_000_000 else {
            throw Failure(.argument, "\(source.count) noisy frames are more than 1000000000")
        }
        try Memory.require(64 * source.count)  // numbers of frames: all, drawn, held out, and the order of an epoch
        split = Split(source, options)
        guard options.ranks > 1 || !split.training.isEmpty else {
            throw Failure(.argument, "the dataset is empty: there is nothing to train on")
        }
        try Memory.require(8 * 8 * model.parameters.count)
        lossAndGradient = LossAndGradient(model, threads: options.threads, precision: options.precision)
        self.model = model
        self.options = options
        responseOptions = response
        totals = Totals(dataset, split)
        state = State(
            parameters: model.parameters, adam: Adam(count: model.parameters.count, amsgrad: options.amsgrad),
            rate: LearningRate(options), best: model.parameters)
    }

    /// Trains for one epoch. `progress` receives done and total batches and stops the epoch if it returns non-zero.
    /// Throws `.numbers` if the training diverged, `.cancelled`, `.callback`; the trainer is then as before.
    package func epoch(progress: ((_ done: Int, _ total: Int) -> Int32)? = nil) throws(Failure) -> EpochResult {
        try Team.with(threads: options.threads) { team throws(Failure) in
            do throws(Failure) {
                state = try next(team, progress)
            } catch {
                throw error.at("epoch \(state.epoch + 1)")
            }
        }
        return state.last!
    }

    /// The state after one more epoch.
    private func next(_ team: Team, _ progress: ((Int, Int) -> Int32)?) throws(Failure) -> State {
        var state = self.state
        let epoch = state.epoch
        try totals.gather(ranks, fingerprint: fingerprint)
        let plan = try EpochPlan(source, split, options, epoch: epoch, frames: Int(totals.training), ranks)
        state.rate.begin(epoch: epoch, options)

        let count = state.parameters.count
        var values = [Double](repeating: 0, count: count + ErrorSums.count)  // gradient, then errors
        var training = ErrorSums()
        var stop: Failure?
        for (k, batch) in plan.batches.enumerated() {
            if stop == nil {
                do throws(Failure) {
                    let sums = try evaluate(
                        batch.frames, set: options.freshNoise ? epoch + 1 : 0, batch.pairs, state.parameters,
                        batch.components, gradient: &values, team)
                    values.replaceSubrange(count..., with: sums.values)
                } catch {
                    stop = error.at("batch \(k + 1) of \(plan.batches.count)")
                }
            }
            try ranks.add(&values, failure: stop)
            var sums = ErrorSums()
            sums.values = Array(values[count...])
            training += sums
            let norm = Adam.clip(&values, count: count, norm: options.clipNorm)
            guard sums.loss(options.weights).isFinite, norm.isFinite else {
                throw Failure(
                    .numbers,
                    "batch \(k + 1) of \(plan.batches.count): the loss is not finite; the training has diverged")
            }
            let rate = state.rate.rate(
                epoch: epoch, progress: Double(k) / Double(plan.batches.count), options)
            state.adam.update(&state.parameters, gradient: values, rate: rate, options, run: team.share)
            if epoch >= options.averageStart { state.updateAverage(decay: options.averageDecay) }
            if let progress, progress(k + 1, plan.batches.count) != 0 {
                stop = Failure(.cancelled, "cancelled after batch \(k + 1) of \(plan.batches.count)")
            }
        }

        let candidate = state.average.isEmpty ? state.parameters : state.average
        var validation = ErrorSums()
        if stop == nil {
            do throws(Failure) {
                var none: [Double] = []
                validation = try evaluate(
                    ArraySlice(split.validation), set: 0, split.validationPairs.map { source.dataset.pairs[$0] },
                    candidate, .init(forces: 1, stresses: 1), gradient: &none, team)
            } catch { stop = error.at("validation") }
        }
        values = validation.values
        try ranks.add(&values, failure: stop)
        validation.values = values
        if totals.validation == 0 { validation = training }
        let pairs = validation.pairs > 0 ? validation : training
        let loss = validation.loss(options.weights)
        guard loss.isFinite else {
            throw Failure(.numbers, "the validation loss is not finite; the training has diverged")
        }

        let result = EpochResult(
            epoch: epoch + 1, steps: state.adam.step,
            learningRate: state.rate.rate(epoch: epoch, progress: 0, options),
            trainingLoss: training.loss(options.weights), trainingForceError: training.forceError,
            trainingStressError: training.stressError, validationLoss: loss,
            validationForceError: validation.forceError, validationStressError: validation.stressError,
            pairLoss: pairs.pairLoss, pairOrder: pairs.pairOrder,
            isBest: state.bestResult.map { loss < $0.validationLoss } ?? true)
        if result.isBest {
            state.best = candidate
            state.bestResult = result
        }
        state.last = result
        state.rate.end(loss: loss, options)
        state.epoch += 1
        return state
    }

    /// Errors of frames of this rank, and if `gradient` is not empty its first numbers set to the gradient.
    private func evaluate(
        _ frames: ArraySlice<Int>, set: Int, _ pairs: [Pair], _ parameters: [Double],
        _ components: LossAndGradient.Components,
        gradient: inout [Double], _ team: Team
    ) throws(Failure) -> ErrorSums {
        let first = frames.startIndex
        let source = self.source
        let current = Model(model, parameters: parameters)
        var result: Result<ErrorSums, Failure>!
        gradient.withUnsafeMutableBufferPointer { buffer in
            do throws(Failure) {
                result = .success(
                    try lossAndGradient(
                        current, count: frames.count, weights: options.weights, components: components,
                        gradient: buffer.isEmpty ? nil : buffer.baseAddress, team: team, pairs: pairs,
                        atoms: { source.atomCount(frames[first + $0]) },
                        frame: { k, memory throws(Failure) in
                            try source.frame(frames[first + k], set: set, pairs: memory)
                        }))
            } catch { result = .failure(error) }
        }
        return try result.get()
    }

    /// What has to be the same on all ranks.
    private var fingerprint: UInt64 {
        var digest = Digest()
        digest.add(state.epoch)
        digest.add(state.parameters)
        digest.add(JSON.object(recipe(forRank: false)).text)
        return digest.value
    }
}

extension Trainer.State {
    /// average ← decay·average + (1 − decay)·parameters; the first time it becomes the parameters.
    mutating func updateAverage(decay: Double) {
        guard !average.isEmpty else {
            average = parameters
            return
        }
        for i in average.indices { average[i] += (1 - decay) * (parameters[i] - average[i]) }
    }
}

extension Model {
    /// Throws `.element` for the first atom of an element that the model does not know.
    package func checkElements(of structure: borrowing Structure) throws(Failure) {
        for (i, number) in structure.numbers.enumerated() where elementRows[Int(number)] < 0 {
            throw unknownElement(number, atom: i)
        }
    }
}
