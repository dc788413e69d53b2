import KernelTypes
import Support

/// Adds arranged gradients up, in their order, and takes the sum to the order of `ParameterLayout`.
///
/// The work is cut into jobs that write to parameters of their own: blocks of a layer's rows, mixing weights of one
/// degree and sender channel, and what remains.
final class ArrangedSum<Scalar: KernelScalar> {
    private let offsets: ArrangedGradient<Scalar>.Shared
    private let places: Places
    private let rows: [Rows]
    private let placesInBlock: [Int]  // [N][channels · d], of a block of mixing weights
    private let receivers: Buffer<Double>  // [degrees · d][elements][d], by θ′

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

    /// Some rows of a layer of the readout.
    private struct Rows {
        let layer: Int
        let range: Range<Int>
        let source: Int  // of the layer's weights, in an arranged gradient

        /// All, a thousand weights or so each.
        static func all(of readout: Readout<Scalar>) -> [Rows] {
            var result: [Rows] = []
            var source = 0
            for (index, layer) in readout.layers.enumerated() {
                let rows = max(1, 1024 / layer.inputs)
                for first in stride(from: 0, to: layer.usedOutputs, by: rows) {
                    let range = first..<min(layer.usedOutputs, first + rows)
                    result.append(Rows(layer: index, range: range, source: source))
                }
                source += (layer.inputs + 1) * layer.outputs
            }
            return result
        }
    }

    init(_ model: Model) {
        let network = Scalar.network(of: model)
        let (elements, d) = (model.architecture.elements.count, model.architecture.embeddingDimension)
        placesInBlock = network.tables.placesInBlock
        offsets = ArrangedGradient<Scalar>.Shared(network, elements: elements)
        places = Places(model.layout)
        rows = Rows.all(of: network.readout)
        receivers = Buffer(capacity: places.mixing.count * d * elements * d)
    }

    /// As `GradientSum`.
    func callAsFunction(
        _ gradients: [ArrangedGradient<Scalar>], of model: Model, to total: UnsafeMutablePointer<Double>,
        run: RunJobs
    ) {
        let gradients = gradients.filter { !$0.isEmpty }
        let network = Scalar.network(of: model)
        let forms = FormSum(gradients, network, model)
        let elements = forms?.elements ?? Set(gradients.flatMap(\.elements)).sorted()
        let (d, all) = (model.architecture.embeddingDimension, model.architecture.elements.count)
        let mixings = forms?.jobs ?? network.network.degreeCount * d
        // By forms the first layer's weights come with the mixing's.
        let rows = forms == nil ? rows : rows.filter { $0.layer > 0 }
        if forms != nil {
            for tensor in model.layout.mixing { (total + tensor.offset).update(repeating: 0, count: tensor.count) }
        }
        let jobs = mixings + rows.count + 1
        func add(_ job: Int) {
            if job < mixings {
                let receiver = receivers.pointer + job * all * d
                if let forms {
                    forms.add(job, to: total, receiver: receiver)
                } else {
                    addMixing(job, gradients, elements, network, model, total, receiver)
                }
            } else if job < mixings + rows.count {
                addRows(rows[job - mixings], gradients, network, total)
            } else {
                addRest(gradients, model, network, total, withLinear: forms == nil)
            }
        }
        // Handing jobs to threads takes longer than a few thousand additions.
        if model.parameters.count * gradients.count < 20_000 {
            for job in 0..<jobs { add(job) }
        } else {
            run(jobs, add)
        }
        // θ′ may be θ, so it comes last.
        for job in 0..<mixings {
            for element in elements {
                for b in 0..<d {
                    total[places.receiver + element * d + b] += receivers.pointer[(job * all + element) * d + b]
                }
            }
        }
    }

