/// A 3×3 matrix by rows. As a cell its rows are lattice vectors, and positions are row vectors: r = s · cell.
@usableFromInline  // or nothing of it is inlined in other modules, whatever its functions say
package struct Matrix3: Equatable, Sendable {
    @usableFromInline package var a, b, c: Vector3

    @inlinable package init(_ a: Vector3, _ b: Vector3, _ c: Vector3) {
        self.a = a
        self.b = b
        self.c = c
    }

    /// From nine numbers, row-major.
    @inlinable package init(_ m: UnsafePointer<Double>) {
        self.init(Vector3(m[0], m[1], m[2]), Vector3(m[3], m[4], m[5]), Vector3(m[6], m[7], m[8]))
    }

    /// From nine numbers, row-major.
    @inlinable package init(_ m: [Double]) {
        self.init(Vector3(m[0], m[1], m[2]), Vector3(m[3], m[4], m[5]), Vector3(m[6], m[7], m[8]))
    }

    @inlinable package static var identity: Matrix3 { Matrix3(Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1)) }
    @inlinable package static var zero: Matrix3 { Matrix3(.zero, .zero, .zero) }

    @inlinable package subscript(row: Int) -> Vector3 {
        get { row == 0 ? a : row == 1 ? b : c }
        set { if row == 0 { a = newValue } else if row == 1 { b = newValue } else { c = newValue } }
    }

    /// The nine numbers, row-major.
    package var elements: [Double] { [a.x, a.y, a.z, b.x, b.y, b.z, c.x, c.y, c.z] }

    @inlinable package func write(to m: UnsafeMutablePointer<Double>) {
        (m[0], m[1], m[2]) = (a.x, a.y, a.z)
        (m[3], m[4], m[5]) = (b.x, b.y, b.z)
        (m[6], m[7], m[8]) = (c.x, c.y, c.z)
    }

    @inlinable package var determinant: Double { a.dot(b.cross(c)) }
    @inlinable package var trace: Double { a.x + b.y + c.z }
    @inlinable package var isFinite: Bool { a.isFinite && b.isFinite && c.isFinite }

    @inlinable package var transposed: Matrix3 {
        Matrix3(Vector3(a.x, b.x, c.x), Vector3(a.y, b.y, c.y), Vector3(a.z, b.z, c.z))
    }

    /// The inverse; not finite if the determinant is 0.
    @inlinable package var inverse: Matrix3 {
        let scale = 1 / determinant
        return Matrix3(b.cross(c) * scale, c.cross(a) * scale, a.cross(b) * scale).transposed
    }

    /// Row vector times matrix.
    @inlinable @inline(__always)
    package static func * (v: Vector3, m: Matrix3) -> Vector3 { m.a * v.x + m.b * v.y + m.c * v.z }

    @inlinable package static func * (l: Matrix3, r: Matrix3) -> Matrix3 { Matrix3(l.a * r, l.b * r, l.c * r) }
    @inlinable package static func * (l: Matrix3, s: Double) -> Matrix3 { Matrix3(l.a * s, l.b * s, l.c * s) }
    @inlinable package static func + (l: Matrix3, r: Matrix3) -> Matrix3 { Matrix3(l.a + r.a, l.b + r.b, l.c + r.c) }
    @inlinable package static func - (l: Matrix3, r: Matrix3) -> Matrix3 { Matrix3(l.a - r.a, l.b - r.b, l.c - r.c) }
    @inlinable package static func += (l: inout Matrix3, r: Matrix3) { l = l + r }

    /// ½ (M + Mᵀ).
    @inlinable package var symmetrized: Matrix3 { (self + transposed) * 0.5 }
}
