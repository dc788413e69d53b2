import CRM
import Glibc
import Potential
import Support

/// Checks of what a host passes. Failures are `.argument` and name the argument.
func required<Pointer>(_ pointer: Pointer?, _ name: String) throws(Failure) -> Pointer {
    guard let pointer else { throw Failure(.argument, "\(name) is NULL") }
    return pointer
}

func check<Value: Comparable>(_ name: String, _ value: Value, _ range: ClosedRange<Value>) throws(Failure) {
    guard range.contains(value) else {
        throw Failure(.argument, "\(name) is \(value); it must lie between \(range.lowerBound) and \(range.upperBound)")
    }
}

func check(positive name: String, _ value: Double) throws(Failure) {
    guard value > 0, value.isFinite else {
        throw Failure(.argument, "\(name) is \(value); it must be positive and finite")
    }
}

func check(notNegative name: String, _ value: Double) throws(Failure) {
    guard value >= 0, value.isFinite else {
        throw Failure(.argument, "\(name) is \(value); it must be finite and not negative")
    }
}

/// A flag of the header: 0 or 1.
func flag(_ name: String, _ value: Int32) throws(Failure) -> Bool {
    guard value == 0 || value == 1 else { throw Failure(.argument, "\(name) is \(value); it must be 0 or 1") }
    return value == 1
}

func threadCount(_ threads: Int32) throws(Failure) -> Int {
    try check("threads", threads, 1...1024)
    return Int(threads)
}

func preset(_ preset: rm_preset) throws(Failure) -> Preset {
    guard let value = Int32(exactly: preset.rawValue), let preset = Preset(rawValue: value) else {
        throw Failure(.argument, "preset is \(preset.rawValue), which is none of rm_preset")
    }
    return preset
}

/// A text of at most `limit` bytes.
func text(_ pointer: UnsafePointer<CChar>?, _ name: String, limit: Int) throws(Failure) -> String {
    let pointer = try required(pointer, name)
    let count = strnlen(pointer, limit + 1)
    guard count <= limit else { throw Failure(.format, "\(name) is longer than \(limit) bytes") }
    let bytes = UnsafeRawBufferPointer(start: pointer, count: count)
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw Failure(.format, "\(name) is not valid UTF-8")
    }
    return text
}

/// A file name.
func path(_ pointer: UnsafePointer<CChar>?) throws(Failure) -> String {
    let bytes = try required(pointer, "path")
    guard let path = String(validatingCString: bytes) else { throw Failure(.file, "path is not valid UTF-8") }
    guard !path.isEmpty else { throw Failure(.file, "path is empty") }
    return path
}

/// Writes a text and its final zero into the caller's memory.
func write(
    _ text: String, _ memory: UnsafeMutablePointer<CChar>?, _ capacity: Int, _ length: UnsafeMutablePointer<Int>?
) throws(Failure) {
    let bytes = text.utf8
    length?.pointee = bytes.count
    guard let memory else { return }
    guard capacity > bytes.count else {
        throw Failure(.argument, "capacity is \(capacity); the text needs \(bytes.count + 1)")
    }
    for (index, byte) in bytes.enumerated() { memory[index] = CChar(bitPattern: byte) }
    memory[bytes.count] = 0
}

/// A precision as the core has it.
func precision(_ value: rm_precision) throws(Failure) -> Precision {
    guard let result = Int32(exactly: value.rawValue).flatMap(Precision.init(rawValue:)) else {
        throw Failure(.argument, "precision is \(value.rawValue), which is none of rm_precision")
    }
    return result
}

extension rm_precision {
    init(_ precision: Precision) { self.init(rawValue: numericCast(precision.rawValue)) }
}
