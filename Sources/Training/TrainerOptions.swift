import Potential
import Support

/// How the learning rate changes over the epochs.
package enum Schedule: Int32, CaseIterable, Sendable {
    case plateau = 0  // falls when the validation loss does not
    case cosine = 1  // from the rate to 0 over all epochs
    case constant = 2

    package var name: String {
        switch self {
        case .plateau: "plateau"
        case .cosine: "cosine"
        case .constant: "constant"
        }
    }
}

/// How to train. The defaults of a published preset are those of arXiv 2405.09057.
package struct TrainerOptions: Equatable, Sendable {
    package var weights: LossWeights
    package var batchSize: Int
    package var epochs: Int  // for the cosine schedule; a host may run fewer or more
    package var schedule: Schedule
    package var learningRate: Double
    package var warmupEpochs: Int  // the rate grows linearly over them
    package var plateauFactor: Double
    package var plateauPatience: Int  // epochs
    package var beta1: Double
    package var beta2: Double
    package var epsilon: Double
    package var amsgrad: Bool
    package var clipNorm: Double  // norm at which a batch's gradient is clipped; 0: never
    package var averageDecay: Double  // of the exponential average of the weights, per step
    package var averageStart: Int  // epochs done before averaging begins
    package var validationShare: Double  // of the noisy frames
    package var freshNoise: Bool  // new noise for every epoch; validation keeps its own
    package var seed: UInt64
    package var threads: Int
    package var rank: Int
    package var ranks: Int
    package var precision: Precision  // of losses and gradients of frames

    package init(_ preset: Preset) {
        weights = LossWeights(force: 1e4, stress: 1e4)
        batchSize = 2
        epochs = 400
        schedule = .plateau
        learningRate = 1e-2
        warmupEpochs = 10
        plateauFactor = 0.8
        plateauPatience = 10
        beta1 = 0.9
        beta2 = 0.999
        epsilon = 1e-8
        amsgrad = true
        clipNorm = 10
        averageDecay = 0.99
        averageStart = 10
        validationShare = 0.1
        freshNoise = false
        seed = 0
        threads = 1
        rank = 0
        ranks = 1
        precision = .double
        switch preset {
        case .diamond, .diamondPublished: break
        case .molecules, .moleculesPublished:
            weights.stress = 0
            batchSize = 20
            epochs = 100
        case .crystals, .crystalsPublished:
            weights.force = 1e3
            batchSize = 10
            epochs = 350
        }
        switch preset {
        case .molecules, .crystals, .diamond: precision = .single  // the same losses in two thirds of the time
        default: break
        }
        switch preset {
        case .molecules, .crystals:
            schedule = .cosine
            warmupEpochs = 1
            averageDecay = 0.999
            averageStart = 1
            freshNoise = true
            epochs = 100
        case .diamond:
            schedule = .cosine
        default: break
        }
    }

    /// Throws `.argument` naming the option that is out of range.
    package func check() throws(Failure) {
        func failure(_ name: String, _ value: Any, _ range: String) -> Failure {
            Failure(.argument, "trainer option \(name) is \(value), not within \(range)")
        }
        func within(_ name: String, _ value: Double, _ range: ClosedRange<Double>) throws(Failure) {
            guard range.contains(value) else {
                throw failure(name, value, "\(range.lowerBound) to \(range.upperBound)")
            }
        }
        func within(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(Failure) {
            guard range.contains(value) else {
                throw failure(name, value, "\(range.lowerBound) to \(range.upperBound)")
            }
        }
        let many = 1_000_000_000
        try within("force_weight", weights.force, 0...1e12)
        try within("stress_weight", weights.stress, 0...1e12)
        guard weights.force > 0 || weights.stress > 0 else {
            throw Failure(.argument, "trainer options force_weight and stress_weight are 0: there is nothing to learn")
        }
        try within("pair_weight", weights.pairs.weight, 0...1e12)
        try within("pair_margin", weights.pairs.margin, 0...1e6)
        try within("pair_width", weights.pairs.width, 1e-9...1e6)
        try within("batch_size", batchSize, 1...many)
        try within("epochs", epochs, 1...many)
        try within("learning_rate", learningRate, 0...1e300)
        try within("warmup_epochs", warmupEpochs, 0...many)
        try within("plateau_factor", plateauFactor, 0...1)
        try within("plateau_patience", plateauPatience, 0...many)
        try within("beta1", beta1, 0...0.999_999_999)
        try within("beta2", beta2, 0...0.999_999_999)
        try within("epsilon", epsilon, 0...1)
        try within("clip_norm", clipNorm, 0...1e300)
        try within("average_decay", averageDecay, 0...1)
        try within("average_start", averageStart, 0...many)
        try within("validation_share", validationShare, 0...0.9)
        try within("threads", threads, 1...1024)
        try within("ranks", ranks, 1...1_000_000)
        try within("rank", rank, 0...ranks - 1)
    }
}
