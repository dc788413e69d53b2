import Potential
import Response
import Support

/// A checkpoint: one safetensors file with the weights, what the optimiser and the schedule know, and what the training
/// must be resumed with. Random numbers have no state: they come from the seed and the epoch.
extension Trainer {
    private static let format = "rm-checkpoint"
    private static let version = "1"

    package var checkpoint: Safetensors.Writer {
        var writer = Safetensors.Writer()
        writer.set(metadata: "format", Self.format)
        writer.set(metadata: "version", Self.version)
        writer.set(metadata: "model", model.description)
        var recipe = recipe(forRank: true)
        recipe["dataset"] = source.dataset.summary
        writer.set(metadata: "recipe", JSON.object(recipe).text)
        var state: JSON.Object = [
            "librm": .string(Library.version), "epoch": .integer(self.state.epoch),
            "adam_step": .integer(self.state.adam.step), "rate": .number(self.state.rate.rate),
            "bad_epochs": .integer(self.state.rate.badEpochs),
        ]
        state["plateau"] = self.state.rate.best.map { .number($0) }
        state["last"] = self.state.last?.json
        state["best"] = self.state.bestResult?.json
        writer.set(metadata: "state", JSON.object(state).text)

        let shape = [model.parameters.count]
        writer.add("parameters", shape, self.state.parameters)
        writer.add("adam.moment", shape, self.state.adam.moment)
        writer.add("adam.square", shape, self.state.adam.square)
        if options.amsgrad { writer.add("adam.largest_square", shape, self.state.adam.largestSquare) }
        if !self.state.average.isEmpty { writer.add("average", shape, self.state.average) }
        writer.add("best", shape, self.state.best)
        return writer
    }

    /// Writes a checkpoint, whole or not at all. Throws `.file`.
    package func save(to path: String) throws(Failure) { try checkpoint.write(to: path) }

    /// Goes on from a checkpoint, with the same dataset and options as it was made with; `threads` and `epochs` may
    /// differ. Throws `.file`, `.format`, and `.argument` naming what differs.
    package static func resume(
        _ path: String, dataset: Dataset, response: ResponseOptions?, options: TrainerOptions, sum: Ranks.Sum? = nil
    ) throws(Failure) -> Trainer {
        let file = try Safetensors(path: path)
        do throws(Failure) {
            return try resume(file, dataset, response, options, sum)
        } catch { throw error.at(path) }
    }

    private static func resume(
        _ file: Safetensors, _ dataset: Dataset, _ response: ResponseOptions?, _ options: TrainerOptions,
        _ sum: Ranks.Sum?
    ) throws(Failure) -> Trainer {
        func metadata(_ key: String) throws(Failure) -> String {
            guard let text = file.metadata(key) else { throw Failure(.format, "its metadata have no \(key.quoted)") }
            return text
        }
        func json(_ key: String) throws(Failure) -> JSON.Place {
            do throws(Failure) {
                return JSON.Place(try JSON(parsing: try metadata(key)), path: key)
            } catch { throw error.at(key) }
        }
        guard file.metadata("format") == format else {
            throw Failure(.format, "not a checkpoint: its metadata have no \"format\" that is \"\(format)\"")
        }
        guard try metadata("version") == version else {
            throw Failure(.format, "its version is \(try metadata("version").quoted); this librm reads \"\(version)\"")
        }
        let description = try metadata("model")
        let architecture: Architecture
        do throws(Failure) {
            architecture = try Architecture(description: description)
        } catch { throw error.at("model") }
        let shape = [ParameterLayout(architecture).count]
        func tensor(_ name: String) throws(Failure) -> [Double] {
            let values = try file.doubles(name, shape: shape)
            guard let index = values.firstIndex(where: { !$0.isFinite }) else { return values }
            throw Failure(.format, "tensor \(name.quoted): number \(index) is \(values[index])")
        }
        let parameters = try tensor("parameters")
        let model = Model(architecture: architecture, description: description, parameters: parameters)
        let trainer = try Trainer(model, dataset: dataset, response: response, options: options, sum: sum)

        var recipe = trainer.recipe(forRank: true)
        recipe["dataset"] = dataset.summary
        try compare(namingPrecision(try json("recipe").value), .object(recipe), "")

        let state = try json("state")
        let finite = 0...Double.greatestFiniteMagnitude
        trainer.state.parameters = parameters
        trainer.state.epoch = try state["epoch"].integer(in: 0...Int(Int32.max))
        trainer.state.adam.step = try state["adam_step"].integer(in: 0...1 << 53)
        trainer.state.adam.moment = try tensor("adam.moment")
        trainer.state.adam.square = try tensor("adam.square")
        if options.amsgrad { trainer.state.adam.largestSquare = try tensor("adam.largest_square") }
        if file.find("average") != nil { trainer.state.average = try tensor("average") }
        trainer.state.best = try tensor("best")
        trainer.state.rate.rate = try state["rate"].number(in: finite)
        trainer.state.rate.badEpochs = try state["bad_epochs"].integer(in: 0...Int(Int32.max))
        if let plateau = try state.find("plateau") { trainer.state.rate.best = try plateau.number(in: finite) }
        if let last = try state.find("last") { trainer.state.last = try EpochResult(last) }
        if let best = try state.find("best") { trainer.state.bestResult = try EpochResult(best) }
        return trainer
    }

    /// A recipe from before there was single precision, with the name of the other.
    private static func namingPrecision(_ recipe: JSON) -> JSON {
        guard case .object(var all) = recipe, case .object(var options) = all["options"], options["precision"] == nil
        else {
            return recipe
        }
        options["precision"] = .string(Precision.double.name)
        all["options"] = .object(options)
        return .object(all)
    }

    /// Throws `.argument` naming the first member in which two recipes differ.
    private static func compare(_ then: JSON, _ now: JSON, _ path: String) throws(Failure) {
        if case .object(let before) = then, case .object(let after) = now {
            for member in after.members {
                try compare(before[member.key] ?? .null, member.value, path + (path.isEmpty ? "" : ".") + member.key)
            }
            for member in before.members where after[member.key] == nil {
                try compare(member.value, .null, path + (path.isEmpty ? "" : ".") + member.key)
            }
            return
        }
        guard then.text != now.text else { return }
        throw Failure(.argument, "the checkpoint does not fit: \(path) is \(now.text), but was \(then.text)")
    }
}

extension Dataset {
    fileprivate var summary: JSON {
        [
            "structures": .integer(structures.count), "frames": .integer(frames.count),
            "pairs": .integer(pairs.count),
            "content": .string(String(digest, radix: 16)),
        ]
    }
}
