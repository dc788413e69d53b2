import Atoms

/// A symmetry operation on fractional positions, which are rows as everywhere: x goes to x · rotation + translation.
package struct SymmetryOperation: Sendable {
    package var rotation: Matrix3
    package var translation: Vector3

    package func callAsFunction(_ x: Vector3) -> Vector3 { x * rotation + translation }

    /// This one first, then the other.
    func then(_ other: SymmetryOperation) -> SymmetryOperation {
        SymmetryOperation(rotation: rotation * other.rotation, translation: other(translation))
    }
}

/// What the edges and angles of a conventional cell have to obey.
package enum CrystalSystem: Sendable {
    case triclinic, monoclinic, orthorhombic, tetragonal, trigonal, hexagonal, cubic

    /// `number`: of a space group.
    init(_ number: Int) {
        self =
            switch number {
            case ...2: .triclinic
            case ...15: .monoclinic
            case ...74: .orthorhombic
            case ...142: .tetragonal
            case ...167: .trigonal
            case ...194: .hexagonal
            default: .cubic
            }
    }
}

/// One of the 230 space groups, in its primitive cell.
package struct SpaceGroup: Sendable {
    package let system: CrystalSystem
    /// The primitive lattice vectors (rows) in terms of the conventional ones; trigonal: of hexagonal axes.
    package let primitive: Matrix3
    /// In the primitive cell, one for each rotation; translations within 0 ..< 1. The identity is the first.
    package let operations: [SymmetryOperation]
    let packed: PackedOperations  // the same

    /// The fewest different images that a site has, in the primitive cell.
    package let fewest: Int

    /// `number`: of the International Tables; nil if it is not within 1 to 230.
    package init?(_ number: Int) {
        guard Self.symbols.indices.contains(number - 1), let symbol = HallSymbol(Self.symbols[number - 1]) else {
            return nil
        }
        self.init(symbol, CrystalSystem(number), fewest: Int(Self.fewest[number - 1]))
    }

    private init(_ symbol: HallSymbol, _ system: CrystalSystem, fewest: Int) {
        (self.system, self.fewest) = (system, fewest)
        let primitive = symbol.primitive
        let inverse = primitive.inverse
        self.primitive = primitive
        var found = [SymmetryOperation(rotation: .identity, translation: .zero)]
        // x = p · primitive for positions p in the primitive cell.
        let generators = symbol.generators.map { generator in
            SymmetryOperation(
                rotation: (primitive * generator.rotation * inverse).rounded,
                translation: generator.translation * inverse)
        }
        var next = 0
        while next < found.count {
            for generator in generators {
                var product = found[next].then(generator)
                guard !found.contains(where: { $0.rotation == product.rotation }) else { continue }
                // Translations are multiples of 1/24 in any cell.
                product.translation = (product.translation * 24).rounded(.toNearestOrEven) / 24
                product.translation -= product.translation.rounded(.down)
                found.append(product)
            }
            next += 1
        }
        operations = found
        packed = PackedOperations(found)
    }
}

extension Matrix3 {
    fileprivate var rounded: Matrix3 {
        Matrix3(a.rounded(.toNearestOrEven), b.rounded(.toNearestOrEven), c.rounded(.toNearestOrEven))
    }
}
