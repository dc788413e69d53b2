import Atoms
import Support
import Testing

@testable import Response

@Suite struct MechanicsTests {
    @Test func uniaxialTensionGivesYoungsModulus() {
        // Stretched by ε along x and by −ν ε across, a rod bears E ε along x and nothing across.
        let solid = ElasticSolid(youngModulus: 2.5, poissonRatio: 0.3)
        let strain = Matrix3(Vector3(0.01, 0, 0), Vector3(0, -0.003, 0), Vector3(0, 0, -0.003))
        #expect(solid.stress(strain).isClose(to: Matrix3(Vector3(0.025, 0, 0), .zero, .zero), within: 1e-15))
    }

    @Test func simpleShearGivesTheShearModulus() {
        let solid = ElasticSolid(youngModulus: 1, poissonRatio: 0.3)
        let strain = Matrix3(Vector3(0, 0.01, 0), Vector3(0.01, 0, 0), .zero)
        let mu = 1 / 2.6
        #expect(
            solid.stress(strain).isClose(
                to: Matrix3(Vector3(0, 0.02 * mu, 0), Vector3(0.02 * mu, 0, 0), .zero), within: 1e-15))
    }

    @Test func stressTurnsWithTheCrystal() {
        let solid = ElasticSolid(youngModulus: 1, poissonRatio: 0.3)
        let original = Example.skewed.cell.vectors
        let strained = original * 1.03 + Matrix3(Vector3(0.1, -0.2, 0.05), Vector3(0, 0.1, 0.2), Vector3(-0.1, 0, 0.02))
        let turn = rotation(0.7, -1.1)
        let stress = solid.stress(Strain(from: original, to: strained).greenLagrange)
        let turned = solid.stress(Strain(from: original, to: strained * turn).greenLagrange)
        #expect(turned.isClose(to: turn.transposed * stress * turn))
        #expect(Strain(from: original, to: original * turn).greenLagrange.isClose(to: .zero))
    }

    @Test func rigidRotationsVanishAndOthersStay() {
        let positions = Example.cube(4, atoms: 6).positions
        let centroid = positions.reduce(.zero, +) / 6
        let omega = Vector3(0.3, -0.8, 0.5)
        var field = positions.map { omega.cross($0 - centroid) }
        RigidMotion.removeRotation(&field, positions: positions)
        #expect(field.allSatisfy { $0.norm < 1e-14 })

        // A breathing motion turns nothing.
        let breathing = positions.map { $0 - centroid }
        field = breathing
        RigidMotion.removeRotation(&field, positions: positions)
        for i in 0..<6 { #expect((field[i] - breathing[i]).norm < 1e-13) }
    }

    @Test func whatIsRemovedIsTheLeastSquaresRotation() {
        // No further rotation makes the field smaller, not even that of a molecule that is nearly linear.
        for bend in [1.0, 1e-3, 0] {
            let positions = [Vector3(-1, 0, 0), Vector3(0.1, bend, 0), Vector3(1.2, 0, 0)]
            let centroid = positions.reduce(.zero, +) / 3
            var field = [Vector3(0.3, 0.4, -0.2), Vector3(-0.5, 0.1, 0.7), Vector3(0.2, -0.6, 0.3)]
            RigidMotion.removeRotation(&field, positions: positions)
            var torque = Vector3.zero
            for i in 0..<3 { torque += (positions[i] - centroid).cross(field[i]) }
            #expect(torque.norm < 1e-14)
        }
        var single = [Vector3(1, 2, 3)]
        RigidMotion.removeRotation(&single, positions: [Vector3(5, 5, 5)])
        #expect(single == [Vector3(1, 2, 3)])
    }
}
