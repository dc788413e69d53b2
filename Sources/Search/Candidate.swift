import Atoms

/// What became of a candidate; the raw values are those of `rm_candidate_state`.
package enum CandidateState: Int32, Sendable {
    case converged = 0
    case unconverged = 1  // kept, but the last stage ran out of steps
    case notPlaced = 2  // dropped: no room for the atoms
    case dropped = 3  // did not converge in a stage that asks for it
    case failed = 4  // dropped: flew apart or collapsed

    package var isKept: Bool { self == .converged || self == .unconverged }
}

/// A candidate as it is handed over. Of one that was not placed there is no structure, and of a failed one perhaps no
/// energy: they are empty and 0.
package struct Candidate: Sendable {
    package var index: Int64
    package var state = CandidateState.notPlaced
    package var structure = Structure(numbers: [], positions: [])
    package var energy = 0.0
    package var fmax = 0.0
    package var steps = 0  // of all stages and hops
    package var evaluations = 0
    package var stage = 0  // the last one it was in
    package var duplicateOf: Int64 = -1  // the candidate, handed over before, that it repeats
    var fingerprint: Fingerprint?

    /// Å³; 0 for molecules.
    package var volume: Double { structure.cell.isFullyPeriodic ? structure.cell.volume : 0 }
}

/// What came of a search, over the candidates handed over.
package struct SearchSummary: Equatable, Sendable {
    package var tried: Int64 = 0
    package var converged: Int64 = 0
    package var unconverged: Int64 = 0
    package var notPlaced: Int64 = 0
    package var dropped: Int64 = 0
    package var failed: Int64 = 0
    package var duplicates: Int64 = 0
    package var evaluations: Int64 = 0  // of the potential
    package var cancelled = false

    package init() {}

    mutating func count(_ candidate: Candidate) {
        tried += 1
        switch candidate.state {
        case .converged: converged += 1
        case .unconverged: unconverged += 1
        case .notPlaced: notPlaced += 1
        case .dropped: dropped += 1
        case .failed: failed += 1
        }
        if candidate.duplicateOf >= 0 { duplicates += 1 }
        evaluations += Int64(candidate.evaluations)
    }
}
