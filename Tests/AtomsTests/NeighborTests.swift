import Atoms
import Support
import Testing

/// Neighbours against what all pairs with all images give.
@Suite struct NeighborTests {
    struct Pair: Hashable, Comparable {
        var atom: Int, neighbor: Int
        var vector: SIMD3<Int64>  // in units of 1e-9 Å

        init(_ atom: Int, _ neighbor: Int, _ v: Vector3) {
            (self.atom, self.neighbor) = (atom, neighbor)
            let scaled = v * 1e9
            vector = SIMD3(Int64(scaled.x.rounded()), Int64(scaled.y.rounded()), Int64(scaled.z.rounded()))
        }

        static func < (a: Self, b: Self) -> Bool {
            (a.atom, a.neighbor, a.vector.x, a.vector.y, a.vector.z) < (
                b.atom, b.neighbor, b.vector.x, b.vector.y, b.vector.z
            )
        }

        func isClose(_ other: Self) -> Bool {
            let d = vector &- other.vector
            return atom == other.atom && neighbor == other.neighbor && max(abs(d.x), abs(d.y), abs(d.z)) < 50
        }
    }

    static func random(_ n: Int, cell: Matrix3, periodic: SIMD3<Int32>, _ random: inout RandomStream) -> Structure {
        let cell = Cell(vectors: cell, periodic: periodic)
        let box = cell.completed
        let positions = (0..<n).map { _ in
            // Some lie outside of the cell.
            Vector3(random.uniform(-1.3, 2.1), random.uniform(-1.3, 2.1), random.uniform(-1.3, 2.1)) * box
        }
        let numbers = (0..<n).map { [8, 1, 118, 6, 1][$0 % 5] as Int32 }
        return Structure(numbers: numbers, positions: positions, cell: cell)
    }

