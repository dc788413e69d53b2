import Atoms

extension Structure {
    /// Whether two atoms, images included, are closer than `share` of the sum of their radii (Å). The structure is a
    /// crystal or a molecule.
    func hasContact(closer share: Double, _ radius: (Int32) -> Double) -> Bool {
        let lattice = Lattice(cell.completed, periodic: cell.isPeriodic)
        let sites = positions.map { $0 * lattice.inverse }
        for i in sites.indices {
            if lattice.isCloserToItself(than: 2 * share * radius(numbers[i])) { return true }
            for j in 0..<i
            where lattice.isCloser(
                sites[i] - sites[j], than: share * (radius(numbers[i]) + radius(numbers[j])))
            {
                return true
            }
        }
        return false
    }
}

/// A box or a cell, and distances within it; positions are fractional.
struct Lattice {
    let vectors: Matrix3
    let inverse: Matrix3
    let periodic: Bool
    let widths: Vector3  // between opposite faces, Å
    private let perWidth: Vector3

    /// `vectors` must be invertible.
    init(_ vectors: Matrix3, periodic: Bool) {
        self.vectors = vectors
        self.periodic = periodic
        inverse = vectors.inverse
        let volume = abs(vectors.determinant)
        widths = Vector3(
            volume / vectors.b.cross(vectors.c).norm, volume / vectors.c.cross(vectors.a).norm,
            volume / vectors.a.cross(vectors.b).norm)
        perWidth = 1 / widths
    }

    /// Calls `body` with each vector (Å) from an atom to the images of another one that may be shorter than `reach`,
    /// and with what was added to `difference`, the one's fractional position minus the other's; until `body` returns
    /// false.
    @inline(__always)
    func forEachImage(of difference: Vector3, within reach: Double, _ body: (Vector3, Vector3) -> Bool) {
        // A vector of fractional component s along one direction is at least |s| × width long: exact for any skew.
        let span = reach * perWidth
        guard periodic else {
            if abs(difference.x) <= span.x, abs(difference.y) <= span.y, abs(difference.z) <= span.z {
                _ = body(difference * vectors, .zero)
            }
            return
        }
        // What is just out of reach may be among them.
        let low = (-span - difference + Self.half).nearestIntegers
        let high = (span - difference - Self.half).nearestIntegers
        var shift = low
        while shift.x <= high.x {
            let alongX = vectors.a * (difference.x + shift.x)
            shift.y = low.y
            while shift.y <= high.y {
                let alongXY = alongX + vectors.b * (difference.y + shift.y)
                shift.z = low.z
                while shift.z <= high.z {
                    if !body(alongXY + vectors.c * (difference.z + shift.z), shift) { return }
                    shift.z += 1
                }
                shift.y += 1
            }
            shift.x += 1
        }
    }

    /// Added before rounding, rounds up; hardly less than ½, so that whole numbers stay what they are.
    private static let half = 0.5 - 1e-9

    /// Whether no image of a difference can be shorter than `reach`, by the planes of the faces of a periodic cell.
    @inline(__always)
    func isBeyond(_ reach: Double, _ difference: Vector3) -> Bool {
        let apart = (difference - difference.nearestIntegers) * widths
        return periodic && (abs(apart.x) >= reach || abs(apart.y) >= reach || abs(apart.z) >= reach)
    }

    /// Whether an image of one atom is closer than `distance` to the other.
    func isCloser(_ difference: Vector3, than distance: Double) -> Bool {
        if isBeyond(distance, difference) { return false }
        var closer = false
        forEachImage(of: difference, within: distance) { vector, _ in
            closer = vector.dot(vector) < distance * distance
            return !closer
        }
        return closer
    }

    /// Whether an atom is closer than `distance` to an image of itself.
    func isCloserToItself(than distance: Double) -> Bool {
        guard periodic else { return false }
        if min(vectors.a.norm, vectors.b.norm, vectors.c.norm) < distance { return true }
        var closer = false
        forEachImage(of: .zero, within: distance) { vector, shift in
            closer = shift != .zero && vector.dot(vector) < distance * distance
            return !closer
        }
        return closer
    }

    /// The same position within the cell; positions in a box that is not periodic are held inside.
    func inside(_ position: Vector3) -> Vector3 {
        guard periodic else { return position.clamped(lowerBound: .zero, upperBound: Vector3(1, 1, 1)) }
        let wrapped = position - position.floor
        return wrapped.replacing(with: 0.0, where: wrapped .>= 1)  // −1e-20 rounds to 1
    }
}

/// As `rounded`, which without SSE 4.1 calls a function for each number; for numbers far below 2⁵¹.
extension Vector3 {
    /// Adding and taking away 1.5 · 2⁵² rounds.
    fileprivate var nearestIntegers: Vector3 {
        @inline(__always) get { (self + 0x1.8p52) - 0x1.8p52 }
    }

    fileprivate var floor: Vector3 {
        @inline(__always) get {
            let nearest = nearestIntegers
            return nearest.replacing(with: nearest - 1, where: nearest .> self)
        }
    }
}
