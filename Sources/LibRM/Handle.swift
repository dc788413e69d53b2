import Glibc
import Support

/// What a host holds: a small block of memory with a mark of the kind of handle and a reference to the object. The mark
/// is wiped when the handle is freed, so that a freed or foreign handle has a fair chance of being refused.
struct HandleKind<Object: AnyObject>: Sendable {
    private struct Block {
        var mark: UInt64
        var object: Unmanaged<Object>
    }

    let name: String
    let mark: UInt64

    /// A new handle, which keeps the object alive.
    func make(_ object: Object) throws(Failure) -> OpaquePointer {
        guard let memory = malloc(MemoryLayout<Block>.size) else {
            throw Failure(.memory, "no memory for a \(name)")
        }
        memory.initializeMemory(as: Block.self, to: Block(mark: mark, object: .passRetained(object)))
        return OpaquePointer(memory)
    }

    /// The object behind a handle.
    func object(_ handle: OpaquePointer?) throws(Failure) -> Object {
        guard let handle else { throw Failure(.argument, "the \(name) is NULL") }
        guard let object = find(handle) else {
            throw Failure(.argument, "the \(name) is no \(name) of librm, or has been freed")
        }
        return object
    }

    /// The object behind a handle, nil if there is none.
    func find(_ handle: OpaquePointer?) -> Object? {
        guard let block = block(handle) else { return nil }
        return block.pointee.object.takeUnretainedValue()
    }

    /// Frees a handle and sets it to NULL.
    func free(_ handle: UnsafeMutablePointer<OpaquePointer?>?) {
        guard let handle, let block = block(handle.pointee) else { return }
        handle.pointee = nil
        let object = block.pointee.object
        block.pointee.mark = 0
        Glibc.free(block)
        object.release()
    }

    private func block(_ handle: OpaquePointer?) -> UnsafeMutablePointer<Block>? {
        guard let handle, Int(bitPattern: handle) % MemoryLayout<Block>.alignment == 0 else { return nil }
        let block = UnsafeMutableRawPointer(handle).assumingMemoryBound(to: Block.self)
        return block.pointee.mark == mark ? block : nil
    }
}

/// Sets an output handle, on success only.
func set<Object>(
    _ output: UnsafeMutablePointer<OpaquePointer?>?, _ kind: HandleKind<Object>, _ body: () throws(Failure) -> Object
) throws(Failure) {
    guard let output else { throw Failure(.argument, "the pointer that should receive the \(kind.name) is NULL") }
    output.pointee = try kind.make(try body())
}
