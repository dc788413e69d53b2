import Glibc
import Support
import Testing

@Suite struct TeamTests {
    private final class Marks: @unchecked Sendable {
        private let monitor = Monitor()
        private(set) var counts: [Int]
        private(set) var busy: [Bool]
        private(set) var clashes = 0

        init(_ jobs: Int, workers: Int) {
            counts = [Int](repeating: 0, count: jobs)
            busy = [Bool](repeating: false, count: workers)
        }

        func begin(_ job: Int, _ worker: Int) {
            monitor.locked {
                counts[job] += 1
                if busy[worker] { clashes += 1 }
                busy[worker] = true
            }
        }

        var begun: Int { monitor.locked { counts.reduce(0, +) } }

        func end(_ worker: Int) { monitor.locked { busy[worker] = false } }
    }

    @Test(arguments: [1, 2, 7])
    func everyJobIsDoneOnceAndByOneWorkerAtATime(threads: Int) throws {
        try Team.with(threads: threads) { team throws(Failure) in
            #expect(team.size == threads)
            for round in 0..<200 {
                let jobs = round % 13
                let marks = Marks(jobs, workers: threads)
                team.run(jobs) { job, worker in
                    marks.begin(job, worker)
                    marks.end(worker)
                }
                #expect(marks.counts.allSatisfy { $0 == 1 })
                #expect(marks.clashes == 0)
            }
        }
    }

    /// While one worker is held up by its first job, the others do what was meant for it.
    @Test func sharesOfAHeldUpWorkerAreDoneByOthers() throws {
        let marks = Marks(40, workers: 2)
        var doneMeanwhile = 0
        try Team.with(threads: 2) { team throws(Failure) in
            team.run(40) { job, worker in
                marks.begin(job, worker)
                if job == 0 {
                    var patience = 10_000
                    while marks.begun < 40 && patience > 0 {
                        usleep(1000)
                        patience -= 1
                    }
                    doneMeanwhile = marks.begun - 1
                }
                marks.end(worker)
            }
        }
        #expect(marks.counts.allSatisfy { $0 == 1 })
        #expect(doneMeanwhile == 39)
    }

    /// Threads that have gone to sleep are woken for the next list.
    @Test func sleepingThreadsWakeUp() throws {
        try Team.with(threads: 3) { team throws(Failure) in
            for _ in 0..<5 {
                usleep(2000)
                let marks = Marks(6, workers: 3)
                team.run(6) { job, worker in
                    marks.begin(job, worker)
                    usleep(1000)
                    marks.end(worker)
                }
                #expect(marks.counts.allSatisfy { $0 == 1 } && marks.clashes == 0)
            }
        }
    }

    @Test func resultsAndFailuresComeThrough() throws {
        #expect(try Team.with(threads: 3) { _ throws(Failure) in 42 } == 42)
        #expect(throws: Failure.self) {
            try Team.with(threads: 3) { _ throws(Failure) in throw Failure(.numbers, "no") }
        }
    }

    @Test func permutationsAreComplete() {
        var random = RandomStream(seed: 1)
        let order = random.permutation(100)
        #expect(order.sorted() == Array(0..<100) && order != Array(0..<100))
        #expect(random.permutation(0).isEmpty && random.permutation(1) == [0])
        // Each place equally likely.
        var counts = [Int](repeating: 0, count: 5)
        for _ in 0..<5000 { counts[random.permutation(5)[0]] += 1 }
        #expect(counts.allSatisfy { abs($0 - 1000) < 150 })
    }
}
