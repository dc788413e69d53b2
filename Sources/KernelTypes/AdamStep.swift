/// One step of Adam (Kingma and Ba 2015) for some parameters: the constants and the function.
package struct AdamStep: Sendable {
    package let beta1, beta2, epsilon: Double
    package let scale: Double  // the rate over 1 − β1^step
    package let root: Double  // √(1 − β2^step)

    package init(beta1: Double, beta2: Double, epsilon: Double, scale: Double, root: Double) {
        (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
        (self.scale, self.root) = (scale, root)
    }

    /// Brings moments, squares and what is the largest so far (nil: squares stand for it) up to date, and takes
    /// parameters the step that follows from them; [count] each. The same to the last bit for all instruction sets.
    package typealias Function =
        @Sendable (
            AdamStep, _ count: Int, _ gradient: UnsafePointer<Double>, _ moments: UnsafeMutablePointer<Double>,
            _ squares: UnsafeMutablePointer<Double>, _ largest: UnsafeMutablePointer<Double>?,
            _ parameters: UnsafeMutablePointer<Double>
        ) -> Void
}
