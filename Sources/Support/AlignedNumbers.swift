/// Numbers that do not change, at a multiple of 64 bytes: arrays stand at multiples of 16, where half of the vectors
/// that a kernel loads from them may lie across two lines of the cache.
package final class AlignedNumbers<Element: BitwiseCopyable>: @unchecked Sendable {
    package let pointer: UnsafePointer<Element>
    package let count: Int
    private let spare: SpareMemory

    /// `set` has to set all numbers.
    package init(count: Int, from spare: SpareMemory, _ set: (_ numbers: UnsafeMutablePointer<Element>) -> Void) {
        (self.count, self.spare) = (count, spare)
        let numbers = spare.take(Self.bytes(count)).bindMemory(to: Element.self, capacity: max(1, count))
        set(numbers)
        pointer = UnsafePointer(numbers)
    }

    package convenience init(_ values: [Element], from spare: SpareMemory) {
        self.init(count: values.count, from: spare) { $0.update(from: values, count: values.count) }
    }

    deinit { spare.give(UnsafeMutableRawPointer(mutating: pointer), Self.bytes(count)) }

    private static func bytes(_ count: Int) -> Int { max(1, count) * MemoryLayout<Element>.stride }
}
