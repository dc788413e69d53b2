/// Memory for numbers at multiples of 64 bytes, which stays where it is until this ends. For one thread at a time.
package final class AlignedMemory: @unchecked Sendable {
    private var blocks: [UnsafeMutableRawPointer] = []

    package init() {}

    deinit { for block in blocks { block.deallocate() } }

    /// Room for `count` numbers, not yet set.
    package func reserve<T: BitwiseCopyable>(_ count: Int) -> UnsafeMutablePointer<T> {
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(1, count) * MemoryLayout<T>.stride, alignment: 64)
        blocks.append(block)
        return block.bindMemory(to: T.self, capacity: max(1, count))
    }

    package func keep<T: BitwiseCopyable>(_ values: [T]) -> UnsafePointer<T> {
        let numbers: UnsafeMutablePointer<T> = reserve(values.count)
        numbers.update(from: values, count: values.count)
        return UnsafePointer(numbers)
    }
}
