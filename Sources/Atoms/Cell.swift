import Support

/// Lattice vectors (rows, Å) and in which of their directions the structure repeats.
package struct Cell: Equatable, Sendable {
    package var vectors: Matrix3
    package var periodic: SIMD3<Int32>  // 1 or 0 for each lattice vector

    package init(vectors: Matrix3, periodic: SIMD3<Int32>) {
        self.vectors = vectors
        self.periodic = periodic
    }

    /// A crystal's cell.
    package init(_ vectors: Matrix3) { self.init(vectors: vectors, periodic: SIMD3(1, 1, 1)) }

    /// No cell: an isolated molecule.
    package static let none = Cell(vectors: .zero, periodic: .zero)

    package var isPeriodic: Bool { periodic != .zero }
    package var isFullyPeriodic: Bool { periodic == SIMD3(1, 1, 1) }
    package var volume: Double { abs(vectors.determinant) }

    /// The vectors with those of non-periodic directions replaced by unit vectors at right angles to the others, so
    /// that the matrix can be inverted whatever stands in the unused rows.
    package var completed: Matrix3 {
        var m = vectors
        let flags = (periodic.x != 0, periodic.y != 0, periodic.z != 0)
        func unit(_ v: Vector3) -> Vector3 { v / v.norm }
        func perpendicular(to v: Vector3) -> Vector3 {
            let axis =
                abs(v.x) <= abs(v.y) && abs(v.x) <= abs(v.z)
                ? Vector3(1, 0, 0)
                : abs(v.y) <= abs(v.z) ? Vector3(0, 1, 0) : Vector3(0, 0, 1)
            return unit(v.cross(axis))
        }
        switch flags {
        case (true, true, true): break
        case (true, true, false): m.c = unit(m.a.cross(m.b))
        case (true, false, true): m.b = unit(m.c.cross(m.a))
        case (false, true, true): m.a = unit(m.b.cross(m.c))
        case (true, false, false):
            m.b = perpendicular(to: m.a)
            m.c = unit(m.a.cross(m.b))
        case (false, true, false):
            m.c = perpendicular(to: m.b)
            m.a = unit(m.b.cross(m.c))
        case (false, false, true):
            m.a = perpendicular(to: m.c)
            m.b = unit(m.c.cross(m.a))
        case (false, false, false): m = .identity
        }
        return m
    }

    /// Checks that the periodic vectors are finite and span their space.
    package func check() throws(Failure) {
        let names = ["first", "second", "third"]
        for k in 0..<3 where periodic[k] != 0 {
            guard vectors[k].isFinite else {
                throw Failure(.structure, "the \(names[k]) cell vector is not finite")
            }
            guard vectors[k].norm > 1e-6, vectors[k].norm < 1e9 else {
                throw Failure(
                    .structure, "the length of the \(names[k]) cell vector, \(vectors[k].norm) Å, is out of range")
            }
        }
        guard isPeriodic else { return }
        let m = completed
        // Compared with a box of the same edges, so that the test does not depend on the unit of length.
        let box = m.a.norm * m.b.norm * m.c.norm
        guard m.isFinite, abs(m.determinant) > 1e-9 * box else {
            throw Failure(.structure, "the cell is singular: its periodic vectors are (nearly) linearly dependent")
        }
    }
}
