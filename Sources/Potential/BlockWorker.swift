import Atoms
import KernelTypes
import Support

/// When a block is closed.
private struct BlockLimits {
    let edges: Int
    let atoms: Int
    let bytes: Int  // of the values of its atoms, but for a minimum of six atoms

    /// What the passes share stays in the second-level cache.
    static let evaluation = BlockLimits(edges: 768, atoms: 16, bytes: 200_000)
    /// To hold whole small structures, which need not be evaluated once more for their gradient by the parameters: that
    /// saves more than it costs to read values from the next cache.
    static let gradient = BlockLimits(edges: 8192, atoms: 96, bytes: 1_000_000)
}

/// One thread's share of an evaluation: takes a block of atoms with their edges from descriptors to forces.
final class BlockWorker<Scalar: KernelScalar> {
    private(set) var model: Model
    private(set) var network: UnsafePointer<Network<Scalar>>
    private(set) var compiled: CompiledNetwork<Scalar>
    let pass: ReadoutPass<Scalar>
    let capacity: Int  // atoms per block
    private let limits: BlockLimits

    var block: EdgeBlock<Scalar>
    var neighborScratch = NeighborFinder.Scratch()
    private var unit = Buffer<Scalar>()
    private var radial = Buffer<Scalar>()
    var values = Buffer<Scalar>()
    // Of the block: features and ∂Ẽ/∂features, [rows][features].
    var features = Buffer<Scalar>()
    var featureGradient = Buffer<Scalar>()
    var edgeGradient = Buffer<Scalar>()
    private var adjoint = Buffer<Scalar>()
    private let keepsAdjoint: Bool
    var temporary = Buffer<Scalar>()
    var energies = Buffer<Scalar>()
    private let sums = Buffer<Double>(capacity: 12)  // of an atom's edges
    let row: Buffer<Int32>  // of each atom, where atoms are sorted by element
    let sorted: Buffer<Int32>  // the atom of each row
    private var isMixed: [Bool]  // elements that the network is known to be ready for
    /// Whether the readout's pass and `featureGradient` are those of the block.
    var holdsGradient = false

    /// forGradient: whether the gradient by the parameters is to follow.
    init(_ model: Model, forGradient: Bool = false) {
        self.model = model
        keepsAdjoint = forGradient
        compiled = Scalar.network(of: model)
        network = compiled.address
        let bytes = MemoryLayout<Scalar>.stride * compiled.valueCount
        limits = forGradient ? .gradient : .evaluation
        // The readout takes six rows at a time.
        capacity = min(limits.atoms, max(6, limits.bytes / bytes / 6 * 6))
        pass = ReadoutPass(compiled.readout, capacity: capacity)
        block = EdgeBlock(
            cutoff: model.architecture.cutoff, elements: model.architecture.elements.count,
            multiple: Scalar.kernels.laneMultiple)
        energies.reserve(capacity)
        isMixed = [Bool](repeating: false, count: model.architecture.elements.count)
        row = Buffer(capacity: capacity)
        sorted = Buffer(capacity: capacity)
        values.reserve(capacity * compiled.valueCount)
        adjoint.reserve((keepsAdjoint ? capacity : 1) * compiled.expandedCount)
        features.reserve(capacity * compiled.featureCount)
        featureGradient.reserve(capacity * compiled.featureCount)
    }

    /// Makes the network ready for the elements of the block.
    func prepareMixing() {
        for atom in 0..<block.atomCount where !isMixed[block[atom].element] {
            compiled.prepareMixing(of: block[atom].element)
            isMixed[block[atom].element] = true
        }
    }

    /// Goes on with other parameters of the same architecture.
    func use(_ model: Model) {
        self.model = model
        compiled = Scalar.network(of: model)
        network = compiled.address
        pass.readout = compiled.readout
        for element in isMixed.indices { isMixed[element] = false }
        holdsGradient = false
    }

    /// How many of `left` atoms to take next, so that no block is much smaller than the others.
    func share(of left: Int) -> Int {
        let blocks = (left + capacity - 1) / capacity
        return blocks <= 1 ? left : (left + blocks - 1) / blocks
    }

    var isFull: Bool { block.atomCount == capacity || block.edgeCount >= limits.edges }

    /// Evaluates the block: returns its energy; per-atom arrays are added to, energies and descriptors set.
    func evaluate(_ outputs: Outputs, _ strainGradient: inout Matrix3) -> Double {
        prepare()
        if outputs.descriptors == nil, let forms = compiled.forms { return evaluate(forms, outputs, &strainGradient) }
        return evaluateContractions(outputs, &strainGradient)
    }

