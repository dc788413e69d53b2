/// The readout: Ẽ_i = MLP(features) with SiLU between layers, plus a linear layer on the same features. Works on blocks
/// of atoms, features in the kernels' order, so that its matrix products are a BLAS's.
package final class Readout: @unchecked Sendable {
    struct Layer {
        let inputs: Int
        let outputs: Int
        let weights: [Double]  // [outputs][inputs]
        let bias: [Double]
    }

    let layers: [Layer]
    let linear: [Double]  // [features]; zeros without a linear layer
    let linearBias: Double
    let widest: Int

    init(
        _ architecture: Architecture, _ layout: ParameterLayout, _ parameters: [Double], place: [Int], featureCount: Int
    ) {
        func arranged(_ row: ArraySlice<Double>) -> [Double] {
            var result = [Double](repeating: 0, count: featureCount)
            for (value, target) in zip(row, place) { result[target] = value }
            return result
        }
        layers = layout.layers.enumerated().map { index, tensors in
            let outputs = tensors.weight.shape[0]
            let inputs = tensors.weight.shape[1]
            let weights = parameters[tensors.weight.range]
            let bias = Array(parameters[tensors.bias.range])
            guard index == 0 else { return Layer(inputs: inputs, outputs: outputs, weights: Array(weights), bias: bias) }
            let rows = (0..<outputs).flatMap { row in
                arranged(weights[weights.startIndex + row * inputs..<weights.startIndex + (row + 1) * inputs])
            }
            return Layer(inputs: featureCount, outputs: outputs, weights: rows, bias: bias)
        }
        linear = layout.linear.map { arranged(parameters[$0.weight.range]) } ?? [Double](repeating: 0, count: featureCount)
        linearBias = layout.linear.map { parameters[$0.bias.offset] } ?? 0
        widest = layers.map(\.outputs).max() ?? 1
    }

    /// The most atoms whose first layer is one matrix product below OpenBLAS's limit for starting threads of its own
    /// (2¹⁸ multiply-adds); at most 16, so that a block stays in the cache.
    var blockCount: Int { min(16, max(1, BLAS.serialLimit / (layers[0].inputs * layers[0].outputs))) }
}
