import Atoms
import Response
import Support
import Testing

@testable import Training

@Suite struct DatasetTests {
    @Test func badStructuresAndFramesAreNamed() throws {
        var dataset = try Example.dataset(2)
        var coincident = Example.structure(0)
        coincident.positions[2] = coincident.positions[1]
        #expect { try dataset.add(coincident) } throws: { "\($0)".hasPrefix("structure 2") }
        var frame = try Example.frames(1)[0]
        frame.forces[1].y = .infinity
        #expect { try dataset.add(frame) } throws: {
            "\($0)".hasPrefix("frame 0: atom 1: its entry in the target forces")
        }
        frame.forces.removeLast()
        #expect { try dataset.add(frame) } throws: { "\($0)".contains("target forces for") }
        frame = try Example.frames(1)[0]
        frame.weight = -1
        #expect { try dataset.add(frame) } throws: { "\($0)".contains("weight") }
        frame = try Example.frames(4)[3]
        frame.stress = .identity
        #expect { try dataset.add(frame) } throws: { "\($0)".contains("periodic") }
        #expect(dataset.structures.count == 2 && dataset.frames.isEmpty)
    }

    @Test func digestsNoticeEveryChange() throws {
        func digest(_ change: (inout Structure, inout Frame) -> Void) throws -> UInt64 {
            var structure = Example.structure(1)
            var frame = try Example.frames(3)[2]
            change(&structure, &frame)
            var dataset = Dataset()
            try dataset.add(structure)
            try dataset.add(frame)
            return dataset.digest
        }
        let digests = try [
            digest { _, _ in }, digest { s, _ in s.positions[2].z += 1e-15 }, digest { s, _ in s.numbers[0] = 7 },
            digest { s, _ in s.cell.vectors.a.x += 1e-12 }, digest { s, _ in s.cell.periodic.z = 0 },
            digest { _, f in f.weight += 1e-10 }, digest { _, f in f.forces[0].x += 1e-12 },
            digest { _, f in f.stress = nil }, digest { _, f in f.stress!.b.y += 1e-12 },
        ]
        #expect(Set(digests).count == digests.count)
        #expect(try digest { _, _ in } == digests[0])
    }

    @Test func framesAreNumberedThroughAllStructures() throws {
        var dataset = try Example.dataset(4)
        let own = try Example.frames(2)
        for frame in own { try dataset.add(frame) }
        let options = Example.options
        let source = try FrameSource(dataset, Example.response, options)
        #expect(source.count == 2 + 4 * 5)
        let response = try Response(Example.response)
        for number in 0..<source.count {
            for set in [0, 3] {
                let frame = try source.frame(number, set: set)
                if number < 2 {
                    #expect(!source.isDrawn(number) && frame.forces == own[number].forces)
                } else {
                    let (index, draw) = ((number - 2) / 5, (number - 2) % 5)
                    let expected = try response.frame(
                        of: dataset.structures[index], index: index, draw: 5 * set + draw, seed: options.seed)
                    #expect(frame.forces == expected.frame.forces)
                    #expect(frame.structure.positions == expected.frame.structure.positions)
                }
                let components = source.components(number)
                #expect(components.forces == Double(3 * frame.structure.count))
                #expect(components.stresses == (frame.stress == nil ? 0 : 9))
            }
        }
        #expect(throws: Failure.self) { try FrameSource(dataset, nil, options) }
    }

    @Test func aShareOfTheFramesIsHeldOut() throws {
        var options = Example.options
        options.validationShare = 0.1
        var dataset = try Example.dataset(24)
        try dataset.add(try Example.frames(1)[0])
        let source = try FrameSource(dataset, Example.response, options)
        let split = Split(source, options)
        #expect(split.validation.count == 12)
        #expect(Set(split.training).isDisjoint(with: split.validation))
        #expect((split.training + split.validation).sorted() == Array(0..<121))
        #expect(Split(source, options) == split)
        options.seed += 1
        #expect(Split(source, options) != split)

        // With fresh noise the held-out noise of set 0 is never trained on, but its structures are.
        options.freshNoise = true
        options.validationShare = 0.9
        let fresh = Split(source, options)
        #expect(fresh.validation.count == 108)
        #expect(Set(fresh.training) == Set(0..<121).subtracting(fresh.validation.filter { $0 == 0 }))
    }

    @Test func elementVolumesAreNonNegativeLeastSquares() throws {
        let reference = try Reference.place("volumes")
        let numbers = try reference["numbers"].doubles.map { Int32($0) }
        let structures = try zip(reference["counts"].elements(), reference["volumes"].doubles).map {
            let contents = try zip(numbers, $0.doubles).flatMap { [Int32](repeating: $0, count: Int($1)) }
            let edge = Mathematics.pow($1, 1.0 / 3)
            return Structure(
                numbers: contents, positions: contents.map { _ in .zero }, cell: Cell(Matrix3.identity * edge))
        }
        let molecule = Example.structure(3)
        let fit = ElementVolumes(structures + [molecule]).fit()
        #expect(fit.map(\.number) == numbers.map(Int.init))
        for (volume, expected) in zip(fit.map(\.volume), try reference["fit"].doubles) {
            #expect(abs(volume - expected) < 1e-8)
        }
        #expect(fit[0].volume == 0)

        // Parts may be added up.
        let (a, b) = (ElementVolumes(Array(structures[..<10])), ElementVolumes(Array(structures[10...])))
        let sum = ElementVolumes(sums: zip(a.sums, b.sums).map(+)).fit()
        for (x, y) in zip(fit, sum) { #expect(abs(x.volume - y.volume) < 1e-9) }

        // Elements that always come together share the volume evenly.
        let salt = Structure(
            numbers: [11, 17], positions: [.zero, Vector3(2, 2, 2)], cell: Cell(Matrix3.identity * 4))
        for (_, volume) in ElementVolumes([salt]).fit() { #expect(abs(volume - 32) < 1e-9) }
        #expect(ElementVolumes([molecule]).fit().isEmpty)
    }
}
