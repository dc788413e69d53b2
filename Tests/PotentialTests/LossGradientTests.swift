import Atoms
import Foundation
import Potential
import Support
import Testing

/// A batch with its loss and the gradient of it, from an independent implementation.
struct GoldenBatch: Decodable {
    struct Frame: Decodable {
        let numbers: [Int32]
        let positions: [[Double]]
        let cell: [[Double]]
        let pbc: [Bool]
    }

    let force_weight: Double
    let stress_weight: Double
    let loss: Double
    let gradient: String
    let frames: [Frame]
    let target_forces: [[Double]]
    let target_stress: [[[Double]]]?

    static func load(_ name: String, _ kind: String) throws -> GoldenBatch {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(Fixtures.folder)/\(name).gradient-\(kind).json"))
        return try JSONDecoder().decode(GoldenBatch.self, from: data)
    }
}

extension GoldenBatch {
    /// The loss and its gradient, as the evaluator has them.
    func evaluate(_ evaluator: GradientEvaluator, _ model: Model) throws -> (loss: Double, gradient: [Double]) {
        let atoms = frames.reduce(0) { $0 + $1.numbers.count }
        var gradient = [Double](repeating: 0, count: model.layout.count)
        let part = GradientPart(model, precision: evaluator.precision)
        var loss = 0.0
        var first = 0
        for (index, frame) in frames.enumerated() {
            let n = frame.numbers.count
            let structure = Structure(
                numbers: frame.numbers, positions: frame.positions.map { Vector3($0[0], $0[1], $0[2]) },
                cell: Cell(
                    vectors: Matrix3(Array(frame.cell.joined())),
                    periodic: frame.pbc[0] ? SIMD3(1, 1, 1) : .zero))
            var forces = [Double](repeating: 0, count: 3 * n)
            var strain = Matrix3.zero
            var packed: [Double] = []
            try structure.withView(packed: &packed) { view throws(Failure) in
                try forces.withUnsafeMutableBufferPointer { f throws(Failure) in
                    _ = try evaluator.evaluate(view, forces: f.baseAddress.unsafelyUnwrapped, strainGradient: &strain)
                }
            }
            let target = target_forces[first..<first + n].joined()
            let difference = zip(forces, target).map { $0 - $1 }
            loss += force_weight * difference.reduce(0) { $0 + $1 * $1 } / Double(3 * atoms)
            let direction = difference.map { -2 * force_weight * $0 / Double(3 * atoms) }
            var strainDirection = Matrix3.zero
            if let stresses = target_stress {
                let volume = structure.cell.volume
                let residual = strain * (1 / volume) - Matrix3(Array(stresses[index].joined()))
                let count = Double(9 * frames.count)
                loss += stress_weight * residual.elements.reduce(0) { $0 + $1 * $1 } / count
                strainDirection = residual * (2 * stress_weight / (count * volume))
            }
            try direction.withUnsafeBufferPointer { direction throws(Failure) in
                try evaluator.addDerivative(
                    along: direction.baseAddress.unsafelyUnwrapped, strain: strainDirection, to: part)
            }
            first += n
        }
        gradient.withUnsafeMutableBufferPointer {
            GradientSum(model, precision: evaluator.precision)([part], of: model, to: $0.baseAddress.unsafelyUnwrapped)
        }
        return (loss, gradient)
    }
}

@Suite("Gradient of the loss")
struct LossGradientTests {
    @Test(arguments: Fixtures.modelNames, ["periodic", "molecular"])
    func agreesWithGoldenNumbers(_ name: String, _ kind: String) throws {
        let model = try Fixtures.model(name)
        let batch = try GoldenBatch.load(name, kind)
        let (loss, gradient) = try batch.evaluate(GradientEvaluator(model), model)
        #expect(relativeDifference([loss], [batch.loss]) < 1e-12)
        let golden = try Safetensors(path: "\(Fixtures.folder)/\(batch.gradient)", limit: 10_000_000)
        for tensor in model.layout.tensors {
            let expected = try golden.doubles(tensor.name, shape: tensor.shape)
            #expect(relativeDifference(Array(gradient[tensor.range]), expected) < 1e-10, "\(tensor.name)")
        }
    }
}
