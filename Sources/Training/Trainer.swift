import Atoms
import Potential
import Response
import Support

/// Trains a model, one epoch per call. All randomness comes from the seed and the number of the epoch, so what an epoch
/// does depends on the state before it alone, and a training that was stopped and resumed gives the same weights.
///
/// Batches: an epoch of K = ⌈frames of all ranks / batch size⌉ steps goes through each rank's frames in an order drawn for
/// rank and epoch; batch k consists of every rank's k-th part of K nearly equal ones. Means are taken over the whole
/// batch, so all ranks take the same step.
package final class Trainer {
    package let model: Model  // as it was before the training
    package let options: TrainerOptions
    package let responseOptions: ResponseOptions?
    package let source: FrameSource
    package let split: Split
    package internal(set) var state: State

    private let ranks: Ranks
    private let lossAndGradient: LossAndGradient
    var totals: Totals

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

    /// `potential`: the function whose parameters are the model's; its parameters are set before it is asked anything.
    /// Throws `.argument`, and `.element` naming the structure.
    package init(
        _ model: Model, potential: any TrainablePotential, dataset: Dataset, response: ResponseOptions?,
        options: TrainerOptions, sum: Ranks.Sum? = nil
    ) throws(Failure) {
        try options.check()
        ranks = Ranks(rank: options.rank, count: options.ranks, sum: sum)
        try ranks.check()
        for (i, structure) in dataset.structures.enumerated() {
            do throws(Failure) { try potential.check(structure) } catch { throw error.at("structure \(i)") }
        }
        for (i, frame) in dataset.frames.enumerated() {
            do throws(Failure) { try potential.check(frame.structure) } catch { throw error.at("frame \(i)") }
        }
        source = try FrameSource(dataset, response, options)
        split = Split(source, options)
        guard options.ranks > 1 || !split.training.isEmpty else {
            throw Failure(.argument, "the dataset is empty: there is nothing to train on")
        }
        try Memory.require(8 * 8 * model.parameters.count)
        lossAndGradient = try LossAndGradient(potential, threads: options.threads)
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
        let plan = try Plan(self, epoch: epoch)
        state.rate.begin(epoch: epoch, options)

        let count = state.parameters.count
        var values = [Double](repeating: 0, count: count + ErrorSums.count)  // gradient, then errors
        var training = ErrorSums()
        var stop: Failure?
        for (k, batch) in plan.batches.enumerated() {
            if stop == nil {
                do throws(Failure) {
                    let sums = try evaluate(
                        batch.frames, set: options.freshNoise ? epoch + 1 : 0, state.parameters, batch.components,
                        gradient: &values, team)
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
                    "batch \(k + 1) of \(plan.batches.count): the loss is not finite any more; the training has diverged")
            }
            let rate = state.rate.rate(
                epoch: epoch, progress: Double(k) / Double(plan.batches.count), options)
            state.adam.update(&state.parameters, gradient: values, rate: rate, options)
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
                    ArraySlice(split.validation), set: 0, candidate, .init(forces: 1, stresses: 1), gradient: &none, team)
            } catch { stop = error.at("validation") }
        }
        values = validation.values
        try ranks.add(&values, failure: stop)
        validation.values = values
        if totals.validation == 0 { validation = training }
        let loss = validation.loss(options.weights)
        guard loss.isFinite else {
            throw Failure(.numbers, "the validation loss is not finite any more; the training has diverged")
        }

        let result = EpochResult(
            epoch: epoch + 1, steps: state.adam.step,
            learningRate: state.rate.rate(epoch: epoch, progress: 0, options),
            trainingLoss: training.loss(options.weights), trainingForceError: training.forceError,
            trainingStressError: training.stressError, validationLoss: loss,
            validationForceError: validation.forceError, validationStressError: validation.stressError,
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
        _ frames: ArraySlice<Int>, set: Int, _ parameters: [Double], _ components: LossAndGradient.Components,
        gradient: inout [Double], _ team: Team
    ) throws(Failure) -> ErrorSums {
        let first = frames.startIndex
        let source = self.source
        var result: Result<ErrorSums, Failure>!
        gradient.withUnsafeMutableBufferPointer { buffer in
            do throws(Failure) {
                result = .success(
                    try lossAndGradient(
                        count: frames.count, parameters: parameters, weights: options.weights, components: components,
                        gradient: buffer.isEmpty ? nil : buffer.baseAddress, team: team,
                        frame: { k throws(Failure) in try source.frame(frames[first + k], set: set) }))
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

    /// The batches of an epoch.
    private struct Plan {
        struct Batch {
            let frames: ArraySlice<Int>  // of this rank
            let components: LossAndGradient.Components  // of all ranks
        }
        let batches: [Batch]

        init(_ trainer: Trainer, epoch: Int) throws(Failure) {
            let frames = trainer.split.training
            let options = trainer.options
            var random = RandomStream(
                seed: options.seed, purpose: .shuffle, stream: epoch * options.ranks + options.rank)
            let order = random.permutation(frames.count).map { frames[$0] }
            let count = (Int(trainer.totals.training) + options.batchSize - 1) / options.batchSize
            let parts = (0..<count).map { order[$0 * order.count / count..<($0 + 1) * order.count / count] }
            var components: [Double] = []
            for part in parts {
                var (forces, stresses) = (0.0, 0.0)
                for number in part {
                    let frame = trainer.source.components(number)
                    forces += frame.forces
                    stresses += frame.stresses
                }
                components += [forces, stresses]
            }
            try trainer.ranks.add(&components)
            batches = parts.enumerated().map {
                Batch(
                    frames: $0.element,
                    components: .init(forces: components[2 * $0.offset], stresses: components[2 * $0.offset + 1]))
            }
        }
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

/// Numbers that concern all ranks; of this one until they have been gathered.
struct Totals {
    var training, validation: Double  // frames
    var structures, frames: Double  // of the datasets
    var volumes: ElementVolumes
    private var isGathered = false

    init(_ dataset: Dataset, _ split: Split) {
        training = Double(split.training.count)
        validation = Double(split.validation.count)
        structures = Double(dataset.structures.count)
        frames = Double(dataset.frames.count)
        volumes = ElementVolumes(dataset.structures)
    }

    /// Before each epoch: sums over ranks what has not been yet, and makes sure that all ranks are at the same point.
    mutating func gather(_ ranks: Ranks, fingerprint: UInt64) throws(Failure) {
        guard ranks.count > 1 else { return }
        // By Cauchy and Schwarz n Σ f² = (Σ f)² if all are equal and only then; 20 bits keep the sums exact.
        let f = Double(fingerprint & 0xF_FFFF)
        var values = [f, f * f]
        try ranks.add(&values)
        guard Double(ranks.count) * values[1] == values[0] * values[0] else {
            throw Failure(.argument, "the ranks differ in model, options or number of epochs done")
        }
        guard !isGathered else { return }
        values = [training, validation, structures, frames] + volumes.sums
        try ranks.add(&values)
        (training, validation, structures, frames) = (values[0], values[1], values[2], values[3])
        volumes = ElementVolumes(sums: Array(values[4...]))
        isGathered = true
        guard training > 0 else { throw Failure(.argument, "the datasets of all ranks are empty") }
    }
}
