import Atoms

/// Two vectors of three.
struct VectorPair {
    var x: SIMD2<Double>
    var y: SIMD2<Double>
    var z: SIMD2<Double>

    subscript(lane: Int) -> Vector3 {
        get { Vector3(x[lane], y[lane], z[lane]) }
        set { (x[lane], y[lane], z[lane]) = (newValue.x, newValue.y, newValue.z) }
    }

    /// Each times a matrix.
    @inline(__always)
    static func * (v: VectorPair, m: Matrix3) -> VectorPair {
        VectorPair(
            x: v.x * m.a.x + v.y * m.b.x + v.z * m.c.x, y: v.x * m.a.y + v.y * m.b.y + v.z * m.c.y,
            z: v.x * m.a.z + v.y * m.b.z + v.z * m.c.z)
    }
}

/// Two symmetry operations, to be applied to a position at once.
struct OperationPair {
    private var fromX = VectorPair(x: .zero, y: .zero, z: .zero)  // first rows of the rotations
    private var fromY = VectorPair(x: .zero, y: .zero, z: .zero)
    private var fromZ = VectorPair(x: .zero, y: .zero, z: .zero)
    private var translation = VectorPair(x: .zero, y: .zero, z: .zero)

    /// `operations`: one or two.
    private init(_ operations: ArraySlice<SymmetryOperation>) {
        let none = SIMD2<Double>(repeating: .nan)
        translation = VectorPair(x: none, y: none, z: none)
        for (lane, operation) in operations.enumerated() {
            let rotation = operation.rotation
            (fromX.x[lane], fromX.y[lane], fromX.z[lane]) = (rotation.a.x, rotation.a.y, rotation.a.z)
            (fromY.x[lane], fromY.y[lane], fromY.z[lane]) = (rotation.b.x, rotation.b.y, rotation.b.z)
            (fromZ.x[lane], fromZ.y[lane], fromZ.z[lane]) = (rotation.c.x, rotation.c.y, rotation.c.z)
            translation.x[lane] = operation.translation.x
            translation.y[lane] = operation.translation.y
            translation.z[lane] = operation.translation.z
        }
    }

    /// All of a group. If their number is odd, the last pair's second image is not a number, which is near to nothing.
    static func all(_ operations: [SymmetryOperation]) -> [OperationPair] {
        stride(from: 0, to: operations.count, by: 2).map { first in
            OperationPair(operations[first..<min(first + 2, operations.count)])
        }
    }

    /// The images of a position minus the position.
    @inline(__always)
    func differences(from r: Vector3) -> VectorPair {
        VectorPair(
            x: r.x * fromX.x + r.y * fromY.x + r.z * fromZ.x + translation.x - r.x,
            y: r.x * fromX.y + r.y * fromY.y + r.z * fromZ.y + translation.y - r.y,
            z: r.x * fromX.z + r.y * fromY.z + r.z * fromZ.z + translation.z - r.z)
    }
}

/// What is known of a site's images that are near to it.
struct NearImages {
    fileprivate(set) var sum = Vector3.zero  // of their differences from the site, fractional
    fileprivate var counts = SIMD2<Int64>.zero
    fileprivate var squares = SIMD2<Double>.zero  // the largest

    var count: Int { Int(counts.wrappedSum()) }
    /// The square of the largest distance, Å².
    var furthest: Double { squares.max() }
}

extension Lattice {
    /// Adds those of two differences, each by its shortest image, that are shorter than `reach` (Å). In a periodic
    /// cell.
    @inline(__always)
    func add(_ differences: VectorPair, to images: inout NearImages, within reach: Double) {
        typealias Two = SIMD2<Double>
        @inline(__always) func wrap(_ s: Two) -> Two { s - ((s + 0x1.8p52) - 0x1.8p52) }  // as `nearestIntegers`
        @inline(__always) func larger(_ a: Two, _ b: Two) -> Two { a.replacing(with: b, where: a .< b) }
        @inline(__always) func magnitude(_ s: Two) -> Two {
            unsafeBitCast(unsafeBitCast(s, to: SIMD2<UInt64>.self) & (UInt64.max >> 1), to: Two.self)
        }
        var wrapped = VectorPair(x: wrap(differences.x), y: wrap(differences.y), z: wrap(differences.z))
        let vector = wrapped * vectors
        var squares = vector.x * vector.x + vector.y * vector.y + vector.z * vector.z
        // No image is closer to the plane of a face than the wrapped one, and all others are at least `room` away.
        let (x, y, z) = (
            magnitude(wrapped.x) * widths.x, magnitude(wrapped.y) * widths.y, magnitude(wrapped.z) * widths.z
        )
        let isNear = larger(larger(x, y), z) .< reach
        let room = 0 - larger(larger(x - widths.x, y - widths.y), z - widths.z)
        let isOpen = isNear .& (room .< reach) .& (room * room .< squares * (1 + 1e-9))
        if any(isOpen) {
            for lane in 0..<2 where isOpen[lane] {
                let span = min(reach, squares[lane].squareRoot() * (1 + 1e-9))
                if let nearest = nearest(differences[lane], within: span) {
                    (wrapped[lane], squares[lane]) = (nearest.difference, nearest.square)
                } else {
                    squares[lane] = .infinity
                }
            }
        }
        let others = .!(isNear .& (squares .< reach * reach))
        wrapped.x.replace(with: 0, where: others)
        wrapped.y.replace(with: 0, where: others)
        wrapped.z.replace(with: 0, where: others)
        squares.replace(with: 0, where: others)
        for lane in 0..<2 { images.sum += wrapped[lane] }
        images.counts &+= SIMD2<Int64>(repeating: 1).replacing(with: 0, where: others)
        images.squares = larger(images.squares, squares)
    }
}
