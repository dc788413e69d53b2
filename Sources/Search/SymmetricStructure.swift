import Atoms
import KernelTypes
import Kernels
import Support

extension StructureDrawer {
    /// Tries in one space group before another is drawn.
    private static let triesPerGroup = 2
    /// Symmetric structures cannot be pushed apart as others can: from group to group atoms may come closer by this
    /// factor, down to the least share of their separation.
    private static let closer = 0.96
    private static let leastShare = 0.8
    /// Random sites for an atom before it is taken that none is left with room for it.
    private static let triesPerSite = 8
    /// How much further off the images are that a site gathers, should there be too many of it.
    private static let wider = [1, 1.5, 2.2]
    /// Moves of a site to the middle of its images; most need one to three.
    private static let mostMoves = 10

    /// A crystal with the symmetry of a space group, drawn as often as crystals have it, in a lattice of its system; or
    /// nil if none of `draws` tries came to one. Atoms are put on random sites. Where images of an atom under the
    /// group's operations are closer than atoms may be, or too many, the atom moves to the special position amid them.
    /// In crowded cells atoms come as close as `leastShare` of their separation.
    package func drawSymmetric(draws: inout Int, _ random: inout RandomStream) -> Structure? {
        var share = 1.0
        while draws > 0 {
            guard let group = SpaceGroup.drawn(&random) else { return nil }
            guard group.fewest <= rarest else { continue }  // until the group without symmetry, at the latest
            defer { share = max(Self.leastShare, share * Self.closer) }
            for _ in 0..<min(draws, Self.triesPerGroup) {
                draws -= 1
                let shape = group.primitive * group.system.lattice(&random)
                let lattice = Lattice(
                    shape * Mathematics.pow(drawVolume(&random) / shape.determinant, 1.0 / 3), periodic: true)
                if lattice.isCloserToItself(than: max(largestSeparation * share, options.minSeparation) * Self.margin) {
                    continue
                }
                let found = group.packed.withSearch(in: lattice) { place($0, in: lattice, group, share, &random) }
                guard let sites = found else { continue }
                let positions = sites.map { lattice.inside($0) * lattice.vectors }
                return Structure(numbers: numbers, positions: positions, cell: Cell(lattice.vectors))
            }
        }
        return nil
    }

    /// Sites of all atoms (fractional), or nil if there was no room, or not for so many that belong together.
    private func place(
        _ search: ImageSearch, in lattice: Lattice, _ group: SpaceGroup, _ share: Double, _ random: inout RandomStream
    ) -> [Vector3]? {
        let operations = group.operations
        var sites = [Vector3](repeating: .zero, count: numbers.count)
        var placed = 0  // of `order`
        while placed < order.count {
            let kind = kinds[order[placed]]
            var left = 1  // of this element
            while placed + left < order.count, kinds[order[placed + left]] == kind { left += 1 }
            guard group.fewest <= left else { return nil }
            var found = false
            for _ in 0..<Self.triesPerSite {
                var site = Vector3(random.unit(), random.unit(), random.unit())
                let apart = least(kind, kind, share)
                var multiplicity = Int.max
                for factor in Self.wider where multiplicity > left {
                    multiplicity = gather(&site, search, operations.count, within: apart * factor)
                }
                guard multiplicity <= left else { continue }
                // The images of what is placed are placed too: one of an orbit speaks for all.
                let isFree = order[..<placed].allSatisfy { other in
                    !lattice.isCloser(site - sites[other], than: least(kind, kinds[other], share))
                }
                guard isFree else { continue }
                let orbit = orbit(of: site, in: lattice, operations, apart: apart)
                guard orbit.count == multiplicity else { continue }
                for site in orbit {
                    sites[order[placed]] = site
                    placed += 1
                }
                found = true
                break
            }
            guard found else { return nil }
        }
        return sites
    }

    /// Å between atoms of two kinds; the option `minSeparation` holds in any case.
    private func least(_ one: Int, _ other: Int, _ share: Double) -> Double {
        max(separations[one * kindCount + other] * share, options.minSeparation) * Self.margin
    }

    /// Moves a site to the middle of its images within `reach`, again and again until they are all in one place.
    /// Returns how many different images it then has under `count` operations, `Int.max` if it comes to no such place.
    private func gather(_ site: inout Vector3, _ search: ImageSearch, _ count: Int, within reach: Double) -> Int {
        guard reach > 0 else { return count }  // atoms may be as close as they like
        var before = 0
        for _ in 0...Self.mostMoves {
            let images = commonKernels.findImages(search, site, reach)
            let near = images.count
            if images.furthest < 1e-18 { return count / near }
            // Moved to their middle, the site still has as many images near, not in one place: they belong to screws or
            // glides, which fix no point.
            if near == before { return .max }
            before = near
            site += images.sum / Double(near)  // the identity's image is always near
        }
        return .max
    }

    /// The different images of an atom, itself first. They are `apart` or the same.
    private func orbit(
        of site: Vector3, in lattice: Lattice, _ operations: [SymmetryOperation], apart: Double
    ) -> [Vector3] {
        var orbit: [Vector3] = []
        for operation in operations {
            let image = operation(site)
            if !orbit.contains(where: { lattice.isCloser(image - $0, than: apart / 2) }) { orbit.append(image) }
        }
        return orbit
    }
}

extension CrystalSystem {
    /// A conventional cell of edges about 1 Å. How far its edges differ is what crystals show: among those of the
    /// Materials Project the logarithm of c/a has about these means and deviations.
    package func lattice(_ random: inout RandomStream) -> Matrix3 {
        func edge(_ mean: Double, _ deviation: Double) -> Double { Mathematics.exp(mean + deviation * random.normal()) }
        func orthogonal(_ a: Double, _ b: Double, _ c: Double) -> Matrix3 {
            Matrix3(Vector3(a, 0, 0), Vector3(0, b, 0), Vector3(0, 0, c))
        }
        func hexagonal(_ c: Double) -> Matrix3 {
            Matrix3(Vector3(1, 0, 0), Vector3(-0.5, 0.75.squareRoot(), 0), Vector3(0, 0, c))
        }
        switch self {
        case .cubic: return .identity
        case .hexagonal: return hexagonal(edge(0.2, 0.6))
        case .trigonal: return hexagonal(edge(0.9, 0.7))
        case .tetragonal: return orthogonal(1, 1, edge(0.3, 0.6))
        case .orthorhombic: return orthogonal(edge(0, 0.35), edge(0, 0.35), edge(0, 0.35))
        case .monoclinic:
            var lattice = orthogonal(edge(0, 0.35), edge(0, 0.35), edge(0, 0.35))
            lattice.c += lattice.a * random.uniform(-0.5, 0.5) * (lattice.c.z / lattice.a.x)
            return lattice
        case .triclinic:
            var lattice = orthogonal(edge(0, 0.35), edge(0, 0.35), edge(0, 0.35))
            lattice.b.x = random.uniform(-0.5, 0.5) * lattice.a.x
            lattice.c.x = random.uniform(-0.5, 0.5) * lattice.a.x
            lattice.c.y = random.uniform(-0.5, 0.5) * lattice.b.y
            return lattice
        }
    }
}
