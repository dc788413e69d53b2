/// Numbers that do not change, at a multiple of 64 bytes: arrays stand at multiples of 16, where half of the vectors that
/// a kernel loads from them may lie across two lines of the cache.
package final class AlignedNumbers<Element: BitwiseCopyable>: @unchecked Sendable {
    package let pointer: UnsafePointer<Element>
    package let count: Int

    package init(_ values: [Element]) {
        count = values.count
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, count) * MemoryLayout<Element>.stride, alignment: 64)
        let numbers = memory.bindMemory(to: Element.self, capacity: max(1, count))
        numbers.update(from: values, count: count)
        pointer = UnsafePointer(numbers)
    }

    deinit { UnsafeMutableRawPointer(mutating: pointer).deallocate() }

    package subscript(index: Int) -> Element { @inline(__always) get { pointer[index] } }
}
