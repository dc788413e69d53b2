import Atoms
import Support

/// A symmetric 3×3 matrix as Σ value · vector ⊗ vector.
package struct Eigensystem {
    package private(set) var values: Vector3
    package private(set) var vectors: Matrix3  // rows, orthonormal

    /// By Jacobi rotations; `matrix` must be symmetric and finite.
    package init(_ matrix: Matrix3) {
        var m = matrix
        vectors = .identity
        let pairs = [(0, 1), (0, 2), (1, 2)]
        for _ in 0..<30 {
            let offDiagonal = abs(m.a.y) + abs(m.a.z) + abs(m.b.z)
            if !(offDiagonal > 1e-300) { break }
            for (p, q) in pairs where abs(m[p][q]) > 1e-300 {
                let (difference, entry) = (m[q][q] - m[p][p], m[p][q])
                var t = 0.0
                if abs(difference) > 1e150 * abs(entry) {  // the square below would overflow, which a host may trap
                    t = entry / difference
                } else {
                    let theta = difference / (2 * entry)
                    t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
                }
                let c = 1 / (t * t + 1).squareRoot()
                let s = t * c
                var rotation = Matrix3.identity
                rotation[p][p] = c
                rotation[q][q] = c
                rotation[p][q] = -s
                rotation[q][p] = s
                m = (rotation * m * rotation.transposed).symmetrized
                vectors = rotation * vectors
            }
        }
        values = Vector3(m.a.x, m.b.y, m.c.z)
    }

    /// The matrix with its eigenvalues replaced by their exponentials.
    package var exponential: Matrix3 {
        var scaled = vectors
        for k in 0..<3 { scaled[k] *= Mathematics.exp(values[k]) }
        return vectors.transposed * scaled
    }

    /// The components of a matrix along the eigenvectors.
    func components(of matrix: Matrix3) -> Matrix3 { vectors * matrix * vectors.transposed }

    /// The matrix of these components.
    func matrix(of components: Matrix3) -> Matrix3 { vectors.transposed * components * vectors }
}
