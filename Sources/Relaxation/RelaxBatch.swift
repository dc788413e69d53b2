import Atoms
import Support

extension Relaxer {
    /// Relaxes many structures over threads; the results do not depend on how many. `fixed`: empty, or one list (which
    /// may be empty) for each structure. Throws `.argument` for options out of range.
    package static func relax(
        _ structures: [Structure], fixed: [[Bool]] = [], _ options: RelaxOptions, provider: any ForceProvider,
        threads: Int
    ) throws(Failure) -> [Result<RelaxResult, Failure>] {
        try options.check()
        guard fixed.isEmpty || fixed.count == structures.count else {
            throw Failure(
                .argument, "there are \(structures.count) structures, but `fixed` has \(fixed.count) entries")
        }
        let results = Collected<RelaxResult>(structures.count)
        let counter = Counter()
        Threads.run(max(1, min(threads, structures.count))) { thread in
            let relaxer: Relaxer
            do throws(Failure) {
                relaxer = try Relaxer(provider.makeEvaluator(), options)
            } catch {
                // The others do its share; the first one, whose place is the calling thread, has to answer for all.
                guard thread == 0 else { return }
                while let k = counter.next(below: structures.count) { results.set(k, .failure(error)) }
                return
            }
            while let k = counter.next(below: structures.count) {
                do throws(Failure) {
                    results.set(k, .success(try relaxer.relax(structures[k], fixed: fixed.isEmpty ? [] : fixed[k])))
                } catch {
                    results.set(k, .failure(error))
                }
            }
        }
        return results.all
    }
}

/// Results as they come from several threads.
private final class Collected<Value: Sendable>: @unchecked Sendable {
    private let monitor = Monitor()
    private var values: [Result<Value, Failure>?]

    init(_ count: Int) { values = [Result<Value, Failure>?](repeating: nil, count: count) }

    func set(_ index: Int, _ value: Result<Value, Failure>) { monitor.locked { values[index] = value } }

    var all: [Result<Value, Failure>] {
        values.map { $0 ?? .failure(Failure(.memory, "the structure was not relaxed")) }
    }
}
