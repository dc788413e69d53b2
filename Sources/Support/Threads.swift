import Glibc

/// Threads that live for one call: started, used, joined. Nothing is left behind, so that a host may fork.
package enum Threads {
    /// Calls `body(0)` … `body(count - 1)`, each on a thread of its own; `body(0)` runs on the calling thread. Returns
    /// when all have returned. If the system grants fewer threads, the calling thread does the rest one after the
    /// other, so bodies must not wait for each other.
    package static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        run(count, meanwhile: { body(0) }, from: 1, body)
    }

    /// Calls `body(0)` … `body(count - 1)` on threads other than the calling one, which does `meanwhile`. Threads that
    /// the system does not grant are made up for by the calling thread before `meanwhile`.
    package static func run(_ count: Int, meanwhile: () -> Void, _ body: @escaping @Sendable (Int) -> Void) {
        run(count, meanwhile: meanwhile, from: 0, body)
    }

    /// The calling thread, to tell it from others.
    package static var current: UInt { UInt(pthread_self()) }

    private static func run(
        _ count: Int, meanwhile: () -> Void, from first: Int, _ body: @escaping @Sendable (Int) -> Void
    ) {
        var threads: [pthread_t] = []
        var refused: [Int] = []
        // Callers' signals belong to the host's own threads.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        for index in first..<max(first, count) {
            let job = Unmanaged.passRetained(Job(index: index, body: body))
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { argument in
                    let job = Unmanaged<Job>.fromOpaque(argument!).takeRetainedValue()
                    job.body(job.index)
                    return nil
                }, job.toOpaque())
            if status == 0 {
                threads.append(thread)
            } else {
                job.release()
                refused.append(index)
            }
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        for index in refused { body(index) }
        meanwhile()
        for thread in threads { pthread_join(thread, nil) }
    }

    private final class Job: Sendable {
        let index: Int
        let body: @Sendable (Int) -> Void
        init(index: Int, body: @escaping @Sendable (Int) -> Void) {
            self.index = index
            self.body = body
        }
    }
}

/// A mutex with a condition variable.
package final class Monitor: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` while no other thread is inside.
    package func locked<R>(_ body: () -> R) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Inside `locked`: sleeps until another thread calls `wakeAll`.
    package func wait() { pthread_cond_wait(condition, mutex) }

    package func wakeAll() { pthread_cond_broadcast(condition) }
}

/// Hands out 0, 1, 2, … to several threads.
package final class Counter: @unchecked Sendable {
    private let monitor = Monitor()
    private var value: Int

    package init(from first: Int = 0) { value = first }

    /// The next number, or nil from `end` on.
    package func next(below end: Int) -> Int? {
        monitor.locked {
            guard value < end else { return nil }
            value += 1
            return value - 1
        }
    }
}

/// A value that is made when it is first asked for, by whichever thread that is.
package final class Once<Value: Sendable>: @unchecked Sendable {
    private let monitor = Monitor()
    private var value: Value?  // guarded by `monitor`

    package init() {}

    package func callAsFunction(_ make: () -> Value) -> Value {
        monitor.locked {
            if let value { return value }
            let made = make()
            value = made
            return made
        }
    }
}
