import KernelTypes
import Support

/// A gradient by the parameters in the kernels' arrangement: mixing weights per receiver element with θ′ folded in,
/// readout weights in the kernels' order of features. `add` takes it back to the order of `ParameterLayout`.
final class ArrangedGradient<Scalar: KernelScalar> {
    private var model: Model
    private var network: CompiledNetwork<Scalar>
    private let shape: Network<Scalar>
    private var mixing: Buffer<Scalar>  // [elements][mixingStride]
    private var touched: [Bool]  // elements whose mixing gradient is in use
    private var sender: Buffer<Scalar>  // [elements][d]
    private var frequencies: Buffer<Scalar>  // [N]
    private var readoutBuffer: Buffer<Scalar>
    private let readoutCount: Int
    private let places: Places

    /// Where the parameters stand, as plain numbers: the layout's tensors have names, which take time to pass around.
    private struct Places {
        let frequencies, sender, receiver: Int
        let mixing: [Int]
        let layers: [(weight: Int, columns: Int, bias: Int)]
        let linear: (weight: Int, bias: Int)?

        init(_ layout: ParameterLayout) {
            frequencies = layout.frequencies.offset
            sender = layout.sender.offset
            receiver = (layout.receiver ?? layout.sender).offset
            mixing = layout.mixing.map(\.offset)
            layers = layout.layers.map { ($0.weight.offset, $0.weight.shape[1], $0.bias.offset) }
            linear = layout.linear.map { ($0.weight.offset, $0.bias.offset) }
        }
    }

    init(_ model: Model) {
        self.model = model
        network = Scalar.network(of: model)
        shape = network.network
        let elements = model.architecture.elements.count
        mixing = Buffer(capacity: elements * shape.mixingStride)
        touched = [Bool](repeating: false, count: elements)
        sender = Buffer(capacity: elements * shape.embeddingDimension)
        frequencies = Buffer(capacity: shape.radialCount)
        readoutCount = ReadoutPass<Scalar>.gradientCount(network.readout)
        readoutBuffer = Buffer(capacity: readoutCount)
        places = Places(model.layout)
    }

    func use(_ model: Model) {
        self.model = model
        network = Scalar.network(of: model)
    }

    func clear() {
        for element in touched.indices { touched[element] = false }
        sender.pointer.update(repeating: 0, count: touched.count * shape.embeddingDimension)
        frequencies.pointer.update(repeating: 0, count: shape.radialCount)
        readoutBuffer.pointer.update(repeating: 0, count: readoutCount)
    }

    var readout: UnsafeMutablePointer<Scalar> { readoutBuffer.pointer }

    func weights(of element: Int) -> WeightGradient<Scalar> {
        let start = mixing.pointer + element * shape.mixingStride
        if !touched[element] {
            start.update(repeating: 0, count: shape.mixingStride)
            touched[element] = true
        }
        return WeightGradient<Scalar>(mixing: start, sender: sender.pointer, frequencies: frequencies.pointer)
    }

    func add(to total: UnsafeMutablePointer<Double>) {
        for i in 0..<shape.radialCount { total[places.frequencies + i] += frequencies[i].asDouble }
        for i in 0..<touched.count * shape.embeddingDimension { total[places.sender + i] += sender[i].asDouble }
        for element in touched.indices where touched[element] { unfoldMixing(element, total) }
        unfoldReadout(total)
    }

    /// W′[element] = θ′[element, b] W, so each gets the gradient by W′ times the other.
    private func unfoldMixing(_ element: Int, _ total: UnsafeMutablePointer<Double>) {
        let (d, n, channels) = (shape.embeddingDimension, shape.radialCount, model.architecture.radialChannels)
        let first = places.receiver + element * d
        let of = mixing.pointer + element * shape.mixingStride
        model.parameters.withUnsafeBufferPointer { parameters in
            for (degree, tensor) in places.mixing.enumerated() {
                for a in 0..<d {
                    let source = of + (degree * d + a) * n * shape.blockLanes
                    for i in 0..<n {
                        for m in 0..<channels {
                            let target = tensor + (i * channels + m) * d * d + a * d
                            for b in 0..<d {
                                let g = source[CompiledNetwork<Scalar>.placeInBlock(i, m * d + b, n)].asDouble
                                total[target + b] += g * parameters[first + b]
                                total[first + b] += g * parameters[target + b]
                            }
                        }
                    }
                }
            }
        }
    }

    private func unfoldReadout(_ total: UnsafeMutablePointer<Double>) {
        network.place.withUnsafeBufferPointer { place in
            var source = readoutBuffer.pointer
            for (index, layer) in network.readout.layers.enumerated() {
                let tensor = places.layers[index]
                for row in 0..<layer.usedOutputs {
                    let target = total + tensor.weight + row * tensor.columns
                    let from = source + row * layer.inputs
                    if index == 0 {
                        for column in 0..<tensor.columns { target[column] += from[place[column]].asDouble }
                    } else {
                        for column in 0..<tensor.columns { target[column] += from[column].asDouble }
                    }
                }
                source += layer.outputs * layer.inputs
                for row in 0..<layer.usedOutputs { total[tensor.bias + row] += source[row].asDouble }
                source += layer.outputs
            }
            if let linear = places.linear {
                for k in 0..<place.count { total[linear.weight + k] += source[place[k]].asDouble }
                total[linear.bias] += source[network.readout.linear.count].asDouble
            }
        }
    }
}
