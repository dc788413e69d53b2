import Atoms
import KernelTypes
import Support

/// A model with the scratch memory of one thread: energy and its derivatives.
///
/// One structure goes through in blocks of atoms: neighbours → edges (`EdgeBlock`) → descriptors (kernel `describe`) →
/// readout and ∂Ẽ/∂descriptors (`ReadoutPass`) → ∂Ẽ/∂r_ij (kernel `respond`) → forces and strain gradient.
package final class Evaluator: ForceEvaluator {
    package private(set) var model: Model
    private(set) var network: UnsafePointer<Network>
    private(set) var compiled: CompiledNetwork
    let pass: ReadoutPass
    let blockCapacity: Int
    /// A block is closed at so many edges, so that what its passes share stays in the second-level cache.
    static let edgesPerBlock = 768

    let finder = NeighborFinder()
    private(set) var count = 0  // atoms of the structure prepared last
    private var sites = Buffer<Int32>()
    private(set) var elements = Buffer<Int32>()  // of each atom: row of the embedding
    private(set) var block: EdgeBlock
    private var unit = Buffer<Double>()
    private var radial = Buffer<Double>()
    private var values = Buffer<Double>()
    private var featureGradient = Buffer<Double>()
    private var edgeGradient = Buffer<Double>()
    private var temporary = Buffer<Double>()
    private var energies = Buffer<Double>()
    private var packed: [Double] = []
    private var packedForces = Buffer<Double>()

    package init(_ model: Model) {
        self.model = model
        compiled = model.network
        network = compiled.address
        blockCapacity = compiled.readout.blockCount
        pass = ReadoutPass(compiled.readout, capacity: blockCapacity)
        block = EdgeBlock(
            cutoff: model.architecture.cutoff, elements: model.architecture.elements.count, multiple: kernels.laneMultiple)
        energies.reserve(blockCapacity)
        values.reserve(blockCapacity * network.pointee.nodeCount * network.pointee.laneCount)
        featureGradient.reserve(blockCapacity * compiled.featureCount)
    }

    /// Goes on with other parameters: `model` was made from this one's by `Model(_:parameters:)`.
    package func use(_ model: Model) {
        self.model = model
        compiled = model.network
        network = compiled.address
        pass.readout = compiled.readout
    }

    // MARK: A structure

    /// Energy, and what `outputs` wants: per-atom arrays are set. The strain gradient is symmetric.
    /// Throws what `StructureView.check` throws, `.structure` for coincident atoms and too small a cell, `.element` for
    /// an element the model does not know; outputs may then hold anything.
    package func evaluate(_ structure: StructureView, _ outputs: Outputs, strainGradient: inout Matrix3)
        throws(Failure) -> Double
    {
        try prepare(structure)
        let n = count
        outputs.forces?.update(repeating: 0, count: 3 * n)
        outputs.virials?.update(repeating: 0, count: 9 * n)
        var energy = 0.0
        strainGradient = .zero
        var next = 0
        while next < n {
            next = try fillBlock(from: next)
            energy += evaluateBlock(outputs, &strainGradient)
        }
        strainGradient = strainGradient.symmetrized
        return energy
    }

    /// Checks the structure, finds its elements and lays out its sites.
    func prepare(_ structure: StructureView) throws(Failure) {
        try structure.check()
        let n = structure.count
        count = n
        elements.reserve(n)
        let rows = model.elementRows
        for i in 0..<n {
            let row = rows[Int(structure.numbers[i])]
            guard row >= 0 else { throw model.unknownElement(structure.numbers[i], atom: i) }
            elements[i] = row
        }
        try finder.prepare(structure, cutoff: model.architecture.cutoff)
        sites.reserve(finder.siteCount)
    }

    /// Fills the block with atoms from `first` on, in the finder's order; returns the first that is left.
    func fillBlock(from first: Int) throws(Failure) -> Int {
        block.clear()
        var next = first
        while next < count && block.atomCount < blockCapacity && block.edgeCount < Self.edgesPerBlock {
            try addToBlock(Int(finder.order[next]))
            next += 1
        }
        return next
    }

    private func addToBlock(_ i: Int) throws(Failure) {
        let found = try finder.neighbors(of: i, into: sites.pointer)
        let (sites, elements) = (sites.pointer, elements.pointer)
        let (x, y, z, owner) = (finder.x.pointer, finder.y.pointer, finder.z.pointer, finder.owner.pointer)
        let center = finder.home(of: i)
        block.add(i, element: Int(elements[i]), elements: model.architecture.elements.count, found: found) { k in
            let site = Int(sites[k])
            let j = owner[site]
            return (j, Int(elements[Int(j)]), Vector3(x[site], y[site], z[site]) - center)
        }
    }

    // MARK: A block of atoms

    private func evaluateBlock(_ outputs: Outputs, _ strainGradient: inout Matrix3) -> Double {
        let atoms = block.atomCount
        let lanes = network.pointee.laneCount
        let stride = network.pointee.nodeCount * lanes
        let featureOffset = stride - compiled.featureCount
        let n = network.pointee.radialCount
        unit.reserve(4 * block.edgeCount)
        radial.reserve(2 * n * block.edgeCount)
        edgeGradient.reserve(3 * block.edgeCount)
        for atom in 0..<atoms {
            let a = block[atom]
            temporary.reserve(compiled.temporaryCount(edges: a.edges))
            kernels.describe(network, a.element, block.edges(atom), scratch(atom), temporary.pointer)
        }
        let features = UnsafePointer(values.pointer + featureOffset)
        pass.forward(atoms, features, stride, energies: energies.pointer)
        var energy = 0.0
        for atom in 0..<atoms {
            energy += energies[atom]
            outputs.energies?[block[atom].index] = energies[atom]
            if let descriptors = outputs.descriptors {
                compiled.descriptors(
                    features + atom * stride, to: descriptors + block[atom].index * model.architecture.descriptorCount)
            }
        }
        guard outputs.forces != nil || outputs.virials != nil else { return energy }
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
            values: values.pointer + atom * network.pointee.nodeCount * network.pointee.laneCount)
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
        let strain = Matrix3(sx, sy, sz)
        strainGradient += strain
        if let forces = outputs.forces {
            forces[3 * atom.index] += own.x
            forces[3 * atom.index + 1] += own.y
            forces[3 * atom.index + 2] += own.z
        }
        if let virials = outputs.virials {
            for e in 0..<atom.edges {
                for (a, r) in [x[e], y[e], z[e]].enumerated() {
                    for (b, g) in [gx[e], gy[e], gz[e]].enumerated() {
                        virials[9 * atom.index + 3 * a + b] -= 0.5 * r * g
                        virials[9 * Int(owner[e]) + 3 * a + b] -= 0.5 * r * g
                    }
                }
            }
        }
    }

    // MARK: ForceEvaluator

    package func evaluate(_ structure: borrowing Structure, forces: inout [Vector3], strainGradient: inout Matrix3)
        throws(Failure) -> Double
    {
        let n = structure.count
        packedForces.reserve(3 * n)
        var outputs = Outputs()
        outputs.forces = packedForces.pointer
        let energy = try structure.withView(packed: &packed) { view throws(Failure) in
            try evaluate(view, outputs, strainGradient: &strainGradient)
        }
        if forces.count != n { forces = [Vector3](repeating: .zero, count: n) }
        for i in 0..<n { forces[i] = Vector3(packedForces[3 * i], packedForces[3 * i + 1], packedForces[3 * i + 2]) }
        return energy
    }

    package func descriptors(_ structure: borrowing Structure) throws(Failure) -> [Double] {
        var result = [Double](repeating: 0, count: structure.count * model.architecture.descriptorCount)
        var strain = Matrix3.zero
        var outputs = Outputs()
        try result.withUnsafeMutableBufferPointer { buffer throws(Failure) in
            outputs.descriptors = buffer.baseAddress
            _ = try structure.withView(packed: &packed) { view throws(Failure) in
                try evaluate(view, outputs, strainGradient: &strain)
            }
        }
        return result
    }
}

extension Model: ForceProvider {
    package func makeEvaluator() throws(Failure) -> any ForceEvaluator { Evaluator(self) }
}
