import Atoms
import Relaxation
import Support

/// Goes on with candidates that were relaxed with less precision than their results are to have.
struct Refinement {
    private let relaxers: [Relaxer]  // of each stage
    private let options: SearchOptions

    /// `evaluator`: the precise one.
    init(_ options: SearchOptions, _ evaluator: any ForceEvaluator) throws(Failure) {
        var relaxers: [Relaxer] = []
        for stage in options.stages { relaxers.append(try Relaxer(evaluator, stage.relax)) }
        self.relaxers = relaxers
        self.options = options
    }

    /// Relaxes what has converged until it has with the precise potential too, which as a rule takes one evaluation;
    /// of what has not, only energy and fmax are evaluated. What cannot be evaluated is left as it is; what collapses
    /// fails.
    func callAsFunction(_ candidate: Candidate) -> Candidate {
        guard candidate.state.isKept else { return candidate }
        let hasConverged = candidate.state == .converged
        guard
            let result = try? relaxers[candidate.stage].relax(
                candidate.structure, descent: nil, observer: { _ in hasConverged }),
            result.reason != .failed
        else { return candidate }
        var refined = candidate
        refined.structure = result.structure
        refined.energy = result.energy
        refined.fmax = result.fmax
        refined.steps += result.steps
        refined.evaluations += result.evaluations
        if hasConverged, result.reason != .converged { refined.state = .unconverged }
        if options.isCollapsed(refined.structure) { refined.state = .failed }
        return refined
    }
}
