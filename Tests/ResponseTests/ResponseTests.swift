import Atoms
import Support
import Testing

@testable import Response

@Suite struct ResponseTests {
    /// Only noise and its negative.
    static func plain(_ preset: Preset = .crystalsPublished) -> ResponseOptions {
        var options = ResponseOptions(preset)
        options.repulsionRadius = 0
        options.forceNoise = 0
        return options
    }

    static func frames(
        _ options: ResponseOptions, _ structure: Structure, seed: UInt64 = 1, index: Int = 0, draws: Range<Int>? = nil
    ) throws -> [(frame: Frame, amplitude: Double)] {
        let response = try Response(options)
        return try (draws ?? 0..<response.frameCount(for: structure)).map {
            try response.frame(of: structure, index: index, draw: $0, seed: seed)
        }
    }

    @Test(
        arguments: [
            (Preset.moleculesPublished, 11), (.crystalsPublished, 11), (.diamondPublished, 121), (.diamond, 121),
        ])
    func publishedSetsHaveThePapersSize(preset: Preset, count: Int) throws {
        let structure = preset == .moleculesPublished ? Example.water : Example.cube(4)
        let frames = try Self.frames(ResponseOptions(preset), structure)
        #expect(frames.count == count)
        let unit = preset == .moleculesPublished ? 0.05 : 0.025
        for (k, drawn) in frames.enumerated() {
            #expect(drawn.amplitude == ResponseOptions.publishedLevels[k * 11 / count] * unit)
            #expect(drawn.frame.weight == 1)
            #expect((drawn.frame.stress != nil) == (preset != .moleculesPublished))
        }
    }

    @Test func everyLevelMeetsEveryDilation() throws {
        var options = Self.plain(.diamondPublished)
        options.shear = 0
        let structure = Example.cube(4)
        var met: [SIMD2<Int>: Int] = [:]
        for (frame, amplitude) in try Self.frames(options, structure) {
            let c = frame.structure.cell.vectors.a.x / 4 - 1
            let point = (c / 0.02).rounded()
            #expect(abs(c - 0.02 * point) < 1e-12)
            met[SIMD2(Int((amplitude / 0.025).rounded()), Int(point)), default: 0] += 1
        }
        #expect(met.count == 121)
        #expect(met.values.allSatisfy { $0 == 1 })
    }

    @Test func dilationsAreDealtOutToTheLevels() throws {
        var options = Self.plain(.crystalsPublished)
        options.shear = 0
        let structure = Example.cube(4)
        func points(_ set: Int) throws -> [Int] {
            try Self.frames(options, structure, draws: 11 * set..<11 * (set + 1)).map {
                Int((($0.frame.structure.cell.vectors.a.x / 4 - 1) / 0.02).rounded())
            }
        }
        #expect(try points(0).sorted() == Array(-5...5))
        #expect(try points(1).sorted() == Array(-5...5))
        #expect(try points(0) != points(1))
    }

    @Test func oneStrainPointMeansAUniformDraw() throws {
        var options = Self.plain()
        options.strainCount = 1
        options.levels = [0]
        options.shear = 0
        let dilations = try Self.frames(options, Example.cube(4), draws: 0..<2000).map {
            $0.frame.structure.cell.vectors.a.x / 4 - 1
        }
        let variance = dilations.reduce(0) { $0 + $1 * $1 } / 2000
        #expect(abs(dilations.reduce(0, +) / 2000) < 0.005)
        #expect(abs(variance - 0.01 / 3) < 0.0003)
        #expect(dilations.allSatisfy { abs($0) <= 0.1 })
    }

    @Test func noiseIsUniformAndTheTargetIsItsNegative() throws {
        var options = Self.plain(.moleculesPublished)
        options.levels = [8]  // ±0.4 Å
        var components: [Double] = []
        for (frame, amplitude) in try Self.frames(options, Example.water, draws: 0..<2000) {
            #expect(amplitude == 0.4)
            #expect(frame.structure.cell == .none)
            for i in 0..<3 {
                let displacement = frame.structure.positions[i] - Example.water.positions[i]
                #expect((displacement + frame.forces[i]).norm < 1e-15)
                for k in 0..<3 { components.append(displacement[k]) }
            }
        }
        let n = Double(components.count)
        #expect(components.allSatisfy { abs($0) <= 0.4 })
        #expect(abs(components.reduce(0, +) / n) < 0.01)
        #expect(abs(components.reduce(0) { $0 + $1 * $1 } / n - 0.16 / 3) < 0.002)
        // Uniform, not only of that variance: quarters are filled alike.
        for quarter in 0..<4 {
            let low = -0.4 + 0.2 * Double(quarter)
            let share = Double(components.count { $0 >= low && $0 < low + 0.2 }) / n
            #expect(abs(share - 0.25) < 0.02)
        }
    }

