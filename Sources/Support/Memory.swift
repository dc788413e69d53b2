import Glibc

package enum Memory {
    /// Throws `.memory` if the system would not grant `bytes` bytes now. Swift ends the process when an allocation
    /// fails, so ask before taking much.
    package static func require(_ bytes: Int) throws(Failure) {
        guard bytes > 1 << 20 else { return }
        guard let memory = malloc(bytes) else {
            throw Failure(.memory, "\(bytes / 1_000_000) MB of memory are not to be had")
        }
        free(memory)
    }
}
