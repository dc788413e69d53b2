import Atoms
import Relaxation
import Search
import Support
import TestPotentials
import Testing

@Suite struct HopTests {
    private let structure = Structure(
        numbers: [6, 6, 7, 1, 1],
        positions: [
            Vector3(0, 0, 0), Vector3(1.5, 0, 0), Vector3(3, 0, 0), Vector3(-0.6, 0.8, 0), Vector3(-0.6, -0.8, 0),
        ])

    @Test func hydrogensMoveToOtherAtoms() {
        var options = SearchOptions()
        options.hopHydrogen = 1
        let hopper = Hopper(options)
        var hosts: [Int: Int] = [:]
        for stream in 0..<100 as Range<UInt64> {
            var random = RandomStream(seed: 1, stream: stream)
            let hopped = hopper.hop(structure, &random)
            let moved = (0..<5).filter { hopped.positions[$0] != structure.positions[$0] }
            #expect(moved.count == 1 && moved[0] >= 3)
            let distances = (0..<3).map { (hopped.positions[moved[0]] - hopped.positions[$0]).norm }
            let host = distances.indices.min { distances[$0] < distances[$1] }!
            hosts[host, default: 0] += 1
            #expect(abs(distances[host] - CovalentRadii.radius(structure.numbers[host]) - 0.31) < 1e-12)
        }
        // Away from the first carbon, to which both are bound.
        #expect(hosts[0] == nil)
        #expect(hosts[1]! > 25 && hosts[2]! > 25)
    }

    @Test func elementsSwap() {
        var options = SearchOptions()
        options.hopSwap = 1
        let hopper = Hopper(options)
        for stream in 0..<50 as Range<UInt64> {
            var random = RandomStream(seed: 1, stream: stream)
            let hopped = hopper.hop(structure, &random)
            #expect(hopped.numbers == structure.numbers)
            let moved = (0..<5).filter { hopped.positions[$0] != structure.positions[$0] }
            #expect(moved.count == 2)
            #expect(structure.numbers[moved[0]] != structure.numbers[moved[1]])
            #expect(hopped.positions[moved[0]] == structure.positions[moved[1]])
            #expect(hopped.positions[moved[1]] == structure.positions[moved[0]])
        }
    }

    @Test func kicksAreTheRest() {
        var options = SearchOptions()
        options.hopKick = 0.25
        options.hopHydrogen = 0.5
        options.hopSwap = 1.0 / 7
        let hopper = Hopper(options)
        var kicks = 0
        for stream in 0..<400 as Range<UInt64> {
            var random = RandomStream(seed: 1, stream: stream)
            let hopped = hopper.hop(structure, &random)
            let moves = (0..<5).map { hopped.positions[$0] - structure.positions[$0] }
            if moves.allSatisfy({ $0 != .zero }) {
                kicks += 1
                #expect(moves.allSatisfy { max($0.max(), -$0.min()) <= 0.25 })
            }
        }
        #expect(kicks > 100 && kicks < 190)  // 5/14 of 400 are 143
        // Where there is nothing to swap or move, atoms are kicked.
        options.hopHydrogen = 1
        options.hopSwap = 0
        let carbon = Structure(numbers: [6, 6], positions: [Vector3(0, 0, 0), Vector3(1.5, 0, 0)])
        var random = RandomStream(seed: 1)
        let hopped = Hopper(options).hop(carbon, &random)
        #expect(hopped.positions[0] != carbon.positions[0] && hopped.positions[1] != carbon.positions[1])
    }

    @Test func hopsLowerTheEnergy() throws {
        var options = clusterOptions(count: 12)
        options.box = Vector3(4, 3, 3)
        let numbers = contents((6, 4), (1, 5))
        let plain = try run(numbers, options).candidates
        options.hops = 10
        options.hopHydrogen = 0.5
        options.hopSwap = 0.2
        let hopped = try run(numbers, options).candidates
        var lower = 0
        for (before, after) in zip(plain, hopped) {
            #expect(before.index == after.index)
            #expect(after.energy <= before.energy)
            #expect(after.state == .converged || before.state != .converged)
            #expect(after.structure.numbers == numbers)
            if after.energy < before.energy - 1e-3 { lower += 1 }
            #expect(after.evaluations > before.evaluations)
        }
        #expect(lower >= 6)
    }
}
