import Glibc
import Synchronization

/// Threads that work together for the length of one call, on one list of jobs after the other: cheaper than starting
/// threads for each list. All have ended when `with` returns.
///
/// A list may take less time than it takes to wake a thread, or to take a lock that another thread wants. So jobs are
/// claimed without a lock, and threads stay awake for a while before they sleep.
package final class Team: @unchecked Sendable {
    /// Workers that there may be, the calling thread among them (number 0). If the system grants fewer threads, those
    /// that there are do all the work.
    package let size: Int

    private let monitor = Monitor()  // of those who sleep
    private let owner = pthread_self()
    // Of the list in hand; written only while no job of it is left to be claimed or unfinished.
    private var work: ((_ job: Int, _ worker: Int) -> Void)?
    private let shares: UnsafeMutablePointer<Share>  // [size]
    private let unfinished = Atomic<Int>(0)
    private let list = Atomic<Int>(0)  // grows with each; −1: there will be no more
    private let sleepers = Atomic<Int>(0)

    private init(size: Int) {
        self.size = size
        shares = .allocate(capacity: size)
        for worker in 0..<size { (shares + worker).initialize(to: Share()) }
    }

    deinit {
        shares.deinitialize(count: size)
        shares.deallocate()
    }

    /// Starts `threads` − 1 threads, calls `body` on this one, and ends the threads.
    package static func with<R>(threads: Int, _ body: (Team) throws(Failure) -> R) throws(Failure) -> R {
        let team = Team(size: max(1, threads))
        var result: Result<R, Failure>?
        Threads.run(
            team.size - 1,
            meanwhile: {
                do throws(Failure) { result = .success(try body(team)) } catch { result = .failure(error) }
                team.list.store(-1, ordering: .sequentiallyConsistent)
                team.wake()
            },
            { team.serve(as: $0 + 1) })
        return try result!.get()
    }

    /// Calls `work(job, worker)` for every job in 0 ..< jobs; returns when all have been done. Each worker does one job
    /// at a time. Of the jobs k, k + size, k + 2 size, … worker k does the first ones itself, so that it finds in its
    /// caches what it left there when it did the same jobs of a list before; whoever has done its own helps the others
    /// with their last ones. To be called from the thread that called `with`, not from within a job.
    package func run(_ jobs: Int, _ work: @escaping (_ job: Int, _ worker: Int) -> Void) {
        guard size > 1, jobs > 1 else {
            for job in 0..<max(0, jobs) { work(job, 0) }
            return
        }
        self.work = work
        unfinished.store(jobs, ordering: .relaxed)
        for worker in 0..<size { shares[worker].fill((jobs - worker + size - 1) / size) }
        list.add(1, ordering: .sequentiallyConsistent)
        wake()
        doJobs(as: 0)
        wait { self.unfinished.load(ordering: .sequentiallyConsistent) == 0 }
        self.work = nil
    }

    /// Calls `job(k)` for every k in 0 ..< jobs; returns when all have been done. Otherwise as above.
    package func share(_ jobs: Int, _ job: @escaping (Int) -> Void) { run(jobs) { k, _ in job(k) } }

    private func serve(as worker: Int) {
        // A thread that was not granted would be played by the calling one, which has its own part.
        guard pthread_equal(pthread_self(), owner) == 0 else { return }
        var seen = 0
        while true {
            wait { self.list.load(ordering: .sequentiallyConsistent) != seen }
            seen = list.load(ordering: .sequentiallyConsistent)
            guard seen >= 0 else { return }
            doJobs(as: worker)
        }
    }

    /// What there is to do of a worker's own share, then of the others'.
    private func doJobs(as worker: Int) {
        while let k = shares[worker].takeFirst() { perform(worker + k * size, as: worker) }
        for other in 1..<size {
            let owner = (worker + other) % size
            while let k = shares[owner].takeLast() { perform(owner + k * size, as: worker) }
        }
    }

    /// A job that has been claimed: until it is done, `work` stays.
    private func perform(_ job: Int, as worker: Int) {
        work.unsafelyUnwrapped(job, worker)
        if unfinished.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 { wake() }
    }

    /// Returns when `isTrue`, which becomes so before someone calls `wake`.
    private func wait(until isTrue: () -> Bool) {
        var patience = Patience()
        while patience.isLeft { if isTrue() { return } }
        monitor.locked {
            sleepers.add(1, ordering: .sequentiallyConsistent)
            while !isTrue() { monitor.wait() }
            sleepers.subtract(1, ordering: .sequentiallyConsistent)
        }
    }

    /// Those who sleep; costs nothing if none does.
    private func wake() {
        guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        monitor.locked { monitor.wakeAll() }
    }

    /// The jobs of a list that one worker is to do; on cache lines of its own.
    private struct Share: ~Copyable {
        private let range = Atomic<UInt64>(0)  // its end, and where it begins: 32 bits each
        private let rest: InlineArray<15, UInt64> = .init(repeating: 0)

        /// Publishes what was written before.
        func fill(_ count: Int) { range.store(UInt64(count) << 32, ordering: .releasing) }

        func takeFirst() -> Int? { take { ($0, $0 + 1, $1) } }
        func takeLast() -> Int? { take { ($1 - 1, $0, $1 - 1) } }

        private func take(_ choose: (_ begin: UInt64, _ end: UInt64) -> (job: UInt64, UInt64, UInt64)) -> Int? {
            var old = range.load(ordering: .acquiring)
            while true {
                let (begin, end) = (old & 0xffff_ffff, old >> 32)
                guard begin < end else { return nil }
                let (job, newBegin, newEnd) = choose(begin, end)
                let (exchanged, original) = range.weakCompareExchange(
                    expected: old, desired: newEnd << 32 | newBegin, ordering: .acquiringAndReleasing)
                if exchanged { return Int(job) }
                old = original
            }
        }
    }
}

/// How long a thread stays awake that expects to be needed soon.
private struct Patience {
    private static let nanoseconds: UInt64 = 200_000
    private static let politeness: UInt64 = 20_000  // until others may have the processor in between
    private var start: UInt64 = 0

    /// The time counts from the first call on.
    var isLeft: Bool {
        mutating get {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            let now = UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
            if start == 0 { start = now }
            if now - start > Self.politeness { sched_yield() }
            return now - start < Self.nanoseconds
        }
    }
}

/// What calls each of a number of jobs once, in any order and on any threads, and returns when all have been done.
package typealias RunJobs = (_ jobs: Int, _ job: @escaping (Int) -> Void) -> Void

/// The simplest way.
package func oneAfterTheOther(_ jobs: Int, _ job: @escaping (Int) -> Void) { for k in 0..<jobs { job(k) } }
