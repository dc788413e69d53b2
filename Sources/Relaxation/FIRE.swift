import Atoms

/// The fast inertial relaxation engine (Bitzek et al., PRL 97, 170201 (2006)), with the order of operations of
/// `ase.optimize.FIRE`, so that equal settings give equal trajectories.
package struct FIRE: Sendable {
    private let options: RelaxOptions
    private var velocities: [Vector3] = []  // none before the first step
    private var timeStep: Double
    private var acceleration: Double
    private var downhill = 0

    package init(_ options: RelaxOptions) {
        self.options = options
        timeStep = options.timeStep
        acceleration = options.accelerationStart
    }

    /// Sets `step` (as long as `forces`) to the next step.
    package mutating func advance(forces: [Vector3], step: inout [Vector3]) {
        if velocities.count != forces.count {
            velocities = [Vector3](repeating: .zero, count: forces.count)
        } else {
            let power = dot(forces, velocities)
            if power > 0 {
                let along = acceleration * (dot(velocities, velocities) / dot(forces, forces)).squareRoot()
                for i in velocities.indices {
                    velocities[i] = velocities[i] * (1 - acceleration) + forces[i] * along
                }
                if downhill > options.downhillSteps {
                    timeStep = min(timeStep * options.stepIncrease, options.maxTimeStep)
                    acceleration *= options.accelerationFactor
                }
                downhill += 1
            } else {
                brake()
            }
        }
        var square = 0.0
        for i in velocities.indices {
            velocities[i] += forces[i] * timeStep
            step[i] = velocities[i] * timeStep
            square += step[i].dot(step[i])
        }
        let length = square.squareRoot()
        if length > options.maxStep {
            let scale = options.maxStep / length
            for i in step.indices { step[i] *= scale }
        }
    }

    /// Stops all motion and goes on more slowly.
    package mutating func brake() {
        for i in velocities.indices { velocities[i] = .zero }
        acceleration = options.accelerationStart
        timeStep *= options.stepDecrease
        downhill = 0
    }
}

/// The scalar product of two lists of vectors, as if of one long vector each.
func dot(_ a: [Vector3], _ b: [Vector3]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i].dot(b[i]) }
    return sum
}
