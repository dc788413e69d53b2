extension Safetensors {
    /// Collects tensors and metadata for a file.
    package struct Writer: Sendable {
        private var metadata = JSON.Object()
        private var header = JSON.Object()
        private var data: [UInt8] = []

        package init() {}

        package mutating func set(metadata key: String, _ value: String) { metadata[key] = .string(value) }

        /// Adds a tensor; the count is the product of the shape, and each name comes once.
        package mutating func add(_ name: String, _ shape: [Int], _ values: some Collection<Double>) {
            add(name, .f64, shape, values.lazy.map(\.bitPattern))
        }

        package mutating func add(_ name: String, _ shape: [Int], _ values: some Collection<UInt64>) {
            add(name, .u64, shape, values)
        }

        package mutating func add(_ name: String, _ shape: [Int], _ values: some Collection<Int64>) {
            add(name, .i64, shape, values.lazy.map(UInt64.init(bitPattern:)))
        }

        private mutating func add(
            _ name: String, _ type: ElementType, _ shape: [Int], _ values: some Collection<UInt64>
        ) {
            assert(values.count == shape.reduce(1, *) && header[name] == nil)
            let begin = data.count
            data.reserveCapacity(begin + 8 * values.count)
            for value in values { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
            header[name] = [
                "dtype": .string(type.rawValue), "shape": .array(shape.map { .integer($0) }),
                "data_offsets": [.integer(begin), .integer(data.count)],
            ]
        }

        /// The content of the file, in two parts.
        private var parts: [[UInt8]] {
            var whole = JSON.Object()
            if !metadata.members.isEmpty { whole["__metadata__"] = .object(metadata) }
            for member in header.members { whole.append(member.key, member.value) }
            var text = Array(JSON.object(whole).text.utf8)
            // Spaces, so that the numbers begin at a multiple of their size.
            text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
            let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
            return [length + text, data]
        }

        package var bytes: [UInt8] { parts.flatMap { $0 } }

        /// Writes the file, whole or not at all. Throws `.file`.
        package func write(to path: String) throws(Failure) { try File.write(parts, to: path) }
    }
}
