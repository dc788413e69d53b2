import Glibc

/// Whole files. Failures are `.file` and begin with the path.
package enum File {
    /// The content of a regular file of at most `limit` bytes. Refuses anything else that a path may lead to (folders,
    /// pipes, devices) without waiting for it.
    package static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw failure(path, "cannot be read", errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure(path, "cannot be read", errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure(.file, "\(path): not a regular file") }
        guard status.st_size <= limit else {
            throw Failure(.format, "\(path): \(status.st_size) bytes are more than such a file may have (\(limit))")
        }
        let size = Int(status.st_size)
        try Memory.require(size)
        var error: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = Glibc.read(file, buffer.baseAddress! + count, size - count)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { error = errno }
                if got <= 0 { break }  // 0: the file has become shorter meanwhile
                count += got
            }
        }
        guard error == 0 else { throw failure(path, "cannot be read", error) }
        return bytes
    }

    /// Writes a file that appears whole or not at all: under another name in the same folder first, then renamed.
    package static func write(_ parts: [[UInt8]], to path: String) throws(Failure) {
        var status = stat()
        guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(.file, "\(path): cannot be written: there is something that is not a regular file")
        }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let (file, temporary) = try create(in: folder, for: path)
        var error = withoutSizeSignal { write(parts, to: file) }
        if error == 0 && fsync(file) != 0 && errno != EINVAL { error = errno }  // EINVAL: cannot be synchronised
        if close(file) != 0 && error == 0 { error = errno }
        if error == 0 && rename(temporary, path) != 0 { error = errno }
        guard error == 0 else {
            unlink(temporary)
            throw failure(path, "cannot be written", error)
        }
        // The new name, too, should outlast a power cut; where a folder cannot be synchronised, there is no more to do.
        let directory = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    private static func create(in folder: String, for path: String) throws(Failure) -> (Int32, String) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var random = RandomStream(seed: UInt64(truncatingIfNeeded: time.tv_nsec), stream: UInt64(getpid()))
        for _ in 0..<100 {
            let temporary = folder + ".rm-" + String(random.next(), radix: 36)
            let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if file >= 0 { return (file, temporary) }
            guard errno == EEXIST else { break }
        }
        throw failure(path, "cannot be written", errno)
    }

    /// Returns 0 or the error.
    private static func write(_ parts: [[UInt8]], to file: Int32) -> Int32 {
        for part in parts {
            var done = 0
            while done < part.count {
                let put = part.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, part.count - done) }
                if put < 0 && errno == EINTR { continue }
                if put < 0 { return errno }
                done += put
            }
        }
        return 0
    }

    /// A file that grows beyond the process's limit raises SIGXFSZ, which would end the host; here it becomes EFBIG.
    private static func withoutSizeSignal(_ body: () -> Int32) -> Int32 {
        var signals = sigset_t()
        var before = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGXFSZ)
        pthread_sigmask(SIG_BLOCK, &signals, &before)
        let error = body()
        if error == EFBIG && sigismember(&before, SIGXFSZ) == 0 {
            var now = timespec()
            sigtimedwait(&signals, nil, &now)
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        return error
    }

    private static func failure(_ path: String, _ what: String, _ error: Int32) -> Failure {
        var text = [CChar](repeating: 0, count: 256)
        strerror_r(error, &text, text.count)
        let reason = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return Failure(.file, "\(path): \(what): \(reason)")
    }
}
