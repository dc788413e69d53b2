/// Numbers that do not change, at a multiple of 64 bytes: arrays stand at multiples of 16, where half of the vectors
/// that a kernel loads from them may lie across two lines of the cache.
package final class AlignedNumbers<Element: BitwiseCopyable>: @unchecked Sendable {
    package let pointer: UnsafePointer<Element>
    package let count: Int

    /// `set` has to set all numbers.
    package init(count: Int, _ set: (_ numbers: UnsafeMutablePointer<Element>) -> Void) {
        self.count = count
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, count) * MemoryLayout<Element>.stride, alignment: 64)
        let numbers = memory.bindMemory(to: Element.self, capacity: max(1, count))
        set(numbers)
        pointer = UnsafePointer(numbers)
    }

    package convenience init(_ values: [Element]) {
        self.init(count: values.count) { $0.update(from: values, count: values.count) }
    }

    deinit { UnsafeMutableRawPointer(mutating: pointer).deallocate() }
}
