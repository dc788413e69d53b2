import Atoms
import KernelTypes
import Support

/// An atom of a block.
struct BlockAtom {
    var index: Int  // in the structure
    var element: Int
    var firstEdge: Int
    var edges: Int
    var stride: Int  // of rows of numbers of its edges
    var firstRun: Int
    var runs: Int
}

/// The edges of a block of atoms, grouped by element, with room for the kernels' vectors, and what the passes leave for
/// each atom.
struct EdgeBlock<Scalar: KernelScalar>: ~Copyable {
    private(set) var atomCount = 0
    private(set) var edgeCount = 0  // room between atoms included
    private(set) var runCount = 0

    private(set) var x = Buffer<Scalar>()  // [edges] r_ij
    private(set) var y = Buffer<Scalar>()
    private(set) var z = Buffer<Scalar>()
    private(set) var owner = Buffer<Int32>()  // [edges] atom j
    private var runs = Buffer<EdgeRun>()
    private var atoms = Buffer<BlockAtom>()

    private let padding: Scalar  // Å; beyond the cutoff
    private let multiple: Int
    private var counts: Buffer<Int32>  // by element; zeros between calls
    private var present: Buffer<Int32>  // the elements among an atom's neighbours

    init(cutoff: Double, elements: Int, multiple: Int) {
        padding = Scalar(2 * cutoff)
        self.multiple = multiple
        counts = Buffer(capacity: elements)
        present = Buffer(capacity: elements)
        counts.pointer.update(repeating: 0, count: elements)
    }

    mutating func clear() {
        atomCount = 0
        edgeCount = 0
        runCount = 0
    }

    subscript(atom: Int) -> BlockAtom { atoms.pointer[atom] }

    func edges(_ atom: Int) -> Edges<Scalar> {
        let a = atoms.pointer[atom]
        var edges = Edges<Scalar>(
            runs: UnsafePointer(runs.pointer + a.firstRun), x: UnsafePointer(x.pointer + a.firstEdge),
            y: UnsafePointer(y.pointer + a.firstEdge), z: UnsafePointer(z.pointer + a.firstEdge))
        edges.count = a.edges
        edges.stride = a.stride
        edges.runCount = a.runs
        return edges
    }

    /// Adds an atom with `found` neighbours: `neighbor(k)` gives the k-th's atom index, element (row of the embedding)
    /// and vector r_ij. only: the element of all of them, if they are known to be of one; byElement: whether those of an
    /// element follow one another. Then nothing is sorted.
    @inline(__always)
    mutating func add(
        _ index: Int, element: Int, elements: Int, only: Int?, byElement: Bool = false, found: Int,
        _ neighbor: (_ k: Int) -> (atom: Int32, element: Int, vector: Vector3)
    ) {
        let room = edgeCount + Edges<Scalar>.strideOfRows(found, runs: elements, multiple: multiple)
        x.reserve(room, keeping: edgeCount)
        y.reserve(room, keeping: edgeCount)
        z.reserve(room, keeping: edgeCount)
        owner.reserve(room, keeping: edgeCount)
        runs.reserve(runCount + elements, keeping: runCount)
        atoms.reserve(atomCount + 1, keeping: atomCount)
        let firstRun = runCount
        let stride: Int
        if let only {
            if found > 0 { addRun(of: only, from: 0, to: found) }
            stride = pad(found, runs: 1)
            let first = edgeCount
            let (x, y, z, owner) = (x.pointer + first, y.pointer + first, z.pointer + first, owner.pointer + first)
            for k in 0..<found {
                let (atom, _, vector) = neighbor(k)
                (x[k], y[k], z[k]) = (Scalar(vector.x), Scalar(vector.y), Scalar(vector.z))
                owner[k] = atom
            }
        } else if byElement {
            stride = copy(found, neighbor)
        } else {
            stride = sort(found, neighbor)
        }
        atoms.pointer[atomCount] = BlockAtom(
            index: index, element: element, firstEdge: edgeCount, edges: found, stride: stride, firstRun: firstRun,
            runs: runCount - firstRun)
        atomCount += 1
        edgeCount += stride
    }

    @inline(__always)
    private mutating func addRun(of element: Int, from start: Int, to end: Int) {
        runs.pointer[runCount] = EdgeRun(element: element, start: start, end: end)
        runCount += 1
    }

    /// Fills the room behind `found` edges in so many runs; returns the stride of rows.
    @inline(__always)
    private func pad(_ found: Int, runs: Int) -> Int {
        let stride = Edges<Scalar>.strideOfRows(found, runs: runs, multiple: multiple)
        let (x, y, z) = (x.pointer, y.pointer, z.pointer)
        for k in edgeCount + found..<edgeCount + stride { (x[k], y[k], z[k]) = (padding, 0, 0) }
        return stride
    }

    /// Puts the neighbours down as they come, with a run for each element; returns the stride of rows.
    @inline(__always)
    private mutating func copy(
        _ found: Int, _ neighbor: (_ k: Int) -> (atom: Int32, element: Int, vector: Vector3)
    ) -> Int {
        let first = edgeCount
        let (x, y, z, owner) = (x.pointer + first, y.pointer + first, z.pointer + first, owner.pointer + first)
        let firstRun = runCount
        var (current, start) = (-1, 0)
        for k in 0..<found {
            let (atom, element, vector) = neighbor(k)
            (x[k], y[k], z[k]) = (Scalar(vector.x), Scalar(vector.y), Scalar(vector.z))
            owner[k] = atom
            if element != current {
                if k > 0 { addRun(of: current, from: start, to: k) }
                (current, start) = (element, k)
            }
        }
        if found > 0 { addRun(of: current, from: start, to: found) }
        return pad(found, runs: runCount - firstRun)
    }

    /// Puts the neighbours down by element, each with a run; returns the stride of rows.
    @inline(__always)
    private mutating func sort(
        _ found: Int, _ neighbor: (_ k: Int) -> (atom: Int32, element: Int, vector: Vector3)
    ) -> Int {
        let (x, y, z, owner) = (x.pointer, y.pointer, z.pointer, owner.pointer)
        let (counts, present) = (counts.pointer, present.pointer)
        var kinds = 0
        for k in 0..<found {
            let e = neighbor(k).element
            if counts[e] == 0 {
                // Few elements meet: kept in order by insertion.
                var place = kinds
                while place > 0 && present[place - 1] > e {
                    present[place] = present[place - 1]
                    place -= 1
                }
                present[place] = Int32(truncatingIfNeeded: e)
                kinds += 1
            }
            counts[e] += 1
        }
        // From here on `counts` is where the next edge of an element goes, relative to the block.
        var end = edgeCount
        for index in 0..<kinds {
            let e = Int(present[index])
            let count = Int(counts[e])
            addRun(of: e, from: end - edgeCount, to: end - edgeCount + count)
            counts[e] = Int32(truncatingIfNeeded: end)
            end += count
        }
        let stride = pad(found, runs: kinds)
        for k in 0..<found {
            let (atom, e, vector) = neighbor(k)
            let place = Int(counts[e])
            counts[e] += 1
            (x[place], y[place], z[place]) = (Scalar(vector.x), Scalar(vector.y), Scalar(vector.z))
            owner[place] = atom
        }
        for index in 0..<kinds { counts[Int(present[index])] = 0 }
        return stride
    }
}
