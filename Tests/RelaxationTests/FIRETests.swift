import Atoms
import Foundation
import Relaxation
import TestPotentials
import Testing

/// The trajectories of Tests/fixtures/make_fire_trajectory.py.
private struct Trajectories: Decodable {
    struct Case: Decodable {
        let settings: [String: Double]
        let start: [[Double]]
        let after: [After]
    }
    struct After: Decodable {
        let steps: Int
        let positions: [[Double]]
        let energy: Double
    }
    let source: String
    let cases: [Case]

    static func load() throws -> Trajectories {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../fixtures/fire-lennard-jones.json")
        return try JSONDecoder().decode(Trajectories.self, from: Data(contentsOf: file))
    }
}

@Suite struct FIRETests {
    @Test func followsASEStepByStep() throws {
        let trajectories = try Trajectories.load()
        #expect(trajectories.cases.count == 2)
        for item in trajectories.cases {
            for after in item.after {
                var options = RelaxOptions()
                options.fmax = 0
                options.maxSteps = after.steps
                options.maxStep = item.settings["maxstep"] ?? options.maxStep
                options.timeStep = item.settings["dt"] ?? options.timeStep
                options.maxTimeStep = item.settings["dtmax"] ?? options.maxTimeStep
                options.downhillSteps = item.settings["Nmin"].map { Int($0) } ?? options.downhillSteps
                options.stepIncrease = item.settings["finc"] ?? options.stepIncrease
                options.stepDecrease = item.settings["fdec"] ?? options.stepDecrease
                options.accelerationStart = item.settings["astart"] ?? options.accelerationStart
                options.accelerationFactor = item.settings["fa"] ?? options.accelerationFactor
                let start = Structure(
                    numbers: [Int32](repeating: 18, count: item.start.count),
                    positions: item.start.map { Vector3($0[0], $0[1], $0[2]) })
                let relaxer = try Relaxer(PairPotential.lennardJones().makeEvaluator(), options)
                let result = try relaxer.relax(start)
                #expect(result.steps == after.steps)
                #expect(result.reason == .steps)
                var worst = 0.0
                for (ours, theirs) in zip(result.structure.positions, after.positions) {
                    worst = max(worst, (ours - Vector3(theirs[0], theirs[1], theirs[2])).norm)
                }
                #expect(worst < 1e-9, "after \(after.steps) steps")
                #expect(abs(result.energy - after.energy) < 1e-9)
            }
        }
    }

    @Test func goesOnWhereItStopped() throws {
        let start = try randomCluster(13, seed: 4)
        var options = RelaxOptions()
        options.fmax = 0
        options.maxSteps = 60
        let whole = try Relaxer(PairPotential.lennardJones().makeEvaluator(), options).relax(start)
        options.maxSteps = 30
        let relaxer = try Relaxer(PairPotential.lennardJones().makeEvaluator(), options)
        let half = try relaxer.relax(start)
        let other = try relaxer.relax(half.structure, descent: half.descent)
        #expect(distance(whole.structure, other.structure) < 1e-12)
        let fresh = try relaxer.relax(half.structure)
        #expect(distance(whole.structure, fresh.structure) > 1e-6)
    }
}
