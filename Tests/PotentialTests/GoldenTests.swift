import Atoms
import Foundation
import Potential
import Support
import Testing

/// The numbers of an independent implementation (Tests/fixtures).
struct GoldenCase: Decodable {
    let name: String
    let numbers: [Int32]
    let positions: [[Double]]
    let cell: [[Double]]
    let pbc: [Bool]
    let energy: Double
    let energies: [Double]
    let forces: [[Double]]
    let strain_gradient: [[Double]]
    let stress: [[Double]]?

    var structure: Structure {
        Structure(
            numbers: numbers, positions: positions.map { Vector3($0[0], $0[1], $0[2]) },
            cell: Cell(
                vectors: Matrix3(Array(cell.joined())),
                periodic: SIMD3(pbc[0] ? 1 : 0, pbc[1] ? 1 : 0, pbc[2] ? 1 : 0)))
    }

    static func load(_ name: String) throws -> [GoldenCase] {
        struct File: Decodable { let cases: [GoldenCase] }
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(Fixtures.folder)/\(name).json"))
        return try JSONDecoder().decode(File.self, from: data).cases
    }
}

/// Largest difference relative to the largest number (at least 1).
func relativeDifference(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    let scale = b.map(abs).max().map { max($0, 1) } ?? 1
    return (zip(a, b).map { abs($0 - $1) }.max() ?? 0) / scale
}

@Suite("Golden numbers")
struct GoldenTests {
    @Test(arguments: Fixtures.modelNames)
    func energiesForcesAndStrainGradients(_ name: String) throws {
        let evaluator = Evaluator(try Fixtures.model(name))
        for golden in try GoldenCase.load(name) {
            let structure = golden.structure
            let n = structure.count
            var energies = [Double](repeating: 0, count: n)
            var forces = [Double](repeating: 0, count: 3 * n)
            var virials = [Double](repeating: 0, count: 9 * n)
            var packed: [Double] = []
            var strain = Matrix3.zero
            let energy = try structure.withView(packed: &packed) { view throws(Failure) in
                try energies.withUnsafeMutableBufferPointer { e throws(Failure) in
                    try forces.withUnsafeMutableBufferPointer { f throws(Failure) in
                        try virials.withUnsafeMutableBufferPointer { v throws(Failure) in
                            var outputs = Outputs()
                            outputs.energies = e.baseAddress
                            outputs.forces = f.baseAddress
                            outputs.virials = v.baseAddress
                            return try evaluator.evaluate(view, outputs, strainGradient: &strain)
                        }
                    }
                }
            }
            #expect(relativeDifference([energy], [golden.energy]) < 1e-12, "\(golden.name)")
            #expect(relativeDifference(energies, golden.energies) < 1e-12, "\(golden.name)")
            #expect(relativeDifference(forces, Array(golden.forces.joined())) < 1e-12, "\(golden.name)")
            let gradient = Array(golden.strain_gradient.joined())
            #expect(relativeDifference(strain.elements, gradient) < 1e-12, "\(golden.name)")
            var total = [Double](repeating: 0, count: 9)
            for i in 0..<n { for k in 0..<9 { total[k] -= virials[9 * i + k] } }
            #expect(relativeDifference(total, Array(golden.strain_gradient.joined())) < 1e-12, "\(golden.name)")
        }
    }
}
