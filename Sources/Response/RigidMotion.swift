import Atoms

/// Takes out of a field of vectors, one per atom, what only moves or turns the structure as a whole: an invariant
/// potential cannot answer with it.
enum RigidMotion {
    /// Subtracts the mean.
    static func removeTranslation(_ field: inout [Vector3]) {
        guard !field.isEmpty else { return }
        let mean = field.reduce(.zero, +) / Double(field.count)
        for i in field.indices { field[i] -= mean }
    }

    /// Projects out, in the sense of least squares, the rotations ω × (r − centroid) of atoms at `positions`;
    /// afterwards Σ (r − centroid) × field = 0. Linear molecules have two rotations, atoms none.
    static func removeRotation(_ field: inout [Vector3], positions: [Vector3]) {
        let centroid = positions.reduce(.zero, +) / Double(max(1, positions.count))
        let arms = positions.map { $0 - centroid }
        let size = arms.reduce(0) { $0 + $1.dot($1) }
        var rotations: [[Vector3]] = []
        for axis in [Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1)] {
            var rotation = arms.map { axis.cross($0) }
            // Twice, as Gram and Schmidt's method loses digits when the rotations are nearly dependent.
            for _ in 0..<2 {
                for other in rotations { subtract(projection(rotation, on: other), of: other, from: &rotation) }
            }
            let norm = projection(rotation, on: rotation).squareRoot()
            guard norm > 1e-7 * size.squareRoot() else { continue }
            rotations.append(rotation.map { $0 / norm })
        }
        for rotation in rotations { subtract(projection(field, on: rotation), of: rotation, from: &field) }
    }

    private static func projection(_ a: [Vector3], on b: [Vector3]) -> Double {
        var sum = Vector3.zero
        for i in a.indices { sum += a[i] * b[i] }
        return sum.sum()
    }

    private static func subtract(_ amount: Double, of b: [Vector3], from a: inout [Vector3]) {
        for i in a.indices { a[i] -= b[i] * amount }
    }
}
