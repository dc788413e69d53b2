import Atoms
import Support

/// The pair energy (1 − r²/r_rep²)² for r < r_rep, summed over all pairs, periodic images included.
struct Repulsion {
    let radius: Double  // r_rep, Å; 0: none

    /// Adds −∂/∂r of the pair energy to `forces`. Throws `.structure` for coincident atoms.
    func add(to forces: inout [Vector3], of structure: borrowing Structure, _ pairs: NeighborPairs) throws(Failure) {
        guard radius > 0 else { return }
        let square = radius * radius
        try pairs.forEach(in: structure, cutoff: radius) { i, _, d in
            forces[i] -= d * (4 * (1 - d.dot(d) / square) / square)
        }
    }
}
