import Atoms
import Support

/// Lets threads evaluate parts of one structure that write to the same atoms: each, or each but the first, has arrays
/// of its own, which are added to those that are wanted, in the order of the threads.
final class PartialOutputs {
    private let sparing: Int  // shares with arrays of their own begin with this one
    private var energies = Buffer<Double>()
    private var forces = Buffer<Double>()
    private var virials = Buffer<Double>()

    /// all: also the first share has its own arrays, so that nothing is added where a share fails.
    init(all: Bool = false) { sparing = all ? 0 : 1 }

    /// How many of `threads` are worth starting: below some hundred atoms one takes longer to start than it saves.
    static func shares(_ threads: Int, atoms: Int) -> Int { max(1, min(threads, atoms / 128)) }

    /// Calls `body(share, outputs, &strainGradient)` for each share, on a thread of its own, and returns the sum of the
    /// energies; strain gradients are added to `strainGradient`. count: atoms that the arrays of `outputs` are for.
    /// Throws `.memory` before anything is written, or what the first share that fails throws. Energies are added up only
    /// where all shares have arrays of their own; else each is written by one share.
    func evaluate(
        _ shares: Int, count n: Int, _ outputs: Outputs, _ strainGradient: inout Matrix3,
        _ body: (_ share: Int, _ outputs: Outputs, _ strainGradient: inout Matrix3) throws(Failure) -> Double
    ) throws(Failure) -> Double {
        let (count, sparing) = (shares - sparing, sparing)
        let ownsEnergies = sparing == 0 && outputs.energies != nil
        try clear(&energies, ownsEnergies ? n * count : 0)
        try clear(&forces, outputs.forces == nil ? 0 : 3 * n * count)
        try clear(&virials, outputs.virials == nil ? 0 : 9 * n * count)
        let (energies, forces, virials) = (
            Unchecked(energies.pointer), Unchecked(forces.pointer), Unchecked(virials.pointer)
        )
        let wanted = Unchecked(outputs)
        let parts = try PartialOutputs.run(shares) { share throws(Failure) in
            var own = wanted.value
            if share >= sparing {
                let k = share - sparing
                if ownsEnergies { own.energies = energies.value + n * k }
                if own.forces != nil { own.forces = forces.value + 3 * n * k }
                if own.virials != nil { own.virials = virials.value + 9 * n * k }
            }
            var strain = Matrix3.zero
            let energy = try body(share, own, &strain)
            return (energy, strain)
        }
        var energy = 0.0
        for (share, part) in parts.enumerated() {
            energy += part.0
            strainGradient += part.1
            guard share >= sparing else { continue }
            let k = share - sparing
            if ownsEnergies, let total = outputs.energies { add(energies.value + n * k, to: total, n) }
            if let total = outputs.forces { add(forces.value + 3 * n * k, to: total, 3 * n) }
            if let total = outputs.virials { add(virials.value + 9 * n * k, to: total, 9 * n) }
        }
        return energy
    }

    /// The results of `body(0)` … `body(shares - 1)`, each on a thread of its own; throws what the first
    /// that fails throws.
    static func run<Value>(_ shares: Int, _ body: (_ share: Int) throws(Failure) -> Value) throws(Failure) -> [Value] {
        var results = [Result<Value, Failure>?](repeating: nil, count: shares)
        // All threads have ended when Threads.run returns, so nothing escapes.
        withoutActuallyEscaping(body) { body in
            results.withUnsafeMutableBufferPointer { results in
                let shared = Unchecked((results: results, body: body))
                Threads.run(shares) { share in
                    do throws(Failure) {
                        shared.value.results[share] = .success(try shared.value.body(share))
                    } catch {
                        shared.value.results[share] = .failure(error)
                    }
                }
            }
        }
        var values: [Value] = []
        for result in results { values.append(try result!.get()) }
        return values
    }

    private func clear(_ buffer: inout Buffer<Double>, _ count: Int) throws(Failure) {
        try buffer.request(count)
        buffer.pointer.update(repeating: 0, count: count)
    }

    private func add(_ part: UnsafeMutablePointer<Double>, to total: UnsafeMutablePointer<Double>, _ count: Int) {
        for k in 0..<count { total[k] += part[k] }
    }
}
