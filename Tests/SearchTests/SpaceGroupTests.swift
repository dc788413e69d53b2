import Atoms
import Foundation
import Support
import Testing

@testable import Search

@Suite struct SpaceGroupTests {
    private struct Known: Decodable {
        struct Group: Decodable {
            let operations: Int
            let hash: String
        }
        let groups: [Group]
    }

    @Test func operationsAreSpglibs() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../fixtures/space-groups.json")
        let known = try JSONDecoder().decode(Known.self, from: Data(contentsOf: path)).groups
        #expect(known.count == 230)
        for (k, expected) in known.enumerated() {
            let operations = Self.inConventionalCell(try #require(SpaceGroup(k + 1)))
            #expect(operations.count == expected.operations, "space group \(k + 1)")
            let hash = Self.fnv1a(operations.sorted().joined(separator: ";"))
            #expect(hash == UInt64(expected.hash, radix: 16), "space group \(k + 1)")
        }
    }

    @Test func thereAreNoOthers() {
        #expect(SpaceGroup(0) == nil && SpaceGroup(231) == nil)
        for symbol in ["", "P", "X 2", "P 5", "P 2q", "P 2 (0 0)"] as [StaticString] {
            let isOne = symbol.description == "P"
            #expect((HallSymbol(symbol) != nil) == isOne, "\(symbol)")
        }
    }

    /// The most special sites have coordinates that are multiples of 1/8 and 1/6, or can be moved there.
    @Test func fewestImagesAreThoseOfTheMostSpecialSites() throws {
        let steps: [Double] = [0, 3, 4, 6, 8, 9, 12, 15, 16, 18, 20, 21]
        for number in 1...230 {
            let group = try #require(SpaceGroup(number))
            var fewest = Int.max
            for x in steps {
                for y in steps {
                    for z in steps {
                        let site = Vector3(x, y, z) / 24
                        let same = group.operations.count { operation in
                            let d = operation(site) - site
                            let rest = d - d.rounded(.toNearestOrEven)
                            return max(abs(rest.x), abs(rest.y), abs(rest.z)) < 1e-6
                        }
                        fewest = min(fewest, group.operations.count / same)
                    }
                }
            }
            #expect(fewest == group.fewest, "space group \(number)")
        }
    }

    /// Rotations must keep lengths: a structure drawn with a group's symmetry is then as symmetric in space as it is in
    /// terms of its cell.
    @Test func latticesFitTheirSystems() throws {
        for number in 1...230 {
            let group = try #require(SpaceGroup(number))
            for stream in 0..<3 as Range<UInt64> {
                var random = RandomStream(seed: UInt64(number), stream: stream)
                let lattice = group.primitive * group.system.lattice(&random)
                #expect(lattice.determinant > 0)
                let metric = lattice * lattice.transposed
                for operation in group.operations {
                    let turned = operation.rotation * metric * operation.rotation.transposed
                    let error = zip(turned.elements, metric.elements).map { abs($0 - $1) }.max()!
                    #expect(error < 1e-12 * metric.trace, "space group \(number)")
                }
            }
        }
    }

    /// As fixtures/make_space_groups.py writes them.
    private static func inConventionalCell(_ group: SpaceGroup) -> [String] {
        let (primitive, inverse) = (group.primitive, group.primitive.inverse)
        var centres: [Vector3] = []
        for i in -2...2 {
            for j in -2...2 {
                for k in -2...2 {
                    let centre = Vector3(Double(i), Double(j), Double(k)) * primitive
                    if centre.min() > -1e-9, centre.max() < 1 - 1e-9 { centres.append(centre) }
                }
            }
        }
        var texts: [String] = []
        for operation in group.operations {
            let rotation = (inverse * operation.rotation * primitive).transposed  // for columns, as spglib has it
            for centre in centres {
                let shift = (operation.translation * primitive + centre) * 24
                let numbers =
                    rotation.elements.map { Int($0.rounded()) }
                    + [shift.x, shift.y, shift.z].map { ((Int($0.rounded()) % 24) + 24) % 24 }
                texts.append(numbers.map(String.init).joined(separator: " "))
            }
        }
        return texts
    }

    private static func fnv1a(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
