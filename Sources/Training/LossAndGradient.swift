import Atoms
import Potential
import Response
import Support

/// The loss of a batch of frames and pairs and its exact gradient, on the threads of a team.
///
/// The loss is made of first derivatives of E, so its gradient is a derivative of ∂E/∂parameters along one direction:
/// with N atoms in the batch, B frames with a target stress and V a frame's volume, its positions move by
/// −2 w_F weight (F − F*)/(3N) and it is strained by 2 w_S weight (σ − σ*)/(9BV). Pairs add ∂loss/∂E times
/// ∂E/∂parameters.
///
/// Frames are summed in an order that does not depend on the number of threads: results are the same to the last bit.
package final class LossAndGradient {
    private let model: Model  // the first
    private let precision: Precision
    private let workers: [Worker]
    private var chunks: [Chunk] = []
    private let sum: GradientSum
    private let bytesPerAtom: Int

    /// The components of a batch that have targets, over all ranks: what its means divide by.
    package struct Components: Equatable, Sendable {
        package var forces: Double
        package var stresses: Double
        package var pairs: Double

        package init(forces: Double, stresses: Double, pairs: Double = 0) {
            self.forces = forces
            self.stresses = stresses
            self.pairs = pairs
        }
    }

    /// Gradients of parts of a batch need memory each, and time to be gathered and summed; there are no more parts than
    /// this, nor than 256 MB hold. With many frames to each part threads would wait long for the last one.
    private static func maximumChunks(_ frames: Int) -> Int { max(16, min(64, frames / 2)) }
    private static let chunkMemory = 256 << 20
    /// What they keep of each atom until they are summed is not to be more than the processor's caches hold.
    private static let roundMemory = 16 << 20

    /// For models of the same architecture as `model`, on at most `threads` threads.
    package init(_ model: Model, threads: Int, precision: Precision = .double) {
        (self.model, self.precision) = (model, precision)
        sum = GradientSum(model, precision: precision)
        bytesPerAtom = GradientPart.bytesPerAtom(model, precision)
        workers = (0..<max(1, threads)).map { _ in Worker(model, precision) }
    }

    /// Adds up the errors of frames 0 ..< count and of `pairs`, and if `gradient` is not nil sets gradient[parameters]
    /// to the gradient of this part of the loss. `model`: made from the one given at first by `Model(_:parameters:)`.
    /// `components`: nil if these frames are the whole batch, which then must be at hand without much work, as `frame`
    /// is called twice. `frame` is called from any thread of the team, with memory for its work; `atoms` tells how many
    /// a frame will have. Throws what `frame` and `Evaluator.evaluate` throw, for the first frame that fails.
    package func callAsFunction(
        _ model: Model, count: Int, weights: LossWeights, components: Components? = nil,
        gradient: UnsafeMutablePointer<Double>?, team: Team, pairs: [Pair] = [],
        atoms: (Int) -> Int, frame: @escaping (Int, NeighborPairs) throws(Failure) -> Frame
    ) throws(Failure) -> ErrorSums {
        var divisors = Components(forces: 0, stresses: 0, pairs: Double(pairs.count))
        if let components {
            divisors = components
        } else {
            let memory = NeighborPairs()
            for k in 0..<count {
                let frame = try frame(k, memory)
                divisors.forces += Double(3 * frame.structure.count)
                divisors.stresses += frame.stress == nil ? 0 : 9
            }
        }
        let batch = Batch(
            model: model, weights: weights, components: divisors, needsGradient: gradient != nil, frames: count,
            frame: frame, pairs: pairs)
        let atomCount = { batch.atomCount($0, atoms) }
        let count = count + pairs.count
        let rounds = gradient == nil ? [0..<count] : Self.rounds(count, bytesPerAtom: bytesPerAtom, atomCount)
        var sums = ErrorSums()
        var further: [Double] = []  // the gradient of a round after the first
        for (index, round) in rounds.enumerated() {
            let parts = try run(batch, round, team, atomCount)
            for chunk in parts { sums += chunk.sums }
            guard let gradient else { continue }
            let gradients = parts.compactMap(\.gradient)
            if index == 0 {
                sum(gradients, of: model, to: gradient, run: team.share)
            } else {
                if further.isEmpty { further = [Double](repeating: 0, count: model.parameters.count) }
                further.withUnsafeMutableBufferPointer { further in
                    sum(gradients, of: model, to: further.baseAddress!, run: team.share)
                    for k in further.indices { gradient[k] += further[k] }
                }
            }
        }
        return sums
    }

    /// The frames and pairs whose gradients are summed together: as many as have so few atoms that what parts keep of
    /// each of them is not too much, whatever the number of threads.
    static func rounds(_ count: Int, bytesPerAtom: Int, _ atoms: (Int) -> Int) -> [Range<Int>] {
        guard bytesPerAtom > 0 else { return [0..<count] }
        let most = roundMemory / bytesPerAtom
        var rounds: [Range<Int>] = []
        var (start, sum) = (0, 0)
        for k in 0..<count {
            let own = atoms(k)
            if k > start, sum + own > most {
                rounds.append(start..<k)
                (start, sum) = (k, 0)
            }
            sum += own
        }
        return rounds + [start..<count]
    }

    /// Runs some frames and pairs in parts, which it returns.
    private func run(
        _ batch: Batch, _ frames: Range<Int>, _ team: Team, _ atoms: (Int) -> Int
    ) throws(Failure) -> [Chunk] {
        let parts = chunkCount(frames.count, batch.needsGradient)
        while chunks.count < parts { chunks.append(Chunk()) }
        batch.model.prepare(precision, run: team.share)
        let (chunks, workers) = (chunks, workers)
        let ranges = (0..<parts).map {
            frames.lowerBound + $0 * frames.count / parts..<frames.lowerBound + ($0 + 1) * frames.count / parts
        }
        // The heaviest first, so that threads that run out of parts do not wait long for the last ones. A job, not a
        // part, has a chunk, as it mostly stays with the thread that has it in its caches.
        let work = ranges.map { range in range.reduce(0) { $0 + atoms($1) } }
        let order = ranges.indices.sorted { (work[$1], $0) < (work[$0], $1) }
        for (job, part) in order.enumerated() {
            try chunks[job].prepare(batch.needsGradient ? model : nil, precision, atoms: work[part])
        }
        team.run(parts) { job, worker in workers[worker].run(batch, chunks[job], ranges[order[job]]) }
        var result = Array(chunks[..<parts])
        for (job, part) in order.enumerated() { result[part] = chunks[job] }
        for chunk in result { if let failure = chunk.failure { throw failure } }
        return result
    }

    /// How many parts a batch is cut into; independent of the number of threads.
    private func chunkCount(_ frames: Int, _ needsGradient: Bool) -> Int {
        guard needsGradient else { return min(frames, Self.maximumChunks(frames)) }
        return min(
            frames, Self.maximumChunks(frames), max(1, Self.chunkMemory / (8 * GradientPart.numberCount(model))))
    }
}

