import Atoms
import KernelTypes
import Support

/// The edges of a block of atoms, grouped by element, with room for the kernels' vectors, and what the passes leave for each atom.
struct EdgeBlock<Scalar: KernelScalar>: ~Copyable {
    private(set) var atomCount = 0
    private(set) var edgeCount = 0  // room between atoms included
    private(set) var runCount = 0

    private(set) var x = Buffer<Scalar>()  // [edges] r_ij
    private(set) var y = Buffer<Scalar>()
    private(set) var z = Buffer<Scalar>()
    private(set) var owner = Buffer<Int32>()  // [edges] atom j
    private var runs = Buffer<EdgeRun>()
    private var atoms = Buffer<Atom>()

    struct Atom {
        var index: Int  // in the structure
        var element: Int
        var firstEdge: Int
        var edges: Int
        var stride: Int  // of rows of numbers of its edges
        var firstRun: Int
        var runs: Int
    }

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

    subscript(atom: Int) -> Atom { atoms[atom] }

    func edges(_ atom: Int) -> Edges<Scalar> {
        let a = atoms[atom]
        var edges = Edges<Scalar>(
            runs: UnsafePointer(runs.pointer + a.firstRun), x: UnsafePointer(x.pointer + a.firstEdge),
            y: UnsafePointer(y.pointer + a.firstEdge), z: UnsafePointer(z.pointer + a.firstEdge))
        edges.count = a.edges
        edges.stride = a.stride
        edges.runCount = a.runs
        return edges
    }

    /// Adds an atom with `found` neighbours: `neighbor(k)` gives the k-th's atom index, element (row of the embedding)
    /// and vector r_ij.
    @inline(__always)
    mutating func add(
        _ index: Int, element: Int, elements: Int, found: Int,
        _ neighbor: (_ k: Int) -> (atom: Int32, element: Int, vector: Vector3)
    ) {
        let room = edgeCount + Edges<Scalar>.strideOfRows(found, runs: elements, multiple: multiple)
        x.reserve(room, keeping: edgeCount)
        y.reserve(room, keeping: edgeCount)
        z.reserve(room, keeping: edgeCount)
        owner.reserve(room, keeping: edgeCount)
        runs.reserve(runCount + elements, keeping: runCount)
        atoms.reserve(atomCount + 1, keeping: atomCount)
        let (x, y, z, owner, counts) = (x.pointer, y.pointer, z.pointer, owner.pointer, counts.pointer)
        let present = present.pointer
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
        let firstRun = runCount
        for index in 0..<kinds {
            let e = Int(present[index])
            let count = Int(counts[e])
            runs[runCount] = EdgeRun(element: e, start: end - edgeCount, end: end - edgeCount + count)
            runCount += 1
            counts[e] = Int32(truncatingIfNeeded: end)
            end += count
        }
        let stride = Edges<Scalar>.strideOfRows(found, runs: kinds, multiple: multiple)
        for k in end..<edgeCount + stride { (x[k], y[k], z[k]) = (padding, 0, 0) }
        for k in 0..<found {
            let (atom, e, vector) = neighbor(k)
            let place = Int(counts[e])
            counts[e] += 1
            (x[place], y[place], z[place]) = (Scalar(vector.x), Scalar(vector.y), Scalar(vector.z))
            owner[place] = atom
        }
        for index in 0..<kinds { counts[Int(present[index])] = 0 }
        atoms[atomCount] = Atom(
            index: index, element: element, firstEdge: edgeCount, edges: found, stride: stride, firstRun: firstRun,
            runs: runCount - firstRun)
        atomCount += 1
        edgeCount += stride
    }
}
