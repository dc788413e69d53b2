import Atoms
import Support

/// A symmetric 3×3 matrix as Σ value · vector ⊗ vector.
package struct Eigensystem {
    package private(set) var values: Vector3
    package private(set) var vectors: Matrix3  // rows, orthonormal
    let exponentials: Vector3  // of the values

    /// By Jacobi rotations; `matrix` must be symmetric and finite.
    package init(_ matrix: Matrix3) {
        var m = matrix
        var v = Matrix3.identity
        for _ in 0..<30 {
            let offDiagonal = abs(m.a.y) + abs(m.a.z) + abs(m.b.z)
            // Less than that is less than the rounding of the others.
            let least = max(1e-300, 1e-18 * (abs(m.a.x) + abs(m.b.y) + abs(m.c.z)))
            if !(offDiagonal > least) { break }
            // Each turns two of the axes until the entry between them vanishes. The other two entries of these axes
            // turn along.
            if let (c, s, shift) = Self.rotation(m.a.x, m.b.y, m.a.y, least) {
                m.a.x -= shift
                m.b.y += shift
                m.a.y = 0
                (m.a.z, m.b.z) = (c * m.a.z - s * m.b.z, s * m.a.z + c * m.b.z)
                (v.a, v.b) = (v.a * c - v.b * s, v.a * s + v.b * c)
            }
            if let (c, s, shift) = Self.rotation(m.a.x, m.c.z, m.a.z, least) {
                m.a.x -= shift
                m.c.z += shift
                m.a.z = 0
                (m.a.y, m.b.z) = (c * m.a.y - s * m.b.z, s * m.a.y + c * m.b.z)
                (v.a, v.c) = (v.a * c - v.c * s, v.a * s + v.c * c)
            }
            if let (c, s, shift) = Self.rotation(m.b.y, m.c.z, m.b.z, least) {
                m.b.y -= shift
                m.c.z += shift
                m.b.z = 0
                (m.a.y, m.a.z) = (c * m.a.y - s * m.a.z, s * m.a.y + c * m.a.z)
                (v.b, v.c) = (v.b * c - v.c * s, v.b * s + v.c * c)
            }
        }
        values = Vector3(m.a.x, m.b.y, m.c.z)
        vectors = v
        exponentials = Vector3(Mathematics.exp(values.x), Mathematics.exp(values.y), Mathematics.exp(values.z))
    }

    /// Cosine and sine of the rotation that takes away the entry between two axes, and by how much it takes the second
    /// diagonal entry up and the first one down; nil if the entry is next to nothing.
    @inline(__always)
    private static func rotation(_ first: Double, _ second: Double, _ entry: Double, _ least: Double)
        -> (Double, Double, Double)?
    {
        guard abs(entry) > 0.1 * least else { return nil }
        let difference = second - first
        var t = 0.0
        if abs(difference) > 1e150 * abs(entry) {  // the square below would overflow, which a host may trap
            t = entry / difference
        } else {
            let theta = difference / (2 * entry)
            if abs(theta) > 1e8 { return (1, 0.5 / theta, 0.5 / theta * entry) }  // what the rest comes to
            t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
        }
        let c = 1 / (t * t + 1).squareRoot()
        return (c, t * c, t * entry)
    }

    /// The matrix with its eigenvalues replaced by their exponentials.
    package var exponential: Matrix3 {
        vectors.transposed
            * Matrix3(vectors.a * exponentials.x, vectors.b * exponentials.y, vectors.c * exponentials.z)
    }

    /// sinh(x) / x for the difference x of two eigenvalues.
    func differenceFactor(_ k: Int, _ l: Int) -> Double {
        let x = values[k] - values[l]
        if abs(x) < 0.05 {
            let square = x * x
            return 1 + square / 6 * (1 + square / 20 * (1 + square / 42))
        }
        let ratio = exponentials[k] / exponentials[l]
        return (ratio - 1 / ratio) / (2 * x)
    }

    /// The components of a matrix along the eigenvectors.
    func components(of matrix: Matrix3) -> Matrix3 { vectors * matrix * vectors.transposed }

    /// The matrix of these components.
    func matrix(of components: Matrix3) -> Matrix3 { vectors.transposed * components * vectors }
}
