import Support

/// A structure in somebody else's memory: what the boundary hands down without a copy.
@usableFromInline
package struct StructureView {
    package let count: Int
    package let numbers: UnsafePointer<Int32>  // [count]
    @usableFromInline package let positions: UnsafePointer<Double>  // [count][3], Å
    package let cell: Cell

    package init(count: Int, numbers: UnsafePointer<Int32>, positions: UnsafePointer<Double>, cell: Cell) {
        self.count = count
        self.numbers = numbers
        self.positions = positions
        self.cell = cell
    }

    @inlinable package func position(_ i: Int) -> Vector3 {
        Vector3(positions[3 * i], positions[3 * i + 1], positions[3 * i + 2])
    }

    /// As `Structure.check`.
    package func check() throws(Failure) {
        guard count > 0 else { throw Failure(.structure, "the structure has no atoms") }
        guard count <= Structure.maximumCount else {
            throw Failure(.structure, "\(count) atoms are more than librm takes (\(Structure.maximumCount))")
        }
        for i in 0..<count {
            guard numbers[i] >= 1, numbers[i] <= 118 else {
                throw Failure(.element, "atom \(i): \(numbers[i]) is no atomic number")
            }
            let r = position(i)
            guard r.isFinite else { throw Failure(.structure, "atom \(i): its position is not finite") }
            guard max(r.max(), -r.min()) < 1e9 else {
                throw Failure(.structure, "atom \(i): its position is out of range (beyond 1e9 Å)")
            }
        }
        try cell.check()
    }
}

extension Structure {
    /// Calls `body` with a view of the structure. `packed` receives the positions three by three.
    package func withView<R>(
        packed: inout [Double], _ body: (StructureView) throws(Failure) -> R
    ) throws(Failure) -> R {
        packed.removeAll(keepingCapacity: true)
        for r in positions {
            packed.append(r.x)
            packed.append(r.y)
            packed.append(r.z)
        }
        let n = count
        let cell = self.cell
        var result: Result<R, Failure>?
        numbers.withUnsafeBufferPointer { numbers in
            packed.withUnsafeBufferPointer { positions in
                // An empty array has no address; the count says that nothing is read there.
                guard let a = numbers.baseAddress, let b = positions.baseAddress else { return }
                let view = StructureView(count: n, numbers: a, positions: b, cell: cell)
                do throws(Failure) { result = .success(try body(view)) } catch { result = .failure(error) }
            }
        }
        guard let result else { throw Failure(.structure, "the structure has no atoms") }
        return try result.get()
    }
}
