/// Memory of things that are made over and over in the same sizes: the next one takes what the last one left, where the
/// allocator would have to take a lock that other threads want too.
package final class SpareMemory: @unchecked Sendable {
    private let monitor = Monitor()
    // Both guarded by `monitor`:
    private var blocks: [Int: [UnsafeMutableRawPointer]] = [:]  // by size
    private(set) var bytes = 0  // in all

    private static let mostBytes = 32 << 20

    package init() {}

    deinit { for block in blocks.values.joined() { block.deallocate() } }

    /// Memory at a multiple of 64 bytes.
    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
        let block = monitor.locked {
            let block = blocks[bytes]?.popLast()
            if block != nil { self.bytes -= bytes }
            return block
        }
        return block ?? .allocate(byteCount: bytes, alignment: 64)
    }

    func give(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
        let isKept = monitor.locked {
            guard self.bytes + bytes <= Self.mostBytes else { return false }
            blocks[bytes, default: []].append(block)
            self.bytes += bytes
            return true
        }
        if !isKept { block.deallocate() }
    }
}
