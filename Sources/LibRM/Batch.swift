import CRM
import Support

/// Work on many structures, over threads.
struct Batch {
    private let count: Int
    private let threads: Int
    private let statuses: UnsafeMutablePointer<rm_status>?  // [count]

    init(_ count: Int64, _ threads: Int32, _ statuses: UnsafeMutablePointer<rm_status>?) throws(Failure) {
        try check("count", count, 0...1 << 40)
        self.count = Int(count)
        self.threads = try threadCount(threads)
        self.statuses = statuses
    }

    /// Does the work of every structure, each thread with what it makes first. Throws the failure of the first
    /// structure, by index, that failed.
    func run<Tool>(
        _ make: @escaping @Sendable () throws(Failure) -> Tool,
        _ work: @escaping @Sendable (Tool, Int) throws(Failure) -> Void
    ) throws(Failure) {
        let first = FirstFailure()
        let counter = Counter()
        let count = count
        nonisolated(unsafe) let statuses = statuses
        Threads.run(min(threads, count)) { thread in
            var tool: Tool?
            var broken: Failure?
            do throws(Failure) { tool = try make() } catch { broken = error }
            // The other threads do the share of one that could not begin; the calling thread has to answer for all.
            if broken != nil && thread > 0 { return }
            while let k = counter.next(below: count) {
                do throws(Failure) {
                    guard let tool else { throw broken! }
                    try work(tool, k)
                    statuses?[k] = RM_OK
                } catch {
                    statuses?[k] = error.kind.status
                    first.note(error.at("structure \(k)"), k)
                }
            }
        }
        if let failure = first.failure { throw failure }
    }
}

private final class FirstFailure: @unchecked Sendable {
    private let monitor = Monitor()
    private var index = Int.max
    private(set) var failure: Failure?

    func note(_ failure: Failure, _ index: Int) {
        monitor.locked {
            guard index < self.index else { return }
            self.index = index
            self.failure = failure
        }
    }
}
