import Atoms
import Support
import Testing

@testable import Response

@Suite struct RepulsionTests {
    /// (1 − r²/R²)² over all pairs, by looking at every image.
    static func energy(_ structure: Structure, radius: Double, images: Int = 4) -> Double {
        var energy = 0.0
        let range = -images...images
        func span(_ k: Int) -> ClosedRange<Int> { structure.cell.periodic[k] != 0 ? range : 0...0 }
        for i in 0..<structure.count {
            for j in 0..<structure.count {
                for x in span(0) {
                    for y in span(1) {
                        for z in span(2) where (i, x, y, z) != (j, 0, 0, 0) {
                            let shift = Vector3(Double(x), Double(y), Double(z)) * structure.cell.vectors
                            let d = structure.positions[i] - structure.positions[j] + shift
                            let square = d.dot(d) / (radius * radius)
                            if square < 1 { energy += 0.5 * (1 - square) * (1 - square) }
                        }
                    }
                }
            }
        }
        return energy
    }

    @Test(arguments: [
        Example.water, Example.skewed, Example.cube(2, atoms: 5),
        Structure(
            numbers: [6, 6, 6], positions: [Vector3(0, 0, 0), Vector3(1.4, 0.2, 0.3), Vector3(0.2, 1.3, -0.5)],
            cell: Cell(
                vectors: Matrix3(Vector3(1.8, 0, 0), Vector3(1.5, 1.6, 0), .zero), periodic: SIMD3(1, 1, 0))),
    ])
    func forcesAreMinusTheGradient(structure: Structure) throws {
        let radius = 1.7
        var forces = [Vector3](repeating: .zero, count: structure.count)
        try Repulsion(radius: radius).add(to: &forces, of: structure, NeighborPairs())
        #expect(forces.contains { $0.norm > 0.01 })
        let step = 1e-5
        for i in 0..<structure.count {
            for k in 0..<3 {
                var up = structure
                var down = structure
                up.positions[i][k] += step
                down.positions[i][k] -= step
                let slope = (Self.energy(up, radius: radius) - Self.energy(down, radius: radius)) / (2 * step)
                #expect(abs(forces[i][k] + slope) < 1e-8)
            }
        }
    }

    @Test func targetsContainIt() throws {
        var options = ResponseOptions(.moleculesPublished)
        options.forceNoise = 0
        options.levels = [32]
        options.repulsionRadius = 1.5
        let with = try ResponseTests.frames(options, Example.water)[0].frame
        options.repulsionRadius = 0
        let without = try ResponseTests.frames(options, Example.water)[0].frame
        var expected = without.forces
        try Repulsion(radius: 1.5).add(to: &expected, of: without.structure, NeighborPairs())
        #expect(with.structure.positions == without.structure.positions)
        #expect(with.forces == expected)
        #expect(with.forces != without.forces)
    }
}
