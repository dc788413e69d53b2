import Atoms
import Relaxation
import Search
import Support
import TestPotentials
import Testing

@Suite struct SearchTests {
    @Test func everyCandidateIsHandedOverOnce() throws {
        var options = clusterOptions(count: 25)
        options.first = 100
        let (candidates, summary) = try run(contents((6, 3), (1, 3)), options)
        #expect(candidates.map(\.index) == Array(100..<125))
        #expect(summary.tried == 25)
        #expect(
            summary.converged + summary.unconverged + summary.notPlaced + summary.dropped + summary.failed == 25)
        #expect(summary.evaluations == candidates.map { Int64($0.evaluations) }.reduce(0, +))
        #expect(!summary.cancelled)
        for candidate in candidates where candidate.state == .converged {
            #expect(candidate.fmax < 1e-4)
            #expect(candidate.volume == 0)
            #expect(candidate.evaluations >= candidate.steps + 1)
            var forces: [Vector3] = []
            var gradient = Matrix3.zero
            let energy = try morse.makeEvaluator().evaluate(
                candidate.structure, forces: &forces, strainGradient: &gradient)
            #expect(energy == candidate.energy)
        }
    }

    @Test(arguments: [false, true])
    func resultsDoNotDependOnThreads(crystals: Bool) throws {
        var options = crystals ? crystalOptions(count: 12) : clusterOptions(count: 24)
        options.hops = crystals ? 0 : 2
        let numbers = crystals ? contents((11, 3)) : contents((6, 3), (1, 3))
        let reference = try run(numbers, options)
        #expect(reference.summary.converged >= 10)
        for threads in [2, 5, 64] {
            options.threads = threads
            let other = try run(numbers, options)
            #expect(other.candidates.count == reference.candidates.count)
            let sorted = other.candidates.sorted { $0.index < $1.index }
            for (a, b) in zip(reference.candidates, sorted) {
                #expect(a.index == b.index)
                #expect(a.state == b.state)
                #expect(a.structure.positions == b.structure.positions)
                #expect(a.structure.cell == b.structure.cell)
                #expect(a.energy == b.energy)
                #expect(a.steps == b.steps)
                #expect(a.evaluations == b.evaluations)
            }
            // Whatever the order, a duplicate repeats what came before and was itself new.
            var new = Set<Int64>()
            for candidate in other.candidates where candidate.state.isKept {
                if candidate.duplicateOf < 0 {
                    new.insert(candidate.index)
                } else {
                    #expect(new.contains(candidate.duplicateOf))
                }
            }
            #expect(other.summary.converged == reference.summary.converged)
            #expect(other.summary.evaluations == reference.summary.evaluations)
        }
        // A candidate depends on its index, not on where the search began.
        options.first = 7
        options.count = 1
        #expect(try run(numbers, options).candidates[0].energy == reference.candidates[7].energy)
        options.seed += 1
        #expect(try run(numbers, options).candidates[0].energy != reference.candidates[7].energy)
    }

    @Test func whatIsDroppedIsCounted() throws {
        var options = clusterOptions(count: 10)
        let numbers = contents((6, 3), (1, 3))
        options.stages[0].relax.maxSteps = 2
        var (candidates, summary) = try run(numbers, options)
        #expect(summary.unconverged == 10)
        #expect(candidates.allSatisfy { $0.state == .unconverged && $0.steps == 2 && $0.evaluations == 3 })

        options.stages[0].dropUnconverged = true
        options.stages.append(SearchStage(RelaxOptions()))
        (candidates, summary) = try run(numbers, options)
        #expect(summary.dropped == 10)
        #expect(candidates.allSatisfy { $0.state == .dropped && $0.stage == 0 && $0.duplicateOf == -1 })

        options.minSeparation = 5
        (candidates, summary) = try run(numbers, options)
        #expect(summary.notPlaced == 10)
        #expect(candidates.allSatisfy { $0.state == .notPlaced && $0.structure.count == 0 && $0.evaluations == 0 })

        // Hydrogen relaxes to pairs 0.8 Å apart; the sum of its radii is 0.62 Å.
        for (share, failed) in [(1.0, 0), (1.5, 10)] as [(Double, Int64)] {
            var options = clusterOptions(count: 10)
            options.collapsedSeparation = share
            options.hops = 2
            (candidates, summary) = try run(contents((1, 3)), options)
            #expect(summary.failed == failed)
            #expect(candidates.allSatisfy { $0.state == (failed > 0 ? .failed : .converged) && $0.evaluations > 0 })
        }
        // The same pairs, by a potential that is taken for the precise one of another.
        options = clusterOptions(count: 10)
        options.collapsedSeparation = 1.5
        let apart = PairPotential(.morse(depth: 1, stiffness: 2), sizes: [1: 1.2], cutoff: 5)
        summary = try Search(contents((1, 3)), options, apart).run { _ in true }
        #expect(summary.converged == 10)
        summary = try Search(contents((1, 3)), options, apart, precise: morse).run { _ in true }
        #expect(summary.failed == 10)

        (candidates, summary) = try run(numbers, clusterOptions(count: 10), Hostile())
        #expect(summary.failed == 10)
        #expect(candidates.allSatisfy { $0.state == .failed && $0.evaluations > 0 })
    }

    @Test func stagesFollowEachOther() throws {
        let numbers = contents((6, 3), (1, 3))
        var options = clusterOptions(count: 5)
        let one = try run(numbers, options).candidates
        options.stages.append(options.stages[0])
        let two = try run(numbers, options).candidates
        // The second stage has nothing left to do…
        for (a, b) in zip(one, two) where a.state == .converged {
            #expect(b.stage == 1)
            #expect(a.structure.positions == b.structure.positions)
            #expect(b.evaluations == a.evaluations + 1)
        }
        // … unless the atoms are kicked.
        options.stages[1].kick = 0.3
        let kicked = try run(numbers, options).candidates
        for (a, b) in zip(one, kicked) where a.state == .converged {
            #expect(a.structure.positions != b.structure.positions)
            #expect(b.steps > a.steps)
        }
        // Going on with the same optimiser, whose time step has grown, is another path.
        options.stages[1].sameOptimizer = true
        let same = try run(numbers, options).candidates
        #expect(zip(kicked, same).contains { $0.steps != $1.steps })
        #expect(same.contains { $0.state == .converged })
    }

    @Test(arguments: [1, 3])
    func cancelling(threads: Int) throws {
        var options = clusterOptions(count: 1000)
        options.threads = threads
        let search = try Search(contents((6, 3), (1, 3)), options, morse)
        var handed = 0
        let summary = try search.run { _ in
            handed += 1
            return handed < 5
        }
        #expect(handed == 5)
        #expect(summary.cancelled)
        #expect(summary.tried == 5)
    }

    /// Workers must not run away from a caller that takes its time, nor call it.
    @Test func deliveryIsOnTheCallingThread() throws {
        var options = clusterOptions(count: 60)
        options.threads = 3
        options.stages[0].relax.maxSteps = 1
        let caller = Threads.current
        var inside = false
        var count = 0
        _ = try Search(contents((6, 2)), options, morse).run { _ in
            #expect(!inside)
            inside = true
            #expect(Threads.current == caller)
            let until = ContinuousClock.now + .milliseconds(1)
            while ContinuousClock.now < until {}
            inside = false
            count += 1
            return true
        }
        #expect(count == 60)
    }

    @Test(arguments: [1, 2])
    func failuresOfThePotentialReachTheCaller(threads: Int) throws {
        var options = clusterOptions(count: 20)
        options.threads = threads
        let failure = #expect(throws: Failure.self) { try run(contents((6, 2), (8, 1)), options) }
        #expect(failure?.kind == .element)
        // Even if no duplicates are looked for, as for a single candidate.
        options.count = 1
        #expect(throws: Failure.self) { try run(contents((6, 2), (8, 1)), options) }
        // A potential that cannot be had for every thread still does the work on one.
        options.count = 6
        #expect(try run(contents((6, 2)), options, OneOnly()).summary.tried == 6)
    }

    @Test func badOptionsAreRefused() throws {
        let changes: [(inout SearchOptions) -> Void] = [
            { $0.box.y = 0 }, { $0.box.y = .nan }, { $0.container = .cell }, { $0.cellVariation = 1 },
            { $0.minSeparation = -1 }, { $0.covalentSeparation = .infinity }, { $0.maxDraws = 0 }, { $0.stages = [] },
            { $0.symmetry = 1.5 }, { $0.symmetry = .nan }, { $0.collapsedSeparation = -1 },
            { $0.stages[0].kick = -1 }, { $0.stages[0].relax.maxStep = 0 }, { $0.hops = -1 }, { $0.hopKick = .nan },
            {
                $0.hopHydrogen = 0.7
                $0.hopSwap = 0.7
            }, { $0.duplicateTolerance = -1 }, { $0.first = -1 },
            { $0.count = -1 }, { $0.first = .max }, { $0.threads = 0 }, { $0.elementVolumes = [1] },
            {
                $0.container = .cell
                $0.volumePerAtom = SIMD2(5, 4)
            },
            {
                $0.container = .cell
                $0.volumePerAtom = SIMD2(0, 4)
            },
        ]
        for (k, change) in changes.enumerated() {
            var options = clusterOptions(count: 2)
            change(&options)
            do {
                _ = try Search([6, 6], options, morse)
                Issue.record("change \(k) went unnoticed")
            } catch { #expect(error.kind == .argument) }
        }
        #expect(throws: Failure.self) { try Search([], clusterOptions(count: 1), morse) }
        #expect(throws: Failure.self) { try Search([0], clusterOptions(count: 1), morse) }
        var none = clusterOptions(count: 0)
        none.threads = 4
        #expect(try run([6], none).summary == SearchSummary())
    }

    @Test func presetsAreThePublishedProtocols() throws {
        for preset in Preset.allCases {
            let options = SearchOptions(preset)
            if options.container != .box, options.volumePerAtom == .zero {
                var known = options
                known.elementVolumes = [Double](repeating: 10, count: 119)
                try known.check()
            } else {
                try options.check()
            }
        }
        let molecules = SearchOptions(.moleculesPublished)
        #expect(molecules.container == .box && molecules.box == Vector3(10, 5, 5))
        #expect(molecules.minSeparation == 0.7 && molecules.covalentSeparation == 0 && molecules.hops == 0)
        #expect(molecules.stages.map(\.relax.fmax) == [1e-3, 2e-4])
        #expect(molecules.stages.map(\.relax.maxSteps) == [500, 1000])
        #expect(molecules.stages.map(\.kick) == [0, 0.75])
        let crystals = SearchOptions(.crystalsPublished)
        #expect(crystals.container == .cell && crystals.cellVariation == 0.25 && crystals.minSeparation == 1)
        #expect(crystals.stages.map(\.relax.cell) == [.constantVolume, .free])
        #expect(crystals.stages.map(\.relax.fmax) == [0.05, 0.01])
        #expect(crystals.stages.map(\.relax.maxSteps) == [100, 2000])
        #expect(crystals.stages.map(\.dropUnconverged) == [true, false])
        #expect(crystals.stages.allSatisfy { !$0.relax.cellPerAtom })
        let diamond = SearchOptions(.diamondPublished)
        #expect(diamond.container == .skewedCell && diamond.volumePerAtom == SIMD2(3.8, 5.6))
        #expect(diamond.stages.count == 1 && diamond.stages[0].relax.maxStep == 0.01)
        #expect(diamond.stages[0].relax.fmax == 5e-4 && diamond.stages[0].relax.maxSteps == 500)
        let plain = SearchOptions(.crystals)
        #expect(plain.container == .skewedCell && plain.covalentSeparation == 0.8)
        #expect(plain.symmetry == 0.5 && plain.collapsedSeparation == 0.5 && plain.hops == 0)
        #expect(crystals.symmetry == 0 && crystals.collapsedSeparation == 0)
        #expect(plain.stages.allSatisfy { $0.relax.cellPerAtom && $0.relax.maxStep == 0.3 })
        #expect(SearchOptions(.molecules).hops == 20)
        for preset in Preset.allCases {
            let published = [.moleculesPublished, .crystalsPublished, .diamondPublished].contains(preset)
            let optimizer = published ? Optimizer.fire : .lbfgs
            #expect(SearchOptions(preset).stages.allSatisfy { $0.relax.optimizer == optimizer })
        }
        #expect(molecules.stages.map(\.sameOptimizer) == [false, true])
    }
}

/// Never works.
private struct Hostile: ForceProvider {
    final class Evaluator: ForceEvaluator {
        func evaluate(_ structure: borrowing Structure, forces: inout [Vector3], strainGradient: inout Matrix3)
            throws(Failure) -> Double
        {
            throw Failure(.structure, "no")
        }

        func descriptors(_ structure: borrowing Structure) throws(Failure) -> (energy: Double, values: [Double]) {
            (0, [])
        }
    }

    func makeEvaluator() throws(Failure) -> any ForceEvaluator { Evaluator() }
}

/// Grants a single evaluator.
private final class OneOnly: ForceProvider {
    private let counter = Counter()

    func makeEvaluator() throws(Failure) -> any ForceEvaluator {
        guard counter.next(below: 1) != nil else { throw Failure(.memory, "no more") }
        return try morse.makeEvaluator()
    }
}
