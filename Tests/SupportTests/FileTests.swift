import Glibc
import Support
import TestFiles
import Testing

@Suite struct FileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func kind(_ body: () throws(Failure) -> Void) -> Failure.Kind? {
        do { try body() } catch { return error.kind }
        return nil
    }

    @Test func readsWhatItWritesAndReplaces() throws {
        let path = folder.path + "/a"
        try File.write([[1, 2], [], [3]], to: path)
        #expect(try File.read(path, limit: 3) == [1, 2, 3])
        try File.write([], to: path)
        #expect(try File.read(path, limit: 3) == [])
        #expect(folder.names == ["a"])
    }

    @Test func refusesLongFiles() throws {
        try File.write([[1, 2, 3]], to: folder.path + "/a")
        #expect(kind { () throws(Failure) in _ = try File.read(folder.path + "/a", limit: 2) } == .format)
    }

    @Test func refusesWhatIsNotAFile() {
        let pipe = folder.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        for path in [pipe, folder.path, "/dev/zero", "/dev/null", folder.path + "/missing", ""] {
            #expect(kind { () throws(Failure) in _ = try File.read(path, limit: 10) } == .file, "\(path)")
        }
        for path in [pipe, folder.path, "/dev/null", folder.path + "/missing/a", "", folder.path + "/a/"] {
            #expect(kind { () throws(Failure) in try File.write([[1]], to: path) } == .file, "\(path)")
        }
        #expect(folder.names == ["pipe"])
        #expect { try File.read(folder.path + "/missing", limit: 10) } throws: {
            "\($0)".hasSuffix("missing: cannot be read: No such file or directory")
        }
    }

    /// Nothing is left when the disk is full; a limit on file sizes, which raises a signal, stands in for one.
    @Test func leavesNothingBehind() {
        let child = fork_and_limit(folder.path + "/a")
        #expect(child == 42)
        #expect(folder.names == [])
    }

    /// In a child process, as the limit is the process's: 42 if writing failed as it should.
    private func fork_and_limit(_ path: String) -> Int32 {
        // Swift hides fork; the test needs one that changes nothing but a limit and then writes.
        typealias Fork = @convention(c) () -> pid_t
        let fork = unsafeBitCast(dlsym(nil, "fork"), to: Fork.self)
        let child = fork()
        if child == 0 {
            var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let failed = kind { () throws(Failure) in try File.write([[UInt8](repeating: 1, count: 5000)], to: path) }
            _exit(failed == .file ? 42 : 1)
        }
        var status: Int32 = 0
        waitpid(child, &status, 0)
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
    }

    @Test func memoryIsAskedFor() throws {
        try Memory.require(10_000_000)
        #expect(kind { () throws(Failure) in try Memory.require(1 << 60) } == .memory)
    }
}
