/// Memory of things that are made over and over in the same sizes: the next one takes what the last one left, where the
/// allocator would have to take a lock that other threads want too.
package final class SpareMemory: @unchecked Sendable {
    private let monitor = Monitor()
    private var blocks: [Int: [UnsafeMutableRawPointer]] = [:]  // by size; guarded by `monitor`

    package init() {}

    deinit { for block in blocks.values.joined() { block.deallocate() } }

    /// Memory at a multiple of 64 bytes.
    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
        monitor.locked { blocks[bytes]?.popLast() } ?? .allocate(byteCount: bytes, alignment: 64)
    }

    func give(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
        monitor.locked { blocks[bytes, default: []].append(block) }
    }
}
