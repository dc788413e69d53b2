import Atoms
import Potential
import Support
import Testing

/// Single precision against double, with the kernels that run here (tools/test runs the baseline's too).
@Suite("Single precision")
struct SinglePrecisionTests {
    /// Six digits: rounding is 6·10⁻⁸, and phases of radial functions and sums of some hundred products add to it.
    static let tolerance = 2e-5

    @Test(arguments: Fixtures.modelNames)
    func energiesForcesAndStrainGradientsAgree(_ name: String) throws {
        let model = try Fixtures.model(name)
        let (double, single) = (Evaluator(model), Evaluator(model, precision: .single))
        #expect(single.precision == .single && double.precision == .double)
        var differs = false
        for golden in try GoldenCase.load(name) {
            let (a, b) = (try Answers(double, golden.structure), try Answers(single, golden.structure))
            #expect(relativeDifference([b.energy], [a.energy]) < Self.tolerance, "\(golden.name)")
            #expect(relativeDifference(b.energies, a.energies) < Self.tolerance, "\(golden.name)")
            #expect(relativeDifference(b.forces, a.forces) < Self.tolerance, "\(golden.name)")
            #expect(relativeDifference(b.strain, a.strain) < Self.tolerance, "\(golden.name)")
            #expect(relativeDifference(b.virials, a.virials) < Self.tolerance, "\(golden.name)")
            #expect(relativeDifference(b.descriptors, a.descriptors) < Self.tolerance, "\(golden.name)")
            differs = differs || b.forces != a.forces
        }
        #expect(differs)
    }

    /// Newton's third law holds to the last bits of double precision, as each edge's gradient goes to both its atoms.
    @Test(arguments: Fixtures.modelNames)
    func forcesSumToZero(_ name: String) throws {
        let single = Evaluator(try Fixtures.model(name), precision: .single)
        for golden in try GoldenCase.load(name) {
            let forces = try Answers(single, golden.structure).forces
            let scale = forces.map(abs).max() ?? 0
            for k in 0..<3 {
                let total = stride(from: k, to: forces.count, by: 3).reduce(0) { $0 + forces[$1] }
                #expect(abs(total) <= 1e-12 * max(1, scale), "\(golden.name)")
            }
        }
    }

    /// Threads have blocks of other atoms, whose sums the readout cuts up otherwise.
    @Test func resultsDoNotDependOnThreadsBeyondRounding() throws {
        let model = try Fixtures.model("random-carbon-l3-nu3")
        let structure = diamond(4)
        let one = try Answers(Evaluator(model, precision: .single), structure)
        let two = try Answers(Evaluator(model, threads: 2, precision: .single), structure)
        #expect(relativeDifference(two.forces, one.forces) < 1e-6)
        #expect(relativeDifference([two.energy], [one.energy]) < 1e-7)
    }

    /// The error of an energy grows with the number of atoms as the energy does.
    @Test func errorsDoNotGrowWithSize() throws {
        let model = try Fixtures.model("random-carbon-l3-nu3")
        for repeats in [1, 4] {
            let structure = diamond(repeats)
            let double = try Answers(Evaluator(model), structure)
            let single = try Answers(Evaluator(model, precision: .single), structure)
            #expect(abs(single.energy - double.energy) < 1e-6 * abs(double.energy))
            #expect(relativeDifference(single.strain, double.strain) < 2e-6)
        }
    }

    @Test(arguments: Fixtures.modelNames, ["periodic", "molecular"])
    func gradientsOfTheLossAgree(_ name: String, _ kind: String) throws {
        let model = try Fixtures.model(name)
        let batch = try GoldenBatch.load(name, kind)
        let double = try batch.evaluate(GradientEvaluator(model), model)
        let single = try batch.evaluate(GradientEvaluator(model, precision: .single), model)
        #expect(abs(single.loss - double.loss) < Self.tolerance * double.loss)
        for tensor in model.layout.tensors {
            let (a, b) = (Array(double.gradient[tensor.range]), Array(single.gradient[tensor.range]))
            let scale = a.map(abs).max() ?? 0
            let error = zip(a, b).map { abs($0 - $1) }.max() ?? 0
            #expect(error <= Self.tolerance * scale, "\(tensor.name)")
        }
        #expect(single.gradient != double.gradient)
    }

    private func diamond(_ repeats: Int) -> Structure {
        let a = 3.6
        let basis = [(0.0, 0.0, 0.0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)].flatMap { x, y, z in
            [Vector3(x, y, z), Vector3(x + 0.25, y + 0.25, z + 0.25)]
        }
        var random = RandomStream(seed: 7)
        var positions: [Vector3] = []
        for i in 0..<repeats {
            for j in 0..<repeats {
                for k in 0..<repeats {
                    for site in basis {
                        let noise = Vector3(random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1))
                        positions.append(a * (site + Vector3(Double(i), Double(j), Double(k))) + 0.1 * noise)
                    }
                }
            }
        }
        let edge = a * Double(repeats)
        return Structure(
            numbers: [Int32](repeating: 6, count: positions.count), positions: positions,
            cell: Cell(Matrix3(Vector3(edge, 0, 0), Vector3(0, edge, 0), Vector3(0, 0, edge))))
    }
}
