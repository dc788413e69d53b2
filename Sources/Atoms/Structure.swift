import Support

/// Atoms in space: atomic numbers, positions (Å), and a cell if some direction is periodic.
package struct Structure: Sendable {
    package var numbers: [Int32]
    package var positions: [Vector3]
    package var cell: Cell

    package init(numbers: [Int32], positions: [Vector3], cell: Cell = .none) {
        self.numbers = numbers
        self.positions = positions
        self.cell = cell
    }

    package var count: Int { numbers.count }

    /// The number of atoms librm is ready to take in one structure.
    package static let maximumCount = 200_000_000

    /// Checks numbers, positions and cell; does not look for coincident atoms (the neighbour list does).
    package func check() throws(Failure) {
        guard count > 0 else { throw Failure(.structure, "the structure has no atoms") }
        for i in 0..<count {
            guard numbers[i] >= 1, numbers[i] <= 118 else {
                throw Failure(.element, "atom \(i): \(numbers[i]) is no atomic number")
            }
            guard positions[i].isFinite else { throw Failure(.structure, "atom \(i): its position is not finite") }
            guard max(positions[i].max(), -positions[i].min()) < 1e9 else {
                throw Failure(.structure, "atom \(i): its position is out of range (beyond 1e9 Å)")
            }
        }
        try cell.check()
    }
}
