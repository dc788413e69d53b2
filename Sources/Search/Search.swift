import Atoms
import Relaxation
import Support

/// Draws and relaxes random structures of given contents.
package struct Search {
    private let numbers: [Int32]
    private let options: SearchOptions
    private let provider: any ForceProvider
    private let precise: (any ForceProvider)?
    private let drawer: StructureDrawer

    /// precise: of the same potential, if `provider`'s rounding is not to be seen in the candidates (see `Refinement`).
    /// Throws `.argument` or `.element` for contents or options that make no sense.
    package init(
        _ numbers: [Int32], _ options: SearchOptions, _ provider: any ForceProvider, precise: (any ForceProvider)? = nil
    ) throws(Failure) {
        try options.check()
        self.numbers = numbers
        self.options = options
        self.provider = provider
        self.precise = precise
        drawer = try StructureDrawer(numbers, options)
    }

    /// Searches. `deliver` gets every candidate as it finishes, dropped ones too, on the calling thread and never two
    /// at a time; it returns whether to go on. With one thread they come in the order of their indices; with more, in
    /// the order in which they finish, and only `duplicateOf` depends on that. Throws what the potential says of the
    /// contents, as `.element`.
    package func run(_ deliver: (Candidate) -> Bool) throws(Failure) -> SearchSummary {
        let evaluator = try provider.makeEvaluator()
        var spread: Spread?
        if options.duplicateTolerance > 0, options.count > 1 {
            spread = Spread(numbers, drawer, seed: options.seed, evaluator)
        }
        var duplicates = spread.map { Duplicates(tolerance: options.duplicateTolerance, $0) }
        var summary = SearchSummary()
        let refine: Refinement? =
            if let precise { try Refinement(options, try precise.makeEvaluator()) } else { nil }

        /// Returns whether to go on.
        func handOver(_ candidate: Candidate) -> Bool {
            var candidate = refine?(candidate) ?? candidate
            if candidate.state.isKept, let fingerprint = candidate.fingerprint {
                candidate.duplicateOf = duplicates?.original(of: fingerprint, index: candidate.index) ?? -1
            }
            summary.count(candidate)
            summary.cancelled = !deliver(candidate)
            return !summary.cancelled
        }

        let maker = try CandidateMaker(drawer, options, evaluator, spread)
        let counter = Counter()
        if options.threads > 1, options.count > 1 {
            try runWorkers(counter, spread, handOver)
        }
        // All of the work with one thread; with more, what is left if the system granted none.
        while !summary.cancelled, let k = counter.next(below: Int(options.count)) {
            guard let candidate = try maker.make(options.first + Int64(k), stopped: { false }) else { break }
            if !handOver(candidate) { break }
        }
        return summary
    }

    private func runWorkers(_ counter: Counter, _ spread: Spread?, _ handOver: (Candidate) -> Bool) throws(Failure) {
        let workers = Int(min(Int64(options.threads), options.count))
        let exchange = Exchange(workers: workers, room: 4 * workers)
        let caller = Threads.current
        let (drawer, options, provider) = (drawer, options, provider)
        Threads.run(
            workers,
            meanwhile: {
                while let candidate = exchange.take() {
                    if !handOver(candidate) { exchange.stop() }
                }
            },
            { _ in
                defer { exchange.leave() }
                // A thread that the system did not grant is the caller's own, which is needed to take what the others
                // make; and one that there is no memory for is missed no more.
                guard Threads.current != caller, let evaluator = try? provider.makeEvaluator() else { return }
                do throws(Failure) {
                    let maker = try CandidateMaker(drawer, options, evaluator, spread)
                    while !exchange.isStopped, let k = counter.next(below: Int(options.count)) {
                        let made = try maker.make(options.first + Int64(k), stopped: { exchange.isStopped })
                        guard let candidate = made else { break }
                        exchange.put(candidate)
                    }
                } catch {
                    exchange.fail(error)
                }
            })
        if let failure = exchange.failure { throw failure }
    }
}
