import CRM
import Support
import Training

extension rm_trainer_options {
    /// A preset, as the core has it.
    init(_ preset: Preset) {
        let options = TrainerOptions(preset)
        self.init()
        size = MemoryLayout<rm_trainer_options>.size
        force_weight = options.weights.force
        stress_weight = options.weights.stress
        batch_size = Int32(options.batchSize)
        epochs = Int32(options.epochs)
        schedule = rm_schedule(rawValue: numericCast(options.schedule.rawValue))
        learning_rate = options.learningRate
        warmup_epochs = Int32(options.warmupEpochs)
        plateau_factor = options.plateauFactor
        plateau_patience = Int32(options.plateauPatience)
        beta1 = options.beta1
        beta2 = options.beta2
        epsilon = options.epsilon
        amsgrad = options.amsgrad ? 1 : 0
        clip_norm = options.clipNorm
        average_decay = options.averageDecay
        average_start = Int32(options.averageStart)
        validation_share = options.validationShare
        fresh_noise = options.freshNoise ? 1 : 0
        seed = options.seed
        threads = Int32(options.threads)
        rank = Int32(options.rank)
        ranks = Int32(options.ranks)
        pair_weight = options.weights.pairs.weight
        pair_margin = options.weights.pairs.margin
        pair_width = options.weights.pairs.width
        precision = rm_precision(options.precision)
    }

    /// The options in the core's words, each within its range.
    func checked() throws(Failure) -> TrainerOptions {
        var options = TrainerOptions(.diamondPublished)
        guard let schedule = Int32(exactly: schedule.rawValue).flatMap(Schedule.init(rawValue:)) else {
            throw Failure(.argument, "schedule is \(schedule.rawValue), which is none of rm_schedule")
        }
        options.schedule = schedule
        try check(positive: "learning_rate", learning_rate)
        try check(positive: "plateau_factor", plateau_factor)
        try check(positive: "epsilon", epsilon)
        guard average_decay < 1 else {
            throw Failure(.argument, "average_decay is \(average_decay); it must be below 1")
        }
        options.weights = LossWeights(force: force_weight, stress: stress_weight)
        options.weights.pairs.weight = pair_weight
        options.weights.pairs.margin = pair_margin
        options.weights.pairs.width = pair_width
        options.batchSize = Int(batch_size)
        options.epochs = Int(epochs)
        options.learningRate = learning_rate
        options.warmupEpochs = Int(warmup_epochs)
        options.plateauFactor = plateau_factor
        options.plateauPatience = Int(plateau_patience)
        options.beta1 = beta1
        options.beta2 = beta2
        options.epsilon = epsilon
        options.amsgrad = try flag("amsgrad", amsgrad)
        options.clipNorm = clip_norm
        options.averageDecay = average_decay
        options.averageStart = Int(average_start)
        options.validationShare = validation_share
        options.freshNoise = try flag("fresh_noise", fresh_noise)
        options.seed = seed
        options.threads = try threadCount(threads)
        options.rank = Int(rank)
        options.ranks = Int(ranks)
        options.precision = try LibRM.precision(precision)
        try options.check()
        return options
    }

    var sumOverRanks: Ranks.Sum? {
        guard let sum else { return nil }
        let user = sum_user
        return { values, count in sum(user, values, Int64(count)) }
    }
}

@c @implementation
public func rm_trainer_options_init(
    _ options: UnsafeMutablePointer<rm_trainer_options>?, _ size: Int, _ name: rm_preset
) {
    Options.initialize(options, size) { () throws(Failure) in rm_trainer_options(try preset(name)) }
}
