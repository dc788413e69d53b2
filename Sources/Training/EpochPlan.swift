import Support

/// The batches of one epoch (see `Trainer`).
struct EpochPlan {
    struct Batch {
        let frames: ArraySlice<Int>  // of this rank
        let pairs: [Pair]  // of this rank
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
        var pairRandom = RandomStream(
            seed: options.seed, purpose: .shufflePairs, stream: epoch * ranks.count + ranks.rank)
        let pairOrder = pairRandom.permutation(split.trainingPairs.count).map { split.trainingPairs[$0] }
        let pairParts = (0..<count).map { pairOrder[$0 * pairOrder.count / count..<($0 + 1) * pairOrder.count / count] }
        var components: [Double] = []
        for (part, pairPart) in zip(parts, pairParts) {
            var (forces, stresses) = (0.0, 0.0)
            for number in part {
                let frame = source.components(number)
                forces += frame.forces
                stresses += frame.stresses
            }
            components += [forces, stresses, Double(pairPart.count)]
        }
        try ranks.add(&components)
        batches = parts.indices.map { k in
            Batch(
                frames: parts[k], pairs: pairParts[k].map { source.dataset.pairs[$0] },
                components: .init(
                    forces: components[3 * k], stresses: components[3 * k + 1], pairs: components[3 * k + 2]))
        }
    }
}
