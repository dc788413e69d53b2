import Potential
import Response
import Support

/// What a training did, in words of the options: for the description of the model, and to tell whether a checkpoint
/// fits.
extension ResponseOptions {
    package var recipe: JSON.Object {
        var recipe: JSON.Object = [
            "displacement": .number(displacement), "dilation": .number(dilation), "shear": .number(shear),
            "young_modulus": .number(youngModulus), "poisson_ratio": .number(poissonRatio),
            "force_noise": .number(forceNoise), "repulsion_radius": .number(repulsionRadius),
            "remove_drift": .boolean(removeDrift), "remove_rotation": .boolean(removeRotation),
            "weight_floor": .number(weightFloor), "weight_power": .number(weightPower),
        ]
        if drawsAmplitude {
            recipe["amplitude"] = [.number(amplitude.x), .number(amplitude.y)]
            recipe["clean_share"] = .number(cleanShare)
            recipe["frames_per_structure"] = .integer(framesPerStructure)
        } else {
            recipe["levels"] = .array(levels.map { .number($0) })
            recipe["strain_count"] = .integer(strainCount)
        }
        return recipe
    }
}

extension TrainerOptions {
    /// All that decides over the weights, but for `epochs`, which may grow while a training is on.
    package func recipe(forRank: Bool) -> JSON.Object {
        var recipe: JSON.Object = [
            "force_weight": .number(weights.force), "stress_weight": .number(weights.stress),
            "batch_size": .integer(batchSize), "schedule": .string(schedule.name),
            "learning_rate": .number(learningRate), "warmup_epochs": .integer(warmupEpochs),
            "plateau_factor": .number(plateauFactor), "plateau_patience": .integer(plateauPatience),
            "beta1": .number(beta1), "beta2": .number(beta2), "epsilon": .number(epsilon),
            "amsgrad": .boolean(amsgrad), "clip_norm": .number(clipNorm), "average_decay": .number(averageDecay),
            "average_start": .integer(averageStart), "validation_share": .number(validationShare),
            "fresh_noise": .boolean(freshNoise), "seed": Int(exactly: seed).map { .integer($0) } ?? .string("\(seed)"),
            "ranks": .integer(ranks), "pair_weight": .number(weights.pairs.weight),
            "pair_margin": .number(weights.pairs.margin), "pair_width": .number(weights.pairs.width),
            "precision": .string(precision.name),
        ]
        if forRank { recipe["rank"] = .integer(rank) }
        return recipe
    }
}

extension Trainer {
    /// Options of response and trainer.
    func recipe(forRank: Bool) -> JSON.Object {
        [
            "response": responseOptions.map { .object($0.recipe) } ?? .null,
            "options": .object(options.recipe(forRank: forRank)),
        ]
    }

    /// The model with the least validation loss so far, or with the present weights. Its description says under
    /// "training" how it came to be (what stood there before is kept as "previous"), and if there were crystals has
    /// "element_volumes", Å³ per atom by atomic number.
    package func trainedModel(best: Bool) throws(Failure) -> Model {
        var training: JSON.Object = [
            "librm": .string(Library.version), "epochs": .integer(state.epoch),
            "structures": .integer(Int(totals.structures)), "frames_with_targets": .integer(Int(totals.frames)),
            "pairs": .integer(Int(totals.pairs)),
            "training_frames": .integer(Int(totals.training)), "validation_frames": .integer(Int(totals.validation)),
        ]
        training.merge(recipe(forRank: false))
        if let last = state.last { training["last"] = last.json }
        if let result = state.bestResult { training["best"] = result.json }
        let weights: JSON = best ? "best" : "last"
        training["weights"] = weights
        if let previous = try JSON.Place(try JSON(parsing: model.description)).find("training") {
            training["previous"] = previous.value
        }
        var keys: JSON.Object = ["training": .object(training)]
        let volumes = totals.volumes.fit()
        if !volumes.isEmpty {
            var object = JSON.Object()
            for (number, volume) in volumes { object["\(number)"] = .number(volume) }
            keys["element_volumes"] = .object(object)
        }
        return try model.copy(parameters: best ? state.best : state.parameters, keys: .object(keys))
    }
}