    /// Makes room for the block.
    func prepare() {
        holdsGradient = false
        unit.reserve(4 * block.edgeCount)
        radial.reserve(2 * network.pointee.radialCount * block.edgeCount)
        edgeGradient.reserve(3 * block.edgeCount)
        for atom in 0..<block.atomCount {
            temporary.reserve(compiled.temporaryCount(edges: block[atom].stride, runs: block[atom].runs))
        }
    }

    private func evaluateContractions(_ outputs: Outputs, _ strainGradient: inout Matrix3) -> Double {
        prepareMixing()
        let atoms = block.atomCount
        let stride = compiled.featureCount
        for atom in 0..<atoms {
            Scalar.kernels.describe(
                network, block[atom].element, block.edges(atom), scratch(atom, row: atom, stride), temporary.pointer)
        }
        let features = UnsafePointer(features.pointer)
        pass.forward(atoms, features, stride, energies: energies.pointer)
        if let descriptors = outputs.descriptors {
            for atom in 0..<atoms {
                compiled.descriptors(
                    features + atom * stride, to: descriptors + block[atom].index * model.architecture.descriptorCount)
            }
        }
        if needsGradient(outputs) {
            pass.backward(atoms, featureGradient: featureGradient.pointer)
            for atom in 0..<atoms {
                let gradient = edgeGradient.pointer + 3 * block[atom].firstEdge
                Scalar.kernels.respond(
                    network, block[atom].element, block.edges(atom), scratch(atom, row: atom, stride),
                    featureGradient.pointer + atom * stride, gradient, temporary.pointer)
                scatter(atom, gradient, outputs, &strainGradient)
            }
            holdsGradient = true
        }
        return takeEnergies(outputs) { $0 }
    }

    func needsGradient(_ outputs: Outputs) -> Bool {
        outputs.forces != nil || outputs.virials != nil || outputs.needsStrain
    }

    func takeEnergies(_ outputs: Outputs, _ row: (_ atom: Int) -> Int) -> Double {
        var energy = 0.0
        let energies = energies.pointer
        for atom in 0..<block.atomCount {
            let own = energies[row(atom)].asDouble
            energy += own
            outputs.energies?[block[atom].index] += own
        }
        return energy
    }

    /// ∂E/∂A of an atom; but for `forGradient` of the one in hand.
    func adjoint(_ atom: Int) -> UnsafeMutablePointer<Scalar> {
        adjoint.pointer + (keepsAdjoint ? atom : 0) * compiled.expandedCount
    }

    func scratch(_ atom: Int, row: Int, _ stride: Int) -> AtomScratch<Scalar> {
        let a = block[atom]
        return AtomScratch<Scalar>(
            unit: unit.pointer + 4 * a.firstEdge,
            radial: radial.pointer + 2 * network.pointee.radialCount * a.firstEdge,
            values: values.pointer + atom * compiled.valueCount,
            features: features.pointer + row * stride, adjoint: adjoint(atom))
    }

    /// g = ∂Ẽ_i/∂r_ij pulls i along g and j against it, and strains by r ⊗ g.
    func scatter(
        _ atom: Int, _ gradient: UnsafeMutablePointer<Scalar>, _ outputs: Outputs, _ strainGradient: inout Matrix3
    ) {
        let edges = block.edges(atom)
        let atom = block[atom]
        let owner = block.owner.pointer + atom.firstEdge
        let s = sums.pointer
        Scalar.kernels.pull(edges, gradient, owner, outputs.forces, s)
        strainGradient += Matrix3(
            Vector3(s[3], s[4], s[5]), Vector3(s[6], s[7], s[8]), Vector3(s[9], s[10], s[11]))
        if let forces = outputs.forces {
            for k in 0..<3 { forces[3 * atom.index + k] += s[k] }
        }
        if let virials = outputs.virials {
            let own = virials + 9 * atom.index
            let (gx, gy, gz) = (gradient, gradient + atom.stride, gradient + 2 * atom.stride)
            let (x, y, z) = (edges.x, edges.y, edges.z)
            for e in 0..<atom.edges {
                let other = virials + 9 * Int(owner[e])
                let g = Vector3(gx[e].asDouble, gy[e].asDouble, gz[e].asDouble) * 0.5
                for (row, r) in [x[e].asDouble, y[e].asDouble, z[e].asDouble].enumerated() {
                    for column in 0..<3 {
                        own[3 * row + column] -= r * g[column]
                        other[3 * row + column] -= r * g[column]
                    }
                }
            }
        }
    }
}
