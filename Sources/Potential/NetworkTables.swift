import KernelTypes
import Support

/// What depends on a model's architecture alone; models with other numbers share it.
final class NetworkPlan: Sendable {
    private let architecture: Architecture
    private let monomials: Monomials
    private let program: ContractionProgram
    // For the kernels of a precision, when it is first asked for.
    private let double = Once<NetworkTables<Double>>()
    private let single = Once<NetworkTables<Float>>()

    init(_ architecture: Architecture) {
        self.architecture = architecture
        monomials = Monomials(maximumDegree: architecture.maximumDegree)
        program = ContractionProgram(architecture.contractions, monomials)
    }

    func doubleTables() -> NetworkTables<Double> { double { NetworkTables(architecture, monomials, program) } }
    func singleTables() -> NetworkTables<Float> { single { NetworkTables(architecture, monomials, program) } }
}

/// What the kernels need to know of an architecture. Owns the memory that `network` points to.
final class NetworkTables<Scalar: KernelScalar>: @unchecked Sendable {
    let network: Network<Scalar>  // without weights
    let featureCount: Int  // contractions × lanes, padding included
    let place: [Int]  // where each descriptor, in the order of the file, stands among the features
    let placesInBlock: [Int]  // [N][channels · d], of a block of mixing weights
    let spare = SpareMemory()  // left by networks of this architecture
    private let memory: AlignedMemory

    init(_ architecture: Architecture, _ monomials: Monomials, _ program: ContractionProgram) {
        let (d, channels) = (architecture.embeddingDimension, architecture.radialChannels)
        let chunk = Scalar.kernels.chunkLanes
        let block = (channels * d + chunk - 1) / chunk * chunk
        let lanes = d * block

        var network = Network<Scalar>.empty
        network.radialCount = architecture.radialCount
        network.radialLanes =
            (architecture.radialCount + Scalar.kernels.laneMultiple - 1) / Scalar.kernels.laneMultiple
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
        if Scalar.kernels.transposesMixing(network.radialCount, network.degreeCount) {
            network.unmixingStride = network.degreeCount * lanes * network.radialLanes
        }
        place = Self.places(architecture, block)
        placesInBlock = (0..<architecture.radialCount).flatMap { i in
            (0..<channels * d).map { Self.placeInBlock(i, $0, architecture.radialCount) }
        }
        featureCount = network.contractionCount * lanes

        let memory = AlignedMemory(from: spare)
        let factors = summed.map { $0 == 0 ? (parent: 0, axis: 0) : monomials.factors($0) }
        network.degreeStart = memory.keep(monomials.degreeStart.map { Int32($0) })
        network.parent = memory.keep(factors.map { Int32(summed.firstIndex(of: $0.parent)!) })
        network.axis = memory.keep(factors.map { Int32($0.axis) })
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
        network.raised = memory.keep(raised)
        network.raisedPower = memory.keep(power)
        network.squareOfDegree = memory.keep(squares ?? [])
        network.multiplicity = memory.keep(monomials.exponents.map { Scalar(Self.multiplicity($0)) })
        func kept(_ program: BundledProgram) -> Program {
            Program(
                bundles: memory.keep(program.bundles), bundleCount: program.bundles.count,
                terms: memory.keep(program.terms))
        }
        network.opening = kept(program.opening)
        network.closing = kept(program.closing)
        network.backward = kept(program.backward)
        (self.network, self.memory) = (network, memory)
    }

    /// For each descriptor in the order of the file (m, contraction, c) its place among the features.
    private static func places(_ architecture: Architecture, _ block: Int) -> [Int] {
        let (d, count, chunk) = (
            architecture.embeddingDimension, architecture.contractions.count, Scalar.kernels.chunkLanes
        )
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

    /// |l|! / (lx! ly! lz!)
    private static func multiplicity(_ exponent: SIMD3<Int>) -> Double {
        func factorial(_ n: Int) -> Int { n < 2 ? 1 : n * factorial(n - 1) }
        return Double(
            factorial(exponent.wrappedSum()) / factorial(exponent.x) / factorial(exponent.y) / factorial(exponent.z))
    }
}
