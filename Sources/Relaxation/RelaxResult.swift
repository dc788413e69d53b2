import Atoms
import Support

/// Why a relaxation ended.
package enum StopReason: Sendable {
    case converged
    case steps  // as many steps as allowed were done
    case observer  // the observer asked for it
    case failed  // the structure could not be evaluated any more
}

/// What an observer sees after each evaluation.
package struct RelaxStep {
    package let step: Int  // 0 for the start
    package let energy: Double  // with pressure and extra potential
    package let fmax: Double  // Å, the cell's share included
    package let structure: Structure
    package let forces: [Vector3]
}

/// Called after each evaluation; returns whether to go on. What it throws ends the relaxation and reaches the caller.
package typealias RelaxObserver = (RelaxStep) throws(Failure) -> Bool

/// A further potential: adds to the energy, the forces (as many as atoms) and the strain gradient. What it throws ends
/// the relaxation and reaches the caller.
package typealias ExtraPotential =
    (Structure, _ energy: inout Double, _ forces: inout [Vector3], _ strainGradient: inout Matrix3) throws(Failure)
    -> Void

/// What a relaxation gives.
package struct RelaxResult: Sendable {
    package var structure: Structure
    package var energy: Double  // with pressure and extra potential
    package var forces: [Vector3]  // −∂E/∂r, of fixed atoms too
    package var fmax: Double
    package var steps: Int
    package var evaluations: Int
    package var reason: StopReason
    package var failure: Failure?  // why, if the reason is `.failed`
    package var descent: Descent  // the optimiser as it stands, to go on with

    /// Å³; 0 unless periodic in three directions.
    package var volume: Double { structure.cell.isFullyPeriodic ? structure.cell.volume : 0 }
}
