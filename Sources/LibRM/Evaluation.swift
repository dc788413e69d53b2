import Atoms
import CRM
import Potential
import Support

/// An evaluator, with memory for results: the caller's arrays are written once all went well.
final class Evaluation {
    let model: Model
    let evaluator: Evaluator
    private var energies = Buffer<Double>()
    private var forces = Buffer<Double>()
    private var virials = Buffer<Double>()
    private var descriptors = Buffer<Double>()

    /// What the evaluator needs for each atom at most, images of atoms in small cells aside, bytes.
    private static let memoryPerAtom = 256

    init(_ model: Model, threads: Int = 1, skin: Double = 0, precision: Precision = .double) throws(Failure) {
        try Memory.require(threads * (4 << 20 + 4 * 16 * model.memoryPerBlockAtom(precision)))
        self.model = model
        evaluator = Evaluator(model, threads: threads, skin: skin, precision: precision)
    }

    func evaluate(_ structure: rm_structure, _ results: rm_results) throws(Failure) {
        let view = try structure.view()
        let n = view.count
        guard results.stress == nil || view.cell.isFullyPeriodic else {
            throw Failure(.argument, "stress is asked for, but not all three directions are periodic")
        }
        let needsStrain = results.strain_gradient != nil || results.stress != nil || results.virial != nil
        let sizes = (
            energies: results.energies == nil ? 0 : n,
            forces: results.forces == nil ? 0 : 3 * n,
            virials: results.virials == nil ? 0 : 9 * n,
            descriptors: results.descriptors == nil ? 0 : n * model.architecture.descriptorCount
        )
        try Memory.require(
            Self.memoryPerAtom * n + 8 * (sizes.energies + sizes.forces + sizes.virials + sizes.descriptors))
        energies.reserve(sizes.energies)
        forces.reserve(sizes.forces)
        virials.reserve(sizes.virials)
        descriptors.reserve(sizes.descriptors)
        var outputs = Outputs()
        outputs.energies = sizes.energies > 0 ? energies.pointer : nil
        outputs.forces = sizes.forces > 0 ? forces.pointer : nil
        outputs.virials = sizes.virials > 0 ? virials.pointer : nil
        outputs.descriptors = sizes.descriptors > 0 ? descriptors.pointer : nil
        outputs.needsStrain = needsStrain

        var strain = Matrix3.zero
        let energy = try evaluator.evaluate(view, outputs, strainGradient: &strain)

        guard energy.isFinite else { throw Failure(.numbers, "the energy is not finite") }
        guard strain.isFinite else { throw Failure(.numbers, "the strain gradient is not finite") }
        for k in 0..<sizes.forces where !forces[k].isFinite {
            throw Failure(.numbers, "the force on atom \(k / 3) is not finite")
        }
        results.energy?.pointee = energy
        results.energies?.update(from: energies.pointer, count: n)
        results.forces?.update(from: forces.pointer, count: 3 * n)
        results.virials?.update(from: virials.pointer, count: 9 * n)
        results.descriptors?.update(from: descriptors.pointer, count: sizes.descriptors)
        if let out = results.strain_gradient { strain.write(to: out) }
        if let out = results.virial { (strain * -1).write(to: out) }
        if let out = results.stress { (strain * (1 / view.cell.volume)).write(to: out) }
    }
}

@c @implementation
public func rm_evaluate(
    _ workspace: OpaquePointer?, _ structure: UnsafePointer<rm_structure>?, _ results: UnsafePointer<rm_results>?
) -> rm_status {
    use(workspace) { workspace throws(Failure) in
        let structure = try required(structure, "structure").pointee
        let results = try required(results, "results").pointee
        do throws(Failure) {
            try workspace.evaluation.evaluate(structure, results)
        } catch { throw error.at("structure") }
    }
}

@c @implementation
public func rm_evaluate_batch(
    _ handle: OpaquePointer?, _ count: Int64, _ structures: UnsafePointer<rm_structure>?,
    _ results: UnsafePointer<rm_results>?, _ threads: Int32, _ statuses: UnsafeMutablePointer<rm_status>?
) -> rm_status {
    boundary { () throws(Failure) in
        let model = try model(handle)
        let batch = try Batch(count, threads, statuses)
        guard count > 0 else { return }
        nonisolated(unsafe) let structures = try required(structures, "structures")
        nonisolated(unsafe) let results = try required(results, "results")
        try batch.run({ () throws(Failure) in try Evaluation(model) }) { evaluation, k throws(Failure) in
            try evaluation.evaluate(structures[k], results[k])
        }
    }
}