    static func randomCell(_ edge: Double, _ random: inout RandomStream) -> Matrix3 {
        func vector(_ base: Vector3) -> Vector3 {
            base + Vector3(random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4)) * edge
        }
        return Matrix3(vector(Vector3(edge, 0, 0)), vector(Vector3(0, edge, 0)), vector(Vector3(0, 0, 2 * edge)))
    }

    /// All pairs closer than the cutoff.
    static func plain(_ structure: Structure, cutoff: Double) -> [Pair] {
        let cell = structure.cell.completed
        let inverse = cell.inverse
        let columns = inverse.transposed
        var result: [Pair] = []
        for i in 0..<structure.count {
            for j in 0..<structure.count {
                let difference = structure.positions[j] - structure.positions[i]
                let s = difference * inverse
                var low = SIMD3<Int>.zero
                var high = SIMD3<Int>.zero
                for k in 0..<3 where structure.cell.periodic[k] != 0 {
                    let reach = cutoff * columns[k].norm
                    low[k] = Int((-s[k] - reach).rounded(.down))
                    high[k] = Int((-s[k] + reach).rounded(.up))
                }
                for a in low.x...high.x {
                    for b in low.y...high.y {
                        for c in low.z...high.z where i != j || a != 0 || b != 0 || c != 0 {
                            let v = difference + Vector3(Double(a), Double(b), Double(c)) * cell
                            if v.norm < cutoff { result.append(Pair(i, j, v)) }
                        }
                    }
                }
            }
        }
        return result.sorted()
    }

    /// Cells from far smaller than the cutoff to many bins, with all kinds of periodicity.
    @Test(arguments: [(1, 1.5), (2, 2.5), (7, 4.0), (14, 6.0), (40, 7.0), (150, 12.0), (400, 18.0)])
    func everyPairIsFoundOnce(_ n: Int, _ edge: Double) throws {
        for flags in 0..<8 {
            var random = RandomStream(seed: UInt64(n * 8 + flags))
            let periodic = SIMD3<Int32>(Int32(flags & 1), Int32(flags >> 1 & 1), Int32(flags >> 2 & 1))
            let structure = Self.random(n, cell: Self.randomCell(edge, &random), periodic: periodic, &random)
            let list = try NeighborList(structure, cutoff: 3.7)
            var found: [Pair] = []
            for i in 0..<n {
                for k in list.offsets[i]..<list.offsets[i + 1] {
                    found.append(Pair(i, Int(list.indices[k]), list.vectors[k]))
                }
            }
            Self.expectEqual(found.sorted(), Self.plain(structure, cutoff: 3.7))
        }
    }

    /// Rounding may put two pairs that are alike in another order; what is compared is far coarser than that.
    static func expectEqual(_ a: [Pair], _ b: [Pair]) {
        #expect(a.count == b.count)
        guard a.count == b.count else { return }
        for (one, other) in zip(a, b) where !one.isClose(other) {
            // Look among the neighbours of the same atom.
            #expect(b.contains { $0.isClose(one) }, "\(one) is not among the pairs")
        }
    }

    /// Kept lists give the same neighbours while atoms move and the cell is strained, and are made anew less often.
    @Test(arguments: [(3, 3.0), (20, 6.0), (300, 16.0)])
    func keptListsHaveAllNeighbors(_ n: Int, _ edge: Double) throws {
        var random = RandomStream(seed: 17)
        var structure = Self.random(n, cell: Self.randomCell(edge, &random), periodic: SIMD3(1, 1, 1), &random)
        let cutoff = 3.7
        let cache = NeighborCache(cutoff: cutoff, skin: 0.6)
        var packed: [Double] = []
        let steps = n > 100 ? 25 : 80
        for _ in 0..<steps {
            var found: [Pair] = []
            try structure.withView(packed: &packed) { view throws(Failure) in
                try cache.prepare(view)
                var scratch = NeighborFinder.Scratch()
                try scratch.reserve(cache.finder)
                let finder = cache.finder
                for i in 0..<n {
                    let center = finder.position(of: i)
                    for k in 0..<(try cache.neighbors(of: i, scratch)) {
                        let site = Int(scratch.sites.pointer[k])
                        let place = Vector3(finder.x.pointer[site], finder.y.pointer[site], finder.z.pointer[site])
                        found.append(Pair(i, Int(finder.owner.pointer[site]), place - center))
                    }
                }
            }
            Self.expectEqual(found.sorted(), Self.plain(structure, cutoff: cutoff))
            // A strain and a small displacement of each atom.
            var strain = Matrix3.identity
            for k in 0..<3 {
                for l in 0..<3 { strain[k][l] += random.uniform(-0.004, 0.004) }
            }
            structure.cell.vectors = structure.cell.vectors * strain
            for i in 0..<n {
                let kick = Vector3(random.normal(), random.normal(), random.normal()) * 0.015
                structure.positions[i] = structure.positions[i] * strain + kick
            }
        }
        #expect(cache.builds > 1 && cache.builds < steps / 2, "\(cache.builds) lists in \(steps) steps")
    }

    /// In a single bin, the neighbours of each element follow one another.
    @Test func neighborsInOneBinComeByElement() throws {
        var random = RandomStream(seed: 5)
        let structure = Self.random(9, cell: Self.randomCell(4, &random), periodic: SIMD3(1, 1, 1), &random)
        let finder = NeighborFinder()
        var packed: [Double] = []
        try structure.withView(packed: &packed) { view throws(Failure) in
            try finder.prepare(view, cutoff: 3.7)
            #expect(finder.isOneBin)
            var scratch = NeighborFinder.Scratch()
            try scratch.reserve(finder)
            for i in 0..<structure.count {
                let numbers = (0..<(try finder.neighbors(of: i, scratch))).map { k in
                    structure.numbers[Int(finder.owner.pointer[Int(scratch.sites.pointer[k])])]
                }
                #expect(numbers == numbers.sorted() && Set(numbers).count > 1)
            }
        }
    }

    @Test func coincidentAtomsAreNamed() throws {
        for n in [5, 200] {
            var random = RandomStream(seed: 3)
            var structure = Self.random(n, cell: Self.randomCell(9, &random), periodic: SIMD3(1, 1, 1), &random)
            structure.positions[4] = structure.positions[1] + structure.cell.vectors.a - structure.cell.vectors.c
            #expect { _ = try NeighborList(structure, cutoff: 3) } throws: {
                ($0 as? Failure)?.message == "atoms 1 and 4 are at the same place"
            }
        }
    }

    /// An atom at the origin is not taken for the memory behind the last site.
    @Test func anAtomAtTheOriginIsAlone() throws {
        let list = try NeighborList(Structure(numbers: [6], positions: [.zero]), cutoff: 4)
        #expect(list.offsets == [0, 0])
    }
}
