import Atoms
import Response
import Support

/// All frames to learn from, drawn when they are asked for: noise depends on seed, structure and number alone, so none
/// need be kept.
///
/// Frames are numbered: first the dataset's own, then those of each structure's set (see `Response`). Set 0 is the
/// fixed set; with fresh noise, epoch e trains on set e.
package struct FrameSource: Sendable {
    package let dataset: Dataset
    private let response: Response?
    private let seed: UInt64
    private let rank, ranks: Int
    private let starts: [Int]  // number of the first frame of each structure, and the end

    /// Throws `.argument` if there are structures but no response options, or nothing at all.
    package init(_ dataset: Dataset, _ response: ResponseOptions?, _ options: TrainerOptions) throws(Failure) {
        self.dataset = dataset
        self.seed = options.seed
        (rank, ranks) = (options.rank, options.ranks)
        var drawn: Response?
        if let response { drawn = try Response(response) }
        self.response = drawn
        var starts = [dataset.frames.count]
        for structure in dataset.structures {
            guard let drawn else {
                throw Failure(.argument, "the dataset has structures: response options are needed to draw noise")
            }
            starts.append(starts.last! + drawn.frameCount(for: structure))
        }
        self.starts = starts
    }

    package var count: Int { starts.last! }

    package func isDrawn(_ number: Int) -> Bool { number >= dataset.frames.count }

    /// The number of atoms of a frame, without drawing it.
    package func atomCount(_ number: Int) -> Int {
        isDrawn(number) ? dataset.structures[structure(of: number)].count : dataset.frames[number].structure.count
    }

    /// The number of atoms of a frame and whether it has a target stress, without drawing it.
    package func components(_ number: Int) -> LossAndGradient.Components {
        let hasStress =
            isDrawn(number)
            ? dataset.structures[structure(of: number)].cell.isFullyPeriodic : dataset.frames[number].stress != nil
        return .init(forces: Double(3 * atomCount(number)), stresses: hasStress ? 9 : 0)
    }

    /// Frame `number` of set `set`. Structure i of this rank counts as structure i·ranks + rank, so that dealing out
    /// the structures to ranks in turn leaves the noise of each as it is. `pairs`: as `Response.frame`.
    package func frame(
        _ number: Int, set: Int, pairs: NeighborPairs = NeighborPairs()
    ) throws(Failure) -> Frame {
        guard isDrawn(number), let response else { return dataset.frames[number] }
        let index = structure(of: number)
        let perSet = starts[index + 1] - starts[index]
        do throws(Failure) {
            return try response.frame(
                of: dataset.structures[index], index: index * ranks + rank,
                draw: set * perSet + number - starts[index], seed: seed, pairs: pairs
            ).frame
        } catch { throw error.at("structure \(index)") }
    }

    /// The structure that frame `number` is drawn from: the last one that starts at or before it.
    private func structure(of number: Int) -> Int {
        var (low, high) = (0, dataset.structures.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= number { low = middle } else { high = middle }
        }
        return low
    }
}

/// Which frames and pairs are trained on and which are held out.
package struct Split: Equatable, Sendable {
    package let training: [Int]  // frame numbers
    package let validation: [Int]
    package let trainingPairs: [Int]  // indices
    package let validationPairs: [Int]

    /// Holds out the share of the frames and pairs that the options ask for, drawn by seed. With fresh noise, frames
    /// that are drawn are trained on even if they are held out: their noise is another one then.
    package init(_ source: FrameSource, _ options: TrainerOptions) {
        var random = RandomStream(seed: options.seed, purpose: .split, stream: options.rank)
        let order = random.permutation(source.count)
        let held = Int(options.validationShare * Double(source.count))
        validation = order[..<held].sorted()
        training = order[held...].sorted() + (options.freshNoise ? validation.filter(source.isDrawn) : [])
        let pairs = random.permutation(source.dataset.pairs.count)
        let heldPairs = Int(options.validationShare * Double(pairs.count))
        validationPairs = pairs[..<heldPairs].sorted()
        trainingPairs = pairs[heldPairs...].sorted()
    }
}

extension RandomStream {
    enum Purpose: UInt64 {
        case split = 1
        case shuffle = 2
        case shufflePairs = 3
    }

    /// A stream that has nothing in common with those of other purposes, nor with those that noise is drawn from.
    init(seed: UInt64, purpose: Purpose, stream: Int) {
        var salt = RandomStream(seed: seed, stream: ~purpose.rawValue)
        self.init(seed: salt.next(), stream: UInt64(truncatingIfNeeded: stream))
    }
}
