import CRM
import Potential
import Response
import Support
import Training

/// A trainer as a host holds it.
final class TrainerObject {
    static let kind = HandleKind<TrainerObject>(name: "trainer", mark: 0x724D_5472_6169_6E31)

    let trainer: Trainer
    let progress: ((Int, Int) -> Int32)?
    let turn = Turn(of: "trainer")

    init(_ trainer: Trainer, _ options: rm_trainer_options) {
        self.trainer = trainer
        let user = options.progress_user
        progress = options.progress.map { progress in { done, total in progress(user, Int64(done), Int64(total)) } }
    }
}

/// What a trainer is made with.
private struct Settings {
    let dataset: Dataset
    let response: ResponseOptions?
    let given: rm_trainer_options
    let options: TrainerOptions

    init(
        _ dataset: OpaquePointer?, _ response: UnsafePointer<rm_response_options>?,
        _ options: UnsafePointer<rm_trainer_options>?
    ) throws(Failure) {
        self.dataset = try DatasetObject.kind.object(dataset).dataset
        self.response = if response != nil { try rm_response_options.read(response, "response") } else { nil }
        given = try Options.read(options, "options", over: rm_trainer_options(.diamondPublished))
        do throws(Failure) { self.options = try given.checked() } catch { throw error.at("options") }
    }
}

/// Calls `body` with the trainer behind a handle, if no other call is using it.
private func use(_ handle: OpaquePointer?, _ body: (TrainerObject) throws(Failure) -> Void) -> rm_status {
    boundary { () throws(Failure) in
        let object = try TrainerObject.kind.object(handle)
        try object.turn.take { () throws(Failure) in try body(object) }
    }
}

@c @implementation
public func rm_trainer_create(
    _ handle: OpaquePointer?, _ dataset: OpaquePointer?, _ response: UnsafePointer<rm_response_options>?,
    _ options: UnsafePointer<rm_trainer_options>?, _ output: UnsafeMutablePointer<OpaquePointer?>?
) -> rm_status {
    boundary { () throws(Failure) in
        try set(output, TrainerObject.kind) { () throws(Failure) in
            let model = try model(handle)
            let settings = try Settings(dataset, response, options)
            let trainer = try Trainer(
                model, dataset: settings.dataset, response: settings.response, options: settings.options,
                sum: settings.given.sumOverRanks)
            return TrainerObject(trainer, settings.given)
        }
    }
}

@c @implementation
public func rm_trainer_load(
    _ file: UnsafePointer<CChar>?, _ dataset: OpaquePointer?, _ response: UnsafePointer<rm_response_options>?,
    _ options: UnsafePointer<rm_trainer_options>?, _ output: UnsafeMutablePointer<OpaquePointer?>?
) -> rm_status {
    boundary { () throws(Failure) in
        try set(output, TrainerObject.kind) { () throws(Failure) in
            let path = try path(file)
            let settings = try Settings(dataset, response, options)
            let trainer = try Trainer.resume(
                path, dataset: settings.dataset, response: settings.response, options: settings.options,
                sum: settings.given.sumOverRanks)
            return TrainerObject(trainer, settings.given)
        }
    }
}

@c @implementation
public func rm_trainer_free(_ handle: UnsafeMutablePointer<OpaquePointer?>?) { TrainerObject.kind.free(handle) }

@c @implementation
public func rm_trainer_epoch(_ handle: OpaquePointer?, _ result: UnsafeMutablePointer<rm_epoch>?) -> rm_status {
    use(handle) { object throws(Failure) in
        let epoch = try object.trainer.epoch(progress: object.progress)
        result?.pointee = rm_epoch(
            epoch: Int32(clamping: epoch.epoch), steps: Int64(epoch.steps), learning_rate: epoch.learningRate,
            training_loss: epoch.trainingLoss, training_force_error: epoch.trainingForceError,
            training_stress_error: epoch.trainingStressError, validation_loss: epoch.validationLoss,
            validation_force_error: epoch.validationForceError, validation_stress_error: epoch.validationStressError,
            best: epoch.isBest ? 1 : 0)
    }
}

@c @implementation
public func rm_trainer_pairs(
    _ handle: OpaquePointer?, _ loss: UnsafeMutablePointer<Double>?, _ order: UnsafeMutablePointer<Double>?
) -> rm_status {
    use(handle) { object throws(Failure) in
        loss?.pointee = object.trainer.state.last?.pairLoss ?? 0
        order?.pointee = object.trainer.state.last?.pairOrder ?? 0
    }
}

@c @implementation
public func rm_trainer_model(
    _ handle: OpaquePointer?, _ best: Int32, _ output: UnsafeMutablePointer<OpaquePointer?>?
) -> rm_status {
    use(handle) { object throws(Failure) in
        let best = try flag("best", best)
        try set(output, ModelObject.kind) { () throws(Failure) in
            try ModelObject(try object.trainer.trainedModel(best: best))
        }
    }
}

@c @implementation
public func rm_trainer_counts(
    _ handle: OpaquePointer?, _ training: UnsafeMutablePointer<Int64>?, _ validation: UnsafeMutablePointer<Int64>?
) -> rm_status {
    use(handle) { object throws(Failure) in
        training?.pointee = Int64(object.trainer.split.training.count)
        validation?.pointee = Int64(object.trainer.split.validation.count)
    }
}

@c @implementation
public func rm_trainer_save(_ handle: OpaquePointer?, _ file: UnsafePointer<CChar>?) -> rm_status {
    use(handle) { object throws(Failure) in try object.trainer.save(to: try path(file)) }
}
