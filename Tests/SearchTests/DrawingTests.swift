import Atoms
import Search
import Support
import Testing

@Suite struct DrawingTests {
    /// Crystals with symmetry, of a volume per atom (Å³) and without separations.
    private func symmetric(_ volume: ClosedRange<Double>) -> SearchOptions {
        var options = SearchOptions()
        options.container = .skewedCell
        options.volumePerAtom = SIMD2(volume.lowerBound, volume.upperBound)
        options.symmetry = 1
        return options
    }

    /// How many different surroundings the atoms of one element have.
    private func surroundings(of element: Int32, in structure: Structure) -> Int {
        var found: [Double] = []
        for i in structure.numbers.indices where structure.numbers[i] == element {
            var crowding = 0.0
            for j in structure.numbers.indices {
                for x in -3...3 {
                    for y in -3...3 {
                        for z in -3...3 {
                            let shift = Vector3(Double(x), Double(y), Double(z)) * structure.cell.vectors
                            let d = structure.positions[j] + shift - structure.positions[i]
                            crowding += Mathematics.exp(-d.dot(d) / 4) * Double(structure.numbers[j])
                        }
                    }
                }
            }
            if !found.contains(where: { abs($0 - crowding) < 1e-6 }) { found.append(crowding) }
        }
        return found.count
    }

    private static let contentsToDraw: [[Int32]] = [
        contents((6, 1)), contents((6, 2), (1, 5)), contents((6, 7), (1, 9), (7, 1), (8, 1)), contents((55, 1), (1, 3)),
        contents((11, 8), (17, 8)), contents((20, 2), (22, 2), (8, 6)),
    ]

    /// No pair is closer than it may be, images and the atom's own images included, for any shape of cell.
    @Test(arguments: [Container.box, .cell, .skewedCell])
    func separationsAreKept(container: Container) throws {
        var placed = 0
        var tightest = Double.infinity
        for (k, numbers) in Self.contentsToDraw.enumerated() {
            for (share, least) in [(0.0, 1.0), (0.8, 0.0), (0.7, 1.3), (0.9, 0.0)] {
                for variation in [0.0, 0.25, 0.6] {
                    var options = SearchOptions()
                    options.container = container
                    // From roomy to crowded: atoms of sodium's size need 20 Å³.
                    var volume = 0.0
                    for number in numbers {
                        let r = CovalentRadii.radius(number)
                        volume += 4.5 * r * r * r + 3
                    }
                    options.volumePerAtom = SIMD2(0.9, 1.6) * (volume / Double(numbers.count))
                    let edge = Mathematics.pow(volume, 1.0 / 3)
                    options.box = Vector3(1.5 * edge, edge, 0.8 * edge)
                    options.cellVariation = variation
                    options.covalentSeparation = share
                    options.minSeparation = least
                    let drawer = try StructureDrawer(numbers, options)
                    for stream in 0..<10 as Range<UInt64> {
                        var random = RandomStream(seed: UInt64(k), stream: stream)
                        guard let structure = drawer.draw(&random) else { continue }
                        placed += 1
                        #expect(structure.numbers == numbers)
                        let pair = tightestPair(structure) { a, b in
                            max(least, share * (CovalentRadii.radius(a) + CovalentRadii.radius(b)))
                        }
                        tightest = min(tightest, pair)
                        #expect(pair >= 1)
                        if container == .box {
                            #expect(!structure.cell.isPeriodic)
                            for p in structure.positions {
                                #expect(p.min() >= 0 && all(p .<= options.box))
                            }
                        } else {
                            #expect(structure.cell.isFullyPeriodic)
                            #expect(structure.cell.vectors.determinant > 0)
                            let perAtom = structure.cell.volume / Double(numbers.count)
                            #expect(perAtom >= options.volumePerAtom.x * (1 - 1e-12))
                            #expect(perAtom <= options.volumePerAtom.y * (1 + 1e-12))
                            for p in structure.positions {
                                let s = p * structure.cell.vectors.inverse
                                #expect(s.min() > -1e-9 && s.max() < 1 + 1e-9)
                            }
                        }
                    }
                }
            }
        }
        #expect(placed > 600, "\(placed)")
        // The test would not notice if distances were kept far too well.
        #expect(tightest < 1.02)
    }