    @Test func strainKeepsFractionalCoordinates() throws {
        var options = Self.plain()
        options.levels = [0]
        let original = Example.skewed
        for (frame, _) in try Self.frames(options, original, draws: 0..<20) {
            let strained = frame.structure
            for i in 0..<3 {
                let before = original.positions[i] * original.cell.vectors.inverse
                let after = strained.positions[i] * strained.cell.vectors.inverse
                #expect((before - after).norm < 1e-12)
                #expect(frame.forces[i] == .zero)
            }
            let f = original.cell.vectors.inverse * strained.cell.vectors
            let epsilon = (f.transposed * f - .identity) * 0.5
            // Young's modulus 1 and Poisson's ratio 0.3: λ = 15/26, μ = 5/13.
            let expected = Matrix3.identity * (15.0 / 26 * epsilon.trace) + epsilon * (10.0 / 13)
            #expect(try #require(frame.stress).isClose(to: expected))
        }
    }

    @Test func cellsStayWithinTheirBounds() throws {
        var options = Self.plain()
        options.levels = [0]
        options.strainCount = 11
        let original = Example.skewed.cell
        let entry = 0.05 * Mathematics.pow(original.volume, 1.0 / 3)
        var largest = 0.0
        for draw in 0..<220 {
            let frame = try Response(options).frame(of: Example.skewed, index: 3, draw: draw, seed: 5).frame
            let c = 0.1 * (Double(draw % 11) / 5 - 1)
            let u = frame.structure.cell.vectors - original.vectors * (1 + c)
            for element in u.elements {
                #expect(abs(element) <= entry + 1e-12)
                largest = max(largest, abs(element))
            }
        }
        #expect(largest > 0.99 * entry)
    }

    @Test func displacementsAreTheClosestImages() throws {
        var options = Self.plain()
        options.levels = [60]  // ±1.5 Å in cells not much larger
        for (frame, _) in try Self.frames(options, Example.skewed, draws: 0..<50) {
            let h = frame.structure.cell.vectors
            let site = Example.skewed.cell.vectors.inverse * h
            for i in 0..<3 {
                let response = frame.forces[i]
                #expect((frame.structure.positions[i] + response - Example.skewed.positions[i] * site).norm < 1e-12)
                for x in -4...4 {
                    for y in -4...4 {
                        for z in -4...4 {
                            let image = response + Vector3(Double(x), Double(y), Double(z)) * h
                            #expect(response.norm <= image.norm + 1e-12)
                        }
                    }
                }
            }
        }
    }

    @Test func forceNoiseGrowsWithTheRootOfTheLevel() throws {
        var options = Self.plain(.moleculesPublished)
        options.forceNoise = 0.005
        options.levels = [0, 16]
        var largest = 0.0
        for (k, drawn) in try Self.frames(options, Example.water, draws: 0..<1000).enumerated() {
            for i in 0..<3 {
                let noise = drawn.frame.forces[i] + drawn.frame.structure.positions[i] - Example.water.positions[i]
                let size = max(noise.max(), -noise.min())
                if k % 1000 % 2 == 0 {
                    #expect(size == 0)
                } else {
                    #expect(size <= 0.02 + 1e-15)
                    largest = max(largest, size)
                }
            }
        }
        #expect(largest > 0.0195)
    }

    @Test func amplitudesAreEvenInTheirLogarithm() throws {
        var options = ResponseOptions(.crystals)
        options.cleanShare = 0.1
        let structure = Example.cube(6)
        let drawn = try Self.frames(options, structure, draws: 0..<4000)
        let clean = drawn.filter { $0.amplitude == 0 }
        #expect(abs(Double(clean.count) / 4000 - 0.1) < 0.015)
        for (frame, _) in clean {
            #expect(frame.structure.cell == structure.cell)
            #expect(frame.structure.positions == structure.positions)
            #expect(frame.stress == .zero)
        }
        let noisy = drawn.filter { $0.amplitude > 0 }
        let (low, high) = (options.amplitude.x, options.amplitude.y)
        let edge = (low * high).squareRoot()
        #expect(abs(Double(noisy.count { $0.amplitude < edge }) / Double(noisy.count) - 0.5) < 0.03)
        #expect(noisy.allSatisfy { $0.amplitude >= low && $0.amplitude < high })
        for (frame, amplitude) in noisy {
            // The strain is scaled by a/high.
            let u = frame.structure.cell.vectors - structure.cell.vectors
            let bound = (options.dilation + options.shear) * 6 * amplitude / high
            #expect(u.elements.allSatisfy { abs($0) <= bound + 1e-12 })
            let weight = 1 / (amplitude / 3.0.squareRoot() + 0.05)
            #expect(abs(frame.weight - weight) < 1e-12 * weight)
        }
    }

