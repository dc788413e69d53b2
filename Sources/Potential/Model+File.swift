import Support

/// The model file, `rm-model` version 1: a safetensors file; docs/model-file.md describes it.
extension Model {
    private static let format = "rm-model"
    private static let version = "1"

    /// Twice what the largest model allowed takes.
    private static let maximumFileSize = 2 * 8 * Architecture.Limit.parameters

    /// Reads a model file. Throws `.file`, and `.format` naming the tensor or the key.
    package convenience init(path: String) throws(Failure) {
        let file = try Safetensors(path: path, limit: Self.maximumFileSize)
        do throws(Failure) { try self.init(file) } catch { throw error.at(path) }
    }

    /// Reads the content of a model file.
    package convenience init(bytes: [UInt8]) throws(Failure) {
        guard bytes.count <= Self.maximumFileSize else {
            throw Failure(.format, "\(bytes.count) bytes are more than a model file may have (\(Self.maximumFileSize))")
        }
        try self.init(try Safetensors(bytes))
    }

    private convenience init(_ file: Safetensors) throws(Failure) {
        guard file.metadata("format") == Self.format else {
            throw Failure(.format, "not a model file: its metadata have no \"format\" that is \"\(Self.format)\"")
        }
        guard let version = file.metadata("version"), version == Self.version else {
            let version = file.metadata("version")?.quoted ?? "missing"
            throw Failure(.format, "the version of the model file is \(version); this librm reads \"\(Self.version)\"")
        }
        guard let description = file.metadata("model") else {
            throw Failure(.format, "not a model file: its metadata have no \"model\"")
        }
        let architecture: Architecture
        do throws(Failure) {
            architecture = try Architecture(description: description)
        } catch {
            throw error.at("model")
        }

        let layout = ParameterLayout(architecture)
        let receiver = "embedding.receiver"
        let names = Set(layout.tensors.map(\.name) + [receiver])
        for tensor in file.tensors where !names.contains(tensor.name) {
            throw Failure(.format, "tensor \(tensor.name.quoted): the model has no such tensor")
        }
        try Self.requireMemory(architecture)
        var parameters: [Double] = []
        parameters.reserveCapacity(layout.count)
        for tensor in layout.tensors { parameters += try file.doubles(tensor.name, shape: tensor.shape) }
        try Self.check(parameters, architecture, layout, .format)
        if layout.receiver == nil, file.find(receiver) != nil {
            // Written for readers that want both tables whatever the description says.
            let table = try file.doubles(receiver, shape: layout.sender.shape)
            guard table == Array(parameters[layout.sender.range]) else {
                let name = layout.sender.name
                throw Failure(
                    .format, "tensor \"\(receiver)\": it differs from \(name), but the description says \"shared\"")
            }
        }
        self.init(architecture: architecture, description: description, parameters: parameters)
    }

    /// The content of a model file; tensors as F64.
    package var fileContent: Safetensors.Writer {
        var writer = Safetensors.Writer()
        writer.set(metadata: "format", Self.format)
        writer.set(metadata: "version", Self.version)
        writer.set(metadata: "model", description)
        for tensor in layout.tensors {
            writer.add(tensor.name, tensor.shape, parameters[tensor.range])
            if tensor.name == layout.sender.name, layout.receiver == nil {
                writer.add("embedding.receiver", tensor.shape, parameters[tensor.range])
            }
        }
        return writer
    }

    /// Writes a model file, whole or not at all. Throws `.file`.
    package func save(to path: String) throws(Failure) { try fileContent.write(to: path) }

    /// Throws `.memory` if there is not enough for a model's numbers, as they are and as the kernels want them.
    static func requireMemory(_ architecture: Architecture) throws(Failure) {
        let parameters = ParameterLayout(architecture).count
        try Memory.require(MemoryLayout<Double>.stride * (6 * parameters + 3 * architecture.mixingCount))
    }

    /// Throws a failure of the kind given that names the first tensor with a number that is not finite, or a frequency
    /// too high for the kernels.
    static func check(
        _ parameters: [Double], _ architecture: Architecture, _ layout: ParameterLayout, _ kind: Failure.Kind
    ) throws(Failure) {
        // The kernels' sine is good to some 1e5.
        let fastest = 1e5 / architecture.cutoff
        for tensor in layout.tensors {
            for (index, value) in parameters[tensor.range].enumerated() {
                let isFrequency = tensor.offset == layout.frequencies.offset
                guard value.isFinite, !isFrequency || abs(value) < fastest else {
                    throw Failure(kind, "tensor \(tensor.name.quoted): number \(index) is \(value)")
                }
            }
        }
    }
}
