import Glibc

/// Uninitialised, 64-byte aligned memory for numbers that grows when more is asked for and keeps what it has: scratch
/// space that costs no allocation once it is large enough.
@frozen @usableFromInline package struct Buffer<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline package private(set) var pointer: UnsafeMutablePointer<Element>
    @usableFromInline package private(set) var capacity: Int

    package init(capacity: Int = 0) {
        self.capacity = max(capacity, 1)
        pointer = Self.allocate(self.capacity)!
    }

    deinit { free(pointer) }

    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Element>? {
        let bytes = (capacity * MemoryLayout<Element>.stride + 63) / 64 * 64
        return aligned_alloc(64, bytes)?.bindMemory(to: Element.self, capacity: capacity)
    }

    /// Makes room for `count` elements; what is there is lost.
    @inlinable @inline(__always)
    package mutating func reserve(_ count: Int) {
        if count > capacity { grow(count, keeping: 0) }
    }

    /// Makes room for `count` elements; the first `kept` stay.
    @inlinable @inline(__always)
    package mutating func reserve(_ count: Int, keeping kept: Int) {
        if count > capacity { grow(count, keeping: kept) }
    }

    /// As `reserve`, for memory that a host's structure decides over: throws `.memory` if the system grants none.
    package mutating func request(_ count: Int, keeping kept: Int = 0) throws(Failure) {
        guard count > capacity else { return }
        let larger = max(count, capacity + capacity / 2)
        guard let next = Self.allocate(larger) else {
            let bytes = larger * MemoryLayout<Element>.stride
            throw Failure(.memory, "\(bytes / 1_000_000) MB of memory are not to be had")
        }
        take(next, larger, keeping: kept)
    }

    @inline(never)
    @usableFromInline mutating func grow(_ count: Int, keeping kept: Int) {
        let larger = max(count, capacity + capacity / 2)
        take(Self.allocate(larger)!, larger, keeping: kept)
    }

    private mutating func take(_ next: UnsafeMutablePointer<Element>, _ larger: Int, keeping kept: Int) {
        next.update(from: pointer, count: kept)
        free(pointer)
        pointer = next
        capacity = larger
    }

    @inlinable package subscript(index: Int) -> Element {
        @inline(__always) get { pointer[index] }
        @inline(__always) nonmutating set { pointer[index] = newValue }
    }
}
