import Atoms
import Relaxation
import Support

/// Makes candidates, on one thread: candidate k depends on the seed and k alone.
struct CandidateMaker {
    /// What a hop has to gain, Å² per atom: less is what relaxations leave open, or rounding.
    private static let leastGain = 1e-6

    private let drawer: StructureDrawer
    private let options: SearchOptions
    private let evaluator: any ForceEvaluator
    private let relaxers: [Relaxer]  // of each stage
    private let hopper: Hopper
    private let spread: Spread?

    init(_ drawer: StructureDrawer, _ options: SearchOptions, _ evaluator: any ForceEvaluator, _ spread: Spread?)
        throws(Failure)
    {
        self.drawer = drawer
        self.options = options
        self.evaluator = evaluator
        self.spread = spread
        var relaxers: [Relaxer] = []
        for stage in options.stages { relaxers.append(try Relaxer(evaluator, stage.relax)) }
        self.relaxers = relaxers
        hopper = Hopper(options)
    }

    /// Returns nil if `stopped` says so meanwhile. Throws what is wrong with more than this candidate, as an element
    /// that the potential does not know.
    func make(_ index: Int64, stopped: @escaping () -> Bool) throws(Failure) -> Candidate? {
        var random = RandomStream(seed: options.seed, stream: UInt64(index))
        var candidate = Candidate(index: index)
        guard let drawn = drawer.draw(&random) else { return candidate }
        candidate.structure = drawn
        candidate.state = .failed
        var descent: Descent?
        for (k, stage) in options.stages.enumerated() {
            candidate.stage = k
            if stage.kick > 0 { candidate.structure = kicked(candidate.structure, by: stage.kick, &random) }
            let result: RelaxResult
            switch try relax(
                candidate.structure, stage: k, descent: stage.sameOptimizer ? descent : nil, &candidate, stopped)
            {
            case .done(let done): result = done
            case .impossible: return candidate
            case .stopped: return nil
            }
            candidate.take(result)
            descent = result.descent
            guard result.reason != .failed, !options.isCollapsed(result.structure) else { return candidate }
            if result.reason != .converged, stage.dropUnconverged {
                candidate.state = .dropped
                return candidate
            }
            candidate.state = result.reason == .converged ? .converged : .unconverged
        }
        for _ in 0..<options.hops {
            let changed = hopper.hop(candidate.structure, &random)
            switch try relax(changed, stage: options.stages.count - 1, descent: nil, &candidate, stopped) {
            case .done(let result):
                // What has not converged may not take the place of what has.
                let eligible =
                    result.reason == .converged || result.reason == .steps && candidate.state == .unconverged
                let gain = (candidate.energy - result.energy) / Double(candidate.structure.count)
                if eligible, gain > Self.leastGain, !options.isCollapsed(result.structure) {
                    candidate.take(result)
                    candidate.state = result.reason == .converged ? .converged : .unconverged
                }
            case .impossible: continue
            case .stopped: return nil
            }
        }
        if let spread {
            do throws(Failure) {
                var descriptors = try evaluator.descriptors(candidate.structure).values
                candidate.fingerprint = Fingerprint(
                    candidate.structure.numbers, energy: candidate.energy, descriptors: &descriptors, spread)
            } catch  where error.concernsStructure {
                // A structure that could be relaxed, but has no descriptors, repeats no other.
            }
        }
        return candidate
    }

    private enum Outcome {
        case done(RelaxResult)
        case impossible  // to evaluate even at its start
        case stopped
    }

    /// Relaxes as a stage does, and counts steps and evaluations.
    private func relax(
        _ structure: Structure, stage: Int, descent: Descent?, _ candidate: inout Candidate,
        _ stopped: @escaping () -> Bool
    ) throws(Failure) -> Outcome {
        do throws(Failure) {
            let result = try relaxers[stage].relax(structure, descent: descent, observer: { _ in !stopped() })
            candidate.steps += result.steps
            candidate.evaluations += result.evaluations
            return result.reason == .observer ? .stopped : .done(result)
        } catch  where error.concernsStructure {
            candidate.evaluations += 1
            return .impossible
        }
    }
}

extension Candidate {
    fileprivate mutating func take(_ result: RelaxResult) {
        structure = result.structure
        energy = result.energy
        fmax = result.fmax
    }
}

extension Failure {
    /// Whether one structure is to blame rather than the search as a whole.
    fileprivate var concernsStructure: Bool { kind == .structure || kind == .numbers }
}
