import Support

/// Where the workers of a search leave their candidates for the calling thread.
final class Exchange: @unchecked Sendable {
    private let monitor = Monitor()
    private let room: Int
    private var working: Int
    private var ready: [Candidate] = []
    private var stopped = false
    private var firstFailure: Failure?

    /// `room`: how many candidates may lie there before workers wait for the calling thread.
    init(workers: Int, room: Int) {
        working = workers
        self.room = room
    }

    var isStopped: Bool { monitor.locked { stopped } }

    var failure: Failure? { monitor.locked { firstFailure } }

    func put(_ candidate: Candidate) {
        monitor.locked {
            while ready.count >= room, !stopped { monitor.wait() }
            ready.append(candidate)
            monitor.wakeAll()
        }
    }

    /// The next candidate; nil once all workers have left, or the search has been stopped.
    func take() -> Candidate? {
        monitor.locked {
            while ready.isEmpty, working > 0, !stopped { monitor.wait() }
            guard !stopped, !ready.isEmpty else { return nil }
            let candidate = ready.removeFirst()
            monitor.wakeAll()
            return candidate
        }
    }

    func leave() {
        monitor.locked {
            working -= 1
            monitor.wakeAll()
        }
    }

    func stop() {
        monitor.locked {
            stopped = true
            monitor.wakeAll()
        }
    }

    func fail(_ failure: Failure) {
        monitor.locked {
            if firstFailure == nil { firstFailure = failure }
            stopped = true
            monitor.wakeAll()
        }
    }
}
