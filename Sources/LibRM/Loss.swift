import CRM
import Potential
import Response
import Support
import Training

@c @implementation
public func rm_loss_and_gradient(
    _ handle: OpaquePointer?, _ count: Int64, _ frames: UnsafePointer<rm_frame>?, _ forceWeight: Double,
    _ stressWeight: Double, _ threads: Int32, _ loss: UnsafeMutablePointer<Double>?,
    _ gradient: UnsafeMutablePointer<Double>?, _ forceError: UnsafeMutablePointer<Double>?,
    _ stressError: UnsafeMutablePointer<Double>?
) -> rm_status {
    boundary { () throws(Failure) in
        let model = try model(handle)
        try check("count", count, 1...1_000_000_000)
        let frames = try required(frames, "frames")
        try check(notNegative: "force_weight", forceWeight)
        try check(notNegative: "stress_weight", stressWeight)
        let threads = try threadCount(threads)
        let loss = try required(loss, "loss")
        var batch: [Frame] = []
        for k in 0..<Int(count) {
            do throws(Failure) {
                let frame = try frames[k].copied()
                try Dataset.check(frame)
                try model.checkElements(of: frame.structure)
                batch.append(frame)
            } catch { throw error.at("frame \(k)") }
        }
        let weights = LossWeights(force: forceWeight, stress: stressWeight)
        var values = [Double](repeating: 0, count: gradient == nil ? 0 : model.parameters.count)
        let sums = try Team.with(threads: threads) { team throws(Failure) in
            try values.withUnsafeMutableBufferPointer { values throws(Failure) in
                let evaluate = LossAndGradient(model, threads: threads)
                return try evaluate(
                    model, count: batch.count, weights: weights, gradient: gradient == nil ? nil : values.baseAddress,
                    team: team, atoms: { batch[$0].structure.count },
                    frame: { [batch] k, _ throws(Failure) in batch[k] })
            }
        }
        let result = sums.loss(weights)
        guard result.isFinite, values.allSatisfy(\.isFinite) else {
            throw Failure(.numbers, "the loss or its gradient is not finite")
        }
        loss.pointee = result
        gradient?.update(from: values, count: values.count)
        forceError?.pointee = sums.forceError
        stressError?.pointee = sums.stressError
    }
}
