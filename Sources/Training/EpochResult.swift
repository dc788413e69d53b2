import Support

/// What an epoch gave. Losses and errors are over all frames of all ranks; those of the training are taken before each
/// step, those of the validation after the epoch, with the averaged weights once there are some.
package struct EpochResult: Equatable, Sendable {
    package var epoch: Int  // from 1
    package var steps: Int  // of the optimiser so far
    package var learningRate: Double  // of the epoch's first step
    package var trainingLoss: Double
    package var trainingForceError: Double  // root mean square, Å
    package var trainingStressError: Double
    package var validationLoss: Double  // the training's where no frame is held out
    package var validationForceError: Double
    package var validationStressError: Double
    package var pairLoss: Double  // of the validation, or the training where none is held out; without its weight
    package var pairOrder: Double  // share of the pairs that are in the right order
    package var isBest: Bool  // the lowest validation loss so far
}

extension EpochResult {
    package var json: JSON {
        [
            "epoch": .integer(epoch), "steps": .integer(steps), "learning_rate": .number(learningRate),
            "training_loss": .number(trainingLoss), "training_force_error": .number(trainingForceError),
            "training_stress_error": .number(trainingStressError), "validation_loss": .number(validationLoss),
            "validation_force_error": .number(validationForceError),
            "validation_stress_error": .number(validationStressError), "pair_loss": .number(pairLoss),
            "pair_order": .number(pairOrder), "best": .boolean(isBest),
        ]
    }

    package init(_ place: JSON.Place) throws(Failure) {
        let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        self.init(
            epoch: try place["epoch"].integer(in: 0...Int.max), steps: try place["steps"].integer(in: 0...Int.max),
            learningRate: try place["learning_rate"].number(in: finite),
            trainingLoss: try place["training_loss"].number(in: finite),
            trainingForceError: try place["training_force_error"].number(in: finite),
            trainingStressError: try place["training_stress_error"].number(in: finite),
            validationLoss: try place["validation_loss"].number(in: finite),
            validationForceError: try place["validation_force_error"].number(in: finite),
            validationStressError: try place["validation_stress_error"].number(in: finite),
            pairLoss: try place.find("pair_loss")?.number(in: finite) ?? 0,
            pairOrder: try place.find("pair_order")?.number(in: finite) ?? 0,
            isBest: try place["best"].boolean())
    }
}
