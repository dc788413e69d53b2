import Support

/// The batches of one epoch (see `Trainer`).
struct EpochPlan {
    struct Batch {
        let frames: ArraySlice<Int>  // of this rank
        let components: LossAndGradient.Components  // of all ranks
    }

    let batches: [Batch]

    /// `frames`: training frames of all ranks.
    init(
        _ source: FrameSource, _ split: Split, _ options: TrainerOptions, epoch: Int, frames: Int, _ ranks: Ranks
    ) throws(Failure) {
        var random = RandomStream(seed: options.seed, purpose: .shuffle, stream: epoch * ranks.count + ranks.rank)
        let order = random.permutation(split.training.count).map { split.training[$0] }
        let count = (frames + options.batchSize - 1) / options.batchSize
        let parts = (0..<count).map { order[$0 * order.count / count..<($0 + 1) * order.count / count] }
        var components: [Double] = []
        for part in parts {
            var (forces, stresses) = (0.0, 0.0)
            for number in part {
                let frame = source.components(number)
                forces += frame.forces
                stresses += frame.stresses
            }
            components += [forces, stresses]
        }
        try ranks.add(&components)
        batches = parts.enumerated().map {
            Batch(
                frames: $0.element,
                components: .init(forces: components[2 * $0.offset], stresses: components[2 * $0.offset + 1]))
        }
    }
}
