import Atoms
import Support

/// A host's own full neighbour list with ghost atoms, in arrays as LAMMPS has them (rm_neighbors in rm.h).
package struct HostNeighbors {
    package var atomCount: Int  // own and ghost atoms
    package var positions: UnsafePointer<Double>  // [atomCount][3]
    package var types: UnsafePointer<Int32>  // [atomCount]
    package var typeNumbers: UnsafeBufferPointer<Int32>  // [types] atomic numbers; 0: ignored
    package var centerCount: Int
    package var centers: UnsafePointer<Int32>?  // [centerCount]; nil: 0 ..< centerCount
    package var neighborCounts: UnsafePointer<Int32>  // [atomCount], by atom
    package var neighbors: UnsafePointer<UnsafePointer<Int32>?>  // [atomCount], by atom
    package var indexMask: Int32  // 0: none

    package init(
        atomCount: Int, positions: UnsafePointer<Double>, types: UnsafePointer<Int32>,
        typeNumbers: UnsafeBufferPointer<Int32>, centerCount: Int, centers: UnsafePointer<Int32>?,
        neighborCounts: UnsafePointer<Int32>, neighbors: UnsafePointer<UnsafePointer<Int32>?>, indexMask: Int32
    ) {
        self.atomCount = atomCount
        self.positions = positions
        self.types = types
        self.typeNumbers = typeNumbers
        self.centerCount = centerCount
        self.centers = centers
        self.neighborCounts = neighborCounts
        self.neighbors = neighbors
        self.indexMask = indexMask
    }
}

/// Energy and forces on a host's neighbour list; adds to the host's arrays.
package final class HostEvaluator {
    package let model: Model
    private let threads: Int
    private var rows: [Int32] = []  // of each type: row of the embedding, or −1
    private var path: Path
    private let partial = PartialOutputs(all: true)  // as the list is checked on the way

    /// What the threads have for themselves, one for each; concrete types, so that the compiler makes code for each.
    private enum Path {
        case double([HostShare<Double>])
        case single([HostShare<Float>])
    }

    /// threads: how many a list of many centres may use.
    package init(_ model: Model, threads: Int = 1, precision: Precision = .double) {
        self.model = model
        self.threads = threads
        switch precision {
        case .double: path = .double([])
        case .single: path = .single([])
        }
    }

    /// Returns the energy of the centres and adds to what `outputs` wants (no descriptors). `strainGradient` is set; it
    /// is symmetric only in sum over all ranks. Throws before anything is added: `.argument` for indices, types and
    /// counts out of range, `.structure` for positions that are not finite and coincident atoms, `.element`, `.memory`.
    package func evaluate(_ host: HostNeighbors, _ outputs: Outputs, strainGradient: inout Matrix3)
        throws(Failure) -> Double
    {
        strainGradient = .zero
        let count = PartialOutputs.shares(threads, atoms: host.centerCount)
        prepare(count)
        func centers(_ share: Int) -> Range<Int> {
            share * host.centerCount / count..<(share + 1) * host.centerCount / count
        }
        try checkAtoms(host)
        return try partial.evaluate(count, count: host.atomCount, outputs, &strainGradient) {
            share, outputs, strain throws(Failure) in
            switch path {
            case .double(let shares): try shares[share].evaluate(host, rows, centers(share), outputs, &strain)
            case .single(let shares): try shares[share].evaluate(host, rows, centers(share), outputs, &strain)
            }
        }
    }

    private func prepare(_ count: Int) {
        switch path {
        case .double(let shares):
            if shares.count < count { path = .double(shares + (shares.count..<count).map { _ in HostShare(model) }) }
        case .single(let shares):
            if shares.count < count { path = .single(shares + (shares.count..<count).map { _ in HostShare(model) }) }
        }
    }

    private func checkAtoms(_ host: HostNeighbors) throws(Failure) {
        rows = try host.typeNumbers.enumerated().map { type, number throws(Failure) in
            if number == 0 { return -1 }
            guard number > 0, number < 119 else {
                throw Failure(.element, "type \(type): \(number) is no atomic number")
            }
            let row = model.elementRows[Int(number)]
            guard row >= 0 else { throw model.unknownElement(number, place: "type \(type)") }
            return row
        }
        for i in 0..<host.atomCount {
            guard host.types[i] >= 0, Int(host.types[i]) < rows.count else {
                throw Failure(
                    .argument, "atom \(i): its type \(host.types[i]) is not below the number of types, \(rows.count)")
            }
            let p = host.positions + 3 * i
            guard p[0].isFinite, p[1].isFinite, p[2].isFinite else {
                throw Failure(.structure, "atom \(i): its position is not finite")
            }
        }
    }
}

