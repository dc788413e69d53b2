import Support

/// The processes that train one model together. Every one of them takes the same steps: gradients, errors and counts
/// are summed over all by the host's callback, in the same order of calls everywhere.
package struct Ranks: @unchecked Sendable {
    /// Replaces values[count] by their sum over all ranks; returns non-zero for a failure.
    package typealias Sum = (_ values: UnsafeMutablePointer<Double>, _ count: Int) -> Int32

    package let rank: Int
    package let count: Int
    private let sum: Sum?

    package init(rank: Int = 0, count: Int = 1, sum: Sum? = nil) {
        self.rank = rank
        self.count = count
        self.sum = sum
    }

    package func check() throws(Failure) {
        guard count == 1 || sum != nil else {
            throw Failure(.argument, "trainer option sum is NULL, but there are \(count) ranks")
        }
    }

    /// Sums `values` over ranks. `failure`: why this rank cannot go on; then all ranks throw, this one its own failure
    /// and the others that another one failed or was cancelled, so that none waits for a rank that has stopped.
    package func add(_ values: inout [Double], failure: Failure? = nil) throws(Failure) {
        guard count > 1, let sum else {
            if let failure { throw failure }
            return
        }
        let n = values.count
        values.append(failure.map { $0.kind == .cancelled ? 0 : 1 } ?? 0)
        values.append(failure.map { $0.kind == .cancelled ? 1 : 0 } ?? 0)
        defer { values.removeLast(2) }
        let wereFinite = values.allSatisfy(\.isFinite)
        let status = values.withUnsafeMutableBufferPointer { sum($0.baseAddress!, $0.count) }
        if let failure { throw failure }
        guard status == 0 else { throw Failure(.callback, "the sum over ranks failed (\(status))") }
        guard !wereFinite || values.allSatisfy(\.isFinite) else {
            throw Failure(.callback, "the sum over ranks gave numbers that are not finite")
        }
        guard values[n] == 0 else { throw Failure(.callback, "another rank failed") }
        guard values[n + 1] == 0 else { throw Failure(.cancelled, "another rank was cancelled") }
    }
}
