import Atoms
import Potential
import Response
import Support
import Testing

@testable import Training

/// Loss and gradient of whole batches against an independent implementation.
@Suite struct GoldenTests {
    static func batch(_ place: JSON.Place) throws -> [Frame] {
        let forces = try place["target_forces"].elements().map { try vector($0) }
        var stresses: [Matrix3]?
        if let all = try place.find("target_stress"), all.value != .null {
            stresses = try all.elements().map { try matrix($0) }
        }
        var first = 0
        var frames: [Frame] = []
        for (k, frame) in try place["frames"].elements().enumerated() {
            let numbers = try frame["numbers"].doubles.map { Int32($0) }
            let isPeriodic = try frame["pbc"].elements().allSatisfy { try $0.boolean() }
            let structure = Structure(
                numbers: numbers, positions: try frame["positions"].elements().map { try vector($0) },
                cell: isPeriodic ? Cell(try matrix(frame["cell"])) : .none)
            frames.append(
                Frame(
                    structure: structure, forces: Array(forces[first..<first + numbers.count]), stress: stresses?[k]))
            first += numbers.count
        }
        return frames
    }

    static func vector(_ place: JSON.Place) throws -> Vector3 {
        let numbers = try place.doubles
        return Vector3(numbers[0], numbers[1], numbers[2])
    }

    static func matrix(_ place: JSON.Place) throws -> Matrix3 {
        Matrix3(try place.elements().flatMap { try $0.doubles })
    }

    @Test(
        arguments: [
            "random-carbon-l3-nu3", "random-inorganic-l2-nu2-receiver", "random-organic-l3-nu3",
            "random-organic-l3-nu4",
        ], ["periodic", "molecular"])
    func batchesAgree(name: String, kind: String) throws {
        let model = try Model(path: "\(Reference.folder)/models/\(name).safetensors")
        let path = "\(Reference.folder)/\(name).gradient-\(kind)"
        let place = JSON.Place(try JSON(parsing: try File.read(path + ".json", limit: 1 << 20)))
        let weights = LossWeights(force: try place["force_weight"].double, stress: try place["stress_weight"].double)
        let frames = try Self.batch(place)
        let (sums, gradient) = try LossAndGradientTests.evaluate(frames, model, threads: 2, weights: weights)
        let loss = try place["loss"].double
        #expect(abs(sums.loss(weights) - loss) < 1e-12 * loss)
        let golden = try Safetensors(path: path + ".safetensors")
        for tensor in model.layout.tensors {
            let expected = try golden.doubles(tensor.name, shape: tensor.shape)
            let scale = expected.reduce(0) { max($0, abs($1)) }
            for (x, y) in zip(gradient[tensor.range], expected) { #expect(abs(x - y) <= 1e-10 * scale) }
        }
    }
}
