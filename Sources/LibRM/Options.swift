import CErrorMessage
import CRM
import Support

/// The structs of rm.h that begin with `size` and may grow from version to version. All fields are plain numbers and
/// pointers, so a copy of their bytes is a copy.
enum Options {
    /// Nothing that librm will ever call options is larger than this.
    private static let largest = 1 << 14

    /// Reads what the caller's version of a struct has; what it lacks stays as in `defaults`.
    static func read<Struct: BitwiseCopyable>(
        _ pointer: UnsafePointer<Struct>?, _ name: String, over defaults: Struct
    ) throws(Failure) -> Struct {
        let source = UnsafeRawPointer(try required(pointer, name))
        let size = source.loadUnaligned(as: Int.self)
        guard (MemoryLayout<Int>.size...largest).contains(size) else {
            throw Failure(
                .argument, "\(name)->size is \(UInt(bitPattern: size)): initialise the struct with its init function")
        }
        var options = defaults
        withUnsafeMutableBytes(of: &options) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: source, count: min(size, $0.count)))
        }
        return options
    }

    /// Fills as much of the caller's struct as it has. If `defaults` fails, the size is set to 0, by which the struct
    /// is refused wherever it is used.
    static func initialize<Struct: BitwiseCopyable>(
        _ pointer: UnsafeMutablePointer<Struct>?, _ size: Int, _ defaults: () throws(Failure) -> Struct
    ) {
        guard let pointer, (MemoryLayout<Int>.size...largest).contains(size) else { return }
        let target = UnsafeMutableRawBufferPointer(start: pointer, count: size)
        target.initializeMemory(as: UInt8.self, repeating: 0)
        do throws(Failure) {
            withUnsafeBytes(of: try defaults()) { target.copyMemory(from: .init(rebasing: $0.prefix(size))) }
            target.storeBytes(of: size, as: Int.self)
        } catch {
            report(error)
        }
    }
}
