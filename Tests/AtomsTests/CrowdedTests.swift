import Atoms
import Support
import Testing

@Test func aCrowdIsRefusedRatherThanWorkedThrough() throws {
    var random = RandomStream(seed: 1)
    let n = 10_500
    let structure = Structure(
        numbers: [Int32](repeating: 6, count: n),
        positions: (0..<n).map { _ in Vector3(random.uniform(0, 2), random.uniform(0, 2), random.uniform(0, 2)) })
    #expect { _ = try NeighborList(structure, cutoff: 4.5) } throws: { error in
        let failure = error as? Failure
        return failure?.kind == .structure && failure?.message.contains("neighbours within the cutoff") == true
    }
}