    /// In crowded cells atoms come closer, but not closer than four fifths of what is asked for in terms of radii.
    @Test func separationsAreKeptWithSymmetry() throws {
        let drawn: [(numbers: [Int32], volume: Double, crowded: Bool)] = [
            (contents((6, 1)), 14, false), (contents((3, 2), (16, 1)), 14, false),
            (contents((20, 2), (22, 2), (8, 6)), 14, false), (contents((20, 2), (22, 2), (8, 6)), 9.5, true),
        ]
        for (numbers, volume, crowded) in drawn {
            var options = symmetric(volume...volume + 4)
            options.covalentSeparation = 0.8
            options.minSeparation = 1.1
            let drawer = try StructureDrawer(numbers, options)
            var tightest = Double.infinity
            for stream in 0..<40 as Range<UInt64> {
                var random = RandomStream(seed: 1, stream: stream)
                var draws = 10_000
                let structure = try #require(drawer.drawSymmetric(draws: &draws, &random), "\(numbers), \(stream)")
                #expect(structure.numbers == numbers)
                let perAtom = structure.cell.volume / Double(numbers.count)
                #expect(perAtom >= volume * (1 - 1e-12) && perAtom <= (volume + 4) * (1 + 1e-12))
                #expect(tightestPair(structure) { _, _ in 1.1 } >= 1)
                let pair = tightestPair(structure) { 0.8 * (CovalentRadii.radius($0) + CovalentRadii.radius($1)) }
                #expect(pair >= 0.8)
                tightest = min(tightest, pair)
            }
            // Atoms on special positions are mostly further apart than they need to be.
            #expect(tightest < (crowded ? 1 : 2), "\(numbers)")
        }
    }

    /// Contents that suit hardly any group still come to a structure, even by a single try.
    @Test func whatSuitsNoGroupIsDrawnWithoutSymmetry() throws {
        var options = symmetric(14...18)
        options.covalentSeparation = 0.8
        let numbers = contents((6, 7), (1, 5))
        for stream in 0..<40 as Range<UInt64> {
            var random = RandomStream(seed: 1, stream: stream)
            #expect(try StructureDrawer(numbers, options).draw(&random)?.numbers == numbers)
        }
        options.covalentSeparation = 0.1
        options.maxDraws = 1
        for stream in 0..<40 as Range<UInt64> {
            var random = RandomStream(seed: 1, stream: stream)
            #expect(try StructureDrawer(numbers, options).draw(&random)?.numbers == numbers)
        }
    }

    /// Atoms that may be as close as they like have no images to move amid.
    @Test func symmetryWithoutSeparationsIsDrawn() throws {
        let drawer = try StructureDrawer(contents((6, 4)), symmetric(10...12))
        for stream in 0..<40 as Range<UInt64> {
            var random = RandomStream(seed: 1, stream: stream)
            #expect(try #require(drawer.draw(&random)).positions.allSatisfy { $0.isFinite })
        }
    }

    /// Germanium and selenium have the same radius. Atoms of one element that did not come one after the other were
    /// drawn on general positions only, each on its own.
    @Test func elementsOfOneRadiusShareSpecialPositions() throws {
        let numbers = (0..<8).map { $0 % 2 == 0 ? Int32(32) : 34 }
        #expect(CovalentRadii.radius(32) == CovalentRadii.radius(34))
        var options = symmetric(20...24)
        options.covalentSeparation = 0.8
        let drawer = try StructureDrawer(numbers, options)
        var isSymmetric = 0
        for stream in 0..<40 as Range<UInt64> {
            var random = RandomStream(seed: 1, stream: stream)
            var draws = 10_000
            let structure = try #require(drawer.drawSymmetric(draws: &draws, &random))
            #expect(structure.numbers == numbers)
            if surroundings(of: 32, in: structure) < 4 { isSymmetric += 1 }
        }
        // How many depends on the groups drawn; of atoms on their own hardly any are alike.
        #expect(isSymmetric >= 20)
    }

    @Test func shapesAreThoseAskedFor() throws {
        var options = SearchOptions()
        options.container = .cell
        options.volumePerAtom = SIMD2(10, 10)
        var extremes = SIMD2(Double.infinity, 0)
        let boxes = try StructureDrawer(contents((6, 4)), options)
        for stream in 0..<200 as Range<UInt64> {
            var random = RandomStream(seed: 1, stream: stream)
            let cell = try #require(boxes.draw(&random)).cell.vectors
            #expect(abs(cell.determinant - 40) < 1e-9)
            #expect(cell.a.y == 0 && cell.a.z == 0 && cell.b.x == 0 && cell.b.z == 0 && cell.c.x == 0 && cell.c.y == 0)
            let ratio = cell.a.x / cell.b.y
            extremes = SIMD2(min(extremes.x, ratio), max(extremes.y, ratio))
        }
        #expect(extremes.x > 0.75 / 1.25 && extremes.x < 0.7)
        #expect(extremes.y < 1.25 / 0.75 && extremes.y > 1.4)

        options.container = .skewedCell
        let skewed = try StructureDrawer(contents((6, 4)), options)
        var skews = 0
        for stream in 0..<50 as Range<UInt64> {
            var random = RandomStream(seed: 1, stream: stream)
            let cell = try #require(skewed.draw(&random)).cell.vectors
            #expect(abs(cell.determinant - 40) < 1e-9)
            if abs(cell.a.y) > 0.01, abs(cell.c.x) > 0.01 { skews += 1 }
        }
        #expect(skews > 40)
    }