/// What all workers do.
private struct Batch {
    let model: Model
    let weights: LossWeights
    let components: LossAndGradient.Components
    let needsGradient: Bool
    let frames: Int
    let frame: (Int, NeighborPairs) throws(Failure) -> Frame
    let pairs: [Pair]

    /// The atoms to be evaluated for frame or pair k.
    func atomCount(_ k: Int, _ atoms: (Int) -> Int) -> Int {
        k < frames ? atoms(k) : pairs[k - frames].lower.count + pairs[k - frames].higher.count
    }
}

/// Successive frames and pairs of a batch and what they add up to.
private final class Chunk {
    var sums = ErrorSums()
    var failure: Failure?
    private(set) var gradient: GradientPart?

    /// `model`: nil if no gradient is wanted. `atoms`: how many will come.
    func prepare(_ model: Model?, _ precision: Precision, atoms: Int) throws(Failure) {
        guard let model else { return }
        if gradient == nil {
            try Memory.require(8 * GradientPart.numberCount(model))
            gradient = GradientPart(model, precision: precision)
        }
        try gradient?.reserve(atoms: atoms)
    }

    /// Begins anew.
    func clear() {
        gradient?.clear()
        sums = ErrorSums()
        failure = nil
    }
}

/// One thread's scratch.
private final class Worker {
    private let evaluator: GradientEvaluator
    private let neighborPairs = NeighborPairs()
    private var packed: [Double] = []
    private var forces = Buffer<Double>()  // [atoms][3], then the direction in which the atoms move

