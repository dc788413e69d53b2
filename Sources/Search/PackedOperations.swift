import Atoms
import KernelTypes

/// Symmetry operations as `ImageSearch` wants them.
struct PackedOperations: Sendable {
    private static let components = 12  // of a rotation and a translation

    private let stride: Int
    private let numbers: [Double]  // [components][stride]

    init(_ operations: [SymmetryOperation]) {
        let stride = (operations.count + ImageSearch.lanes - 1) / ImageSearch.lanes * ImageSearch.lanes
        var numbers = [Double](repeating: .nan, count: Self.components * stride)
        for (k, operation) in operations.enumerated() {
            let rows = [operation.rotation.a, operation.rotation.b, operation.rotation.c, operation.translation]
            for (row, vector) in rows.enumerated() {
                for column in 0..<3 { numbers[(3 * row + column) * stride + k] = vector[column] }
            }
        }
        (self.stride, self.numbers) = (stride, numbers)
    }

    /// Calls `body` with what finds the images of sites in a periodic lattice.
    func withSearch<Result>(in lattice: Lattice, _ body: (ImageSearch) -> Result) -> Result {
        numbers.withUnsafeBufferPointer { numbers in
            let vectors = lattice.vectors
            return body(
                ImageSearch(
                    operations: numbers.baseAddress!, stride: stride, vectors: (vectors.a, vectors.b, vectors.c),
                    widths: lattice.widths))
        }
    }
}
