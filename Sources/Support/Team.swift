import Glibc

/// Threads that work together for the length of one call, on one list of jobs after the other: cheaper than starting
/// threads for each list. All have ended when `with` returns.
package final class Team: @unchecked Sendable {
    /// Workers that there may be, the calling thread among them (number 0). If the system grants fewer threads, those
    /// that there are do all the work.
    package let size: Int

    private let monitor = Monitor()
    private let owner = pthread_self()
    // All guarded by `monitor`:
    private var work: ((_ job: Int, _ worker: Int) -> Void)?
    private var next = 0
    private var jobs = 0
    private var unfinished = 0
    private var isClosed = false

    private init(size: Int) { self.size = size }

    /// Starts `threads` − 1 threads, calls `body` on this one, and ends the threads.
    package static func with<R>(threads: Int, _ body: (Team) throws(Failure) -> R) throws(Failure) -> R {
        let team = Team(size: max(1, threads))
        var result: Result<R, Failure>?
        Threads.run(
            team.size - 1,
            meanwhile: {
                do throws(Failure) { result = .success(try body(team)) } catch { result = .failure(error) }
                team.monitor.locked {
                    team.isClosed = true
                    team.monitor.wakeAll()
                }
            },
            { team.serve(as: $0 + 1) })
        return try result!.get()
    }

    /// Calls `work(job, worker)` for every job in 0 ..< jobs; returns when all have been done. Each worker does one job
    /// at a time. To be called from the thread that called `with`, not from within a job.
    package func run(_ jobs: Int, _ work: @escaping (_ job: Int, _ worker: Int) -> Void) {
        guard size > 1, jobs > 1 else {
            for job in 0..<max(0, jobs) { work(job, 0) }
            return
        }
        monitor.locked {
            self.work = work
            self.jobs = jobs
            next = 0
            unfinished = jobs
            monitor.wakeAll()
        }
        while let job = monitor.locked({ take() }) { perform(job, as: 0, work) }
        monitor.locked {
            var patience = Patience()
            while unfinished > 0 { monitor.wait(&patience) }
            self.work = nil
        }
    }

    /// Calls `job(k)` for every k in 0 ..< jobs; returns when all have been done. Otherwise as above.
    package func share(_ jobs: Int, _ job: @escaping (Int) -> Void) { run(jobs) { k, _ in job(k) } }

    private func serve(as worker: Int) {
        // A thread that was not granted would be played by the calling one, which has its own part.
        guard pthread_equal(pthread_self(), owner) == 0 else { return }
        while true {
            let task: (job: Int, work: (Int, Int) -> Void)? = monitor.locked {
                var patience = Patience()
                while true {
                    if let work, let job = take() { return (job, work) }
                    if isClosed { return nil }
                    monitor.wait(&patience)
                }
            }
            guard let task else { return }
            perform(task.job, as: worker, task.work)
        }
    }

    /// Inside the monitor: the next job, if there is one.
    private func take() -> Int? {
        guard next < jobs else { return nil }
        next += 1
        return next - 1
    }

    private func perform(_ job: Int, as worker: Int, _ work: (Int, Int) -> Void) {
        work(job, worker)
        monitor.locked {
            unfinished -= 1
            if unfinished == 0 { monitor.wakeAll() }
        }
    }
}

/// What calls each of a number of jobs once, in any order and on any threads, and returns when all have been done.
package typealias RunJobs = (_ jobs: Int, _ job: @escaping (Int) -> Void) -> Void

/// The simplest way.
package func oneAfterTheOther(_ jobs: Int, _ job: @escaping (Int) -> Void) { for k in 0..<jobs { job(k) } }