    init(_ model: Model, _ precision: Precision) { evaluator = GradientEvaluator(model, precision: precision) }

    /// Frames, and beyond them pairs.
    func run(_ batch: Batch, _ chunk: Chunk, _ range: Range<Int>) {
        if evaluator.model !== batch.model { evaluator.use(batch.model) }
        chunk.clear()
        for k in range {
            do throws(Failure) {
                if k < batch.frames {
                    try add(try batch.frame(k, neighborPairs), batch, chunk)
                } else {
                    try add(batch.pairs[k - batch.frames], batch, chunk)
                }
            } catch {
                chunk.failure = error
                break
            }
        }
    }

    private func add(_ frame: Frame, _ batch: Batch, _ chunk: Chunk) throws(Failure) {
        let n = frame.structure.count
        var strainGradient = Matrix3.zero
        _ = try evaluate(frame.structure, &strainGradient)
        let forces = forces.pointer

        var squares = 0.0
        let scale = -2 * batch.weights.force * frame.weight / max(1, batch.components.forces)
        for i in 0..<n {
            for k in 0..<3 {
                let error = forces[3 * i + k] - frame.forces[i][k]
                squares += error * error
                forces[3 * i + k] = scale * error
            }
        }
        chunk.sums.forceSquares += squares
        chunk.sums.weightedForceSquares += frame.weight * squares
        chunk.sums.forceComponents += Double(3 * n)

        var strain = Matrix3.zero
        if let stress = frame.stress {
            let volume = frame.structure.cell.volume
            let error = strainGradient * (1 / volume) - stress
            squares = error.elements.reduce(0) { $0 + $1 * $1 }
            chunk.sums.stressSquares += squares
            chunk.sums.weightedStressSquares += frame.weight * squares
            chunk.sums.stressComponents += 9
            // The stress of an invariant potential is symmetric: what is not in the error cannot be learnt.
            strain =
                error.symmetrized
                * (2 * batch.weights.stress * frame.weight / (max(1, batch.components.stresses) * volume))
        }
        guard batch.needsGradient, let gradient = chunk.gradient else { return }
        try evaluator.addDerivative(along: forces, strain: strain, to: gradient)
    }

    private func add(_ pair: Pair, _ batch: Batch, _ chunk: Chunk) throws(Failure) {
        let atoms = Double(pair.lower.count)
        let lower = try evaluate(pair.lower)
        let higher = try evaluate(pair.higher)
        let (loss, derivative) = batch.weights.pairs((lower - higher) / atoms)
        chunk.sums.pairLosses += loss
        chunk.sums.pairsInOrder += lower < higher ? 1 : 0
        chunk.sums.pairs += 1
        guard batch.needsGradient, let gradient = chunk.gradient else { return }
        let factor = batch.weights.pairs.weight * derivative / (atoms * max(1, batch.components.pairs))
        // Far in the right order a pair has nothing to say.
        guard derivative * batch.weights.pairs.width > 1e-9 else { return }
        try addEnergyGradient(of: pair.higher, times: -factor, to: gradient)
        _ = try evaluate(pair.lower)
        try addEnergyGradient(of: pair.lower, times: factor, to: gradient)
    }

    /// Of the structure evaluated last.
    private func addEnergyGradient(
        of structure: borrowing Structure, times factor: Double, to gradient: GradientPart
    ) throws(Failure) {
        forces.pointer.update(repeating: 0, count: 3 * structure.count)
        try evaluator.addDerivative(along: forces.pointer, strain: .zero, energy: factor, to: gradient)
    }

    private func evaluate(_ structure: borrowing Structure) throws(Failure) -> Double {
        var strainGradient = Matrix3.zero
        return try evaluate(structure, &strainGradient)
    }

    /// Sets `forces`.
    private func evaluate(_ structure: borrowing Structure, _ strainGradient: inout Matrix3) throws(Failure) -> Double {
        forces.reserve(3 * structure.count)
        let forces = forces.pointer
        var energy = 0.0
        try structure.withView(packed: &packed) { view throws(Failure) in
            energy = try evaluator.evaluate(view, forces: forces, strainGradient: &strainGradient)
        }
        return energy
    }
}
