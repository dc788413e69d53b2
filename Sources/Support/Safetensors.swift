/// A file of named tensors: a little-endian 64-bit length, a JSON header of that length, raw numbers. Reading checks
/// every length, offset, shape and type, so a hostile file gives a `Failure` that names the tensor and no more.
package struct Safetensors: Sendable {
    /// The types that librm's files are made of.
    package enum ElementType: String, CaseIterable, Sendable {
        case f64 = "F64"
        case f32 = "F32"
        case u64 = "U64"
        case i64 = "I64"

        package var size: Int { self == .f32 ? 4 : 8 }
    }

    package struct Tensor: Sendable {
        package let name: String
        package let type: ElementType
        package let shape: [Int]
        let bytes: Range<Int>  // in `content`

        package var count: Int { bytes.count / type.size }
    }

    package static let maximumRank = 8

    package internal(set) var metadata: [(key: String, value: String)] = []
    package internal(set) var tensors: [Tensor] = []
    private var indices: [String: Int] = [:]
    private let content: [UInt8]

    /// Reads a file of at most `limit` bytes. Throws `.file` and `.format`.
    package init(path: String, limit: Int = 1 << 32) throws(Failure) {
        let content = try File.read(path, limit: limit)
        do { try self.init(content) } catch { throw error.at(path) }
    }

    /// Reads the content of a file.
    package init(_ content: [UInt8]) throws(Failure) {
        self.content = content
        let (header, data) = try Safetensors.header(of: content)
        for member in header.members {
            if member.key == "__metadata__" {
                metadata = try Safetensors.metadata(member.value)
            } else {
                tensors.append(try Safetensors.tensor(member.key, member.value, data))
            }
        }
        try Safetensors.checkCover(tensors, data)
        for (index, tensor) in tensors.enumerated() { indices[tensor.name] = index }
    }

    package func metadata(_ key: String) -> String? { metadata.first { $0.key == key }?.value }

    package func find(_ name: String) -> Tensor? { indices[name].map { tensors[$0] } }

    /// The numbers of an F64 or F32 tensor of the given shape. Throws `.format` if it is missing or another.
    package func doubles(_ name: String, shape: [Int]) throws(Failure) -> [Double] {
        let tensor = try find(name, [.f64, .f32], shape)
        return tensor.type == .f64
            ? load(tensor, UInt64.self) { Double(bitPattern: $0) }
            : load(tensor, UInt32.self) { Double(Float(bitPattern: $0)) }
    }

    /// The numbers of a U64 tensor of the given shape.
    package func unsignedIntegers(_ name: String, shape: [Int]) throws(Failure) -> [UInt64] {
        load(try find(name, [.u64], shape), UInt64.self) { $0 }
    }

    /// The numbers of an I64 tensor of the given shape.
    package func integers(_ name: String, shape: [Int]) throws(Failure) -> [Int64] {
        load(try find(name, [.i64], shape), UInt64.self) { Int64(bitPattern: $0) }
    }

    private func find(_ name: String, _ types: [ElementType], _ shape: [Int]) throws(Failure) -> Tensor {
        guard let tensor = find(name) else { throw Failure(.format, "the tensor \(name.quoted) is missing") }
        guard types.contains(tensor.type) else {
            let allowed = types.map(\.rawValue).joined(separator: " or ")
            throw Safetensors.failure(name, "its type is \(tensor.type.rawValue), not \(allowed)")
        }
        guard tensor.shape == shape else {
            throw Safetensors.failure(name, "its shape is \(tensor.shape), not \(shape)")
        }
        return tensor
    }

    private func load<Raw: FixedWidthInteger, Element>(
        _ tensor: Tensor, _: Raw.Type, _ element: (Raw) -> Element
    ) -> [Element] {
        content.withUnsafeBytes { content in
            stride(from: tensor.bytes.lowerBound, to: tensor.bytes.upperBound, by: MemoryLayout<Raw>.size).map {
                element(Raw(littleEndian: content.loadUnaligned(fromByteOffset: $0, as: Raw.self)))
            }
        }
    }
}

// MARK: - Reading the header

extension Safetensors {
    static func failure(_ name: String, _ what: String) -> Failure {
        Failure(.format, "tensor \(name.quoted): \(what)")
    }

    /// The header and where the numbers are.
    private static func header(of content: [UInt8]) throws(Failure) -> (JSON.Object, Range<Int>) {
        guard content.count >= 8 else {
            throw Failure(.format, "not a safetensors file: it has \(content.count) bytes")
        }
        let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(content[$1]) << (8 * UInt64($1)) }
        guard length <= UInt64(content.count - 8) else {
            throw Failure(.format, "not a safetensors file, or cut off: its header should have \(length) bytes")
        }
        let end = 8 + Int(length)
        let header: JSON
        do { header = try JSON(parsing: content[8..<end]) } catch { throw error.at("header") }
        guard case .object(let object) = header else { throw Failure(.format, "header: it should be an object") }
        return (object, end..<content.count)
    }

    private static func metadata(_ value: JSON) throws(Failure) -> [(key: String, value: String)] {
        var metadata: [(key: String, value: String)] = []
        for member in try JSON.Place(value, path: "__metadata__").object().members {
            guard case .string(let text) = member.value else {
                throw Failure(.format, "__metadata__: the value of \(member.key.quoted) should be a string")
            }
            metadata.append((member.key, text))
        }
        return metadata
    }

    private static func tensor(_ name: String, _ value: JSON, _ data: Range<Int>) throws(Failure) -> Tensor {
        do throws(Failure) {
            let place = JSON.Place(value)
            try place.check(keys: ["dtype", "shape", "data_offsets"])
            let types = ElementType.allCases
            let type = types[try place["dtype"].choice(types.map(\.rawValue))]
            let lengths = try place["shape"].elements()
            guard lengths.count <= maximumRank else {
                throw Failure(.format, "shape: more than \(maximumRank) lengths")
            }
            var shape: [Int] = []
            var size = type.size
            for length in lengths {
                shape.append(try length.integer(in: 0...Int.max))
                let (product, overflow) = size.multipliedReportingOverflow(by: shape.last!)
                guard !overflow else { throw length.failure("the tensor is too large") }
                size = product
            }
            let offsets = try place["data_offsets"].elements()
            guard offsets.count == 2 else { throw Failure(.format, "data_offsets: two numbers are needed") }
            let begin = try offsets[0].integer(in: 0...data.count)
            let end = try offsets[1].integer(in: begin...data.count)
            guard end - begin == size else {
                throw Failure(.format, "data_offsets: \(end - begin) bytes for shape \(shape), which needs \(size)")
            }
            return Tensor(name: name, type: type, shape: shape, bytes: data.lowerBound + begin..<data.lowerBound + end)
        } catch { throw failure(name, error.message) }
    }

    /// Tensors may stand in any order but neither overlap nor leave gaps.
    private static func checkCover(_ tensors: [Tensor], _ data: Range<Int>) throws(Failure) {
        var end = data.lowerBound
        let order = { (bytes: Range<Int>) in (bytes.lowerBound, bytes.upperBound) }
        for tensor in tensors.sorted(by: { order($0.bytes) < order($1.bytes) }) {
            guard tensor.bytes.lowerBound >= end else { throw failure(tensor.name, "it overlaps another tensor") }
            guard tensor.bytes.lowerBound == end else { throw failure(tensor.name, "there is a gap before it") }
            end = tensor.bytes.upperBound
        }
        guard end == data.upperBound else {
            throw Failure(.format, "\(data.upperBound - end) bytes after the last tensor belong to none")
        }
    }
}
