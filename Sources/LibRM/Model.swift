import CRM
import Glibc
import Potential
import Support

/// A model as a host holds it, with texts that live as long.
final class ModelObject: @unchecked Sendable {
    static let kind = HandleKind<ModelObject>(name: "model", mark: 0x724D_6F64_656C_5F31)

    let model: Model
    let description: UnsafeMutablePointer<CChar>
    let tensorNames: [UnsafeMutablePointer<CChar>]

    init(_ model: Model) throws(Failure) {
        func copy(_ text: String) throws(Failure) -> UnsafeMutablePointer<CChar> {
            guard let copy = strdup(text) else { throw Failure(.memory, "no memory for the description of a model") }
            return copy
        }
        self.model = model
        description = try copy(model.description)
        var names: [UnsafeMutablePointer<CChar>] = []
        for tensor in model.layout.tensors { names.append(try copy(tensor.name)) }
        tensorNames = names
    }

    deinit {
        free(description)
        for name in tensorNames { free(name) }
    }
}

/// The model behind a handle.
func model(_ handle: OpaquePointer?) throws(Failure) -> Model { try ModelObject.kind.object(handle).model }

/// Sets an output handle to a new model.
private func set(
    _ output: UnsafeMutablePointer<OpaquePointer?>?, _ model: () throws(Failure) -> Model
) -> rm_status {
    boundary { () throws(Failure) in
        try set(output, ModelObject.kind) { () throws(Failure) in try ModelObject(try model()) }
    }
}

private let longestDescription = 4 << 20

@c @implementation
public func rm_model_load(
    _ file: UnsafePointer<CChar>?, _ output: UnsafeMutablePointer<OpaquePointer?>?
) -> rm_status {
    set(output) { () throws(Failure) in try Model(path: try NamedModel.path(try path(file))) }
}

@c @implementation
public func rm_model_load_memory(
    _ bytes: UnsafeRawPointer?, _ size: Int, _ output: UnsafeMutablePointer<OpaquePointer?>?
) -> rm_status {
    set(output) { () throws(Failure) in
        let bytes = try required(bytes, "bytes")
        try check("size", size, 0...1 << 40)
        try Memory.require(size)
        return try Model(bytes: Array(UnsafeRawBufferPointer(start: bytes, count: size)))
    }
}

@c @implementation
public func rm_model_create(
    _ description: UnsafePointer<CChar>?, _ seed: UInt64, _ output: UnsafeMutablePointer<OpaquePointer?>?
) -> rm_status {
    set(output) { () throws(Failure) in
        try Model(description: try text(description, "description", limit: longestDescription), seed: seed)
    }
}

@c @implementation
public func rm_model_copy(
    _ handle: OpaquePointer?, _ parameters: UnsafePointer<Double>?, _ keys: UnsafePointer<CChar>?,
    _ output: UnsafeMutablePointer<OpaquePointer?>?
) -> rm_status {
    set(output) { () throws(Failure) in
        let model = try model(handle)
        var object: JSON?
        if keys != nil {
            let text = try text(keys, "description_keys", limit: longestDescription)
            do throws(Failure) { object = try JSON(parsing: text) } catch { throw error.at("description_keys") }
        }
        let numbers = parameters.map { Array(UnsafeBufferPointer(start: $0, count: model.layout.count)) }
        return try model.copy(parameters: numbers, keys: object)
    }
}

@c @implementation
public func rm_model_save(_ handle: OpaquePointer?, _ file: UnsafePointer<CChar>?) -> rm_status {
    boundary { () throws(Failure) in try model(handle).save(to: try path(file)) }
}

@c @implementation
public func rm_model_free(_ handle: UnsafeMutablePointer<OpaquePointer?>?) { ModelObject.kind.free(handle) }

@c @implementation
public func rm_model_describe(
    _ name: rm_preset, _ numbers: UnsafePointer<Int32>?, _ count: Int32, _ memory: UnsafeMutablePointer<CChar>?,
    _ capacity: Int, _ length: UnsafeMutablePointer<Int>?
) -> rm_status {
    boundary { () throws(Failure) in
        let preset = try preset(name)
        let numbers = try required(numbers, "numbers")
        try check("count", count, 1...118)
        let elements = Array(UnsafeBufferPointer(start: numbers, count: Int(count)))
        for (index, element) in elements.enumerated() {
            try check("numbers[\(index)]", element, 1...118)
            guard !elements[..<index].contains(element) else {
                throw Failure(.argument, "numbers[\(index)]: \(element) comes twice")
            }
        }
        try write(Architecture(preset, elements: elements).description.text, memory, capacity, length)
    }
}

@c @implementation
public func rm_model_description(_ handle: OpaquePointer?) -> UnsafePointer<CChar>? {
    ModelObject.kind.find(handle).map { UnsafePointer($0.description) }
}

@c @implementation
public func rm_model_cutoff(_ handle: OpaquePointer?) -> Double {
    ModelObject.kind.find(handle)?.model.architecture.cutoff ?? 0
}

@c @implementation
public func rm_model_element_count(_ handle: OpaquePointer?) -> Int32 {
    Int32(ModelObject.kind.find(handle)?.model.architecture.elements.count ?? 0)
}

@c @implementation
public func rm_model_element(_ handle: OpaquePointer?, _ index: Int32) -> Int32 {
    guard let elements = ModelObject.kind.find(handle)?.model.architecture.elements,
        elements.indices.contains(Int(index))
    else { return 0 }
    return elements[Int(index)]
}

@c @implementation
public func rm_model_descriptor_count(_ handle: OpaquePointer?) -> Int32 {
    Int32(ModelObject.kind.find(handle)?.model.architecture.descriptorCount ?? 0)
}

@c @implementation
public func rm_model_parameter_count(_ handle: OpaquePointer?) -> Int64 {
    Int64(ModelObject.kind.find(handle)?.model.layout.count ?? 0)
}

@c @implementation
public func rm_model_parameters(_ handle: OpaquePointer?, _ values: UnsafeMutablePointer<Double>?) -> rm_status {
    boundary { () throws(Failure) in
        let model = try model(handle)
        try required(values, "values").update(from: model.parameters, count: model.parameters.count)
    }
}

@c @implementation
public func rm_model_tensor_count(_ handle: OpaquePointer?) -> Int32 {
    Int32(ModelObject.kind.find(handle)?.model.layout.tensors.count ?? 0)
}

@c @implementation
public func rm_model_tensor(
    _ handle: OpaquePointer?, _ index: Int32, _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
    _ shape: UnsafeMutablePointer<Int64>?, _ rank: UnsafeMutablePointer<Int32>?,
    _ offset: UnsafeMutablePointer<Int64>?
) -> rm_status {
    boundary { () throws(Failure) in
        let object = try ModelObject.kind.object(handle)
        let tensors = object.model.layout.tensors
        try check("index", index, 0...Int32(tensors.count - 1))
        let tensor = tensors[Int(index)]
        name?.pointee = UnsafePointer(object.tensorNames[Int(index)])
        for axis in 0..<3 { shape?[axis] = axis < tensor.shape.count ? Int64(tensor.shape[axis]) : 1 }
        rank?.pointee = Int32(tensor.shape.count)
        offset?.pointee = Int64(tensor.offset)
    }
}
