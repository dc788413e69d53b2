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

    /// place: where each descriptor, in the order of the file, stands among the features.
    init(
        _ architecture: Architecture, _ layout: ParameterLayout, _ parameters: [Double], place: [Int], featureCount: Int
    ) {
        let multiple = Scalar.kernels.laneMultiple
        func padded(_ count: Int) -> Int { (count + multiple - 1) / multiple * multiple }
        layers = layout.layers.enumerated().map { index, tensors in
            let (usedOutputs, usedInputs) = (tensors.weight.shape[0], tensors.weight.shape[1])
            let outputs = padded(usedOutputs)
            let inputs = index == 0 ? featureCount : padded(usedInputs)
            let target = index == 0 ? place : Array(0..<usedInputs)
            /// Sets numbers[target · byColumn + row · byRow].
            func numbers(byRow: Int, byColumn: Int) -> AlignedNumbers<Scalar> {
                AlignedNumbers(count: outputs * inputs) { numbers in
                    numbers.update(repeating: 0, count: outputs * inputs)
                    parameters.withUnsafeBufferPointer { parameters in
                        target.withUnsafeBufferPointer { target in
                            for row in 0..<usedOutputs {
                                let source = tensors.weight.offset + row * usedInputs
                                for column in 0..<usedInputs {
                                    numbers[target[column] * byColumn + row * byRow] = Scalar(
                                        parameters[source + column])
                                }
                            }
                        }
                    }
                }
            }
            let bias =
                parameters[tensors.bias.range].map { Scalar($0) } + [Scalar](repeating: 0, count: outputs - usedOutputs)
            return Layer(
                inputs: inputs, outputs: outputs, usedOutputs: usedOutputs,
                weights: numbers(byRow: inputs, byColumn: 1),
                transposed: numbers(byRow: 1, byColumn: outputs), bias: AlignedNumbers(bias))
        }
        var linear = [Scalar](repeating: 0, count: featureCount)
        if let tensors = layout.linear {
            for (column, target) in place.enumerated() {
                linear[target] = Scalar(parameters[tensors.weight.offset + column])
            }
        }
        self.linear = AlignedNumbers(linear)
        first = First(layer: layers[0], linear: self.linear)
        linearBias = layout.linear.map { Scalar(parameters[$0.bias.offset]) } ?? 0
    }
}
