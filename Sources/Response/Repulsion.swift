import Atoms
import Support

/// The pair energy (1 − r²/r_rep²)² for r < r_rep, summed over all pairs, periodic images included.
struct Repulsion {
    let radius: Double  // r_rep, Å; 0: none

    /// Adds −∂/∂r of the pair energy to `forces`. Throws `.structure` for coincident atoms.
    func add(to forces: inout [Vector3], of structure: borrowing Structure) throws(Failure) {
        guard radius > 0 else { return }
        let square = radius * radius
        let list = try NeighborList(structure, cutoff: radius)
        for i in 0..<structure.count {
            for k in list.offsets[i]..<list.offsets[i + 1] {
                let d = list.vectors[k]
                forces[i] -= d * (4 * (1 - d.dot(d) / square) / square)
            }
        }
    }
}
