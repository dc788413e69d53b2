import Atoms
import Relaxation
import Search
import Support
import TestPotentials
import Testing

@Suite struct DuplicateTests {
    private let numbers = contents((6, 3), (1, 2))

    private func fingerprint(_ structure: Structure, _ spread: Spread) throws -> Fingerprint {
        let evaluator = try morse.makeEvaluator()
        var forces: [Vector3] = []
        var gradient = Matrix3.zero
        let energy = try evaluator.evaluate(structure, forces: &forces, strainGradient: &gradient)
        var descriptors = try evaluator.descriptors(structure).values
        return Fingerprint(structure.numbers, energy: energy, descriptors: &descriptors, spread)
    }

    private func spread(_ options: SearchOptions) throws -> Spread {
        try #require(
            Spread(numbers, StructureDrawer(numbers, options), seed: 1, morse.makeEvaluator()))
    }

    private func draw(_ options: SearchOptions, _ stream: UInt64) throws -> Structure {
        var random = RandomStream(seed: 9, stream: stream)
        return try #require(StructureDrawer(numbers, options).draw(&random))
    }

    /// Rotated, mirrored, shifted, wrapped, its atoms in another order, its cell chosen otherwise.
    @Test func theSameStructureInOtherWordsIsADuplicate() throws {
        var options = crystalOptions(count: 2)
        options.minSeparation = 1
        let spread = try spread(options)
        let turn = Matrix3([0.36, 0.48, -0.8, -0.8, 0.6, 0, 0.48, 0.64, 0.6])
        for stream in 0..<10 as Range<UInt64> {
            let structure = try draw(options, stream)
            let reference = try fingerprint(structure, spread)
            var random = RandomStream(seed: 2, stream: stream)
            for mirror in [1.0, -1.0] {
                var other = structure
                var cell = structure.cell.vectors
                cell.b += cell.a - cell.c * 2
                cell.c += cell.b
                let lattice = cell
                cell = cell * turn * mirror
                other.cell = Cell(cell)
                let shift = Vector3(0.3, -1.7, 0.9)
                for i in 0..<other.count {
                    // Another image of the atom.
                    let image = Vector3(
                        Double(random.index(below: 5)) - 2, Double(random.index(below: 5)) - 2,
                        Double(random.index(below: 5)) - 2)
                    other.positions[i] = (other.positions[i] + image * lattice) * turn * mirror + shift
                }
                other.numbers.swapAt(0, 4)
                other.positions.swapAt(0, 4)
                other.positions.swapAt(1, 2)
                let print = try fingerprint(other, spread)
                #expect(print.distance(reference) < 1e-9)
                var duplicates = Duplicates(tolerance: 1e-3, spread)
                #expect(duplicates.original(of: reference, index: 7) == -1)
                #expect(duplicates.original(of: print, index: 8) == 7)
            }
        }
    }

    /// Distances grow with displacements: those of a relaxation that ended a little elsewhere are within the tolerance,
    /// those of another structure are not.
    @Test func toleranceTellsStructuresApart() throws {
        let options = clusterOptions(count: 2)
        let spread = try spread(options)
        for stream in 0..<10 as Range<UInt64> {
            let structure = try draw(options, stream)
            let reference = try fingerprint(structure, spread)
            func moved(_ size: Double) throws -> Fingerprint {
                var other = structure
                var random = RandomStream(seed: 4, stream: stream)
                for i in 0..<other.count {
                    other.positions[i] += Vector3(random.normal(), random.normal(), random.normal()) * size
                }
                return try fingerprint(other, spread)
            }
            let (near, far) = (try moved(1e-5), try moved(0.1))
            #expect(near.distance(reference) < 1e-3)
            #expect(far.distance(reference) > 1e-2)
            // The same positions with two elements swapped.
            var swapped = structure
            swapped.positions.swapAt(0, 4)
            #expect(try fingerprint(swapped, spread).distance(reference) > 1e-2)

            var duplicates = Duplicates(tolerance: 1e-3, spread)
            #expect(duplicates.original(of: reference, index: 3) == -1)
            #expect(duplicates.original(of: far, index: 4) == -1)
            #expect(duplicates.original(of: near, index: 5) == 3)
            #expect(duplicates.original(of: far, index: 6) == 4)
        }
    }

    /// Seven Lennard-Jones atoms have four minima.
    @Test func aSearchFindsEachMinimumOnce() throws {
        var options = clusterOptions(count: 150)
        options.box = Vector3(2.5, 2.5, 2.5)
        options.stages[0].relax.fmax = 1e-6
        options.stages[0].relax.maxSteps = 5000
        let (candidates, summary) = try run(contents((18, 7)), options, PairPotential.lennardJones())
        #expect(summary.tried == 150)
        let originals = candidates.filter { $0.duplicateOf < 0 }
        #expect(summary.duplicates == 150 - Int64(originals.count))
        let known = [-16.505384, -15.935043, -15.593211, -15.533060]
        #expect(originals.filter { $0.state == .converged }.count == 4, "\(originals.map(\.energy))")
        for energy in known {
            #expect(originals.filter { abs($0.energy - energy) < 1e-5 }.count == 1)
        }
        for candidate in candidates where candidate.duplicateOf >= 0 {
            let original = try #require(candidates.first { $0.index == candidate.duplicateOf })
            #expect(original.index < candidate.index)
            #expect(original.duplicateOf == -1)
            #expect(abs(original.energy - candidate.energy) < 1e-5)
        }
        options.duplicateTolerance = 0
        #expect(try run(contents((18, 7)), options, PairPotential.lennardJones()).summary.duplicates == 0)
    }

    /// Crystals meet in cells of every shape.
    @Test func aSearchRecognisesCrystals() throws {
        var options = crystalOptions(count: 40)
        options.stages[0].relax.fmax = 1e-6
        options.stages[0].relax.maxSteps = 3000
        let (candidates, summary) = try run(contents((11, 2)), options)
        #expect(summary.converged > 35)
        let originals = candidates.filter { $0.duplicateOf < 0 && $0.state == .converged }
        // As many different structures as there are different pairs of energy and volume.
        var different: [(Double, Double)] = []
        for c in candidates where c.state == .converged {
            if !different.contains(where: { abs($0.0 - c.energy) < 1e-4 && abs($0.1 - c.volume) < 1e-2 }) {
                different.append((c.energy, c.volume))
            }
        }
        #expect(originals.count == different.count)
        #expect(originals.count < 15)
    }
}
