import Atoms
import Support

/// The vectors d − n·h, for all lattice vectors n·h of a cell's periodic directions.
struct LatticeImages {
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
    func closest(to d: Vector3) throws(Failure) -> Vector3 {
        var closest = d
        var shortest = d.dot(d)
        try forEach(d, within: d.norm) { image in
            let square = image.dot(image)
            // Rounding must not turn a vector into another one equally long.
            if square < shortest * (1 - 1e-12) { (closest, shortest) = (image, square) }
        }
        return closest
    }

    /// Calls `body` with all images no longer than `radius`, and some that are.
    func forEach(_ d: Vector3, within radius: Double, _ body: (Vector3) -> Void) throws(Failure) {
        guard periodic != .zero else { return body(d) }
        // Fractional coordinates s − n of a vector no longer than the radius are within ± radius·reach.
        let s = d * inverse
        let low = (s - reach * radius).rounded(.up)
        let high = (s + reach * radius).rounded(.down)
        var first = SIMD3<Int>.zero
        var last = SIMD3<Int>.zero
        var images = 1.0
        for k in 0..<3 where periodic[k] != 0 {
            guard low[k] <= high[k] else { return }
            images *= high[k] - low[k] + 1
            guard images < 1e6 else {
                throw Failure(.structure, "noise or repulsion reach much further than the cell is thick")
            }
            first[k] = Int(low[k])
            last[k] = Int(high[k])
        }
        for x in first.x...last.x {
            for y in first.y...last.y {
                for z in first.z...last.z { body(d - Vector3(Double(x), Double(y), Double(z)) * vectors) }
            }
        }
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
