import Response
import Support
import Testing

@testable import Training

/// Ranks that are threads of one process: sums wait for each other, as MPI's do.
final class Communicator: @unchecked Sendable {
    private let monitor = Monitor()
    private let ranks: Int
    private var sums: [Double] = []
    private var result: [Double] = []
    private var arrived = 0
    private var round = 0

    init(ranks: Int) { self.ranks = ranks }

    func sum(_ values: UnsafeMutablePointer<Double>, _ count: Int) -> Int32 {
        monitor.locked {
            let own = round
            if arrived == 0 { sums = [Double](repeating: 0, count: count) }
            guard sums.count == count else { return 1 }
            for k in 0..<count { sums[k] += values[k] }
            arrived += 1
            if arrived == ranks {
                result = sums
                arrived = 0
                round += 1
                monitor.wakeAll()
            } else {
                while round == own { monitor.wait() }
            }
            for k in 0..<count { values[k] = result[k] }
            return 0
        }
    }

    /// Runs `body` as every rank; returns what each gave.
    static func run<R>(
        _ ranks: Int, _ body: @escaping @Sendable (Int, Communicator) throws -> R
    ) -> [Result<R, any Error>] {
        let communicator = Communicator(ranks: ranks)
        let results = Box<[Result<R, any Error>?]>([Result<R, any Error>?](repeating: nil, count: ranks))
        Threads.run(ranks) { rank in
            let result = Result { try body(rank, communicator) }
            results.monitor.locked { results.value[rank] = result }
        }
        return results.value.map { $0! }
    }

    private final class Box<T>: @unchecked Sendable {
        let monitor = Monitor()
        var value: T
        init(_ value: T) { self.value = value }
    }
}

@Suite struct RankTests {
    /// Structures dealt out in turn.
    static func trainer(
        _ options: TrainerOptions, structures: Int, _ rank: Int, _ communicator: Communicator
    ) throws -> Trainer {
        var options = options
        options.rank = rank
        var dataset = Dataset()
        for k in stride(from: rank, to: structures, by: options.ranks) { try dataset.add(Example.structure(k)) }
        return try Example.trainer(options, dataset: dataset, sum: { communicator.sum($0, $1) })
    }

    @Test func ranksTakeTheStepsOfOneProcess() throws {
        var options = Example.options
        options.batchSize = 1000  // so that the batches are the same
        options.validationShare = 0
        let single = try Example.trainer(options, dataset: Example.dataset(7))
        var expected: [EpochResult] = []
        for _ in 0..<4 { expected.append(try single.epoch()) }
        options.ranks = 3
        let shared = options
        let results = Communicator.run(3) { rank, communicator in
            let trainer = try Self.trainer(shared, structures: 7, rank, communicator)
            var last: EpochResult?
            for _ in 0..<4 { last = try trainer.epoch() }
            return (trainer.state, last!, try trainer.trainedModel(best: true).description)
        }
        let states = try results.map { try $0.get() }
        for (state, last, description) in states {
            #expect(state == states[0].0)
            #expect(description == states[0].2)
            for (x, y) in zip(state.parameters, single.state.parameters) {
                #expect(abs(x - y) < 1e-10 * max(1, abs(y)))
            }
            #expect(abs(last.trainingLoss - expected[3].trainingLoss) < 1e-9 * last.trainingLoss)
        }
        func facts(_ description: String) throws -> String {
            let place = JSON.Place(try JSON(parsing: description))
            let training = try place["training"]
            return try training["structures"].value.text + " " + training["training_frames"].value.text
        }
        #expect(try facts(states[0].2) == facts(try single.trainedModel(best: true).description))
    }

    @Test func ranksAgreeWithManyBatchesAndUnevenParts() throws {
        var options = Example.options
        options.ranks = 2
        let shared = options
        let results = Communicator.run(2) { rank, communicator in
            let trainer = try Self.trainer(shared, structures: 5, rank, communicator)
            var last: EpochResult?
            for _ in 0..<3 { last = try trainer.epoch() }
            return (trainer.state.parameters, last!)
        }
        let (a, b) = (try results[0].get(), try results[1].get())
        #expect(a.0 == b.0 && a.1 == b.1)
        #expect(a.1.steps == 3 * 5)  // 15 + 10 frames, of which 3 + 2 are held out; 4 to a batch
    }

    @Test func noRankWaitsForOneThatFails() throws {
        var options = Example.options
        options.ranks = 2
        let shared = options
        let results = Communicator.run(2) { rank, communicator in
            let trainer = try Self.trainer(shared, structures: 6, rank, communicator)
            let before = trainer.state
            do throws(Failure) {
                _ = try trainer.epoch { done, _ in rank == 1 && done == 2 ? 1 : 0 }
                return (Failure(.argument, "it went on"), true)
            } catch {
                return (error, trainer.state == before)
            }
        }
        let failures = try results.map { try $0.get() }
        #expect(failures.allSatisfy { $0.0.kind == .cancelled && $0.1 })
        #expect(failures[0].0.message.contains("another rank"))
    }

    @Test func ranksThatDifferAreNoticed() throws {
        var options = Example.options
        options.ranks = 2
        let shared = options
        let results = Communicator.run(2) { rank, communicator in
            var options = shared
            if rank == 1 { options.learningRate *= 2 }
            return try Self.trainer(options, structures: 6, rank, communicator).epoch()
        }
        for result in results {
            #expect { try result.get() } throws: { ($0 as? Failure)?.kind == .argument }
        }
    }

    @Test func aFailingSumIsAFailure() throws {
        var options = Example.options
        options.ranks = 2
        let trainer = try Example.trainer(options, sum: { _, _ in 5 })
        let before = trainer.state
        #expect { try trainer.epoch() } throws: { ($0 as? Failure)?.kind == .callback }
        #expect(trainer.state == before)
    }
}
