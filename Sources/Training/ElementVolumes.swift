import Atoms

/// Volumes per element whose sum over a crystal's atoms is its volume: least squares over all crystals, none negative.
package struct ElementVolumes: Equatable, Sendable {
    private static let count = 119  // by atomic number

    /// The normal equations G x = b with G = Σ counts countsᵀ and b = Σ counts V over crystals, then Σ atoms and Σ V.
    /// May be added up over ranks.
    package private(set) var sums: [Double]

    package init(sums: [Double]) { self.sums = sums }

    package init(_ structures: [Structure]) {
        let n = Self.count
        sums = [Double](repeating: 0, count: n * n + n + 2)
        for crystal in structures where crystal.cell.isFullyPeriodic {
            var counts: [Int: Double] = [:]
            for number in crystal.numbers { counts[Int(number), default: 0] += 1 }
            for (i, count) in counts {
                sums[n * n + i] += count * crystal.cell.volume
                for (j, other) in counts { sums[i * n + j] += count * other }
            }
            sums[n * n + n] += Double(crystal.count)
            sums[n * n + n + 1] += crystal.cell.volume
        }
    }

    /// Å³ per atom by atomic number, for the elements of the crystals; empty if there are none. Where the crystals
    /// leave a choice (elements that come in one ratio only), it is the one near the mean volume per atom.
    package func fit() -> [(number: Int, volume: Double)] {
        let n = Self.count
        let elements = (0..<n).filter { sums[$0 * n + $0] > 0 }
        let mean = sums[n * n + n + 1] / sums[n * n + n]
        var x = [Double](repeating: mean, count: elements.count)
        // One unknown after the other to its best value that is not negative: this converges for any such system.
        for _ in 0..<20_000 {
            var change = 0.0
            for (k, i) in elements.enumerated() {
                var residual = sums[n * n + i]
                for (l, j) in elements.enumerated() { residual -= sums[i * n + j] * x[l] }
                let better = max(0, x[k] + residual / sums[i * n + i])
                change = max(change, abs(better - x[k]))
                x[k] = better
            }
            if change < 1e-12 * mean { break }
        }
        return zip(elements, x).map { ($0, $1) }
    }
}
