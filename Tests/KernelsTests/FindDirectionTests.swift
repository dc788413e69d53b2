import KernelTypes
import Kernels
import KernelsBaseline
import Support
import Testing

/// The two-loop recursion against the matrix that it stands for.
@Suite struct FindDirectionTests {
    typealias Row = CurvaturePairs.Row

    /// Pairs of a positive definite parabola, in a ring whose first slot is not the oldest.
    @Test(arguments: [(pairs: 1, rows: 1), (1, 4), (2, 3), (5, 2), (4, 7)])
    func theRecursionIsTheMatrixOfBFGS(pairs count: Int, rows: Int) {
        var random = RandomStream(seed: 7, stream: UInt64(10 * count + rows))
        let (slots, oldest, guess, size) = (count + 1, count / 2 + 1, 0.3, 3 * rows)
        var steps = [Row](repeating: .zero, count: slots * rows)
        var changes = steps
        var inverses = [Double](repeating: .nan, count: slots)
        var weights = [Double](repeating: .nan, count: count)
        var matrix = (0..<size).map { i in (0..<size).map { $0 == i ? guess : 0 } }
        for k in 0..<count {
            let slot = (oldest + k) % slots
            let s = (0..<size).map { _ in random.uniform(-1, 1) }
            let y = s.indices.map { s[$0] * (1 + 0.1 * Double($0)) }
            let product = zip(s, y).reduce(0) { $0 + $1.0 * $1.1 }
            inverses[slot] = 1 / product
            for i in 0..<size {
                steps[slot * rows + i / 3][i % 3] = s[i]
                changes[slot * rows + i / 3][i % 3] = y[i]
            }
            // H ← (1 − s yᵀ / y·s) H (1 − y sᵀ / y·s) + s sᵀ / y·s
            let my = matrix.map { row in zip(row, y).reduce(0) { $0 + $1.0 * $1.1 } }
            let ymy = zip(y, my).reduce(0) { $0 + $1.0 * $1.1 }
            for i in 0..<size {
                for j in 0..<size {
                    matrix[i][j] -= (s[i] * my[j] + my[i] * s[j]) / product
                    matrix[i][j] += s[i] * s[j] * (1 + ymy / product) / product
                }
            }
        }
        let forces = (0..<size).map { _ in random.uniform(-1, 1) }
        let expected = matrix.map { row in zip(row, forces).reduce(0) { $0 + $1.0 * $1.1 } }

        var answers: [[Row]] = []
        for kernels in [Kernels.commonKernels, KernelsBaseline.commonKernels] {
            var direction = [Row](repeating: .zero, count: rows)
            for i in 0..<size { direction[i / 3][i % 3] = forces[i] }
            kernels.findDirection(
                CurvaturePairs(
                    count: count, oldest: oldest, slots: slots, rows: rows, steps: steps, changes: changes,
                    inverses: inverses, weights: &weights), guess, &direction)
            for i in 0..<size { #expect(abs(direction[i / 3][i % 3] - expected[i]) < 1e-12) }
            answers.append(direction)
        }
        #expect(answers[0] == answers[1])
    }
}
