import Atoms

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
    // Pairs of a step and the change of the gradient along it: rows of one pair after the other. Once the memory is
    // full, they are a ring.
    private var pairCount = 0
    private var oldest = 0
    private var steps: [Row] = []
    private var changes: [Row] = []
    private var inverses: [Double] = []  // 1 / (step · change)
    private var weights: [Double] = []
    private var curvature: Double

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
            remember(coordinates: coordinates, forces: forces)
        } else {
            forget()
            origin = coordinates
            originForces = forces
            direction = forces.map { Row($0, 0) }
            steps.reserveCapacity(min(options.memory, Self.usualPairs) * forces.count)
            changes.reserveCapacity(min(options.memory, Self.usualPairs) * forces.count)
        }
        for i in coordinates.indices {
            origin[i] = coordinates[i]
            originForces[i] = forces[i]
        }
        originEnergy = energy
        shortenings = 0
        share = 1

        findDirection(forces)
        slope = -productWithDirection(forces)
        if !(slope < 0) {
            // Not downhill: only rounding can do that, as all pairs have positive curvature.
            forget()
            findDirection(forces)
            slope = -productWithDirection(forces)
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
        steps.removeAll(keepingCapacity: true)
        changes.removeAll(keepingCapacity: true)
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

    private mutating func remember(coordinates: [Vector3], forces: [Vector3]) {
        var product = 0.0
        var stepSquare = 0.0
        var changeSquare = 0.0
        for i in coordinates.indices {
            let step = coordinates[i] - origin[i]
            let change = originForces[i] - forces[i]
            product += step.dot(change)
            stepSquare += step.dot(step)
            changeSquare += change.dot(change)
        }
        guard product > 1e-8 * (stepSquare * changeSquare).squareRoot(), changeSquare.isFinite else { return }
        curvature = changeSquare / product
        let rows = coordinates.count
        let slot: Int
        if pairCount < options.memory {
            slot = pairCount
            pairCount += 1
            steps.append(contentsOf: direction)
            changes.append(contentsOf: direction)
            if inverses.count < pairCount {
                inverses.append(0)
                weights.append(0)
            }
        } else {
            slot = oldest
            oldest = (oldest + 1) % options.memory
        }
        for i in 0..<rows {
            steps[slot * rows + i] = Row(coordinates[i] - origin[i], 0)
            changes[slot * rows + i] = Row(originForces[i] - forces[i], 0)
        }
        inverses[slot] = 1 / product
    }

    /// The two-loop recursion, then the limit on the longest row. Each pass over the rows takes one pair's part away or
    /// adds it, and has the product with the next pair at once.
    private mutating func findDirection(_ forces: [Vector3]) {
        let (rows, count, oldest, guess) = (forces.count, pairCount, oldest, 1 / curvature)
        let (inverses, steps, changes) = (inverses, steps, changes)
        var longest = 0.0
        func slot(_ k: Int) -> Int { (oldest + k) % count }
        weights.withUnsafeMutableBufferPointer { weights in
            direction.withUnsafeMutableBufferPointer { direction in
                steps.withUnsafeBufferPointer { steps in
                    changes.withUnsafeBufferPointer { changes in
                        var along = Row.zero
                        for i in 0..<rows { direction[i] = Row(forces[i], 0) }
                        if count == 0 {
                            for i in 0..<rows { direction[i] *= guess }
                        } else {
                            let last = slot(count - 1) * rows
                            for i in 0..<rows { along += steps[last + i] * direction[i] }
                        }
                        for k in stride(from: count - 1, through: 0, by: -1) {
                            let own = slot(k) * rows
                            let weight = inverses[slot(k)] * along.sumOfThree
                            weights[k] = weight
                            along = .zero
                            if k > 0 {
                                let next = slot(k - 1) * rows
                                for i in 0..<rows {
                                    let row = direction[i] - changes[own + i] * weight
                                    direction[i] = row
                                    along += steps[next + i] * row
                                }
                            } else {
                                for i in 0..<rows {
                                    let row = (direction[i] - changes[own + i] * weight) * guess
                                    direction[i] = row
                                    along += changes[own + i] * row
                                }
                            }
                        }
                        for k in 0..<count {
                            let own = slot(k) * rows
                            let correction = weights[k] - inverses[slot(k)] * along.sumOfThree
                            let next = k + 1 < count ? slot(k + 1) * rows : own
                            along = .zero
                            for i in 0..<rows {
                                let row = direction[i] + steps[own + i] * correction
                                direction[i] = row
                                along += changes[next + i] * row
                            }
                        }
                        for row in direction { longest = max(longest, (row * row).sumOfThree) }
                        longest = longest.squareRoot()
                        if longest > options.maxStep {
                            let scale = options.maxStep / longest
                            for i in 0..<rows { direction[i] *= scale }
                        }
                    }
                }
            }
        }
    }
}

/// A vector of three and a zero, which takes as much memory: what is written in halves and read in others is waited for.
private typealias Row = SIMD4<Double>

extension SIMD4<Double> {
    @inline(__always)
    fileprivate var sumOfThree: Double { self[0] + self[1] + self[2] }
    fileprivate var vector: Vector3 { Vector3(self[0], self[1], self[2]) }
}
