import Support

/// Numbers that concern all ranks; of this one until they have been gathered.
struct Totals {
    var training, validation: Double  // frames
    var structures, frames, pairs: Double  // of the datasets
    var volumes: ElementVolumes
    private var isGathered = false

    init(_ dataset: Dataset, _ split: Split) {
        training = Double(split.training.count)
        validation = Double(split.validation.count)
        structures = Double(dataset.structures.count)
        frames = Double(dataset.frames.count)
        pairs = Double(dataset.pairs.count)
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
        values = [training, validation, structures, frames, pairs] + volumes.sums
        try ranks.add(&values)
        (training, validation) = (values[0], values[1])
        (structures, frames, pairs) = (values[2], values[3], values[4])
        volumes = ElementVolumes(sums: Array(values[5...]))
        isGathered = true
        guard training > 0 else { throw Failure(.argument, "the datasets of all ranks are empty") }
    }
}
