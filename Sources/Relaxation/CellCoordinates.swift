import Atoms
import Support

/// The degrees of freedom of a structure whose cell may move, as one list of vectors: a row for each atom, and three
/// more rows for the cell if it moves.
///
/// With a moving cell the deformation gradient is F = exp(U), U symmetric: no rotations, and no handedness is lost.
/// Lattice vectors and atoms (row vectors) are h = h₀F and r = zF; the coordinates are z and κU. As dF for a change dU
/// strains the structure by F⁻¹dF, the gradient by U is, along the eigenvectors of U with eigenvalues λ,
///
///     ∂E/∂U_kl = ∂E/∂ε_kl · sinh(λ_k − λ_l) / (λ_k − λ_l),
///
/// exact for a symmetric ∂E/∂ε, and that by z is the one by r times F. ASE's `FrechetCellFilter` has the same
/// coordinates. Strain is confined to the span of the periodic vectors; at constant volume (area, for a slab) its
/// trace is taken out, which keeps det F = 1 exactly.
package struct CellCoordinates {
    private let reference: Cell
    private let atomCount: Int
    private let moving: Bool
    /// The cell's rows are this times U.
    package let scale: Double
    private let perAtom: Bool
    private let constantVolume: Bool
    private let pressure: Double
    /// Onto the span of the periodic vectors.
    private let projector: Matrix3
    private let dimension: Int
    /// At the coordinates last applied.
    private var strain = Eigensystem(.zero)
    private var deformation = Matrix3.identity

    package init(_ structure: borrowing Structure, _ options: RelaxOptions) throws(Failure) {
        let periodic = structure.cell.periodic
        reference = structure.cell
        atomCount = structure.count
        dimension = Int(periodic.wrappedSum())
        constantVolume = options.cell == .constantVolume
        moving = options.cell != .fixed && dimension > 0 && !(constantVolume && dimension == 1)
        perAtom = options.cellPerAtom
        pressure = options.pressure
        guard !moving || pressure == 0 || dimension == 3 else {
            throw Failure(.argument, "an external pressure needs a structure with three periodic directions")
        }
        scale = perAtom ? Double(structure.count) : 1
        projector = dimension == 3 ? .identity : Self.projector(reference)
    }

    package var rowCount: Int { moving ? atomCount + 3 : atomCount }

    /// The coordinates of the structure that it all starts from.
    package func origin(_ structure: borrowing Structure) -> [Vector3] {
        structure.positions + [Vector3](repeating: .zero, count: rowCount - atomCount)
    }

    /// Puts a structure's atoms and cell where the coordinates say.
    package mutating func apply(_ coordinates: [Vector3], to structure: inout Structure) throws(Failure) {
        guard moving else {
            for i in 0..<atomCount { structure.positions[i] = coordinates[i] }
            return
        }
        let u = Matrix3(coordinates[atomCount], coordinates[atomCount + 1], coordinates[atomCount + 2])
        let confined = projection(u).symmetrized * (1 / scale)
        guard confined.isFinite else { throw Failure(.numbers, "the strain of the cell is not finite") }
        strain = Eigensystem(confined)
        deformation = strain.exponential
        for k in 0..<3 where reference.periodic[k] != 0 {
            structure.cell.vectors[k] = reference.vectors[k] * deformation
        }
        try checkSize(structure.cell)
        for i in 0..<atomCount { structure.positions[i] = coordinates[i] * deformation }
    }

    /// Adds the work done against the pressure.
    package func addPressure(_ cell: Cell, energy: inout Double, strainGradient: inout Matrix3) {
        guard moving, pressure != 0 else { return }
        let work = pressure * cell.volume
        energy += work
        strainGradient += .identity * work
    }

    /// Sets `rows` to the forces on the coordinates last applied.
    package func forces(_ forces: [Vector3], strainGradient: Matrix3, rows: inout [Vector3]) {
        guard moving else {
            for i in 0..<atomCount { rows[i] = forces[i] }
            return
        }
        for i in 0..<atomCount { rows[i] = forces[i] * deformation }
        var gradient = strain.components(of: strainGradient)
        let (x, y, z) = (strain.differenceFactor(0, 1), strain.differenceFactor(0, 2), strain.differenceFactor(1, 2))
        gradient.a *= Vector3(1, x, y)
        gradient.b *= Vector3(x, 1, z)
        gradient.c *= Vector3(y, z, 1)
        let force = allowed(strain.matrix(of: gradient)).symmetrized * (-1 / scale)
        for k in 0..<3 { rows[atomCount + k] = force[k] }
    }

    /// The largest row of the virial as far as the cell may follow it, over the number of atoms if so asked.
    package func cellForce(_ strainGradient: Matrix3) -> Double {
        guard moving else { return 0 }
        let virial = allowed(strainGradient)
        let largest = max(virial.a.dot(virial.a), virial.b.dot(virial.b), virial.c.dot(virial.c)).squareRoot()
        return perAtom ? largest / Double(atomCount) : largest
    }

    /// The part of a matrix within the span of the periodic vectors.
    package func projection(_ matrix: Matrix3) -> Matrix3 {
        dimension == 3 ? matrix : projector * matrix * projector
    }

    /// The part of a symmetric matrix that the cell may follow.
    private func allowed(_ matrix: Matrix3) -> Matrix3 {
        let confined = projection(matrix)
        return constantVolume ? confined - projector * (confined.trace / Double(dimension)) : confined
    }

    /// A cell that has collapsed would have more neighbours than memory can hold.
    private func checkSize(_ cell: Cell) throws(Failure) {
        try cell.check()
        let m = cell.completed
        let volume = m.volume
        for k in 0..<3 where cell.periodic[k] != 0 {
            let face = m[(k + 1) % 3].cross(m[(k + 2) % 3])
            guard volume * volume > 0.2 * 0.2 * face.dot(face) else {
                let width = volume / face.norm
                throw Failure(.structure, "the cell has collapsed: it is \(width) Å wide")
            }
        }
        guard dimension < 3 || volume > 0.1 * Double(atomCount) else {
            throw Failure(.structure, "the cell has collapsed: its volume is \(volume) Å³ for \(atomCount) atoms")
        }
    }

    private static func projector(_ cell: Cell) -> Matrix3 {
        var sum = Matrix3.zero
        var basis: [Vector3] = []
        for k in 0..<3 where cell.periodic[k] != 0 {
            var v = cell.vectors[k]
            for b in basis { v -= b * b.dot(v) }
            v /= v.norm
            basis.append(v)
            sum += Matrix3(v * v.x, v * v.y, v * v.z)
        }
        return sum
    }
}

extension Matrix3 {
    fileprivate var volume: Double { abs(determinant) }
}
