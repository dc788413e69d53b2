import Atoms
import Support

/// Draws random structures of given contents in which no two atoms, images included, are closer than they may be
/// (symmetric ones in crowded cells excepted: `drawSymmetric`).
package struct StructureDrawer: Sendable {
    /// Tries to place one atom before the cell counts as crowded.
    private static let triesPerAtom = 50
    /// Sweeps of pushing atoms apart before a new cell is drawn.
    private static let maxSweeps = 100
    /// Distances are kept with this margin, so that they hold in spite of rounding.
    static let margin = 1 + 1e-9
    /// Atoms that are too close are pushed apart a little further than they need be: sweeps then come to an end.
    private static let excess = 1.01

    let numbers: [Int32]
    let options: SearchOptions
    private let elementVolume: Double  // of the whole contents, Å³
    let kinds: [Int]  // of each atom: which of the elements it is
    let kindCount: Int
    let separations: [Double]  // [kinds × kinds]
    let largestSeparation: Double  // of two atoms of one element
    let rarest: Int  // atoms of the element that has the fewest
    let order: [Int]  // large atoms first: they are the hardest to place; those of an element together

    /// Throws `.argument` if the contents or their volume make no sense.
    package init(_ numbers: [Int32], _ options: SearchOptions) throws(Failure) {
        guard !numbers.isEmpty, numbers.count <= 1_000_000 else {
            throw Failure(.argument, "there are \(numbers.count) atoms to draw; there must be 1 to 1000000")
        }
        for (i, number) in numbers.enumerated() {
            guard number >= 1, number <= 118 else {
                throw Failure(.element, "atom \(i): \(number) is no atomic number")
            }
        }
        self.numbers = numbers
        self.options = options
        let elements = Set(numbers).sorted()
        kindCount = elements.count
        kinds = numbers.map { number in elements.firstIndex(of: number)! }
        rarest = elements.map { element in numbers.count { $0 == element } }.min()!
        let radii = elements.map(CovalentRadii.radius)
        var separations: [Double] = []
        for a in radii {
            for b in radii { separations.append(max(options.minSeparation, options.covalentSeparation * (a + b))) }
        }
        self.separations = separations
        var largest = 0.0
        for k in radii.indices { largest = max(largest, separations[k * elements.count + k]) }
        largestSeparation = largest
        order = numbers.indices.sorted {
            let (a, b) = (CovalentRadii.radius(numbers[$0]), CovalentRadii.radius(numbers[$1]))
            return (-a, numbers[$0], $0) < (-b, numbers[$1], $1)
        }
        var volume = 0.0
        if options.container != .box, options.volumePerAtom == .zero {
            for number in numbers {
                let known = Int(number) < options.elementVolumes.count ? options.elementVolumes[Int(number)] : .nan
                guard known >= 0, known.isFinite else {
                    throw Failure(
                        .argument,
                        "the volume of element \(number) is not known: set volume_per_atom or element_volumes")
                }
                volume += known
            }
            guard volume > 0 else {
                throw Failure(.argument, "the volumes of all elements are 0: set volume_per_atom or element_volumes")
            }
        }
        elementVolume = volume
    }

    /// A structure, or nil if there was no room for the atoms within `maxDraws` tries. A try is one pass over all
    /// atoms: to place them, or to push those apart that are too close.
    package func draw(_ random: inout RandomStream) -> Structure? {
        var left = options.maxDraws
        if options.container != .box, options.symmetry > 0, random.unit() < options.symmetry {
            // Contents that fit no group leave half of the tries, at least one, to a structure without symmetry.
            var draws = max(1, options.maxDraws / 2)
            left = max(1, left - draws)
            if let structure = drawSymmetric(draws: &draws, &random) { return structure }
        }
        return drawPlain(draws: left, &random)
    }

    /// Without symmetry.
    func drawPlain(draws: Int, _ random: inout RandomStream) -> Structure? {
        var left = draws
        var sites = [Vector3](repeating: .zero, count: numbers.count)
        while left > 0 {
            left -= 1
            let lattice = drawLattice(&random)
            if lattice.isCloserToItself(than: largestSeparation * Self.margin) { continue }
            var placed = place(&sites, in: lattice, &random)
            var sweeps = 0
            while !placed, left > 0, sweeps < Self.maxSweeps {
                left -= 1
                sweeps += 1
                placed = pushApart(&sites, in: lattice, &random)
            }
            guard placed else { continue }
            let positions = sites.map { lattice.inside($0) * lattice.vectors }
            return Structure(
                numbers: numbers, positions: positions, cell: lattice.periodic ? Cell(lattice.vectors) : .none)
        }
        return nil
    }

    private func separation(_ i: Int, _ j: Int) -> Double { separations[kinds[i] * kindCount + kinds[j]] }

    /// Å³.
    func drawVolume(_ random: inout RandomStream) -> Double {
        options.volumePerAtom == .zero
            ? elementVolume * random.uniform(options.volumeScale.x, options.volumeScale.y)
            : Double(numbers.count) * random.uniform(options.volumePerAtom.x, options.volumePerAtom.y)
    }

    private func drawLattice(_ random: inout RandomStream) -> Lattice {
        guard options.container != .box else {
            return Lattice(
                Matrix3(Vector3(options.box.x, 0, 0), Vector3(0, options.box.y, 0), Vector3(0, 0, options.box.z)),
                periodic: false)
        }
        let volume = drawVolume(&random)
        let variation = options.cellVariation
        var shape = Matrix3.identity
        repeat {
            shape = .identity
            for k in 0..<3 {
                for l in 0..<3 where k == l || options.container == .skewedCell {
                    shape[k][l] += random.uniform(-variation, variation)
                }
            }
        } while shape.determinant < 0.05  // nearly flat, which takes entries of more than a third of the edge
        return Lattice(shape * Mathematics.pow(volume / shape.determinant, 1.0 / 3), periodic: true)
    }

    /// Places atoms one after the other, each where it is far enough from those before. Returns false if one found no
    /// such place; it and all atoms are then somewhere.
    private func place(_ sites: inout [Vector3], in lattice: Lattice, _ random: inout RandomStream) -> Bool {
        var roomy = true
        for (rank, i) in order.enumerated() {
            var free = false
            for _ in 0..<Self.triesPerAtom {
                sites[i] = Vector3(random.unit(), random.unit(), random.unit())
                free = true
                for other in 0..<rank {
                    let j = order[other]
                    if lattice.isCloser(sites[i] - sites[j], than: separation(i, j) * Self.margin) {
                        free = false
                        break
                    }
                }
                // In a crowded cell all are going to be pushed about anyway.
                if free || !roomy { break }
            }
            roomy = roomy && free
        }
        return roomy
    }

    /// Moves the two atoms of each pair that is too close apart, along the line between them, one pair after the other.
    /// Returns whether there was none.
    private func pushApart(_ sites: inout [Vector3], in lattice: Lattice, _ random: inout RandomStream) -> Bool {
        var none = true
        for i in 1..<max(1, sites.count) {
            for j in 0..<i {
                let least = separation(i, j)
                let goal = least * Self.excess
                let before = sites[i] - sites[j]
                if lattice.isBeyond(goal, before) { continue }
                var moved = Vector3.zero  // fractional, of i; j goes the other way
                lattice.forEachImage(of: before, within: goal) { vector, _ in
                    // What was done for another image counts for this one too.
                    var apart = vector + (moved * 2) * lattice.vectors
                    var distance = apart.norm
                    guard distance < least * Self.margin else { return true }
                    none = false
                    if distance < 1e-6 {
                        apart = Vector3(random.normal(), random.normal(), random.normal())
                        distance = 0
                        apart /= max(apart.norm, 1e-6)
                    } else {
                        apart /= distance
                    }
                    moved += (apart * ((goal - distance) / 2)) * lattice.inverse
                    return true
                }
                guard moved != .zero else { continue }
                sites[i] = lattice.inside(sites[i] + moved)
                sites[j] = lattice.inside(sites[j] - moved)
            }
        }
        return none
    }
}
