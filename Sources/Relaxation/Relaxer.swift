import Atoms
import Support

/// Relaxes structures, one after the other, on one thread.
package struct Relaxer {
    /// How often in all a step is halved that leads to where the structure cannot be evaluated: enough to get past an
    /// accident, and not so often that something that collapses would be followed for ever.
    private static let maxHalvings = 10

    private let evaluator: any ForceEvaluator
    private var options: RelaxOptions

    /// Throws `.argument` for options out of range.
    package init(_ evaluator: any ForceEvaluator, _ options: RelaxOptions) throws(Failure) {
        try options.check()
        self.evaluator = evaluator
        self.options = options
        self.options.energyRounding = evaluator.energyRounding
    }

    /// Relaxes a structure.
    ///
    /// `fixed`: for each atom whether it stays where it is (with a moving cell: at its fractional coordinates); empty:
    /// none does. `descent`: an optimiser to go on with, instead of a fresh one.
    ///
    /// Throws what the evaluator throws for the structure given, `.numbers` if its energy or forces are not finite, and
    /// `.callback` or whatever the observer or the extra potential throw. That it does not converge, or cannot be
    /// evaluated any more later on, is no failure but a reason to stop; the result is then the last good structure.
    package func relax(
        _ structure: Structure, fixed: [Bool] = [], descent: Descent? = nil, extra: ExtraPotential? = nil,
        observer: RelaxObserver? = nil
    ) throws(Failure) -> RelaxResult {
        guard fixed.isEmpty || fixed.count == structure.count else {
            throw Failure(.argument, "there are \(structure.count) atoms, but `fixed` has \(fixed.count) entries")
        }
        guard structure.positions.count == structure.count else {
            throw Failure(
                .argument, "there are \(structure.count) atomic numbers, but \(structure.positions.count) positions")
        }
        try structure.check()
        let system = System(evaluator: evaluator, options: options, fixed: fixed, extra: extra)
        var coordinates = try CellCoordinates(structure, options)
        var descent = descent ?? Descent(options)
        descent.moveElsewhere()
        var here = Point(structure, coordinates)
        var next = here
        var step = [Vector3](repeating: .zero, count: coordinates.rowCount)
        var steps = 0
        var evaluations = 1
        var halvings = 0
        var reason = StopReason.steps
        var failure: Failure?

        try system.evaluate(&here, &coordinates)
        loop: while true {
            if let observer {
                let seen = RelaxStep(
                    step: steps, energy: here.energy, fmax: here.fmax, structure: here.structure, forces: here.forces)
                guard try observer(seen) else {
                    reason = .observer
                    break loop
                }
            }
            if here.fmax < options.fmax {
                reason = .converged
                break loop
            }
            if steps >= options.maxSteps { break loop }
            descent.advance(coordinates: here.rows, forces: here.rowForces, energy: here.energy, step: &step)
            steps += 1
            let halvingsBefore = halvings
            while true {
                do {
                    next.move(from: here, by: step)
                    evaluations += 1
                    try system.evaluate(&next, &coordinates)
                    break
                } catch  where error.kind == .structure || error.kind == .numbers {
                    guard halvings < Self.maxHalvings else {
                        reason = .failed
                        failure = error
                        break loop
                    }
                    halvings += 1
                    for i in step.indices { step[i] *= 0.5 }
                }
            }
            if halvings > halvingsBefore { descent.restart() }
            swap(&here, &next)
        }
        return RelaxResult(
            structure: here.structure, energy: here.energy, forces: here.forces, fmax: here.fmax, steps: steps,
            evaluations: evaluations, reason: reason, failure: failure, descent: descent)
    }
}

/// A structure on its way, and all that is known of it.
private struct Point {
    var structure: Structure
    var rows: [Vector3]  // coordinates
    var rowForces: [Vector3]
    var forces: [Vector3]
    var strainGradient = Matrix3.zero
    var energy = 0.0
    var fmax = 0.0

    init(_ structure: Structure, _ coordinates: CellCoordinates) {
        self.structure = structure
        rows = coordinates.origin(structure)
        rowForces = [Vector3](repeating: .zero, count: rows.count)
        forces = [Vector3](repeating: .zero, count: structure.count)
    }

    mutating func move(from other: borrowing Point, by step: [Vector3]) {
        for i in rows.indices { rows[i] = other.rows[i] + step[i] }
    }
}

/// The potential with all that the caller adds to it.
private struct System {
    let evaluator: any ForceEvaluator
    let options: RelaxOptions
    let fixed: [Bool]
    let extra: ExtraPotential?

    /// Brings everything about a point up to date with its coordinates.
    func evaluate(_ point: inout Point, _ coordinates: inout CellCoordinates) throws(Failure) {
        for row in point.rows where !row.isFinite { throw Failure(.numbers, "a step is not finite") }
        try coordinates.apply(point.rows, to: &point.structure)
        point.energy = try evaluator.evaluate(
            point.structure, forces: &point.forces, strainGradient: &point.strainGradient)
        guard point.isFinite else {
            throw Failure(.numbers, "the energy or a force of the structure is not finite")
        }
        if let extra {
            try extra(point.structure, &point.energy, &point.forces, &point.strainGradient)
            guard point.forces.count == point.structure.count, point.isFinite else {
                throw Failure(.callback, "the extra potential gave an energy or a force that is not finite")
            }
        }
        coordinates.addPressure(
            point.structure.cell, energy: &point.energy, strainGradient: &point.strainGradient)
        coordinates.forces(point.forces, strainGradient: point.strainGradient, rows: &point.rowForces)
        var largest = 0.0
        for i in 0..<point.structure.count {
            if !fixed.isEmpty, fixed[i] {
                point.rowForces[i] = .zero
            } else {
                largest = max(largest, point.forces[i].dot(point.forces[i]))
            }
        }
        point.fmax = max(largest.squareRoot(), coordinates.cellForce(point.strainGradient))
    }
}

extension Point {
    var isFinite: Bool {
        guard energy.isFinite, strainGradient.isFinite else { return false }
        for force in forces where !force.isFinite { return false }
        return true
    }
}
