import KernelTypes
import Support

/// What depends on a model's architecture alone; models with other numbers share it.
final class NetworkPlan: Sendable {
    let monomials: Monomials
    let program: ContractionProgram

    init(_ architecture: Architecture) {
        monomials = Monomials(maximumDegree: architecture.maximumDegree)
        program = ContractionProgram(architecture.contractions, monomials)
    }
}

/// A model's numbers laid out for the kernels of one precision. Owns the memory that `network` points to.
final class CompiledNetwork<Scalar: KernelScalar>: @unchecked Sendable {
    typealias Network = KernelTypes.Network<Scalar>

    let address: UnsafePointer<Network>
    var network: Network { address.pointee }

    /// The layers of the readout; features in the kernels' order (contraction, lane).
    let readout: Readout<Scalar>

    let forms: FormReadout<Scalar>?  // in place of contractions where that is less work

    let featureCount: Int  // contractions × lanes, padding included
    let plan: NetworkPlan
    let place: [Int]  // where each descriptor stands among the features
    private var memory: [UnsafeMutableRawPointer] = []

    private let architecture: Architecture
    private let layout: ParameterLayout
    private let parameters: [Double]
    private let mixing: UnsafeMutablePointer<UnsafePointer<Scalar>>
    private let unmixing: UnsafeMutablePointer<UnsafePointer<Scalar>>
    let placesInBlock: [Int]  // [N][channels · d], of a block of mixing weights
    private let monitor = Monitor()
    private var isMixed: [Bool]  // elements whose mixing weights are there; guarded by `monitor`

    /// `plan`: of the same architecture.
    init(_ plan: NetworkPlan, _ architecture: Architecture, _ layout: ParameterLayout, _ parameters: [Double]) {
        let monomials = plan.monomials
        let program = plan.program
        let (d, channels) = (architecture.embeddingDimension, architecture.radialChannels)
        let chunk = Scalar.kernels.chunkLanes
        let block = (channels * d + chunk - 1) / chunk * chunk
        let lanes = d * block

        var network = Network.empty
        network.radialCount = architecture.radialCount
        network.radialLanes = (architecture.radialCount + Scalar.kernels.laneMultiple - 1) / Scalar.kernels.laneMultiple
            * Scalar.kernels.laneMultiple
        network.degreeCount = architecture.maximumDegree + 1
        network.monomialCount = monomials.count
        network.lowerCount = monomials.lowerCount
        let summed = monomials.exponents.indices.filter { network.degreeCount != 4 || monomials.exponents[$0].z < 2 }
        network.sphereCount = summed.count
        network.embeddingDimension = d
        network.blockLanes = block
        network.laneCount = lanes
        network.contractionCount = architecture.contractions.count
        let squares = Contraction.squares(architecture.contractions, degreeCount: network.degreeCount)
        if architecture.contractions == Contraction.published, network.degreeCount == 4 {
            // This code keeps 18 rows of intermediate results in place of open tensors.
            (network.contractionCode, network.nodeCount) = (.published, monomials.count + 18)
        } else if squares != nil {
            (network.contractionCode, network.nodeCount) = (.squares, monomials.count)
        } else {
            (network.contractionCode, network.nodeCount) = (.programs, program.nodeCount)
        }
        network.cutoff = architecture.cutoff
        network.cutoffExponent = architecture.cutoffExponent
        network.mixingStride = network.degreeCount * d * network.radialCount * block
        place = Self.places(architecture, block)
        self.plan = plan
        featureCount = network.contractionCount * lanes
        readout = Readout(architecture, layout, parameters, place: place, featureCount: featureCount)

        var memory: [UnsafeMutableRawPointer] = []
        func reserve<T: BitwiseCopyable>(_ count: Int) -> UnsafeMutablePointer<T> {
            let pointer = UnsafeMutableRawPointer.allocate(byteCount: max(1, count) * MemoryLayout<T>.stride, alignment: 64)
            memory.append(pointer)
            return pointer.bindMemory(to: T.self, capacity: max(1, count))
        }
        func keep<T: BitwiseCopyable>(_ values: [T]) -> UnsafePointer<T> {
            let pointer: UnsafeMutablePointer<T> = reserve(values.count)
            pointer.update(from: values, count: values.count)
            return UnsafePointer(pointer)
        }
        let factors = summed.map { $0 == 0 ? (parent: 0, axis: 0) : monomials.factors($0) }
        network.degreeStart = keep(monomials.degreeStart.map { Int32($0) })
        network.parent = keep(factors.map { Int32(summed.firstIndex(of: $0.parent)!) })
        network.axis = keep(factors.map { Int32($0.axis) })
        var raised: [Int32] = []
        var power: [Scalar] = []
        for q in 0..<monomials.lowerCount {
            for axis in 0..<3 {
                var exponent = monomials.exponents[q]
                exponent[axis] += 1
                raised.append(Int32(monomials.index(exponent)))
                power.append(Scalar(exponent[axis]))
            }
        }
        network.raised = keep(raised)
        network.raisedPower = keep(power)
        network.squareOfDegree = keep(squares ?? [])
        network.multiplicity = keep(monomials.exponents.map { Scalar(Self.multiplicity($0)) })
        network.frequencies = keep(parameters[layout.frequencies.range].map { Scalar($0) })
        network.sender = keep(parameters[layout.sender.range].map { Scalar($0) })
        network.unmixingStride = network.degreeCount * lanes * network.radialLanes
        // Made for each element when it is first met: a training step uses few of many elements.
        mixing = reserve(architecture.elements.count)
        unmixing = reserve(architecture.elements.count)
        mixing.update(repeating: network.frequencies, count: architecture.elements.count)
        unmixing.update(repeating: network.frequencies, count: architecture.elements.count)
        placesInBlock = (0..<architecture.radialCount).flatMap { i in
            (0..<channels * d).map { Self.placeInBlock(i, $0, architecture.radialCount) }
        }
        (network.mixing, network.unmixing) = (UnsafePointer(mixing), UnsafePointer(unmixing))
        isMixed = [Bool](repeating: false, count: architecture.elements.count)
        (self.architecture, self.layout, self.parameters) = (architecture, layout, parameters)
        func keep(_ program: BundledProgram) -> Program {
            Program(bundles: keep(program.bundles), bundleCount: program.bundles.count, terms: keep(program.terms))
        }
        network.opening = keep(program.opening)
        network.closing = keep(program.closing)
        network.backward = keep(program.backward)
        let compiled = UnsafeMutablePointer(mutating: keep([network]))
        forms = FormReadout(architecture.contractions, compiled, readout, elements: architecture.elements.count)
        address = UnsafePointer(compiled)
        self.memory = memory
    }

