import Atoms
import Support

/// The pair energy (1 − r²/r_rep²)² for r < r_rep, summed over all pairs, periodic images included.
struct Repulsion {
    let radius: Double  // r_rep, Å; 0: none

    /// Adds −∂/∂r of the pair energy to `forces`. An atom's own images pull no more to one side than to the other.
    func add(to forces: inout [Vector3], of structure: borrowing Structure, _ images: LatticeImages) throws(Failure) {
        guard radius > 0 else { return }
        let square = radius * radius
        for i in 0..<structure.count {
            for j in 0..<i {
                var force = Vector3.zero
                try images.forEach(structure.positions[i] - structure.positions[j], within: radius) { d in
                    let x = d.dot(d) / square
                    if x < 1 { force += d * (4 * (1 - x) / square) }
                }
                forces[i] += force
                forces[j] -= force
            }
        }
    }
}
