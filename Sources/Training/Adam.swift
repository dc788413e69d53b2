import KernelTypes
import Kernels
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
        _ parameters: inout [Double], gradient: [Double], rate: Double, _ options: TrainerOptions,
        run: RunJobs = oneAfterTheOther
    ) {
        step += 1
        let constants = AdamStep(
            beta1: options.beta1, beta2: options.beta2, epsilon: options.epsilon,
            scale: rate / (1 - Mathematics.pow(options.beta1, Double(step))),
            root: (1 - Mathematics.pow(options.beta2, Double(step))).squareRoot())
        let (count, block) = (parameters.count, 2048)
        parameters.withUnsafeMutableBufferPointer { parameters in
            gradient.withUnsafeBufferPointer { gradient in
                moment.withUnsafeMutableBufferPointer { moment in
                    square.withUnsafeMutableBufferPointer { square in
                        largestSquare.withUnsafeMutableBufferPointer { largest in
                            let (x, g) = (parameters.baseAddress!, gradient.baseAddress!)
                            let (m, v) = (moment.baseAddress!, square.baseAddress!)
                            let most = largest.isEmpty ? nil : largest.baseAddress
                            run((count + block - 1) / block) { job in
                                let first = job * block
                                commonKernels.takeAdamStep(
                                    constants, min(block, count - first), g + first, m + first, v + first,
                                    most.map { $0 + first }, x + first)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Scales the first `count` numbers of a gradient down to the norm given if theirs is larger (as PyTorch does,
    /// which adds 10⁻⁶ to the norm); 0: never. Returns the norm before.
    @discardableResult
    package static func clip(_ gradient: inout [Double], count: Int, norm: Double) -> Double {
        let before = doubleKernels.dot(gradient, gradient, count).squareRoot()
        let factor = norm / (before + 1e-6)
        guard norm > 0, factor < 1 else { return before }
        gradient.withUnsafeMutableBufferPointer { gradient in for i in 0..<count { gradient[i] *= factor } }
        return before
    }
}