    @Test func weightsFollowTheirPower() throws {
        var options = Self.plain(.moleculesPublished)
        options.weightFloor = 0.05
        options.weightPower = 2
        let frames = try Self.frames(options, Example.water)
        #expect(abs(frames[0].frame.weight - 400) < 1e-10)
        #expect(abs(frames[10].frame.weight - 1 / Mathematics.pow(1.6 / 3.0.squareRoot() + 0.05, 2)) < 1e-12)
        options.weightFloor = 0
        #expect(try Self.frames(options, Example.water).allSatisfy { $0.frame.weight == 1 })
    }

    @Test func driftAndRotationAreGone() throws {
        var options = ResponseOptions(.molecules)
        options.forceNoise = 0.005
        options.cleanShare = 0
        for structure in [Example.water, Example.carbonDioxide] {
            for (frame, _) in try Self.frames(options, structure, draws: 0..<100) {
                let positions = frame.structure.positions
                var torque = Vector3.zero
                for i in 0..<3 { torque += positions[i].cross(frame.forces[i]) }
                #expect(frame.forces.reduce(.zero, +).norm < 1e-13)
                #expect(torque.norm < 1e-13)
            }
        }
        // In a crystal only the drift is removed, and nothing but the mean is taken away.
        options = Self.plain()
        let before = try Self.frames(options, Example.cube(5))
        options.removeDrift = true
        options.removeRotation = true
        for (a, b) in zip(before, try Self.frames(options, Example.cube(5))) {
            #expect(a.frame.structure.positions == b.frame.structure.positions)
            let mean = a.frame.forces.reduce(.zero, +) / 8
            for i in 0..<8 { #expect((a.frame.forces[i] - mean - b.frame.forces[i]).norm < 1e-14) }
        }
    }

    @Test func framesDependOnSeedStructureAndDrawAlone() throws {
        let options = ResponseOptions(.crystalsPublished)
        let response = try Response(options)
        let structure = Example.skewed
        func draw(_ k: Int, index: Int = 4, seed: UInt64 = 9) throws -> Frame {
            try response.frame(of: structure, index: index, draw: k, seed: seed).frame
        }
        let forward = try (0..<22).map { try draw($0) }
        for k in (0..<22).reversed() {
            let again = try draw(k)
            #expect(again.structure.positions == forward[k].structure.positions)
            #expect(again.structure.cell == forward[k].structure.cell)
            #expect(again.forces == forward[k].forces)
            #expect(again.stress == forward[k].stress)
        }
        #expect(try draw(3).forces != draw(14).forces)
        #expect(try draw(3).forces != draw(3, index: 5).forces)
        #expect(try draw(3).forces != draw(3, seed: 10).forces)
    }

    @Test func slabsAreDisplacedButNotStrained() throws {
        var slab = Example.skewed
        slab.cell.periodic = SIMD3(1, 1, 0)
        slab.cell.vectors.c = .zero
        let frames = try Self.frames(Self.plain(.diamondPublished), slab)
        #expect(frames.count == 11)
        for (frame, _) in frames {
            #expect(frame.stress == nil)
            #expect(frame.structure.cell == slab.cell)
        }
    }

    @Test func badOptionsAreNamed() throws {
        func failure(_ change: (inout ResponseOptions) -> Void) -> String {
            var options = ResponseOptions(.crystalsPublished)
            change(&options)
            do {
                _ = try Response(options)
                return ""
            } catch { return error.message }
        }
        #expect(failure { _ in } == "")
        #expect(failure { $0.displacement = .nan }.contains("displacement"))
        #expect(failure { $0.levels = [] }.contains("level_count"))
        #expect(failure { $0.levels = [1, -1] }.contains("levels[1]"))
        #expect(failure { $0.poissonRatio = 0.5 }.contains("poisson_ratio"))
        #expect(failure { $0.amplitude = SIMD2(2, 1) }.contains("amplitude"))
        #expect(failure { $0.strainCount = -1 }.contains("strain_count"))
        #expect(failure { $0.weightPower = .infinity }.contains("weight_power"))
    }
}
