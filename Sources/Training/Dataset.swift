import Atoms
import Response
import Support

/// Structures to learn from: relaxed ones, whose responses are drawn, frames with targets of their own, and pairs to be
/// ranked.
package struct Dataset: Sendable {
    package private(set) var structures: [Structure] = []
    package private(set) var frames: [Frame] = []
    package private(set) var pairs: [Pair] = []

    package init() {}

    /// Adds a relaxed structure. Throws what `Structure.check` throws, and `.structure` for coincident atoms.
    package mutating func add(_ structure: Structure) throws(Failure) {
        do throws(Failure) {
            guard structures.count < Int(UInt32.max) else { throw Failure(.argument, "there are too many") }
            try Self.check(structure)
        } catch { throw error.at("structure \(structures.count)") }
        structures.append(structure)
    }

    /// Adds a frame with targets. Throws what `Structure.check` throws, `.structure` for coincident atoms, and
    /// `.argument` naming the target that does not fit.
    package mutating func add(_ frame: Frame) throws(Failure) {
        do throws(Failure) { try Self.check(frame) } catch { throw error.at("frame \(frames.count)") }
        frames.append(frame)
    }

    /// Adds a pair to be ranked. Throws what `Structure.check` throws, `.structure` for coincident atoms, and
    /// `.argument` if the two are not of the same contents.
    package mutating func add(_ pair: Pair) throws(Failure) {
        do throws(Failure) {
            for (name, structure) in [("lower", pair.lower), ("higher", pair.higher)] {
                do throws(Failure) { try Self.check(structure) } catch { throw error.at(name) }
            }
            guard pair.lower.numbers.sorted() == pair.higher.numbers.sorted() else {
                throw Failure(.argument, "the two structures are not of the same contents")
            }
        } catch { throw error.at("pair \(pairs.count)") }
        pairs.append(pair)
    }

    package static func check(_ frame: Frame) throws(Failure) {
        try check(frame.structure)
        guard frame.forces.count == frame.structure.count else {
            throw Failure(.argument, "\(frame.forces.count) target forces for \(frame.structure.count) atoms")
        }
        for (i, force) in frame.forces.enumerated() where !force.isFinite {
            throw Failure(.argument, "atom \(i): its entry in the target forces is not finite")
        }
        if let stress = frame.stress {
            guard stress.isFinite else { throw Failure(.argument, "the target stress is not finite") }
            guard frame.structure.cell.isFullyPeriodic else {
                throw Failure(.argument, "there is a target stress, but not all three directions are periodic")
            }
        }
        guard frame.weight.isFinite, frame.weight >= 0 else {
            throw Failure(.argument, "the weight \(frame.weight) is not finite and positive")
        }
    }

    /// Looks for neighbours within a short distance, which finds coincident atoms.
    private static func check(_ structure: borrowing Structure) throws(Failure) {
        _ = try NeighborList(structure, cutoff: 0.1)
    }
}