    deinit { for pointer in memory { pointer.deallocate() } }

    /// For each descriptor in the order of the file (m, contraction, c) its place among the features.
    private static func places(_ architecture: Architecture, _ block: Int) -> [Int] {
        let (d, count, chunk) = (architecture.embeddingDimension, architecture.contractions.count, Scalar.kernels.chunkLanes)
        var result: [Int] = []
        for m in 0..<architecture.radialChannels {
            for k in 0..<count {
                for c in 0..<architecture.channelCount {
                    let lane = c / d * block + m * d + c % d
                    result.append((lane / chunk * count + k) * chunk + lane % chunk)
                }
            }
        }
        return result
    }

    /// Where, in a block of mixing weights, that of radial function i and lane j stands: [chunks][n][chunk].
    static func placeInBlock(_ i: Int, _ j: Int, _ n: Int) -> Int {
        let chunk = Scalar.kernels.chunkLanes
        return (j / chunk * n + i) * chunk + j % chunk
    }

    /// To be called before the kernels meet a receiver of this element.
    func prepareMixing(of element: Int) {
        monitor.locked {
            guard !isMixed[element] else { return }
            mix(element)
            isMixed[element] = true
        }
    }

    /// [degree][a] blocks of θ′[element, b] W_degree[n, m, a·d + b] for n and lane (m, b), and the same transposed.
    private func mix(_ element: Int) {
        let (d, n, channels) = (architecture.embeddingDimension, architecture.radialCount, architecture.radialChannels)
        let (block, padded) = (network.blockLanes, network.radialLanes)
        let receiver = (layout.receiver ?? layout.sender).offset + element * d
        func reserve(_ count: Int) -> UnsafeMutablePointer<Scalar> {
            let pointer = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Scalar>.stride, alignment: 64)
            memory.append(pointer)
            let numbers = pointer.bindMemory(to: Scalar.self, capacity: count)
            numbers.update(repeating: 0, count: count)
            return numbers
        }
        let (forward, backward) = (reserve(network.mixingStride), reserve(network.unmixingStride))
        parameters.withUnsafeBufferPointer { parameters in
            placesInBlock.withUnsafeBufferPointer { place in
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
                                    transposed[(m * d + b) * padded + i] = weight
                                }
                            }
                        }
                    }
                }
            }
        }
        (mixing[element], unmixing[element]) = (UnsafePointer(forward), UnsafePointer(backward))
    }

    /// |l|! / (lx! ly! lz!)
    private static func multiplicity(_ exponent: SIMD3<Int>) -> Double {
        func factorial(_ n: Int) -> Int { n < 2 ? 1 : n * factorial(n - 1) }
        return Double(
            factorial(exponent.wrappedSum()) / factorial(exponent.x) / factorial(exponent.y) / factorial(exponent.z))
    }

    /// Copies features, in the kernels' order, to descriptors in the file's.
    func descriptors(_ features: UnsafePointer<Scalar>, to out: UnsafeMutablePointer<Double>) {
        for (index, source) in place.enumerated() { out[index] = features[source].asDouble }
    }

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
        let responding = n.monomialCount * n.laneCount + (d + 1) * size + 2 * n.monomialCount * Scalar.kernels.laneMultiple
        let moving = 4 * n.radialCount * Scalar.kernels.laneMultiple + (2 * n.monomialCount + 4 * n.radialLanes) * edges
        let learning = 2 * n.monomialCount * n.laneCount + 2 * (d + 1) * size
        // The temporary matrix of N rows of the forms takes no more than the network's other memory does.
        let forming = n.radialCount * n.radialLanes
        return max(max(describing, responding), max(moving, learning)) + forming + 64
    }
}
