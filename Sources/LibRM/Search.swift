import Atoms
import CRM
import Potential
import Search
import Support

@c @implementation
public func rm_search(
    _ handle: OpaquePointer?, _ numbers: UnsafePointer<Int32>?, _ atomCount: Int32,
    _ options: UnsafePointer<rm_search_options>?, _ receive: rm_candidate_callback?, _ user: UnsafeMutableRawPointer?,
    _ summary: UnsafeMutablePointer<rm_search_summary>?
) -> rm_status {
    boundary { () throws(Failure) in
        let model = try model(handle)
        let contents = try contents(numbers, atomCount, model)
        let given = try Options.read(options, "options", over: rm_search_options(.molecules))
        let options: SearchOptions
        do throws(Failure) { options = try given.checked(model) } catch { throw error.at("options") }
        let isSingle = try precision(given.precision) == .single
        // Candidates are minima of the potential as an evaluation gives it, however they were relaxed.
        let search =
            try isSingle
            ? Search(contents, options, SinglePrecision(model), precise: model) : Search(contents, options, model)
        let result = try search.run { candidate in
            guard let receive else { return true }
            return withHeaderCandidate(candidate) { receive(user, &$0) } == 0
        }
        summary?.pointee = rm_search_summary(
            tried: result.tried, converged: result.converged, unconverged: result.unconverged,
            not_placed: result.notPlaced, dropped: result.dropped, failed: result.failed,
            duplicates: result.duplicates, evaluations: result.evaluations)
        if result.cancelled {
            throw Failure(.cancelled, "the callback stopped the search after \(result.tried) candidates")
        }
    }
}

private func contents(
    _ numbers: UnsafePointer<Int32>?, _ count: Int32, _ model: Model
) throws(Failure) -> [Int32] {
    let numbers = try required(numbers, "numbers")
    try check("atom_count", count, 1...Int32(Formula.maximumCount))
    let contents = Array(UnsafeBufferPointer(start: numbers, count: Int(count)))
    for (i, number) in contents.enumerated() {
        guard (1...118).contains(number), model.elementRows[Int(number)] >= 0 else {
            throw model.unknownElement(number, atom: i)
        }
    }
    return contents
}

/// Calls `body` with a view of a candidate. One that could not be placed has no atoms.
private func withHeaderCandidate(_ candidate: Candidate, _ body: (inout rm_candidate) -> Int32) -> Int32 {
    var view = rm_candidate()
    view.index = candidate.index
    view.state = rm_candidate_state(rawValue: numericCast(candidate.state.rawValue))
    view.energy = candidate.energy
    view.volume = candidate.volume
    view.fmax = candidate.fmax
    view.steps = Int32(clamping: candidate.steps)
    view.stage = Int32(clamping: candidate.stage)
    view.duplicate_of = candidate.duplicateOf
    return withHeaderStructure(candidate.structure) { structure in
        view.atom_count = structure.atom_count
        view.numbers = structure.numbers
        view.positions = structure.positions
        view.cell = structure.cell
        return body(&view)
    }
}
