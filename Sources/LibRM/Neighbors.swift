import Atoms
import CRM
import Potential
import Support

extension rm_neighbors {
    /// The list where it lies; what the arrays hold is the evaluator's to check.
    fileprivate func view() throws(Failure) -> HostNeighbors {
        try check("atom_count", atom_count, 0...Int32.max)
        try check("type_count", type_count, 0...1_000_000)
        try check("center_count", center_count, 0...Int32.max)
        return HostNeighbors(
            atomCount: Int(atom_count), positions: try needed(positions, "positions", for: atom_count),
            types: try needed(types, "types", for: atom_count),
            typeNumbers: UnsafeBufferPointer(
                start: try needed(type_numbers, "type_numbers", for: type_count), count: Int(type_count)),
            centerCount: Int(center_count), centers: centers,
            neighborCounts: try needed(neighbor_counts, "neighbor_counts", for: center_count),
            neighbors: try needed(neighbors, "neighbors", for: center_count), indexMask: index_mask)
    }

    /// An array may be NULL where nothing is to be read; the address that it gets then is never followed.
    private func needed<Element>(
        _ array: UnsafePointer<Element>?, _ name: String, for count: Int32
    ) throws(Failure) -> UnsafePointer<Element> {
        if let array { return array }
        guard count == 0 else { throw Failure(.argument, "\(name) is NULL") }
        return UnsafePointer(bitPattern: MemoryLayout<Element>.alignment)!
    }
}

@c @implementation
public func rm_evaluate_neighbors(
    _ workspace: OpaquePointer?, _ neighbors: UnsafePointer<rm_neighbors>?, _ results: UnsafePointer<rm_host_results>?
) -> rm_status {
    use(workspace) { workspace throws(Failure) in
        let list = try required(neighbors, "neighbors").pointee.view()
        let results = try required(results, "results").pointee
        var outputs = Outputs()
        outputs.energies = results.energies
        outputs.forces = results.forces
        outputs.virials = results.virials
        outputs.needsStrain = results.virial != nil
        var strain = Matrix3.zero
        let energy = try workspace.host.evaluate(list, outputs, strainGradient: &strain)
        results.energy?.pointee += energy
        if let virial = results.virial {
            // Over all ranks the sum is symmetric; what is not of a rank's share cancels with the others'.
            for (k, value) in strain.symmetrized.elements.enumerated() { virial[k] -= value }
        }
    }
}
