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
            let answers = try Answers(evaluator, golden.structure)
            #expect(relativeDifference([answers.energy], [golden.energy]) < 1e-12, "\(golden.name)")
            #expect(relativeDifference(answers.energies, golden.energies) < 1e-12, "\(golden.name)")
            #expect(relativeDifference(answers.forces, Array(golden.forces.joined())) < 1e-12, "\(golden.name)")
            let gradient = Array(golden.strain_gradient.joined())
            #expect(relativeDifference(answers.strain, gradient) < 1e-12, "\(golden.name)")
            var total = [Double](repeating: 0, count: 9)
            for (i, virial) in answers.virials.enumerated() { total[i % 9] -= virial }
            #expect(relativeDifference(total, Array(golden.strain_gradient.joined())) < 1e-12, "\(golden.name)")
        }
    }
}
