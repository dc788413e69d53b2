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
        let layout = model.layout
        for i in 0..<shape.radialCount { total[layout.frequencies.offset + i] += frequencies[i].asDouble }
        for i in 0..<layout.sender.count { total[layout.sender.offset + i] += sender[i].asDouble }
        for element in touched.indices where touched[element] { unfoldMixing(element, total) }
        unfoldReadout(total)
    }

    /// W′[element] = θ′[element, b] W, so each gets the gradient by W′ times the other.
    private func unfoldMixing(_ element: Int, _ total: UnsafeMutablePointer<Double>) {
        let layout = model.layout
        let receiver = layout.receiver ?? layout.sender
        let (d, n, channels) = (shape.embeddingDimension, shape.radialCount, model.architecture.radialChannels)
        let first = receiver.offset + element * d
        model.parameters.withUnsafeBufferPointer { parameters in
            for (degree, tensor) in layout.mixing.enumerated() {
                for a in 0..<d {
                    for i in 0..<n {
                        let source = mixing.pointer + element * shape.mixingStride
                            + (degree * d + a) * n * shape.blockLanes
                        for m in 0..<channels {
                            let target = tensor.offset + (i * channels + m) * d * d + a * d
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
        let layout = model.layout
        let place = network.place
        var source = readoutBuffer.pointer
        for (index, (tensors, layer)) in zip(layout.layers, network.readout.layers).enumerated() {
            let columns = tensors.weight.shape[1]
            for row in 0..<layer.usedOutputs {
                let target = total + tensors.weight.offset + row * columns
                let from = source + row * layer.inputs
                if index == 0 {
                    for (column, k) in place.enumerated() { target[column] += from[k].asDouble }
                } else {
                    for column in 0..<columns { target[column] += from[column].asDouble }
                }
            }
            source += layer.outputs * layer.inputs
            for row in 0..<layer.usedOutputs { total[tensors.bias.offset + row] += source[row].asDouble }
            source += layer.outputs
        }
        // The linear bias is never moved: forces do not know it.
        if let linear = layout.linear {
            for (k, from) in place.enumerated() { total[linear.weight.offset + k] += source[from].asDouble }
        }
    }
}