    /// Of one degree and sender channel `a`. W′[element] = θ′[element, b] W, so each gets the gradient by W′ times the
    /// other.
    private func addMixing(
        _ job: Int, _ gradients: [ArrangedGradient<Scalar>], _ elements: [Int], _ network: CompiledNetwork<Scalar>,
        _ model: Model, _ total: UnsafeMutablePointer<Double>, _ receivers: UnsafeMutablePointer<Double>
    ) {
        let shape = network.network
        let (d, channels) = (shape.embeddingDimension, shape.radialCount * model.architecture.radialChannels)
        let count = shape.radialCount * shape.blockLanes
        let tensor = places.mixing[job / d] + job % d * d
        for k in 0..<channels { (total + tensor + k * d * d).update(repeating: 0, count: d) }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { sum in
            model.parameters.withUnsafeBufferPointer { parameters in
                placesInBlock.withUnsafeBufferPointer { place in
                    let sum = sum.baseAddress.unsafelyUnwrapped
                    for element in elements {
                        sum.update(repeating: 0, count: count)
                        for gradient in gradients {
                            guard let values = gradient.mixing(of: element) else { continue }
                            let part = values + job * count
                            for i in 0..<count { sum[i] += part[i].asDouble }
                        }
                        let first = places.receiver + element * d
                        let receiver = receivers + element * d
                        receiver.update(repeating: 0, count: d)
                        for k in 0..<channels {
                            for b in 0..<d {
                                let (g, target) = (sum[place[k * d + b]], tensor + k * d * d + b)
                                total[target] += g * parameters[first + b]
                                receiver[b] += g * parameters[target]
                            }
                        }
                    }
                }
            }
        }
    }

    private func addRows(
        _ rows: Rows, _ gradients: [ArrangedGradient<Scalar>], _ network: CompiledNetwork<Scalar>,
        _ total: UnsafeMutablePointer<Double>
    ) {
        let (layer, tensor) = (network.readout.layers[rows.layer], places.layers[rows.layer])
        let (first, count) = (rows.source + rows.range.lowerBound * layer.inputs, rows.range.count * layer.inputs)
        Self.withSum(of: gradients, first, count) { sum in
            network.place.withUnsafeBufferPointer { place in
                for (k, row) in rows.range.enumerated() {
                    let (target, from) = (total + tensor.weight + row * tensor.columns, sum + k * layer.inputs)
                    if rows.layer == 0 {
                        for column in 0..<tensor.columns { target[column] = from[place[column]] }
                    } else {
                        target.update(from: from, count: tensor.columns)
                    }
                }
            }
        }
    }

    /// Biases, the linear layer, senders and frequencies.
    private func addRest(
        _ gradients: [ArrangedGradient<Scalar>], _ model: Model, _ network: CompiledNetwork<Scalar>,
        _ total: UnsafeMutablePointer<Double>, withLinear: Bool
    ) {
        var source = 0
        for (layer, tensor) in zip(network.readout.layers, places.layers) {
            source += layer.outputs * layer.inputs
            Self.withSum(of: gradients, source, layer.usedOutputs) {
                (total + tensor.bias).update(from: $0, count: layer.usedOutputs)
            }
            source += layer.outputs
        }
        if let linear = places.linear {
            let count = network.readout.linear.count
            if withLinear {
                Self.withSum(of: gradients, source, count) { sum in
                    for (k, place) in network.place.enumerated() { total[linear.weight + k] = sum[place] }
                }
            }
            Self.withSum(of: gradients, source + count, 1) { total[linear.bias] = $0[0] }
        }
        let architecture = model.architecture
        let senders = architecture.elements.count * architecture.embeddingDimension
        // Without θ′ of its own, it stands where θ does.
        (total + places.receiver).update(repeating: 0, count: senders)
        Self.withSum(of: gradients, offsets.sender, senders) {
            (total + places.sender).update(from: $0, count: senders)
        }
        Self.withSum(of: gradients, offsets.frequencies, architecture.radialCount) {
            (total + places.frequencies).update(from: $0, count: architecture.radialCount)
        }
    }

    /// The sum of numbers that do not belong to one element.
    private static func withSum(
        of gradients: [ArrangedGradient<Scalar>], _ first: Int, _ count: Int, _ body: (UnsafePointer<Double>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, count)) { sum in
            let sum = sum.baseAddress.unsafelyUnwrapped
            sum.update(repeating: 0, count: count)
            for gradient in gradients {
                let part = gradient.sharedNumbers + first
                for i in 0..<count { sum[i] += part[i].asDouble }
            }
            body(UnsafePointer(sum))
        }
    }
}
