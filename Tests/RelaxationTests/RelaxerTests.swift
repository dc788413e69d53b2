import Atoms
import Relaxation
import Support
import TestPotentials
import Testing

@Suite struct RelaxerTests {
    @Test(arguments: [Optimizer.fire, .lbfgs])
    func findsMinima(optimizer: Optimizer) throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let start = try randomCluster(7, seed: seed)
            var options = RelaxOptions()
            options.optimizer = optimizer
            options.curvature = 70
            options.fmax = 1e-8
            options.maxSteps = 5000
            let result = try Relaxer(PairPotential.lennardJones().makeEvaluator(), options).relax(start)
            #expect(result.reason == .converged)
            #expect(result.fmax < 1e-8)
            #expect(result.fmax == result.forces.map(\.norm).max())
            #expect(result.evaluations >= result.steps + 1)
            // Minima of seven Lennard-Jones atoms and of the fragments a start may fall into.
            #expect(result.energy < -11 && result.energy > -16.506)
            // A minimum: any small displacement costs energy.
            var random = RandomStream(seed: seed)
            for _ in 0..<5 {
                var moved = result.structure
                for i in 0..<moved.count {
                    moved.positions[i] += Vector3(random.normal(), random.normal(), random.normal()) * 1e-3
                }
                #expect(try energy(moved, .lennardJones()) > result.energy - 1e-12)
            }
        }
    }

    @Test func lbfgsTakesFewerStepsThanFIRE() throws {
        var steps = [Optimizer.fire: 0, .lbfgs: 0]
        for seed in 1...10 as ClosedRange<UInt64> {
            for optimizer in [Optimizer.fire, .lbfgs] {
                var options = RelaxOptions()
                options.optimizer = optimizer
                options.curvature = 70
                options.maxSteps = 3000
                let relaxer = try Relaxer(PairPotential.lennardJones().makeEvaluator(), options)
                steps[optimizer]! += try relaxer.relax(randomCluster(13, seed: seed)).evaluations
            }
        }
        #expect(steps[.lbfgs]! < steps[.fire]!, "\(steps)")
    }

    /// With far too small a curvature every first step is much too long; it must not run away for that.
    @Test func lbfgsSurvivesABadGuess() throws {
        var options = RelaxOptions()
        options.optimizer = .lbfgs
        options.curvature = 1e-3
        options.maxStep = 2
        options.maxSteps = 3000
        for seed in 1...10 as ClosedRange<UInt64> {
            let start = try randomCluster(7, seed: seed)
            let before = try energy(start, .lennardJones())
            let result = try Relaxer(PairPotential.lennardJones().makeEvaluator(), options).relax(start)
            #expect(result.reason == .converged)
            #expect(result.energy < before)
        }
    }

    @Test(arguments: [Optimizer.fire, .lbfgs])
    func fixedAtomsStay(optimizer: Optimizer) throws {
        let start = try randomCluster(8, seed: 21)
        var options = RelaxOptions()
        options.optimizer = optimizer
        options.curvature = 70
        options.maxSteps = 3000
        var fixed = [Bool](repeating: false, count: 8)
        fixed[2] = true
        fixed[5] = true
        let result = try Relaxer(PairPotential.lennardJones().makeEvaluator(), options).relax(start, fixed: fixed)
        #expect(result.reason == .converged)
        #expect(result.structure.positions[2] == start.positions[2])
        #expect(result.structure.positions[5] == start.positions[5])
        #expect(result.structure.positions[0] != start.positions[0])
        // Their forces do not count, but are there.
        #expect(result.forces[2].norm > options.fmax)
        #expect(result.fmax < options.fmax)
    }

    @Test func fixedAtomsKeepTheirFractionalCoordinates() throws {
        let start = roughCrystal(seed: 12)
        var options = RelaxOptions()
        options.cell = .free
        options.maxSteps = 3000
        let relaxer = try Relaxer(crystalPotential.makeEvaluator(), options)
        let result = try relaxer.relax(start, fixed: [true, false, true, false])
        #expect(result.reason == .converged)
        for (i, stays) in [true, false, true, false].enumerated() {
            let before = start.positions[i] * start.cell.vectors.inverse
            let after = result.structure.positions[i] * result.structure.cell.vectors.inverse
            #expect(((before - after).norm < 1e-12) == stays)
        }
        #expect(abs(result.volume - start.cell.volume) > 1e-3)
    }

    @Test func observerSeesEveryEvaluationAndStops() throws {
        let start = try randomCluster(5, seed: 2)
        let relaxer = try Relaxer(PairPotential.lennardJones().makeEvaluator(), RelaxOptions())
        var steps: [Int] = []
        var energies: [Double] = []
        let result = try relaxer.relax(
            start,
            observer: { step in
                steps.append(step.step)
                energies.append(step.energy)
                if step.step == 0 {
                    #expect(step.structure.positions == start.positions)
                    #expect(step.forces.count == 5)
                }
                return step.step < 7
            })
        #expect(result.reason == .observer)
        #expect(steps == Array(0...7))
        #expect(result.steps == 7)
        #expect(result.evaluations == 8)
        #expect(result.energy == energies.last)
        #expect(energies[7] < energies[0])

        #expect(throws: Failure.self) {
            try relaxer.relax(start, observer: { _ throws(Failure) in throw Failure(.callback, "enough") })
        }
    }

    @Test func stepsRunOut() throws {
        var options = RelaxOptions()
        options.maxSteps = 3
        let start = try randomCluster(5, seed: 2)
        let result = try Relaxer(PairPotential.lennardJones().makeEvaluator(), options).relax(start)
        #expect(result.reason == .steps)
        #expect(result.steps == 3)
        options.maxSteps = 0
        let none = try Relaxer(PairPotential.lennardJones().makeEvaluator(), options).relax(start)
        #expect(none.reason == .steps)
        #expect(none.structure.positions == start.positions)
        #expect(none.evaluations == 1)
        options.fmax = 1e9
        #expect(try Relaxer(PairPotential.lennardJones().makeEvaluator(), options).relax(start).reason == .converged)
    }

    /// A spring that ties two atoms together: adds to the energy, the forces and the strain gradient.
    @Test func extraPotentialCounts() throws {
        let start = roughCrystal(seed: 15)
        var options = RelaxOptions()
        options.cell = .free
        options.fmax = 1e-7
        options.maxSteps = 5000
        let spring: ExtraPotential = { structure, energy, forces, gradient in
            let d = structure.positions[1] - structure.positions[0]
            let stretch = d.norm - 1.4
            energy += 5 * stretch * stretch
            let push = d * (10 * stretch / d.norm)
            forces[0] += push
            forces[1] -= push
            gradient += Matrix3(push * d.x, push * d.y, push * d.z)
        }
        let relaxer = try Relaxer(crystalPotential.makeEvaluator(), options)
        let free = try relaxer.relax(start)
        let tied = try relaxer.relax(start, extra: spring)
        #expect(free.reason == .converged && tied.reason == .converged)
        func length(_ s: Structure) -> Double { (s.positions[1] - s.positions[0]).norm }
        #expect(length(tied.structure) > length(free.structure) + 0.01)
        // The sum of both at its minimum: the force of the potential is that of the spring.
        var forces: [Vector3] = []
        var gradient = Matrix3.zero
        let bare = try crystalPotential.makeEvaluator().evaluate(
            tied.structure, forces: &forces, strainGradient: &gradient)
        let stretch = length(tied.structure) - 1.4
        #expect(abs(forces[0].norm - abs(10 * stretch)) < 1e-6)
        #expect(abs(tied.energy - bare - 5 * stretch * stretch) < 1e-10)

        for bad in [Double.nan, .infinity] {
            let failure = #expect(throws: Failure.self) {
                try relaxer.relax(start, extra: { _, energy, _, _ in energy += bad })
            }
            #expect(failure?.kind == .callback)
        }
    }

    @Test func badInputIsRefused() throws {
        let evaluator = try PairPotential.lennardJones().makeEvaluator()
        let relaxer = try Relaxer(evaluator, RelaxOptions())
        let start = try randomCluster(4, seed: 2)
        func kind(_ body: () throws -> Void) -> Failure.Kind? {
            do { try body() } catch { return (error as? Failure)?.kind }
            return nil
        }
        #expect(kind { _ = try relaxer.relax(start, fixed: [true]) } == .argument)
        var twins = start
        twins.positions[1] = twins.positions[0]
        #expect(kind { _ = try relaxer.relax(twins) } == .structure)
        var unknown = start
        unknown.numbers[1] = 6
        #expect(kind { _ = try relaxer.relax(unknown) } == .element)
        var lost = start
        lost.positions[0].x = .nan
        #expect(kind { _ = try relaxer.relax(lost) } == .structure)

        let changes: [(inout RelaxOptions) -> Void] = [
            { $0.fmax = .nan }, { $0.fmax = -1 }, { $0.maxSteps = -1 }, { $0.maxStep = 0 }, { $0.timeStep = .infinity },
            { $0.maxTimeStep = -1 }, { $0.stepIncrease = 0 }, { $0.stepDecrease = 1 }, { $0.downhillSteps = -1 },
            { $0.accelerationStart = 2 }, { $0.accelerationFactor = .nan }, { $0.memory = 0 }, { $0.curvature = 0 },
            { $0.pressure = .nan }, { $0.pressure = 1 },
        ]
        for change in changes {
            var options = RelaxOptions()
            change(&options)
            #expect(kind { _ = try Relaxer(evaluator, options) } == .argument)
        }
    }

    @Test(arguments: [Optimizer.fire, .lbfgs])
    func failingPotentialGivesTheLastGoodStructure(optimizer: Optimizer) throws {
        let start = try randomCluster(6, seed: 17)
        var options = RelaxOptions()
        options.optimizer = optimizer
        options.curvature = 70
        for fault in [FaultyPotential.Fault.failure, .nan] {
            // Fails from the fifth evaluation on.
            let broken = try FaultyPotential(fault, from: 5, to: .max).makeEvaluator()
            let result = try Relaxer(broken, options).relax(start)
            #expect(result.reason == .failed)
            #expect(result.failure != nil)
            #expect(result.evaluations < 20)
            for p in result.structure.positions { #expect(p.isFinite) }
            #expect(result.energy == (try energy(result.structure, .lennardJones())))
            // Fails twice, then works again: shorter steps lead on.
            let hiccup = try FaultyPotential(fault, from: 5, to: 6).makeEvaluator()
            let recovered = try Relaxer(hiccup, options).relax(start)
            #expect(recovered.reason == .converged)
        }
    }

    /// A potential that pulls everything into one point ends with a failure, in good time.
    @Test func collapseIsAFailure() throws {
        var options = RelaxOptions()
        options.cell = .free
        options.maxSteps = 100_000
        let start = roughCrystal(seed: 1)
        let relaxer = try Relaxer(Attraction(), options)
        let result = try relaxer.relax(start)
        #expect(result.reason == .failed)
        #expect(result.steps < 10_000)
        #expect(result.volume > 0.3)
        #expect(result.failure?.message.contains("collapsed") == true)
    }
}

