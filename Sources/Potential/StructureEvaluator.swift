import Atoms
import KernelTypes
import Support

/// The evaluator of one precision: energy and its derivatives, for one caller at a time.
///
/// One structure goes through in blocks of atoms: neighbours → edges (`EdgeBlock`) → descriptors (kernel `describe`) →
/// readout and ∂Ẽ/∂descriptors (`ReadoutPass`) → ∂Ẽ/∂r_ij (kernel `respond`) → forces and strain gradient.
final class StructureEvaluator<Scalar: KernelScalar> {
    private(set) var model: Model
    private let threads: Int
    private(set) var workers: [BlockWorker<Scalar>]
    private let neighbors: NeighborCache

    private(set) var count = 0  // atoms of the structure prepared last
    private var elements = Buffer<Int32>()  // of each atom: row of the embedding
    private var only: Int?  // the element of all atoms, if it is one
    private let partial = PartialOutputs()

    /// threads: how many a structure of many atoms may use. skin: Å, see `NeighborCache`.
    init(_ model: Model, threads: Int, skin: Double, forGradient: Bool = false) {
        self.model = model
        self.threads = max(1, threads)
        workers = [BlockWorker(model, forGradient: forGradient)]
        neighbors = NeighborCache(cutoff: model.architecture.cutoff, skin: skin)
    }

    /// Goes on with other parameters: `model` was made from this one's by `Model(_:parameters:)`.
    func use(_ model: Model) {
        self.model = model
        for worker in workers { worker.use(model) }
    }

    /// Energy, and what `outputs` wants: its arrays are set. The strain gradient is symmetric.
    /// Throws what `StructureView.check` throws, `.structure` for coincident atoms and too small a cell, `.element` for
    /// an element the model does not know, `.numbers` for a result that is not finite; outputs may then hold anything.
    func evaluate(_ structure: StructureView, _ outputs: Outputs, strainGradient: inout Matrix3)
        throws(Failure) -> Double
    {
        try prepare(structure)
        outputs.energies?.update(repeating: 0, count: count)
        outputs.forces?.update(repeating: 0, count: 3 * count)
        outputs.virials?.update(repeating: 0, count: 9 * count)
        var energy = 0.0
        strainGradient = .zero
        let shares = PartialOutputs.shares(threads, atoms: count)
        if shares > 1 {
            energy = try evaluateShared(shares, outputs, &strainGradient)
        } else {
            energy = try evaluate(0..<count, workers[0], outputs, &strainGradient)
        }
        strainGradient = strainGradient.symmetrized
        guard energy.isFinite, strainGradient.isFinite else {
            throw Failure(.numbers, "the energy or its gradient is not finite: the model's numbers overflow")
        }
        return energy
    }

    /// Checks the structure, finds its elements and prepares its neighbours.
    private func prepare(_ structure: StructureView) throws(Failure) {
        try structure.check()
        count = structure.count
        elements.reserve(count)
        let rows = model.elementRows
        for i in 0..<count {
            let row = rows[Int(structure.numbers[i])]
            guard row >= 0 else { throw model.unknownElement(structure.numbers[i], atom: i) }
            elements[i] = row
        }
        only = (1..<count).allSatisfy { elements[$0] == elements[0] } ? Int(elements[0]) : nil
        try neighbors.prepare(structure)
    }

    /// The atoms of a range of the finder's order, block by block.
    private func evaluate(
        _ range: Range<Int>, _ worker: BlockWorker<Scalar>, _ outputs: Outputs, _ strainGradient: inout Matrix3
    ) throws(Failure) -> Double {
        var energy = 0.0
        var next = range.lowerBound
        while next < range.upperBound {
            next = try fill(worker, from: next, to: range.upperBound)
            energy += worker.evaluate(outputs, &strainGradient)
        }
        return energy
    }

    /// Fills a worker's block with atoms from `first` on, in the finder's order; returns the first that is left.
    func fill(_ worker: BlockWorker<Scalar>, from first: Int, to end: Int) throws(Failure) -> Int {
        let finder = neighbors.finder
        try worker.neighborScratch.reserve(finder)
        worker.block.clear()
        let elements = elements.pointer
        let (x, y, z, owner) = (finder.x.pointer, finder.y.pointer, finder.z.pointer, finder.owner.pointer)
        let order = finder.order.pointer
        let elementCount = model.architecture.elements.count
        var next = first
        let end = first + worker.share(of: end - first)
        while next < end && !worker.isFull {
            let i = Int(order[next])
            let center = finder.position(of: i)
            let found = try neighbors.neighbors(of: i, worker.neighborScratch)
            let sites = worker.neighborScratch.sites.pointer
            worker.block.add(
                i, element: Int(elements[i]), elements: elementCount, only: only, byElement: finder.isOneBin,
                found: found
            ) { k in
                let site = Int(sites[k])
                let j = owner[site]
                return (j, Int(elements[Int(j)]), Vector3(x[site], y[site], z[site]) - center)
            }
            next += 1
        }
        return next
    }

    /// Atoms over threads.
    private func evaluateShared(_ shares: Int, _ outputs: Outputs, _ strainGradient: inout Matrix3)
        throws(Failure) -> Double
    {
        while workers.count < shares { workers.append(BlockWorker(model)) }
        let n = count
        return try partial.evaluate(shares, count: n, outputs, &strainGradient) {
            share, outputs, strain throws(Failure) in
            try evaluate(share * n / shares..<(share + 1) * n / shares, workers[share], outputs, &strain)
        }
    }
}

/// Hands a value to threads that are known not to touch the same parts of it.
struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
