import KernelTypes
import Support

/// Adds arranged gradients up, in their order, and takes the sum to the order of `ParameterLayout`.
final class ArrangedSum<Scalar: KernelScalar> {
    private var shared: Buffer<Double>
    private var mixing = Buffer<Double>()  // [elements met][mixingStride]
    private let parts: ArrangedGradient<Scalar>.Shared
    private let places: Places
    private let placesInBlock: [Int]  // [N][channels · d], of a block of mixing weights

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
        let network = Scalar.network(of: model)
        placesInBlock = network.placesInBlock
        parts = ArrangedGradient<Scalar>.Shared(
            network, elements: model.architecture.elements.count)
        shared = Buffer(capacity: parts.count)
        places = Places(model.layout)
    }

    /// As `GradientSum`.
    func callAsFunction(
        _ gradients: [ArrangedGradient<Scalar>], of model: Model, to total: UnsafeMutablePointer<Double>,
        run: (_ jobs: Int, _ job: @escaping (Int) -> Void) -> Void
    ) {
        let gradients = gradients.filter { !$0.isEmpty }
        let network = Scalar.network(of: model)
        let stride = network.network.mixingStride
        let elements = Set(gradients.flatMap(\.elements)).sorted()
        mixing.reserve(elements.count * stride)
        let (shared, mixing) = (shared.pointer, mixing.pointer)

        /// Blocks of what is shared, then elements.
        let (count, block) = (parts.count, 4096)
        let blocks = (count + block - 1) / block
        func add(_ job: Int) {
            if job < blocks {
                let range = job * block..<min(count, (job + 1) * block)
                for i in range { shared[i] = 0 }
                for gradient in gradients {
                    let values = gradient.sharedNumbers
                    for i in range { shared[i] += values[i].asDouble }
                }
            } else {
                let sum = mixing + (job - blocks) * stride
                for i in 0..<stride { sum[i] = 0 }
                for gradient in gradients {
                    guard let values = gradient.mixing(of: elements[job - blocks]) else { continue }
                    for i in 0..<stride { sum[i] += values[i].asDouble }
                }
            }
        }
        // Waking threads takes longer than a few thousand additions.
        if count * gradients.count < 100_000 {
            for job in 0..<blocks + elements.count { add(job) }
        } else {
            run(blocks + elements.count, add)
        }

        for i in 0..<model.parameters.count { total[i] = 0 }
        let (n, d) = (network.network.radialCount, network.network.embeddingDimension)
        for i in 0..<n { total[places.frequencies + i] += shared[parts.frequencies + i] }
        for i in 0..<model.architecture.elements.count * d { total[places.sender + i] += shared[parts.sender + i] }
        for (k, element) in elements.enumerated() { unfoldMixing(element, mixing + k * stride, network, model, total) }
        unfoldReadout(shared, network, total)
    }

    /// W′[element] = θ′[element, b] W, so each gets the gradient by W′ times the other.
    private func unfoldMixing(
        _ element: Int, _ of: UnsafePointer<Double>, _ network: CompiledNetwork<Scalar>, _ model: Model,
        _ total: UnsafeMutablePointer<Double>
    ) {
        let shape = network.network
        let (d, n, channels) = (shape.embeddingDimension, shape.radialCount, model.architecture.radialChannels)
        let first = places.receiver + element * d
        model.parameters.withUnsafeBufferPointer { parameters in
            placesInBlock.withUnsafeBufferPointer { place in
                for (degree, tensor) in places.mixing.enumerated() {
                    for a in 0..<d {
                        let source = of + (degree * d + a) * n * shape.blockLanes
                        for k in 0..<n * channels {
                            let target = tensor + k * d * d + a * d
                            for b in 0..<d {
                                let g = source[place[k * d + b]]
                                total[target + b] += g * parameters[first + b]
                                total[first + b] += g * parameters[target + b]
                            }
                        }
                    }
                }
            }
        }
    }

    private func unfoldReadout(
        _ gradient: UnsafePointer<Double>, _ network: CompiledNetwork<Scalar>, _ total: UnsafeMutablePointer<Double>
    ) {
        network.place.withUnsafeBufferPointer { place in
            var source = gradient
            for (index, layer) in network.readout.layers.enumerated() {
                let tensor = places.layers[index]
                for row in 0..<layer.usedOutputs {
                    let target = total + tensor.weight + row * tensor.columns
                    let from = source + row * layer.inputs
                    if index == 0 {
                        for column in 0..<tensor.columns { target[column] += from[place[column]] }
                    } else {
                        for column in 0..<tensor.columns { target[column] += from[column] }
                    }
                }
                source += layer.outputs * layer.inputs
                for row in 0..<layer.usedOutputs { total[tensor.bias + row] += source[row] }
                source += layer.outputs
            }
            if let linear = places.linear {
                for k in 0..<place.count { total[linear.weight + k] += source[place[k]] }
                total[linear.bias] += source[network.readout.linear.count]
            }
        }
    }
}
