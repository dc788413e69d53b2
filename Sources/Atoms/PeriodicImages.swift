/// Which periodic images of a structure's atoms can be neighbours of one of its atoms, in a cell of any shape.
///
/// Atoms are wrapped into the cell. An image matters if each of its fractional coordinates lies within the range that
/// the wrapped atoms take, widened by what the cutoff is between two faces of the cell.
struct PeriodicImages {
    let cell: Matrix3
    private let inverse: Matrix3
    private let periodic: (x: Bool, y: Bool, z: Bool)
    /// Fractional coordinates between which an image matters; no bounds in directions that are not periodic.
    private(set) var low = Vector3(repeating: .infinity)
    private(set) var high = Vector3(repeating: -.infinity)

    /// Reads a structure; nil if the cell is absurdly small for the cutoff.
    init?(_ structure: StructureView, cutoff: Double) {
        cell = structure.cell.completed
        inverse = cell.inverse
        let flags = structure.cell.periodic
        periodic = (flags.x != 0, flags.y != 0, flags.z != 0)
        var (low, high) = (low, high)
        for i in 0..<structure.count {
            let s = fraction(structure.position(i))
            low = pointwiseMin(low, s)
            high = pointwiseMax(high, s)
        }
        // In units of a lattice vector, how far the cutoff reaches beyond a face of the cell.
        let columns = inverse.transposed
        let margin = Vector3(columns.a.norm, columns.b.norm, columns.c.norm) * (cutoff * (1 + 1e-12))
        for k in 0..<3 where flags[k] != 0 {
            guard margin[k] < 1e4 else { return nil }
            low[k] -= margin[k]
            high[k] += margin[k]
        }
        (self.low, self.high) = (low, high)
    }

    /// The fractional coordinates of a position, within the cell where it is periodic.
    @inline(__always)
    func fraction(_ position: Vector3) -> Vector3 {
        let s = position * inverse
        return Vector3(
            periodic.x ? wrapped(s.x) : s.x, periodic.y ? wrapped(s.y) : s.y, periodic.z ? wrapped(s.z) : s.z)
    }

    /// The translations, in lattice vectors, of the images that matter of an atom at these fractional coordinates. The
    /// atom itself, 0 0 0, is among them.
    @inline(__always)
    func translations(_ s: Vector3) -> (first: SIMD3<Int>, last: SIMD3<Int>) {
        let (from, to) = (low - s, high - s)
        return (
            SIMD3(periodic.x ? ceiling(from.x) : 0, periodic.y ? ceiling(from.y) : 0, periodic.z ? ceiling(from.z) : 0),
            SIMD3(periodic.x ? floor(to.x) : 0, periodic.y ? floor(to.y) : 0, periodic.z ? floor(to.z) : 0)
        )
    }
}

// `rounded` is a call into the mathematics library on processors before SSE 4.1; what is rounded here fits an Int.

@inline(__always)
private func floor(_ x: Double) -> Int {
    let whole = Int(x)
    return Double(whole) > x ? whole - 1 : whole
}

@inline(__always)
private func ceiling(_ x: Double) -> Int {
    let whole = Int(x)
    return Double(whole) < x ? whole + 1 : whole
}

@inline(__always)
private func wrapped(_ s: Double) -> Double {
    let inside = s - Double(floor(s))
    return inside >= 1 ? 0 : inside  // −1e-20 rounds to 1
}
