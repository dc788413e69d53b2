/// What L-BFGS remembers: pairs of a step s and the change y of the gradient along it, in rows of three numbers and a
/// zero. They are a ring.
package struct CurvaturePairs {
    /// A vector of three and a zero, which takes as much memory: what is written in halves and read in others is waited
    /// for.
    package typealias Row = SIMD4<Double>

    package let count: Int  // pairs, 1 at least
    package let oldest: Int  // the slot of the first of them; the others follow
    package let slots: Int  // of the ring
    package let rows: Int  // of each s and y
    package let steps: UnsafePointer<Row>  // [slots][rows]
    package let changes: UnsafePointer<Row>
    package let inverses: UnsafePointer<Double>  // [slots] 1 / (s · y)
    package let weights: UnsafeMutablePointer<Double>  // [count] scratch

    package init(
        count: Int, oldest: Int, slots: Int, rows: Int, steps: UnsafePointer<Row>, changes: UnsafePointer<Row>,
        inverses: UnsafePointer<Double>, weights: UnsafeMutablePointer<Double>
    ) {
        (self.count, self.oldest, self.slots, self.rows) = (count, oldest, slots, rows)
        (self.steps, self.changes) = (steps, changes)
        (self.inverses, self.weights) = (inverses, weights)
    }

    /// The two-loop recursion (Nocedal, Math. Comput. 35, 773 (1980)): turns forces, in `direction`, into the step to
    /// the minimum of the parabola that the pairs make; 1 / `guess` is the curvature where they say nothing. The same to
    /// the last bit for all instruction sets.
    package typealias Function =
        @Sendable (CurvaturePairs, _ guess: Double, _ direction: UnsafeMutablePointer<Row>) -> Void
}
