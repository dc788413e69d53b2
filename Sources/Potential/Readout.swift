import KernelTypes
import Support

/// The readout: Ẽ_i = MLP(features) with SiLU between layers, plus a linear layer on the same features. Features stand
/// in the kernels' order; outputs of every layer are padded with zeros to a multiple of the kernels' width.
final class Readout<Scalar: KernelScalar>: @unchecked Sendable {
    /// A class, as is `First`: structures of arrays would count references to each array wherever they are handed on.
    final class Layer: Sendable {
        let inputs: Int  // padded
        let outputs: Int  // padded
        let usedOutputs: Int
        let weights: AlignedNumbers<Scalar>?  // [outputs][inputs]; nil where memory matters more than time
        let transposed: AlignedNumbers<Scalar>  // [inputs][outputs]
        let bias: AlignedNumbers<Scalar>  // [outputs]

        init(
            inputs: Int, outputs: Int, usedOutputs: Int, weights: AlignedNumbers<Scalar>?,
            transposed: AlignedNumbers<Scalar>, bias: AlignedNumbers<Scalar>
        ) {
            (self.inputs, self.outputs, self.usedOutputs) = (inputs, outputs, usedOutputs)
            (self.weights, self.transposed, self.bias) = (weights, transposed, bias)
        }
    }

    /// The first layer and the linear one, which read the same.
    final class First: Sendable {
        let layer: Layer
        let linear: AlignedNumbers<Scalar>  // [inputs]; zeros without a linear layer

        init(layer: Layer, linear: AlignedNumbers<Scalar>) { (self.layer, self.linear) = (layer, linear) }
    }

    let layers: [Layer]
    let linear: AlignedNumbers<Scalar>  // [features]; zeros without a linear layer
    let linearBias: Scalar
    let first: First

    /// Handing a job to another thread takes as long as setting some hundred numbers.
    private static var numbersOfJob: Int { 4096 }

    /// place: where each descriptor, in the order of the file, stands among the features. `isRarelyEntered`: by way of
    /// its own first layer (see `FormReadout`).
    init(
        _ architecture: Architecture, _ layout: ParameterLayout, _ parameters: [Double], place: [Int],
        featureCount: Int, isRarelyEntered: Bool, _ spare: SpareMemory, _ run: RunJobs
    ) {
        let multiple = Scalar.kernels.laneMultiple
        func padded(_ count: Int) -> Int { (count + multiple - 1) / multiple * multiple }
        layers = layout.layers.enumerated().map { index, tensors in
            let (usedOutputs, usedInputs) = (tensors.weight.shape[0], tensors.weight.shape[1])
            let outputs = padded(usedOutputs)
            let inputs = index == 0 ? featureCount : padded(usedInputs)
            let target = index == 0 ? place : Array(0..<usedInputs)
            let source = tensors.weight.offset
            /// Sets numbers, zeros for the padding, some columns at a time.
            func numbers(
                _ set:
                    @escaping (
                        _ numbers: UnsafeMutablePointer<Scalar>, _ parameters: UnsafePointer<Double>,
                        _ target: UnsafePointer<Int>, _ columns: Range<Int>
                    ) -> Void
            ) -> AlignedNumbers<Scalar> {
                AlignedNumbers(count: outputs * inputs, from: spare) { numbers in
                    if usedOutputs * usedInputs < outputs * inputs {
                        numbers.update(repeating: 0, count: outputs * inputs)
                    }
                    let block = max(1, Self.numbersOfJob / usedOutputs)
                    run((usedInputs + block - 1) / block) { job in
                        let columns = job * block..<min(usedInputs, (job + 1) * block)
                        parameters.withUnsafeBufferPointer { parameters in
                            target.withUnsafeBufferPointer { target in
                                set(numbers, parameters.baseAddress! + source, target.baseAddress!, columns)
                            }
                        }
                    }
                }
            }
            func weights() -> AlignedNumbers<Scalar> {
                numbers { numbers, parameters, target, columns in
                    for row in 0..<usedOutputs {
                        let (out, own) = (numbers + row * inputs, parameters + row * usedInputs)
                        for column in columns { out[target[column]] = Scalar(own[column]) }
                    }
                }
            }
            func transposed() -> AlignedNumbers<Scalar> {
                numbers { numbers, parameters, target, columns in
                    for column in columns {
                        let (out, own) = (numbers + target[column] * outputs, parameters + column)
                        for row in 0..<usedOutputs { out[row] = Scalar(own[row * usedInputs]) }
                    }
                }
            }
            let bias =
                parameters[tensors.bias.range].map { Scalar($0) } + [Scalar](repeating: 0, count: outputs - usedOutputs)
            return Layer(
                inputs: inputs, outputs: outputs, usedOutputs: usedOutputs,
                weights: isRarelyEntered && index == 0 ? nil : weights(), transposed: transposed(),
                bias: AlignedNumbers(bias, from: spare))
        }
        var linear = [Scalar](repeating: 0, count: featureCount)
        if let source = layout.linear?.weight.offset {
            for (column, target) in place.enumerated() { linear[target] = Scalar(parameters[source + column]) }
        }
        self.linear = AlignedNumbers(linear, from: spare)
        first = First(layer: layers[0], linear: self.linear)
        linearBias = layout.linear.map { Scalar(parameters[$0.bias.offset]) } ?? 0
    }
}
