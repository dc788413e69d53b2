import Atoms
import KernelTypes
import Support

/// One thread's share of an evaluation: takes a block of atoms with their edges from descriptors to forces.
final class BlockWorker {
    private(set) var model: Model
    private(set) var network: UnsafePointer<Network>
    private(set) var compiled: CompiledNetwork
    let pass: ReadoutPass
    let capacity: Int  // atoms per block
    /// A block is closed at so many edges, so that what its passes share stays in the second-level cache.
    static let edgesPerBlock = 768
    /// Likewise the atoms of a block, whose values take so many bytes at the most (but for a minimum of four atoms).
    static let bytesPerBlock = 200_000

    var block: EdgeBlock
    var neighborScratch = NeighborFinder.Scratch()
    private var unit = Buffer<Double>()
    private var radial = Buffer<Double>()
    private var values = Buffer<Double>()
    private var features = Buffer<Double>()
    private var featureGradient = Buffer<Double>()
    private var edgeGradient = Buffer<Double>()
    private var temporary = Buffer<Double>()
    private var energies = Buffer<Double>()

    init(_ model: Model) {
        self.model = model
        compiled = model.network
        network = compiled.address
        let bytes = 8 * network.pointee.nodeCount * network.pointee.laneCount
        capacity = min(16, max(4, Self.bytesPerBlock / bytes / 4 * 4))
        pass = ReadoutPass(compiled.readout, capacity: capacity)
        block = EdgeBlock(
            cutoff: model.architecture.cutoff, elements: model.architecture.elements.count, multiple: kernels.laneMultiple)
        energies.reserve(capacity)
        values.reserve(capacity * network.pointee.nodeCount * network.pointee.laneCount)
        features.reserve(capacity * compiled.featureCount)
        featureGradient.reserve(capacity * compiled.featureCount)
    }

    /// Goes on with other parameters of the same architecture.
    func use(_ model: Model) {
        self.model = model
        compiled = model.network
        network = compiled.address
        pass.readout = compiled.readout
    }

    var isFull: Bool { block.atomCount == capacity || block.edgeCount >= Self.edgesPerBlock }

    /// Evaluates the block: returns its energy; per-atom arrays are added to, energies and descriptors set.
    func evaluate(_ outputs: Outputs, _ strainGradient: inout Matrix3) -> Double {
        let atoms = block.atomCount
        let stride = compiled.featureCount
        unit.reserve(4 * block.edgeCount)
        radial.reserve(2 * network.pointee.radialCount * block.edgeCount)
        edgeGradient.reserve(3 * block.edgeCount)
        for atom in 0..<atoms {
            let a = block[atom]
            temporary.reserve(compiled.temporaryCount(edges: a.edges))
            kernels.describe(network, a.element, block.edges(atom), scratch(atom), temporary.pointer)
        }
        let features = UnsafePointer(features.pointer)
        pass.forward(atoms, features, stride, energies: energies.pointer)
        var energy = 0.0
        for atom in 0..<atoms {
            energy += energies[atom]
            outputs.energies?[block[atom].index] += energies[atom]
            if let descriptors = outputs.descriptors {
                compiled.descriptors(
                    features + atom * stride, to: descriptors + block[atom].index * model.architecture.descriptorCount)
            }
        }
        guard outputs.forces != nil || outputs.virials != nil || outputs.needsStrain else { return energy }
        pass.backward(atoms, featureGradient: featureGradient.pointer)
        for atom in 0..<atoms {
            let a = block[atom]
            let gradient = edgeGradient.pointer + 3 * a.firstEdge
            kernels.respond(
                network, a.element, block.edges(atom), scratch(atom), featureGradient.pointer + atom * compiled.featureCount,
                gradient, temporary.pointer)
            scatter(a, gradient, outputs, &strainGradient)
        }
        return energy
    }

    private func scratch(_ atom: Int) -> AtomScratch {
        let a = block[atom]
        return AtomScratch(
            unit: unit.pointer + 4 * a.firstEdge, radial: radial.pointer + 2 * network.pointee.radialCount * a.firstEdge,
            values: values.pointer + atom * network.pointee.nodeCount * network.pointee.laneCount,
            features: features.pointer + atom * compiled.featureCount)
    }

    /// g = ∂Ẽ_i/∂r_ij pulls i along g and j against it, and strains by r ⊗ g.
    private func scatter(
        _ atom: EdgeBlock.Atom, _ gradient: UnsafePointer<Double>, _ outputs: Outputs, _ strainGradient: inout Matrix3
    ) {
        let (gx, gy, gz) = (gradient, gradient + atom.edges, gradient + 2 * atom.edges)
        let (x, y, z) = (block.x.pointer + atom.firstEdge, block.y.pointer + atom.firstEdge, block.z.pointer + atom.firstEdge)
        let owner = block.owner.pointer + atom.firstEdge
        var own = Vector3.zero
        var (sx, sy, sz) = (Vector3.zero, Vector3.zero, Vector3.zero)
        for e in 0..<atom.edges {
            let g = Vector3(gx[e], gy[e], gz[e])
            own += g
            sx += x[e] * g
            sy += y[e] * g
            sz += z[e] * g
            if let forces = outputs.forces {
                let j = 3 * Int(owner[e])
                forces[j] -= g.x
                forces[j + 1] -= g.y
                forces[j + 2] -= g.z
            }
        }
        strainGradient += Matrix3(sx, sy, sz)
        if let forces = outputs.forces {
            forces[3 * atom.index] += own.x
            forces[3 * atom.index + 1] += own.y
            forces[3 * atom.index + 2] += own.z
        }
        if let virials = outputs.virials {
            let own = virials + 9 * atom.index
            for e in 0..<atom.edges {
                let other = virials + 9 * Int(owner[e])
                let g = Vector3(gx[e], gy[e], gz[e]) * 0.5
                for (row, r) in [x[e], y[e], z[e]].enumerated() {
                    for column in 0..<3 {
                        own[3 * row + column] -= r * g[column]
                        other[3 * row + column] -= r * g[column]
                    }
                }
            }
        }
    }
}
