import Atoms
import CRM
import Potential
import Relaxation
import Support

@c @implementation
public func rm_relax(
    _ workspace: OpaquePointer?, _ structure: UnsafePointer<rm_structure>?, _ fixed: UnsafePointer<Int32>?,
    _ options: UnsafePointer<rm_relax_options>?, _ result: UnsafeMutablePointer<rm_relax_result>?
) -> rm_status {
    use(workspace) { workspace throws(Failure) in
        let structure = try required(structure, "structure").pointee
        let result = try required(result, "result")
        let given = try rm_relax_options.read(options, "options")
        let options = try given.checked()
        let relaxed = try relax(
            structure, fixed, options, workspace.evaluator(try precision(given.precision)), extra: given.extraPotential,
            observer: given.relaxObserver)
        result.pointee.set(relaxed)
        if let failure = relaxed.failure { report(failure) }
    }
}

@c @implementation
public func rm_relax_batch(
    _ handle: OpaquePointer?, _ count: Int64, _ structures: UnsafePointer<rm_structure>?,
    _ fixed: UnsafePointer<UnsafePointer<Int32>?>?, _ options: UnsafePointer<rm_relax_options>?, _ threads: Int32,
    _ results: UnsafeMutablePointer<rm_relax_result>?, _ statuses: UnsafeMutablePointer<rm_status>?
) -> rm_status {
    boundary { () throws(Failure) in
        let model = try model(handle)
        let batch = try Batch(count, threads, statuses)
        let given = try rm_relax_options.read(options, "options")
        let options = try given.checked()
        let precision = try precision(given.precision)
        guard count > 0 else { return }
        nonisolated(unsafe) let structures = try required(structures, "structures")
        nonisolated(unsafe) let results = try required(results, "results")
        nonisolated(unsafe) let fixed = fixed
        try batch.run({ () throws(Failure) in Evaluator(model, precision: precision) }) {
            evaluator, k throws(Failure) in
            results[k].set(try relax(structures[k], fixed?[k], options, evaluator))
        }
    }
}

private func relax(
    _ given: rm_structure, _ fixed: UnsafePointer<Int32>?, _ options: RelaxOptions, _ evaluator: any ForceEvaluator,
    extra: ExtraPotential? = nil, observer: RelaxObserver? = nil
) throws(Failure) -> RelaxResult {
    let structure: Structure
    do throws(Failure) { structure = try given.copied() } catch { throw error.at("structure") }
    guard options.cell == .fixed || structure.cell.isPeriodic else {
        throw Failure(.argument, "options: cell is to move, but the structure has no periodic direction")
    }
    try Memory.require(structure.count * 32 * (options.optimizer == .lbfgs ? 16 + 2 * options.memory : 16))
    var still: [Bool] = []
    if let fixed {
        for i in 0..<structure.count { still.append(try flag("fixed[\(i)]", fixed[i])) }
    }
    return try Relaxer(evaluator, options).relax(structure, fixed: still, extra: extra, observer: observer)
}

extension rm_relax_result {
    /// Fills in everything but the pointers, and the arrays that they lead to.
    fileprivate mutating func set(_ result: RelaxResult) {
        result.structure.positions.write(to: positions)
        if let cell { result.structure.cell.vectors.write(to: cell) }
        result.forces.write(to: forces)
        energy = result.energy
        fmax = result.fmax
        volume = result.volume
        steps = Int32(clamping: result.steps)
        evaluations = Int32(clamping: result.evaluations)
        reason =
            switch result.reason {
            case .converged: RM_STOP_CONVERGED
            case .steps: RM_STOP_STEPS
            case .observer: RM_STOP_OBSERVER
            case .failed: RM_STOP_FAILED
            }
    }
}

// MARK: - Callbacks

extension rm_relax_options {
    fileprivate var relaxObserver: RelaxObserver? {
        guard let observer else { return nil }
        let user = observer_user
        return { seen throws(Failure) in
            withHeaderStructure(seen.structure) { structure in
                seen.forces.packed.withUnsafeBufferPointer { forces in
                    var step = rm_relax_step(
                        step: Int32(clamping: seen.step), atom_count: structure.atom_count, energy: seen.energy,
                        fmax: seen.fmax, positions: structure.positions, cell: structure.cell,
                        forces: forces.baseAddress)
                    return observer(user, &step) == 0
                }
            }
        }
    }

    fileprivate var extraPotential: ExtraPotential? {
        guard let extra else { return nil }
        let user = extra_user
        return { structure, energy, forces, strainGradient throws(Failure) in
            var packed = forces.packed
            var strain = strainGradient.elements
            let status = withHeaderStructure(structure) { structure in
                packed.withUnsafeMutableBufferPointer { forces in
                    strain.withUnsafeMutableBufferPointer { strain in
                        extra(user, &structure, &energy, forces.baseAddress, strain.baseAddress)
                    }
                }
            }
            guard status == 0 else { throw Failure(.callback, "the extra potential reported failure \(status)") }
            for i in forces.indices { forces[i] = Vector3(packed[3 * i], packed[3 * i + 1], packed[3 * i + 2]) }
            strainGradient = Matrix3(strain).symmetrized
        }
    }
}
