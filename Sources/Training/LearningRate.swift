import Support

/// The learning rate through the epochs: a linear warm-up, then what the schedule says.
///
/// On a plateau it is PyTorch's ReduceLROnPlateau with its default threshold: an epoch counts as better if its loss is
/// below the best by more than 10⁻⁴ of it, and after more than `patience` epochs in a row that are not better the rate
/// falls by `factor`, unless that were less than 10⁻⁸.
package struct LearningRate: Equatable, Sendable {
    package var rate: Double
    package var best: Double?  // lowest loss on the plateau's terms
    package var badEpochs = 0

    package init(_ options: TrainerOptions) { rate = options.learningRate }

    /// To be called before epoch `epoch` (from 0).
    package mutating func begin(epoch: Int, _ options: TrainerOptions) {
        guard epoch < options.warmupEpochs else { return }
        rate = options.learningRate * Double(epoch + 1) / Double(options.warmupEpochs)
    }

    /// The rate of a step, `progress` (0 ..< 1) into epoch `epoch`.
    package func rate(epoch: Int, progress: Double, _ options: TrainerOptions) -> Double {
        guard options.schedule == .cosine else { return rate }
        let time = min(1, (Double(epoch) + progress) / Double(options.epochs))
        return rate * 0.5 * (1 + Mathematics.cos(Double.pi * time))
    }

    /// To be called after an epoch with its validation loss.
    package mutating func end(loss: Double, _ options: TrainerOptions) {
        guard options.schedule == .plateau else { return }
        if best.map({ loss < $0 * (1 - 1e-4) }) ?? true {
            best = loss
            badEpochs = 0
        } else {
            badEpochs += 1
        }
        guard badEpochs > options.plateauPatience else { return }
        let lower = rate * options.plateauFactor
        if rate - lower > 1e-8 { rate = lower }
        badEpochs = 0
    }
}
