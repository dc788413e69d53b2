import Atoms
import Support

/// Changes to a relaxed structure that may lead to a lower minimum.
package struct Hopper {
    private let options: SearchOptions

    package init(_ options: SearchOptions) { self.options = options }

    /// The structure with one change: a hydrogen moved to another atom, two elements swapped, or all atoms kicked.
    /// Which one is drawn; where the contents do not allow it, atoms are kicked.
    package func hop(_ structure: Structure, _ random: inout RandomStream) -> Structure {
        let share = random.unit()
        if share < options.hopHydrogen {
            if let moved = movingHydrogen(structure, &random) { return moved }
        } else if share < options.hopHydrogen + options.hopSwap {
            if let swapped = swapping(structure, &random) { return swapped }
        }
        return kicked(structure, by: options.hopKick, &random)
    }

    /// Moves one hydrogen to a bond's length from another heavy atom, on that one's roomiest side of a few.
    private func movingHydrogen(_ structure: Structure, _ random: inout RandomStream) -> Structure? {
        let hydrogens = structure.numbers.indices.filter { structure.numbers[$0] == 1 }
        let heavy = structure.numbers.indices.filter { structure.numbers[$0] != 1 }
        guard !hydrogens.isEmpty, !heavy.isEmpty else { return nil }
        let hydrogen = hydrogens[random.index(below: hydrogens.count)]
        let lattice = Lattice(structure.cell.completed, periodic: structure.cell.isPeriodic)
        func distance(_ position: Vector3, _ i: Int) -> Double {
            let d = (position - structure.positions[i]) * lattice.inverse
            return ((lattice.periodic ? d - d.rounded(.toNearestOrEven) : d) * lattice.vectors).norm
        }
        // Not to the one it is bound to, if there is another.
        let start = structure.positions[hydrogen]
        let host = heavy.min { distance(start, $0) < distance(start, $1) }
        let others = heavy.count > 1 ? heavy.filter { $0 != host } : heavy
        let target = others[random.index(below: others.count)]
        let bond = CovalentRadii.radius(1) + CovalentRadii.radius(structure.numbers[target])
        var best = structure
        var most = -1.0
        for _ in 0..<16 {
            let direction = Vector3(random.normal(), random.normal(), random.normal())
            let position = structure.positions[target] + direction * (bond / max(direction.norm, 1e-6))
            var room = Double.infinity
            for i in structure.numbers.indices where i != hydrogen && i != target {
                room = min(room, distance(position, i))
            }
            if room > most {
                most = room
                best.positions[hydrogen] = position
            }
        }
        return best
    }

    /// Lets two atoms of different elements change places.
    private func swapping(_ structure: Structure, _ random: inout RandomStream) -> Structure? {
        let one = random.index(below: structure.count)
        let others = structure.numbers.indices.filter { structure.numbers[$0] != structure.numbers[one] }
        guard !others.isEmpty else { return nil }
        var swapped = structure
        swapped.positions.swapAt(one, others[random.index(below: others.count)])
        return swapped
    }
}

/// The structure with every component of every position moved uniformly by up to `size` (Å).
func kicked(_ structure: Structure, by size: Double, _ random: inout RandomStream) -> Structure {
    var result = structure
    for i in result.positions.indices {
        result.positions[i] += Vector3(
            random.uniform(-size, size), random.uniform(-size, size), random.uniform(-size, size))
    }
    return result
}