/// The square of the distance of two atoms, Å². (Of three numbers, as a vector of three takes longer to put together.)
@inline(__always)
private func square(_ positions: UnsafePointer<Double>, _ i: Int, _ j: Int) -> Double {
    let (p, q) = (positions + 3 * i, positions + 3 * j)
    let (x, y, z) = (q[0] - p[0], q[1] - p[1], q[2] - p[2])
    return x * x + y * y + z * z
}

/// One thread's part of a `HostEvaluator`.
private final class HostShare<Scalar: KernelScalar> {
    private let worker: BlockWorker<Scalar>
    private var nearby = Buffer<Int32>()

    init(_ model: Model) { worker = BlockWorker(model) }

    /// A range of the centres, block by block. rows: of each type, the row of the embedding, or −1.
    func evaluate(
        _ host: HostNeighbors, _ rows: [Int32], _ range: Range<Int>, _ outputs: Outputs, _ strainGradient: inout Matrix3
    ) throws(Failure) -> Double {
        var energy = 0.0
        let known = rows.filter { $0 >= 0 }
        let only = known.allSatisfy { $0 == known[0] } ? known.first.map { Int($0) } : nil
        let (positions, types, elementCount) = (host.positions, host.types, worker.model.architecture.elements.count)
        func position(_ i: Int) -> Vector3 { Vector3(positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]) }
        worker.block.clear()
        for index in range {
            let i = host.centers.map { Int($0[index]) } ?? index
            guard i >= 0, i < host.atomCount else {
                throw Failure(.argument, "center \(index): there is no atom \(i) among \(host.atomCount)")
            }
            let found = try findNearby(i, host, rows, knowsAll: known.count == rows.count)
            let (element, near) = (rows[Int(types[i])], nearby.pointer)
            if element >= 0 {
                let center = position(i)
                worker.block.add(i, element: Int(element), elements: elementCount, only: only, found: found) { k in
                    let j = Int(near[k])
                    return (near[k], Int(rows[Int(types[j])]), position(j) - center)
                }
            }
            if worker.isFull || index == range.upperBound - 1 {
                energy += worker.evaluate(outputs, &strainGradient)
                worker.block.clear()
            }
        }
        return energy
    }

    /// Checks the list of atom i and sets `nearby` to those of a known element within the cutoff; returns their number.
    private func findNearby(_ i: Int, _ host: HostNeighbors, _ rows: [Int32], knowsAll: Bool) throws(Failure) -> Int {
        let count = Int(host.neighborCounts[i])
        guard count >= 0 else {
            throw Failure(.argument, "atom \(i): its number of neighbours, \(count), is negative")
        }
        guard count > 0 else { return 0 }
        guard count <= NeighborFinder.maximumNeighbors else { throw NeighborFinder.crowded(i, count) }
        guard let list = host.neighbors[i] else {
            throw Failure(.argument, "atom \(i): its list of neighbours is NULL")
        }
        try nearby.request(count)
        let (near, types, positions) = (nearby.pointer, host.types, host.positions)
        let (atoms, mask) = (UInt32(truncatingIfNeeded: host.atomCount), host.indexMask == 0 ? ~0 : host.indexMask)
        let limit = worker.model.architecture.cutoff * worker.model.architecture.cutoff
        let isKnown = rows[Int(types[i])] >= 0
        var (found, closest) = (0, Double.infinity)
        for k in 0..<count {
            let j = list[k] & mask
            guard UInt32(bitPattern: j) < atoms else {
                throw Failure(.argument, "atom \(i): its neighbour \(k) is atom \(j) of \(host.atomCount)")
            }
            guard knowsAll || (isKnown && rows[Int(types[Int(j)])] >= 0) else { continue }
            let square = square(positions, i, Int(j))
            near[found] = j
            found &+= square < limit ? 1 : 0
            closest = square < closest ? square : closest
        }
        if closest <= NeighborFinder.coincidence * NeighborFinder.coincidence {
            let j = near[(0..<found).first { square(positions, i, Int(near[$0])) <= closest } ?? 0]
            throw Failure(.structure, "atoms \(i) and \(j) are at the same place")
        }
        return found
    }
}
