import Potential
import Support
import TestFiles
import Testing

@testable import Training

@Suite struct CheckpointTests {
    static func resume(
        _ path: String, _ options: TrainerOptions = Example.options, dataset: Dataset? = nil,
        change: (inout TrainerOptions) -> Void = { _ in }
    ) throws -> Trainer {
        var options = options
        change(&options)
        return try Trainer.resume(
            path, dataset: dataset ?? Example.dataset(), response: Example.response, options: options)
    }

    @Test(arguments: [Schedule.plateau, .cosine])
    func resumingGivesTheSameBits(schedule: Schedule) throws {
        var options = Example.options
        options.schedule = schedule
        options.freshNoise = schedule == .cosine
        options.amsgrad = schedule == .plateau
        options.plateauPatience = 0
        try withTemporaryFolder { folder in
            let straight = try Example.trainer(options)
            var expected: [EpochResult] = []
            for _ in 0..<8 { expected.append(try straight.epoch()) }

            // Saved before the first epoch, before averaging has begun, and after.
            var trainer = try Example.trainer(options)
            for epoch in 0..<8 {
                if [0, 1, 5].contains(epoch) {
                    try trainer.save(to: folder + "/a")
                    let state = trainer.state
                    trainer = try Self.resume(folder + "/a", options) { $0.threads = 2 }
                    #expect(trainer.state == state)
                }
                #expect(try trainer.epoch() == expected[epoch])
            }
            #expect(trainer.state == straight.state)
        }
    }

    @Test func resumingInSinglePrecisionGivesTheSameBits() throws {
        var options = Example.options
        options.precision = .single
        try withTemporaryFolder { folder in
            let (straight, double) = (try Example.trainer(options), try Example.trainer())
            var trainer = try Example.trainer(options)
            for epoch in 0..<4 {
                if epoch == 2 {
                    try trainer.save(to: folder + "/a")
                    trainer = try Self.resume(folder + "/a", options) { $0.threads = 2 }
                }
                let result = try trainer.epoch()
                #expect(try straight.epoch() == result)
                let loss = try double.epoch().trainingLoss
                #expect(result.trainingLoss != loss && abs(result.trainingLoss - loss) < 1e-3 * loss)
            }
            #expect(trainer.state == straight.state)
            #expect(throws: Failure.self) { try Self.resume(folder + "/a", options) { $0.precision = .double } }
        }
    }

    @Test func whatDiffersIsNamed() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a"
            let trainer = try Example.trainer()
            _ = try trainer.epoch()
            try trainer.save(to: path)
            func failure(dataset: Dataset? = nil, _ change: (inout TrainerOptions) -> Void) -> String {
                do {
                    _ = try Self.resume(path, dataset: dataset, change: change)
                    return ""
                } catch { return "\(error)" }
            }
            #expect(failure { $0.epochs = 1000 } == "")
            #expect(failure { $0.threads = 4 } == "")
            #expect(failure { $0.learningRate = 0.02 }.contains("learning_rate is 0.02, but was 0.01"))
            #expect(failure { $0.seed = 13 }.contains("options.seed is 13, but was 12"))
            #expect(failure { $0.schedule = .cosine }.contains("\"cosine\""))
            var dataset = try Example.dataset(4)
            #expect(failure(dataset: dataset) { _ in }.contains("dataset.structures is 4, but was 5"))
            try dataset.add(Example.structure(0))
            #expect(failure(dataset: dataset) { _ in }.contains("dataset.content"))
        }
    }

    @Test func aFileThatIsNoCheckpointIsRefused() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a"
            func failure() -> Failure? {
                do {
                    _ = try Self.resume(path)
                    return nil
                } catch { return error as? Failure }
            }
            #expect(failure()?.kind == .file)
            try Example.model().save(to: path)
            #expect(failure()?.message.contains("not a checkpoint") == true)

            let trainer = try Example.trainer()
            _ = try trainer.epoch()
            let whole = trainer.checkpoint.bytes
            // A number that is none, in the first tensor.
            var bytes = whole
            let header = 8 + Int(whole[0]) + Int(whole[1]) << 8
            for k in 0..<8 { bytes[header + k] = 0xFF }
            try File.write([bytes], to: path)
            #expect(failure()?.kind == .format)
            #expect(failure()?.message.contains("\"parameters\": number 0") == true)
            // Cut off anywhere.
            for length in stride(from: 0, to: whole.count, by: 997) {
                try File.write([Array(whole[..<length])], to: path)
                #expect(failure()?.kind == .format)
            }
            try File.write([whole], to: path)
            #expect(failure() == nil)
        }
    }
}
