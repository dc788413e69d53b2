import Atoms

/// The optimiser that was asked for and all it remembers; may be handed on from one relaxation to the next.
package struct Descent: Sendable {
    private var fire: FIRE?
    private var lbfgs: LBFGS?

    package init(_ options: RelaxOptions) {
        switch options.optimizer {
        case .fire: fire = FIRE(options)
        case .lbfgs: lbfgs = LBFGS(options)
        }
    }

    /// Sets `step` to the next step; all lists are equally long.
    mutating func advance(coordinates: [Vector3], forces: [Vector3], energy: Double, step: inout [Vector3]) {
        fire?.advance(forces: forces, step: &step)
        lbfgs?.advance(coordinates: coordinates, forces: forces, energy: energy, step: &step)
    }

    /// To be told when the structure is now somewhere else than the last step led. FIRE keeps its motion and its time
    /// step; what L-BFGS has learned belongs to where it was.
    mutating func moveElsewhere() { lbfgs?.restart() }

    /// To be told when a step could not be done in full.
    mutating func restart() {
        fire?.brake()
        lbfgs?.restart()
    }
}
