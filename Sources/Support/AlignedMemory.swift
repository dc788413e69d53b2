/// Memory for numbers at multiples of 64 bytes, which stays where it is until this ends. For one thread at a time.
package final class AlignedMemory: @unchecked Sendable {
    private let spare: SpareMemory
    private var blocks: [(start: UnsafeMutableRawPointer, bytes: Int)] = []

    package init(from spare: SpareMemory) { self.spare = spare }

    deinit { for block in blocks { spare.give(block.start, block.bytes) } }

    /// Room for `count` numbers, not yet set.
    package func reserve<T: BitwiseCopyable>(_ count: Int) -> UnsafeMutablePointer<T> {
        let bytes = max(1, count) * MemoryLayout<T>.stride
        let block = spare.take(bytes)
        blocks.append((block, bytes))
        return block.bindMemory(to: T.self, capacity: max(1, count))
    }

    package func keep<T: BitwiseCopyable>(_ values: [T]) -> UnsafePointer<T> {
        let numbers: UnsafeMutablePointer<T> = reserve(values.count)
        numbers.update(from: values, count: values.count)
        return UnsafePointer(numbers)
    }
}
