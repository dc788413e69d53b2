import Atoms
import KernelTypes
import Kernels

/// Limited-memory BFGS (Liu and Nocedal, Math. Program. 45, 503 (1989)) with the first guess, the memory and the limit
/// on the step of `ase.optimize.LBFGS`. It differs in what keeps it from running uphill and makes it indifferent to a
/// bad guess: steps that do not lower the energy are taken back, pairs without positive curvature are not remembered,
/// and the guess is replaced by the curvature that was met last.
package struct LBFGS: Sendable {
    /// Armijo's condition: the share of the first-order fall of the energy that a step must bring.
    private static let sufficientFall = 1e-4
    /// Rises of the energy within this, relative to 1 + |E|, are rounding.
    private static let rounding = 1e-10
    /// How often a step is shortened before all memory is dropped.
    private static let maxShortenings = 6

    /// So many pairs come together in most relaxations: room for them is asked for at once.
    private static let usualPairs = 16

    private let options: RelaxOptions
    // Pairs of a step and the change of the gradient along it: rows of one pair after the other, in a ring that has room
    // for one more than is remembered.
    private var pairCount = 0
    private var oldest = 0
    private var steps: [Row] = []
    private var changes: [Row] = []
    private var inverses: [Double] = []  // 1 / (step · change)
    private var weights: [Double] = []
    private var curvature: Double
    private var slots: Int { options.memory + 1 }

    // The last point that was accepted, and the way taken from it.
    private var origin: [Vector3] = []
    private var originForces: [Vector3] = []
    private var originEnergy = 0.0
    private var direction: [Row] = []
    private var slope = 0.0  // ∂E/∂(share of direction)
    private var share = 1.0  // of `direction` by which the present point is away from the origin
    private var shortenings = 0

    package init(_ options: RelaxOptions) {
        self.options = options
        curvature = options.curvature
    }

    /// Sets `step` to the next step from `coordinates`, where the energy and the forces are these (all of one length).
    package mutating func advance(
        coordinates: [Vector3], forces: [Vector3], energy: Double, step: inout [Vector3]
    ) {
        if origin.count == coordinates.count {
            let energy = energyOfStep(to: energy, forces)
            let allowed = originEnergy + Self.sufficientFall * share * slope + Self.rounding * (1 + abs(originEnergy))
            if energy > allowed, shortenings < Self.maxShortenings {
                shorten(energy: energy, coordinates: coordinates, step: &step)
                return
            }
            if shortenings == Self.maxShortenings { forget() }
            moveOrigin(to: coordinates, forces: forces)
        } else {
            forget()
            origin = coordinates
            originForces = forces
            direction = forces.map { Row($0, 0) }
        }
        originEnergy = energy
        shortenings = 0
        share = 1

        findDirection(forces)
        if !(slope < 0) {
            // Not downhill: only rounding can do that, as all pairs have positive curvature.
            forget()
            findDirection(forces)
        }
        for i in step.indices { step[i] = direction[i].vector }
    }

    /// The energy after a step, by the forces at both ends of it where energies of single precision do not tell: their
    /// rounding hides what small steps bring, that of the forces does not.
    private func energyOfStep(to energy: Double, _ forces: [Vector3]) -> Double {
        guard options.energyRounding > Self.rounding,
            abs(energy - originEnergy) <= options.energyRounding * (1 + abs(originEnergy))
        else { return energy }
        return originEnergy + 0.5 * share * (slope - productWithDirection(forces))
    }

    private func productWithDirection(_ forces: [Vector3]) -> Double {
        var sum = 0.0
        for i in forces.indices { sum += (direction[i].vector * forces[i]).sum() }
        return sum
    }

    /// Drops all memory of curvature.
    package mutating func forget() {
        pairCount = 0
        oldest = 0
    }

    /// After a step that could not be evaluated: where the shorter one led is a new beginning.
    package mutating func restart() {
        forget()
        origin = []
    }

    /// The way back from a step that was too long, to the minimum of the parabola through what is known.
    private mutating func shorten(energy: Double, coordinates: [Vector3], step: inout [Vector3]) {
        let rise = energy - originEnergy - slope * share
        let minimum = -slope * share * share / (2 * rise)
        share = max(0.1 * share, min(0.5 * share, minimum.isFinite ? minimum : 0))
        shortenings += 1
        for i in step.indices { step[i] = origin[i] + direction[i].vector * share - coordinates[i] }
    }

    /// Makes the way from the origin a pair, if the curvature along it is positive; where it led is the next origin.
    private mutating func moveOrigin(to coordinates: [Vector3], forces: [Vector3]) {
        let rows = coordinates.count
        let slot = (oldest + pairCount) % slots
        if steps.count < (slot + 1) * rows {
            let room = min(slots, max(Self.usualPairs, 2 * slot))
            steps.append(contentsOf: repeatElement(.zero, count: room * rows - steps.count))
            changes.append(contentsOf: repeatElement(.zero, count: room * rows - changes.count))
            inverses.reserveCapacity(room)
            weights.reserveCapacity(room)
        }
        var (products, stepSquares, changeSquares) = (Row.zero, Row.zero, Row.zero)
        for i in 0..<rows {
            let step = Row(coordinates[i] - origin[i], 0)
            let change = Row(originForces[i] - forces[i], 0)
            products += step * change
            stepSquares += step * step
            changeSquares += change * change
            steps[slot * rows + i] = step
            changes[slot * rows + i] = change
            origin[i] = coordinates[i]
            originForces[i] = forces[i]
        }
        let (product, changeSquare) = (products.sum(), changeSquares.sum())
        guard product > 1e-8 * (stepSquares.sum() * changeSquare).squareRoot(), changeSquare.isFinite else { return }
        curvature = changeSquare / product
        while inverses.count <= slot {
            inverses.append(0)
            weights.append(0)
        }
        inverses[slot] = 1 / product
        if pairCount < options.memory { pairCount += 1 } else { oldest = (oldest + 1) % slots }
    }

    /// The step to the minimum of the parabola that the pairs make, as far as the longest row may go, and the slope
    /// along it.
    private mutating func findDirection(_ forces: [Vector3]) {
        for i in forces.indices { direction[i] = Row(forces[i], 0) }
        if pairCount == 0 {
            for i in direction.indices { direction[i] /= curvature }
        } else {
            applyPairs()
        }
        var products = Row.zero
        var longest = 0.0
        for i in direction.indices {
            let row = direction[i]
            products += row * Row(forces[i], 0)
            longest = max(longest, (row * row).sum())
        }
        slope = -products.sum()
        longest = longest.squareRoot()
        guard longest > options.maxStep else { return }
        let scale = options.maxStep / longest
        slope *= scale
        for i in direction.indices { direction[i] *= scale }
    }

    /// There is one at least.
    private mutating func applyPairs() {
        let (rows, count, oldest, slots, guess) = (direction.count, pairCount, oldest, slots, 1 / curvature)
        steps.withUnsafeBufferPointer { steps in
            changes.withUnsafeBufferPointer { changes in
                inverses.withUnsafeBufferPointer { inverses in
                    weights.withUnsafeMutableBufferPointer { weights in
                        direction.withUnsafeMutableBufferPointer { direction in
                            let pairs = CurvaturePairs(
                                count: count, oldest: oldest, slots: slots, rows: rows, steps: steps.baseAddress!,
                                changes: changes.baseAddress!, inverses: inverses.baseAddress!,
                                weights: weights.baseAddress!)
                            commonKernels.findDirection(pairs, guess, direction.baseAddress!)
                        }
                    }
                }
            }
        }
    }
}

private typealias Row = CurvaturePairs.Row

extension SIMD4<Double> {
    fileprivate var vector: Vector3 { Vector3(self[0], self[1], self[2]) }
}
