import Support

/// Adam (Kingma and Ba 2015), with AMSGrad (Reddi et al. 2018) if wanted, in the form that PyTorch gives it: the
/// largest second moment so far is taken before its bias is corrected.
package struct Adam: Equatable, Sendable {
    package var step = 0
    package var moment: [Double]  // exponential average of the gradient
    package var square: [Double]  // of its square
    package var largestSquare: [Double]  // AMSGrad; empty without

    package init(count: Int, amsgrad: Bool) {
        moment = [Double](repeating: 0, count: count)
        square = moment
        largestSquare = amsgrad ? moment : []
    }

    /// One step; gradient[parameters.count] may be longer.
    package mutating func update(
        _ parameters: inout [Double], gradient: [Double], rate: Double, _ options: TrainerOptions
    ) {
        step += 1
        let (beta1, beta2, epsilon) = (options.beta1, options.beta2, options.epsilon)
        let scale = rate / (1 - Mathematics.pow(beta1, Double(step)))
        let root = (1 - Mathematics.pow(beta2, Double(step))).squareRoot()
        let usesLargest = !largestSquare.isEmpty
        for i in parameters.indices {
            let g = gradient[i]
            moment[i] += (1 - beta1) * (g - moment[i])
            square[i] = beta2 * square[i] + (1 - beta2) * g * g
            var second = square[i]
            if usesLargest {
                second = max(largestSquare[i], second)
                largestSquare[i] = second
            }
            parameters[i] -= scale * (moment[i] / (second.squareRoot() / root + epsilon))
        }
    }

    /// Scales the first `count` numbers of a gradient down to the norm given if theirs is larger (as PyTorch does,
    /// which adds 10⁻⁶ to the norm); 0: never. Returns the norm before.
    @discardableResult
    package static func clip(_ gradient: inout [Double], count: Int, norm: Double) -> Double {
        var square = 0.0
        for i in 0..<count { square += gradient[i] * gradient[i] }
        let before = square.squareRoot()
        let factor = norm / (before + 1e-6)
        guard norm > 0, factor < 1 else { return before }
        for i in 0..<count { gradient[i] *= factor }
        return before
    }
}
