import Atoms
import Support

/// Finds the shortest of the vectors d − n·h, for all lattice vectors n·h of a cell's periodic directions.
struct ClosestImage {
    private let vectors: Matrix3  // spans the same lattice as the cell, with short vectors
    private let inverse: Matrix3
    private let reach: Vector3  // largest fractional coordinates of a vector of length 1
    private let periodic: SIMD3<Int32>

    init(_ cell: Cell) throws(Failure) {
        periodic = cell.periodic
        vectors = Cell(vectors: Self.reduced(cell), periodic: periodic).completed
        inverse = vectors.inverse
        let columns = inverse.transposed
        reach = Vector3(columns.a.norm, columns.b.norm, columns.c.norm)
        guard inverse.isFinite else { throw Failure(.structure, "the cell is singular") }
    }

    /// The shortest image of `d`; `d` itself if none is shorter.
    func callAsFunction(_ d: Vector3) throws(Failure) -> Vector3 {
        guard periodic != .zero else { return d }
        // Fractional coordinates s − n of a vector no longer than d are within ± |d|·reach.
        let s = d * inverse
        let low = (s - reach * d.norm).rounded(.up)
        let high = (s + reach * d.norm).rounded(.down)
        var first = SIMD3<Int>.zero
        var last = SIMD3<Int>.zero
        var images = 1.0
        for k in 0..<3 where periodic[k] != 0 {
            images *= max(1, high[k] - low[k] + 1)
            guard images < 1e6 else {
                throw Failure(.structure, "the noise is far longer than the cell is thick")
            }
            first[k] = Int(low[k])
            last[k] = max(first[k], Int(high[k]))
        }
        var closest = d
        var shortest = d.dot(d)
        for x in first.x...last.x {
            for y in first.y...last.y {
                for z in first.z...last.z {
                    let image = d - Vector3(Double(x), Double(y), Double(z)) * vectors
                    let square = image.dot(image)
                    // Rounding must not turn a vector into another one equally long.
                    if square < shortest * (1 - 1e-12) { (closest, shortest) = (image, square) }
                }
            }
        }
        return closest
    }

    /// The cell's vectors, each periodic one shortened by multiples of the others while that makes it shorter.
    private static func reduced(_ cell: Cell) -> Matrix3 {
        var m = cell.vectors
        for _ in 0..<1000 {
            var changed = false
            for i in 0..<3 where cell.periodic[i] != 0 {
                for j in 0..<3 where j != i && cell.periodic[j] != 0 {
                    let ratio = m[i].dot(m[j]) / m[j].dot(m[j])
                    guard abs(ratio) > 0.5 + 1e-9 else { continue }
                    m[i] -= m[j] * ratio.rounded()
                    changed = true
                }
            }
            if !changed { break }
        }
        return m
    }
}
