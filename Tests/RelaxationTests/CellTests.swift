import Atoms
import Relaxation
import Support
import TestPotentials
import Testing

@Suite struct CellTests {
    /// The forces on the coordinates are minus the derivatives of the energy by them, at a large strain.
    @Test(arguments: [
        (SIMD3<Int32>(1, 1, 1), CellMode.free, 0.0), (SIMD3<Int32>(1, 1, 1), CellMode.free, 1.7),
        (SIMD3<Int32>(1, 1, 1), CellMode.constantVolume, 0.0), (SIMD3<Int32>(1, 0, 1), CellMode.free, 0.0),
        (SIMD3<Int32>(0, 1, 1), CellMode.constantVolume, 0.0), (SIMD3<Int32>(0, 0, 1), CellMode.free, 0.0),
    ])
    func forcesAreDerivatives(periodic: SIMD3<Int32>, mode: CellMode, pressure: Double) throws {
        for leftHanded in [false, true] {
            for perAtom in [false, true] {
                let start = roughCrystal(seed: 3, leftHanded: leftHanded, periodic: periodic)
                var options = RelaxOptions()
                options.cell = mode
                options.pressure = pressure
                options.cellPerAtom = perAtom
                var coordinates = try CellCoordinates(start, options)
                let evaluator = try crystalPotential.makeEvaluator()
                var structure = start
                var forces: [Vector3] = []
                var gradient = Matrix3.zero

                func value(_ rows: [Vector3]) throws -> Double {
                    try coordinates.apply(rows, to: &structure)
                    var energy = try evaluator.evaluate(structure, forces: &forces, strainGradient: &gradient)
                    coordinates.addPressure(structure.cell, energy: &energy, strainGradient: &gradient)
                    return energy
                }

                // A symmetric strain of the size that random cells meet; where it may not go, it is projected away.
                var rows = coordinates.origin(start)
                #expect(rows.count == 7)
                let strain = Matrix3([0.2, -0.12, 0.05, -0.12, -0.25, 0.1, 0.05, 0.1, 0.15]) * coordinates.scale
                for k in 0..<3 { rows[4 + k] = strain[k] }
                _ = try value(rows)
                var rowForces = rows
                coordinates.forces(forces, strainGradient: gradient, rows: &rowForces)
                let cellForce = Matrix3(rowForces[4], rowForces[5], rowForces[6])
                #expect(cellForce == cellForce.transposed)

                let h = 1e-5
                for i in 0..<4 {
                    for k in 0..<3 {
                        var (up, down) = (rows, rows)
                        up[i][k] += h
                        down[i][k] -= h
                        let numerical = try -(value(up) - value(down)) / (2 * h)
                        #expect(abs(numerical - rowForces[i][k]) < 1e-5 * (1 + abs(numerical)))
                    }
                }
                // Along symmetric changes of the strain, those that the constraints allow.
                for (k, l) in [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)] {
                    var change = Matrix3.zero
                    change[k][l] += 0.5
                    change[l][k] += 0.5
                    if mode == .constantVolume {
                        let inside = coordinates.projection(change)
                        let plane = coordinates.projection(.identity)
                        change = inside - plane * (inside.trace / plane.trace)
                    }
                    var (up, down) = (rows, rows)
                    for r in 0..<3 {
                        up[4 + r] += change[r] * h
                        down[4 + r] -= change[r] * h
                    }
                    let numerical = try -(value(up) - value(down)) / (2 * h)
                    let analytical = (0..<3).map { cellForce[$0].dot(change[$0]) }.reduce(0, +)
                    #expect(abs(numerical - analytical) < 1e-5 * (1 + abs(numerical)))
                }
            }
        }
    }

    @Test func exponentialIsThatOfThePowerSeries() {
        let m = Matrix3([0.3, -0.7, 0.2, -0.7, 0.1, 0.5, 0.2, 0.5, -0.9])
        var series = Matrix3.identity
        var term = Matrix3.identity
        for n in 1..<40 {
            term = term * m * (1 / Double(n))
            series += term
        }
        let difference = Eigensystem(m).exponential - series
        for e in difference.elements { #expect(abs(e) < 1e-14) }
        // Degenerate and diagonal matrices.
        let ball = Eigensystem(.identity * 0.5).exponential - .identity * Mathematics.exp(0.5)
        for e in ball.elements { #expect(abs(e) < 1e-15) }
    }

    @Test(arguments: [Optimizer.fire, .lbfgs], [false, true])
    func findsTheMinimumOfTheCell(optimizer: Optimizer, perAtom: Bool) throws {
        // The least energy that a face-centred cubic crystal has at any edge, by golden section.
        func cubic(_ edge: Double) throws -> Double {
            let cell = Matrix3.identity * edge
            let sites = [Vector3(0, 0, 0), Vector3(0.5, 0.5, 0), Vector3(0.5, 0, 0.5), Vector3(0, 0.5, 0.5)]
            return try energy(
                Structure(numbers: [18, 18, 18, 18], positions: sites.map { $0 * cell }, cell: Cell(cell)))
        }
        var (low, high) = (1.4, 1.8)
        while high - low > 1e-6 {
            let (left, right) = (high - 0.618 * (high - low), low + 0.618 * (high - low))
            if try cubic(left) < cubic(right) { high = right } else { low = left }
        }
        let ideal = try cubic((low + high) / 2)

        for leftHanded in [false, true] {
            let start = roughCrystal(seed: 8, leftHanded: leftHanded)
            var options = RelaxOptions()
            options.optimizer = optimizer
            options.cell = .free
            options.cellPerAtom = perAtom
            options.fmax = 1e-6
            options.maxSteps = 3000
            options.curvature = 70
            let result = try Relaxer(crystalPotential.makeEvaluator(), options).relax(start)
            #expect(result.reason == .converged)
            #expect(result.fmax < 1e-6)
            #expect((result.structure.cell.vectors.determinant < 0) == leftHanded)
            // Nothing left to gain by straining the cell or moving an atom.
            var forces: [Vector3] = []
            var gradient = Matrix3.zero
            let energy = try crystalPotential.makeEvaluator().evaluate(
                result.structure, forces: &forces, strainGradient: &gradient)
            #expect(energy == result.energy)
            for f in forces { #expect(f.norm < 1e-6) }
            for g in gradient.elements { #expect(abs(g) < 1e-5) }
            // Face-centred cubic, whatever the path.
            #expect(abs(energy - ideal) < 1e-8)
        }
    }

    @Test(arguments: [Optimizer.fire, .lbfgs])
    func constantVolumeKeepsTheVolume(optimizer: Optimizer) throws {
        let start = roughCrystal(seed: 11)
        var options = RelaxOptions()
        options.optimizer = optimizer
        options.curvature = 70
        options.cell = .constantVolume
        options.fmax = 1e-5
        let result = try Relaxer(crystalPotential.makeEvaluator(), options).relax(start)
        #expect(result.reason == .converged)
        #expect(result.steps > 5)
        #expect(abs(result.volume / start.cell.volume - 1) < 1e-10)
        #expect(result.structure.cell != start.cell)
        var forces: [Vector3] = []
        var gradient = Matrix3.zero
        _ = try crystalPotential.makeEvaluator().evaluate(
            result.structure, forces: &forces, strainGradient: &gradient)
        // What is left of the stress is a pressure.
        let deviator = gradient - .identity * (gradient.trace / 3)
        for g in deviator.elements { #expect(abs(g) < 1e-4) }
        #expect(abs(gradient.trace) > 1e-2)
    }

    @Test func pressureIsBalancedByTheStress() throws {
        for pressure in [-0.5, 4.0] {
            var options = RelaxOptions()
            options.cell = .free
            options.pressure = pressure
            options.fmax = 1e-6
            options.maxSteps = 3000
            let result = try Relaxer(crystalPotential.makeEvaluator(), options).relax(roughCrystal(seed: 5))
            #expect(result.reason == .converged)
            var forces: [Vector3] = []
            var gradient = Matrix3.zero
            let bare = try crystalPotential.makeEvaluator().evaluate(
                result.structure, forces: &forces, strainGradient: &gradient)
            let stress = gradient * (1 / result.volume)
            let residue = stress + .identity * pressure
            for s in residue.elements { #expect(abs(s) < 1e-5) }
            #expect(abs(result.energy - bare - pressure * result.volume) < 1e-9)
        }
    }

    @Test func pathDoesNotDependOnTheOrientation() throws {
        var options = RelaxOptions()
        options.cell = .free
        options.fmax = 0
        options.maxSteps = 40
        let start = roughCrystal(seed: 2)
        let relaxer = try Relaxer(crystalPotential.makeEvaluator(), options)
        let one = try relaxer.relax(start)
        let other = try relaxer.relax(rotated(start))
        #expect(distance(rotated(one.structure), other.structure) < 1e-9)
        #expect(abs(one.energy - other.energy) < 1e-9)
    }

    /// Of a slab only the periodic vectors move, and they stay in their plane.
    @Test func slabStaysASlab() throws {
        let start = rotated(roughCrystal(seed: 6, periodic: SIMD3(1, 1, 0)))
        let normal = start.cell.vectors.a.cross(start.cell.vectors.b)
        for mode in [CellMode.free, .constantVolume] {
            var options = RelaxOptions()
            options.cell = mode
            options.fmax = 1e-5
            options.maxSteps = 3000
            let result = try Relaxer(crystalPotential.makeEvaluator(), options).relax(start)
            #expect(result.reason == .converged)
            let cell = result.structure.cell.vectors
            #expect(cell.c == start.cell.vectors.c)
            #expect((cell.a - start.cell.vectors.a).norm > 1e-3)
            #expect(abs(cell.a.dot(normal)) < 1e-9)
            #expect(abs(cell.b.dot(normal)) < 1e-9)
            let area = cell.a.cross(cell.b).norm / normal.norm
            if mode == .constantVolume { #expect(abs(area - 1) < 1e-10) } else { #expect(abs(area - 1) > 1e-3) }
            #expect(result.volume == 0)
        }
        var options = RelaxOptions()
        options.cell = .free
        options.pressure = 1
        #expect(throws: Failure.self) {
            try Relaxer(crystalPotential.makeEvaluator(), options).relax(start)
        }
    }

    @Test func moleculesHaveNoCellToMove() throws {
        let start = try randomCluster(6, seed: 1)
        var results: [RelaxResult] = []
        for mode in [CellMode.fixed, .free, .constantVolume] {
            var options = RelaxOptions()
            options.cell = mode
            results.append(try Relaxer(PairPotential.lennardJones().makeEvaluator(), options).relax(start))
        }
        #expect(results[0].reason == .converged)
        #expect(results[1].structure.positions == results[0].structure.positions)
        #expect(results[2].structure.positions == results[0].structure.positions)
    }

    /// The cell's share of fmax is the largest row of the virial, divided by the number of atoms or not.
    @Test func cellCountsInFmax() throws {
        let start = roughCrystal(seed: 9)
        var forces: [Vector3] = []
        var gradient = Matrix3.zero
        _ = try crystalPotential.makeEvaluator().evaluate(start, forces: &forces, strainGradient: &gradient)
        let largest = forces.map(\.norm).max()!
        let row = max(gradient.a.norm, gradient.b.norm, gradient.c.norm)
        var options = RelaxOptions()
        options.cell = .free
        options.maxSteps = 0
        for perAtom in [true, false] {
            options.cellPerAtom = perAtom
            let result = try Relaxer(crystalPotential.makeEvaluator(), options).relax(start)
            #expect(abs(result.fmax - max(largest, perAtom ? row / 4 : row)) < 1e-12)
        }
        options.cell = .fixed
        let result = try Relaxer(crystalPotential.makeEvaluator(), options).relax(start)
        #expect(abs(result.fmax - largest) < 1e-12)
    }
}
