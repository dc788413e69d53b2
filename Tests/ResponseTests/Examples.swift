import Atoms
import Support

/// Structures to draw noise for.
enum Example {
    static let water = Structure(
        numbers: [8, 1, 1],
        positions: [Vector3(0.1, 0.2, -0.3), Vector3(0.857, 0.786, -0.3), Vector3(-0.657, 0.786, -0.3)])

    static let carbonDioxide = Structure(
        numbers: [6, 8, 8], positions: [Vector3(0, 0, 0), Vector3(0.67, 0.67, 0.67), Vector3(-0.67, -0.67, -0.67)])

    /// A skewed cell with three atoms, one of them outside.
    static let skewed = Structure(
        numbers: [14, 8, 8],
        positions: [Vector3(0.2, 0.1, 0.3), Vector3(1.9, 1.2, 0.8), Vector3(-4.1, 2.7, 3.9)],
        cell: Cell(Matrix3(Vector3(3.1, 0, 0), Vector3(2.2, 2.9, 0), Vector3(-1.9, 2.4, 3.3))))

    static func cube(_ edge: Double, atoms count: Int = 8) -> Structure {
        var random = RandomStream(seed: 7)
        return Structure(
            numbers: [Int32](repeating: 6, count: count),
            positions: (0..<count).map { _ in
                Vector3(random.uniform(0, edge), random.uniform(0, edge), random.uniform(0, edge))
            },
            cell: Cell(Matrix3.identity * edge))
    }
}

extension Matrix3 {
    func isClose(to other: Matrix3, within tolerance: Double = 1e-12) -> Bool {
        zip(elements, other.elements).allSatisfy { abs($0 - $1) <= tolerance }
    }
}

/// A rotation matrix (for row vectors) by Euler angles.
func rotation(_ a: Double, _ b: Double) -> Matrix3 {
    let (ca, sa, cb, sb) = (Mathematics.cos(a), Mathematics.sin(a), Mathematics.cos(b), Mathematics.sin(b))
    let z = Matrix3(Vector3(ca, sa, 0), Vector3(-sa, ca, 0), Vector3(0, 0, 1))
    let x = Matrix3(Vector3(1, 0, 0), Vector3(0, cb, sb), Vector3(0, -sb, cb))
    return z * x
}
