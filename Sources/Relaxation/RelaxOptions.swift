import Support

/// How the atoms, and the cell, find their way downhill.
package enum Optimizer: Sendable {
    case fire  // Bitzek et al., PRL 97, 170201 (2006), as in ASE
    case lbfgs  // Liu and Nocedal, Math. Program. 45, 503 (1989), as in ASE
}

/// What the cell may do. Only its periodic directions ever move.
package enum CellMode: Sendable {
    case fixed
    case constantVolume
    case free
}

/// How to relax; mirrors `rm_relax_options`. Lengths and forces in Å.
package struct RelaxOptions: Equatable, Sendable {
    package var optimizer = Optimizer.fire
    package var cell = CellMode.fixed
    package var pressure = 0.0  // external, in units of stress; with a free cell
    package var fmax = 1e-3  // converged when the largest force is below
    package var maxSteps = 1000
    package var maxStep = 0.2  // FIRE: norm of a whole step, as in ASE; L-BFGS: longest step of one atom
    package var cellPerAtom = true  // divide the cell's gradient by the number of atoms, for fmax and for the step

    package var timeStep = 0.1
    package var maxTimeStep = 1.0
    package var accelerationStart = 0.1
    package var accelerationFactor = 0.99
    package var stepIncrease = 1.1
    package var stepDecrease = 0.5
    package var downhillSteps = 5

    package var memory = 20
    package var curvature = 1.0

    var energyRounding = 1e-10  // the evaluator's (`ForceEvaluator`)

    package init() {}

    /// Throws `.argument` naming the option that is out of range.
    package func check() throws(Failure) {
        func positive(_ name: String, _ value: Double) throws(Failure) {
            guard value > 0, value.isFinite else {
                throw Failure(.argument, "\(name) is \(value); it must be positive and finite")
            }
        }
        guard pressure.isFinite else { throw Failure(.argument, "pressure is \(pressure); it must be finite") }
        guard pressure == 0 || cell == .free else {
            throw Failure(.argument, "a pressure needs a free cell, but the cell is fixed or of constant volume")
        }
        guard fmax >= 0, fmax.isFinite else {
            throw Failure(.argument, "fmax is \(fmax); it must be finite and not negative")
        }
        guard maxSteps >= 0 else { throw Failure(.argument, "max_steps is \(maxSteps); it must not be negative") }
        try positive("max_step", maxStep)
        try positive("time_step", timeStep)
        try positive("max_time_step", maxTimeStep)
        try positive("step_increase", stepIncrease)
        guard accelerationStart >= 0, accelerationStart <= 1 else {
            throw Failure(.argument, "acceleration_start is \(accelerationStart); it must lie between 0 and 1")
        }
        guard accelerationFactor >= 0, accelerationFactor <= 1 else {
            throw Failure(.argument, "acceleration_factor is \(accelerationFactor); it must lie between 0 and 1")
        }
        guard stepDecrease > 0, stepDecrease < 1 else {
            throw Failure(.argument, "step_decrease is \(stepDecrease); it must lie between 0 and 1")
        }
        guard downhillSteps >= 0 else {
            throw Failure(.argument, "downhill_steps is \(downhillSteps); it must not be negative")
        }
        guard memory >= 1, memory <= 10_000 else {
            throw Failure(.argument, "memory is \(memory); it must lie between 1 and 10000")
        }
        try positive("curvature", curvature)
    }
}