/// Lennard-Jones that gives up, or gives NaN, for some of its evaluations.
struct FaultyPotential: ForceProvider {
    enum Fault { case failure, nan }
    let fault: Fault
    let first: Int
    let last: Int

    init(_ fault: Fault, from first: Int, to last: Int) {
        self.fault = fault
        self.first = first
        self.last = last
    }

    func makeEvaluator() throws(Failure) -> any ForceEvaluator {
        FaultyEvaluator(self, try PairPotential.lennardJones().makeEvaluator())
    }
}

private final class FaultyEvaluator: ForceEvaluator {
    private let potential: FaultyPotential
    private let inner: any ForceEvaluator
    private var count = 0

    init(_ potential: FaultyPotential, _ inner: any ForceEvaluator) {
        self.potential = potential
        self.inner = inner
    }

    func evaluate(_ structure: borrowing Structure, forces: inout [Vector3], strainGradient: inout Matrix3)
        throws(Failure) -> Double
    {
        count += 1
        let energy = try inner.evaluate(structure, forces: &forces, strainGradient: &strainGradient)
        guard count >= potential.first, count <= potential.last else { return energy }
        switch potential.fault {
        case .failure: throw Failure(.structure, "out of order")
        case .nan:
            forces[0].y = .nan
            return energy
        }
    }

    func descriptors(_ structure: borrowing Structure) throws(Failure) -> (energy: Double, values: [Double]) { (0, []) }
}

/// The energy falls with the volume, without end.
private final class Attraction: ForceEvaluator {
    func evaluate(_ structure: borrowing Structure, forces: inout [Vector3], strainGradient: inout Matrix3)
        throws(Failure) -> Double
    {
        for i in forces.indices { forces[i] = .zero }
        strainGradient = .identity
        return Mathematics.log(structure.cell.volume)
    }

    func descriptors(_ structure: borrowing Structure) throws(Failure) -> (energy: Double, values: [Double]) { (0, []) }
}
