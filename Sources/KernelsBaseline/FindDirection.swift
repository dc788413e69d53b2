#if !SINGLE_PRECISION
import KernelTypes

/// As `CurvaturePairs.Function`. Each pass over the rows takes one pair's part away or adds it, and has the product
/// with the next pair at once; in two sums, as one alone waits for itself.
func findDirection(_ pairs: CurvaturePairs, _ guess: Double, _ direction: UnsafeMutablePointer<CurvaturePairs.Row>) {
    typealias Row = CurvaturePairs.Row
    let (count, rows, weights) = (pairs.count, pairs.rows, pairs.weights)
    @inline(__always) func slot(_ k: Int) -> Int {
        let slot = pairs.oldest + k
        return slot < pairs.slots ? slot : slot - pairs.slots
    }
    @inline(__always) func three(_ row: Row) -> Double { row[0] + row[1] + row[2] }
    /// direction ← (direction + factor · other) · scale; returns next · direction.
    @inline(__always) func pass(
        _ factor: Double, _ other: UnsafePointer<Row>, scale: Double? = nil, next: UnsafePointer<Row>
    ) -> Double {
        var (even, odd) = (Row.zero, Row.zero)
        @inline(__always) func add(_ i: Int, to sum: inout Row) {
            var row = direction[i] + factor * other[i]
            if let scale { row *= scale }
            direction[i] = row
            sum += next[i] * row
        }
        var i = 0
        while i + 2 <= rows {
            add(i, to: &even)
            add(i + 1, to: &odd)
            i += 2
        }
        if i < rows { add(i, to: &even) }
        return three(even + odd)
    }

    var along = pass(0, direction, next: pairs.steps + slot(count - 1) * rows)
    for k in stride(from: count - 1, through: 0, by: -1) {
        let own = pairs.changes + slot(k) * rows
        weights[k] = pairs.inverses[slot(k)] * along
        if k > 0 {
            along = pass(-weights[k], own, next: pairs.steps + slot(k - 1) * rows)
        } else {
            along = pass(-weights[k], own, scale: guess, next: own)
        }
    }
    for k in 0..<count {
        let correction = weights[k] - pairs.inverses[slot(k)] * along
        let next = slot(k + 1 < count ? k + 1 : k)
        along = pass(correction, pairs.steps + slot(k) * rows, next: pairs.changes + next * rows)
    }
}
#endif
