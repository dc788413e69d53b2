/// Where each tensor stands in the flat list of a model's parameters.
package struct ParameterLayout: Sendable {
    package struct Tensor: Sendable {
        package let name: String
        package let shape: [Int]
        package let offset: Int
        package var count: Int { shape.reduce(1, *) }
        package var range: Range<Int> { offset..<offset + count }
    }

    package let tensors: [Tensor]
    package let count: Int

    package let sender: Tensor  // [elements, d]
    package let receiver: Tensor?  // [elements, d]; nil if the receiver uses the sender's table
    package let frequencies: Tensor  // [n_rbf]
    package let mixing: [Tensor]  // for each degree: [n_rbf, n_radial, d²]
    package let layers: [(weight: Tensor, bias: Tensor)]  // [out, in], [out]
    package let linear: (weight: Tensor, bias: Tensor)?  // [1, in], [1]

    package init(_ architecture: Architecture) {
        var tensors: [Tensor] = []
        var offset = 0
        func add(_ name: String, _ shape: [Int]) -> Tensor {
            let tensor = Tensor(name: name, shape: shape, offset: offset)
            tensors.append(tensor)
            offset += tensor.count
            return tensor
        }
        let table = [architecture.elements.count, architecture.embeddingDimension]
        sender = add("embedding.sender", table)
        receiver = architecture.hasReceiver ? add("embedding.receiver", table) : nil
        frequencies = add("radial.frequencies", [architecture.radialCount])
        mixing = (0...architecture.maximumDegree).map {
            add(
                "radial.mixing.\($0)",
                [architecture.radialCount, architecture.radialChannels, architecture.channelCount])
        }
        let widths = [architecture.descriptorCount] + architecture.hidden + [1]
        layers = (0..<widths.count - 1).map {
            (
                add("readout.layers.\($0).weight", [widths[$0 + 1], widths[$0]]),
                add("readout.layers.\($0).bias", [widths[$0 + 1]])
            )
        }
        linear =
            architecture.hasLinear
            ? (add("readout.linear.weight", [1, architecture.descriptorCount]), add("readout.linear.bias", [1])) : nil
        self.tensors = tensors
        count = offset
    }
}