    @Test func volumesComeFromTheElements() throws {
        var options = SearchOptions()
        options.container = .cell
        options.elementVolumes = [Double](repeating: .nan, count: 119)
        options.elementVolumes[6] = 7
        options.elementVolumes[8] = 0  // a fit that must not be negative gives such
        options.volumeScale = SIMD2(0.9, 1.2)
        let drawer = try StructureDrawer([6, 6, 8], options)
        var volumes: [Double] = []
        for stream in 0..<100 as Range<UInt64> {
            var random = RandomStream(seed: 3, stream: stream)
            volumes.append(try #require(drawer.draw(&random)).cell.volume)
        }
        #expect(volumes.min()! > 14 * 0.9 && volumes.min()! < 14 * 0.93)
        #expect(volumes.max()! < 14 * 1.2 && volumes.max()! > 14 * 1.17)
        for unknown in [[6, 7], [8, 8]] as [[Int32]] {
            let failure = #expect(throws: Failure.self) { try StructureDrawer(unknown, options) }
            #expect(failure?.kind == .argument)
        }
    }

    /// Far beyond what placing atoms one after the other can reach: spheres that fill more than half of the cell.
    @Test func crowdedCellsAreFilled() throws {
        var options = SearchOptions()
        options.container = .skewedCell
        options.covalentSeparation = 0.8
        let radius = 0.8 * CovalentRadii.radius(55)
        let sphere = 4 * Double.pi / 3 * radius * radius * radius
        for count in [4, 12, 30] {
            options.volumePerAtom = SIMD2(sphere / 0.52, sphere / 0.52)
            let drawer = try StructureDrawer([Int32](repeating: 55, count: count), options)
            var placed = 0
            let start = ContinuousClock.now
            for stream in 0..<20 as Range<UInt64> {
                var random = RandomStream(seed: 5, stream: stream)
                guard let structure = drawer.draw(&random) else { continue }
                placed += 1
                #expect(tightestPair(structure) { _, _ in 2 * radius } >= 1)
            }
            #expect(placed >= 18, "\(placed) of 20 with \(count) atoms")
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }

    /// What cannot be placed is found out in bounded time.
    @Test func impossibleCellsAreGivenUp() throws {
        var options = SearchOptions()
        options.container = .cell
        options.covalentSeparation = 0.8
        options.volumePerAtom = SIMD2(5, 5)
        let start = ContinuousClock.now
        for count in [1, 8, 20] {
            let drawer = try StructureDrawer([Int32](repeating: 55, count: count), options)
            var random = RandomStream(seed: 5)
            #expect(drawer.draw(&random) == nil)
        }
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func drawsDependOnSeedAndStreamAlone() throws {
        let drawer = try StructureDrawer(contents((6, 3), (1, 4)), SearchOptions(.molecules))
        func draw(_ seed: UInt64, _ stream: UInt64) -> [Vector3] {
            var random = RandomStream(seed: seed, stream: stream)
            return drawer.draw(&random)?.positions ?? []
        }
        #expect(draw(1, 2) == draw(1, 2))
        #expect(draw(1, 2) != draw(1, 3))
        #expect(draw(1, 2) != draw(2, 2))
        #expect(draw(1, 2).count == 7)
    }

    @Test func radiiAreThoseOfTheTable() {
        #expect(CovalentRadii.radius(1) == 0.31)
        #expect(CovalentRadii.radius(6) == 0.76)
        #expect(CovalentRadii.radius(26) == 1.32)
        #expect(CovalentRadii.radius(55) == 2.44)
        #expect(CovalentRadii.radius(79) == 1.36)
        #expect(CovalentRadii.radius(96) == 1.69)
        #expect(CovalentRadii.radius(118) == 1.69)
    }
}
