import Atoms
import Support

/// A sum over pairs, plain and slow: the stand-in for a learned potential in tests.
package struct PairPotential: ForceProvider {
    package enum Form: Sendable {
        case lennardJones(depth: Double)
        case morse(depth: Double, stiffness: Double)
    }

    package var form: Form
    /// σ (Lennard-Jones) or the distance of the minimum (Morse) of a pair is the mean of its atoms' sizes, Å.
    package var sizes: [Int32: Double]
    /// Energy and force fall to zero here; `.infinity`: no cutoff (isolated structures only).
    package var cutoff: Double

    package init(_ form: Form, sizes: [Int32: Double], cutoff: Double) {
        self.form = form
        self.sizes = sizes
        self.cutoff = cutoff
    }

    /// Argon-like, with unit depth.
    package static func lennardJones(size: Double = 1, cutoff: Double = .infinity) -> PairPotential {
        PairPotential(.lennardJones(depth: 1), sizes: [18: size], cutoff: cutoff)
    }

    package func makeEvaluator() throws(Failure) -> any ForceEvaluator { PairEvaluator(self) }

    /// Energy and its derivative by the distance, without regard for the cutoff.
    func bare(_ r: Double, _ size: Double) -> (energy: Double, slope: Double) {
        switch form {
        case .lennardJones(let depth):
            let s = size / r
            let s6 = s * s * s * s * s * s
            return (4 * depth * (s6 * s6 - s6), 4 * depth * (-12 * s6 * s6 + 6 * s6) / r)
        case .morse(let depth, let stiffness):
            let e = Mathematics.exp(-stiffness * (r - size))
            return (depth * ((1 - e) * (1 - e) - 1), 2 * depth * stiffness * e * (1 - e))
        }
    }

    func pair(_ r: Double, _ size: Double) -> (energy: Double, slope: Double) {
        let inside = bare(r, size)
        guard cutoff.isFinite else { return inside }
        let edge = bare(cutoff, size)
        return (inside.energy - edge.energy - (r - cutoff) * edge.slope, inside.slope - edge.slope)
    }
}

final class PairEvaluator: ForceEvaluator {
    private let potential: PairPotential

    init(_ potential: PairPotential) { self.potential = potential }

    func evaluate(_ structure: borrowing Structure, forces: inout [Vector3], strainGradient: inout Matrix3)
        throws(Failure) -> Double
    {
        if forces.count != structure.count { forces = [Vector3](repeating: .zero, count: structure.count) }
        for i in forces.indices { forces[i] = .zero }
        var energy = 0.0
        var gradient = Matrix3.zero
        let sizes = try sizes(structure)
        try forEachPair(structure) { i, j, vector, r in
            let (e, slope) = potential.pair(r, (sizes[i] + sizes[j]) / 2)
            energy += e / 2
            let push = vector * (slope / r)
            forces[i] += push
            gradient += Matrix3(push * vector.x, push * vector.y, push * vector.z) * 0.5
        }
        strainGradient = gradient.symmetrized
        return energy
    }

    /// Sums over neighbours of Gaussians of the distance, alone and times the direction and its square.
    func descriptors(_ structure: borrowing Structure) throws(Failure) -> (energy: Double, values: [Double]) {
        let count = 6
        let reach = potential.cutoff.isFinite ? potential.cutoff : 10
        let numbers = structure.numbers
        var scalars = [Double](repeating: 0, count: structure.count * count)
        var vectors = [Vector3](repeating: .zero, count: structure.count * count)
        var tensors = [Matrix3](repeating: .zero, count: structure.count * count)
        try forEachPair(structure) { i, j, vector, r in
            let u = vector / r
            for k in 0..<count {
                let x = (r - reach * (Double(k) + 0.5) / Double(count)) * Double(count) / reach
                let fade = max(0, 1 - r / reach)
                let weight = Mathematics.exp(-x * x) * fade * fade * Double(numbers[j]).squareRoot()
                scalars[i * count + k] += weight
                vectors[i * count + k] += u * weight
                tensors[i * count + k] += Matrix3(u * u.x, u * u.y, u * u.z) * weight
            }
        }
        var result: [Double] = []
        for i in 0..<structure.count * count {
            result.append(scalars[i])
            result.append(vectors[i].dot(vectors[i]))
            result.append((tensors[i] * tensors[i]).trace)
        }
        var forces: [Vector3] = []
        var strain = Matrix3.zero
        return (try evaluate(structure, forces: &forces, strainGradient: &strain), result)
    }

    private func sizes(_ structure: borrowing Structure) throws(Failure) -> [Double] {
        var result: [Double] = []
        for i in 0..<structure.count {
            guard let size = potential.sizes[structure.numbers[i]] else {
                throw Failure(.element, "atom \(i): the test potential does not know element \(structure.numbers[i])")
            }
            result.append(size)
        }
        return result
    }

    /// Every pair in both directions, images included: i, j, the vector from i to j, its length.
    private func forEachPair(_ structure: borrowing Structure, _ body: (Int, Int, Vector3, Double) -> Void)
        throws(Failure)
    {
        let cutoff = potential.cutoff
        let cell = structure.cell.completed
        let volume = abs(cell.determinant)
        var reach = SIMD3<Int>(0, 0, 0)
        for k in 0..<3 where structure.cell.periodic[k] != 0 {
            let width = volume / cell[(k + 1) % 3].cross(cell[(k + 2) % 3]).norm
            guard cutoff.isFinite, width > 0.1 else { throw Failure(.structure, "the cell is too small") }
            reach[k] = Int(cutoff / width) + 1
        }
        let inverse = cell.inverse
        let n = structure.count
        var shifts: [Vector3] = []
        for i in 0..<n {
            let s = structure.positions[i] * inverse
            shifts.append(
                Vector3(
                    structure.cell.periodic.x != 0 ? s.x.rounded(.down) : 0,
                    structure.cell.periodic.y != 0 ? s.y.rounded(.down) : 0,
                    structure.cell.periodic.z != 0 ? s.z.rounded(.down) : 0) * cell)
        }
        for i in 0..<n {
            for j in 0..<n {
                let difference =
                    (structure.positions[j] - shifts[j]) - (structure.positions[i] - shifts[i])
                for a in -reach.x...reach.x {
                    for b in -reach.y...reach.y {
                        for c in -reach.z...reach.z where i != j || a != 0 || b != 0 || c != 0 {
                            let vector = difference + Vector3(Double(a), Double(b), Double(c)) * cell
                            let r = vector.norm
                            if r >= cutoff { continue }
                            guard r > 1e-6 else { throw Failure(.structure, "atoms \(i) and \(j) coincide") }
                            body(i, j, vector, r)
                        }
                    }
                }
            }
        }
    }
}
