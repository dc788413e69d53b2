import KernelTypes
import Support

/// A model's numbers laid out for the kernels of one precision. Owns the memory that `network` points to.
final class CompiledNetwork<Scalar: KernelScalar>: @unchecked Sendable {
    typealias Network = KernelTypes.Network<Scalar>

    let address: UnsafePointer<Network>
    var network: Network { address.pointee }
    let tables: NetworkTables<Scalar>

    /// The layers of the readout; features in the kernels' order (contraction, lane).
    let readout: Readout<Scalar>

    let forms: FormReadout<Scalar>?  // in place of contractions where that is less work

    var featureCount: Int { tables.featureCount }
    var place: [Int] { tables.place }
    private let memory: AlignedMemory

    private let architecture: Architecture
    private let layout: ParameterLayout
    private let parameters: [Double]
    private let mixing: UnsafeMutablePointer<UnsafePointer<Scalar>>
    private let unmixing: UnsafeMutablePointer<UnsafePointer<Scalar>>
    private let monitor = Monitor()
    // Both guarded by `monitor`, and by it what `mixing` and `unmixing` point to:
    private var weights: [AlignedNumbers<Scalar>] = []
    private var isMixed: [Bool]  // elements whose mixing weights are there

    /// `tables`: of the same architecture. `run`: what is worth many threads.
    init(
        _ tables: NetworkTables<Scalar>, _ architecture: Architecture, _ layout: ParameterLayout,
        _ parameters: [Double], _ run: RunJobs
    ) {
        self.tables = tables
        (self.architecture, self.layout, self.parameters) = (architecture, layout, parameters)
        memory = AlignedMemory(from: tables.spare)
        let elements = architecture.elements.count
        let blocks = FormReadout<Scalar>.blocks(tables, architecture)
        readout = Readout(
            architecture, layout, parameters, place: tables.place, featureCount: tables.featureCount,
            isRarelyEntered: blocks != nil, tables.spare, run)

        let network: UnsafeMutablePointer<Network> = memory.reserve(1)
        network.initialize(to: tables.network)
        let frequencies = parameters[layout.frequencies.range]
        network.pointee.frequencies = memory.keep(frequencies.map { Scalar($0) })
        if Scalar.self == Double.self {
            network.pointee.sines = SineTable(frequencies: frequencies, cutoff: architecture.cutoff, in: memory)
        }
        network.pointee.sender = memory.keep(parameters[layout.sender.range].map { Scalar($0) })
        // Made for each element when it is first met, as a training step uses few of many elements; until then the
        // pointers stand for nothing.
        mixing = memory.reserve(elements)
        unmixing = memory.reserve(elements)
        mixing.update(repeating: network.pointee.frequencies, count: elements)
        unmixing.update(repeating: network.pointee.frequencies, count: elements)
        (network.pointee.mixing, network.pointee.unmixing) = (UnsafePointer(mixing), UnsafePointer(unmixing))
        isMixed = [Bool](repeating: false, count: elements)
        forms =
            if let blocks {
                FormReadout(blocks, network, readout, architecture, layout, parameters, tables.spare)
            } else {
                nil
            }
        address = UnsafePointer(network)
    }

    /// To be called before the kernels meet a receiver of this element.
    func prepareMixing(of element: Int) {
        if monitor.locked({ isMixed[element] }) { return }
        // Outside the monitor, as others are to go on: should another thread mix the same meanwhile, the first counts.
        let (forward, backward) = mix(element)
        monitor.locked {
            guard !isMixed[element] else { return }
            (mixing[element], unmixing[element]) = (forward.pointer, backward.pointer)
            weights += [forward, backward]
            isMixed[element] = true
        }
    }

    /// [degree][a] blocks of θ′[element, b] W_degree[n, m, a·d + b] for n and lane (m, b), and the same transposed if the
    /// kernels want it.
    private func mix(_ element: Int) -> (AlignedNumbers<Scalar>, AlignedNumbers<Scalar>) {
        let (d, n, channels) = (architecture.embeddingDimension, architecture.radialCount, architecture.radialChannels)
        let (block, padded, transposes) = (network.blockLanes, network.radialLanes, network.unmixingStride > 0)
        let receiver = (layout.receiver ?? layout.sender).offset + element * d
        func zeros(_ count: Int) -> AlignedNumbers<Scalar> {
            AlignedNumbers(count: count, from: tables.spare) { $0.update(repeating: 0, count: count) }
        }
        let result = (zeros(network.mixingStride), zeros(network.unmixingStride))
        let forward = UnsafeMutablePointer(mutating: result.0.pointer)
        let backward = UnsafeMutablePointer(mutating: result.1.pointer)
        parameters.withUnsafeBufferPointer { parameters in
            tables.placesInBlock.withUnsafeBufferPointer { place in
                for (degree, tensor) in layout.mixing.enumerated() {
                    for a in 0..<d {
                        let out = forward + (degree * d + a) * n * block
                        let transposed = backward + (degree * d + a) * block * padded
                        for i in 0..<n {
                            for m in 0..<channels {
                                let source = tensor.offset + (i * channels + m) * d * d + a * d
                                for b in 0..<d {
                                    let weight = Scalar(parameters[receiver + b] * parameters[source + b])
                                    out[place[(i * channels + m) * d + b]] = weight
                                    if transposes { transposed[(m * d + b) * padded + i] = weight }
                                }
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    /// Copies features, in the kernels' order, to descriptors in the file's.
    func descriptors(_ features: UnsafePointer<Scalar>, to out: UnsafeMutablePointer<Double>) {
        for (index, source) in place.enumerated() { out[index] = features[source].asDouble }
    }

    /// Numbers of A of an atom, [d][L][radialLanes].
    var expandedCount: Int { network.embeddingDimension * network.monomialCount * network.radialLanes }

    /// How many numbers of its forward pass an atom keeps: A′ and open tensors, or A and A times the multiplicities.
    var valueCount: Int {
        let n = network
        return max(n.nodeCount * n.laneCount, 2 * n.embeddingDimension * n.monomialCount * n.radialLanes)
    }

    /// How many numbers of temporary memory the kernels need for an atom with rows of so many edges in so many runs.
    func temporaryCount(edges: Int, runs: Int) -> Int {
        let n = network
        let size = n.monomialCount * n.radialLanes
        let d = n.embeddingDimension
        let describing = (n.monomialCount + n.radialLanes) * edges + (runs + d) * size
        let responding =
            n.monomialCount * n.laneCount + (d + 1) * size + 2 * n.monomialCount * Scalar.kernels.laneMultiple
        let moving = 4 * n.radialCount * Scalar.kernels.laneMultiple + (2 * n.monomialCount + 4 * n.radialLanes) * edges
        let learning = 2 * n.monomialCount * n.laneCount + 2 * (d + 1) * size
        let forming = 2 * n.radialCount * n.radialLanes  // the forms' matrices
        return max(max(describing, responding), max(moving, learning)) + forming + 64
    }
}
