import Atoms
import CRM
import Support

/// What a copy of a structure and the lists made of it need for each atom at most, images in small cells aside; bytes.
private let memoryPerAtom = 256

extension rm_structure {
    /// The structure where it lies. Checks what can be checked without reading the arrays; `StructureView.check` and
    /// the core do the rest.
    func view() throws(Failure) -> StructureView {
        guard atom_count > 0 else { throw Failure(.argument, "atom_count is \(atom_count)") }
        guard atom_count <= Structure.maximumCount else {
            throw Failure(.structure, "\(atom_count) atoms are more than librm takes (\(Structure.maximumCount))")
        }
        return StructureView(
            count: Int(atom_count), numbers: try required(numbers, "numbers"),
            positions: try required(positions, "positions"), cell: try checkedCell())
    }

    /// A copy of the structure; numbers, positions and cell have been checked.
    func copied() throws(Failure) -> Structure {
        let view = try view()
        try view.check()
        try Memory.require(view.count * memoryPerAtom)
        return Structure(
            numbers: Array(UnsafeBufferPointer(start: view.numbers, count: view.count)),
            positions: (0..<view.count).map { view.position($0) }, cell: view.cell)
    }

    private func checkedCell() throws(Failure) -> Cell {
        let flags = [periodic.0, periodic.1, periodic.2]
        for (k, value) in flags.enumerated() { _ = try flag("periodic[\(k)]", value) }
        let periodic = SIMD3(periodic.0, periodic.1, periodic.2)
        guard periodic != .zero else { return .none }
        guard let cell else {
            throw Failure(.argument, "cell is NULL, but periodic[\(flags.firstIndex(of: 1)!)] is 1")
        }
        return Cell(vectors: Matrix3(cell), periodic: periodic)
    }
}

extension Array where Element == Vector3 {
    /// Three by three, as the header has them.
    var packed: [Double] { flatMap { [$0.x, $0.y, $0.z] } }

    func write(to memory: UnsafeMutablePointer<Double>?) {
        guard let memory else { return }
        for (i, v) in enumerated() { (memory[3 * i], memory[3 * i + 1], memory[3 * i + 2]) = (v.x, v.y, v.z) }
    }
}

/// Calls `body` with a view of a structure of the core, for callbacks.
func withHeaderStructure<Result, Problem: Error>(
    _ structure: Structure, _ body: (inout rm_structure) throws(Problem) -> Result
) throws(Problem) -> Result {
    let cell = structure.cell.isPeriodic ? structure.cell.vectors.elements : nil
    return try withPointers(structure.numbers, structure.positions.packed, cell ?? []) {
        numbers, positions, elements throws(Problem) in
        let periodic = structure.cell.periodic
        var view = rm_structure(
            atom_count: Int32(structure.count), numbers: numbers, positions: positions,
            cell: cell == nil ? nil : elements, periodic: (periodic.x, periodic.y, periodic.z))
        return try body(&view)
    }
}

private func withPointers<Result, Problem: Error>(
    _ a: [Int32], _ b: [Double], _ c: [Double],
    _ body: (UnsafePointer<Int32>?, UnsafePointer<Double>?, UnsafePointer<Double>?) throws(Problem) -> Result
) throws(Problem) -> Result {
    try a.withUnsafeBufferPointer { a throws(Problem) in
        try b.withUnsafeBufferPointer { b throws(Problem) in
            try c.withUnsafeBufferPointer { c throws(Problem) in
                try body(a.baseAddress, b.baseAddress, c.baseAddress)
            }
        }
    }
}
