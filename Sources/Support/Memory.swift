import Glibc

package enum Memory {
    /// Throws `.memory` if the system would not grant `bytes` bytes now. Swift ends the process when an allocation
    /// fails, so ask before taking much.
    package static func require(_ bytes: Int) throws(Failure) {
        guard bytes > 1 << 20 else { return }
        // Not malloc: an optimiser may take a malloc that is only freed for one that succeeds.
        let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else {
            throw Failure(.memory, "\(bytes / 1_000_000) MB of memory are not to be had")
        }
        munmap(memory, bytes)
    }
}
