import Atoms
import Relaxation
import Support
import TestPotentials

/// Argon atoms at random, none closer than 0.9 Å to another.
func randomCluster(_ count: Int, seed: UInt64, edge: Double = 3.2) throws -> Structure {
    var random = RandomStream(seed: seed)
    var positions: [Vector3] = []
    while positions.count < count {
        let trial = Vector3(random.uniform(0, edge), random.uniform(0, edge), random.uniform(0, edge))
        if positions.allSatisfy({ ($0 - trial).norm > 0.9 }) { positions.append(trial) }
    }
    return Structure(numbers: [Int32](repeating: 18, count: count), positions: positions)
}

/// A rattled, strained and skewed crystal of four argon atoms (σ = 1 Å), left-handed if so asked.
func roughCrystal(seed: UInt64, leftHanded: Bool = false, periodic: SIMD3<Int32> = SIMD3(1, 1, 1)) -> Structure {
    var random = RandomStream(seed: seed)
    func noise(_ size: Double) -> Vector3 {
        Vector3(random.uniform(-size, size), random.uniform(-size, size), random.uniform(-size, size))
    }
    let edge = 1.6
    var vectors = Matrix3(
        Vector3(edge, 0, 0) + noise(0.15), Vector3(0, edge, 0) + noise(0.15), Vector3(0, 0, edge) + noise(0.15))
    if leftHanded { swap(&vectors.a, &vectors.b) }
    let sites = [Vector3(0, 0, 0), Vector3(0.5, 0.5, 0), Vector3(0.5, 0, 0.5), Vector3(0, 0.5, 0.5)]
    let positions = sites.map { $0 * vectors + noise(0.08) }
    return Structure(
        numbers: [18, 18, 18, 18], positions: positions, cell: Cell(vectors: vectors, periodic: periodic))
}

let crystalPotential = PairPotential.lennardJones(cutoff: 3)

/// The largest distance between equal atoms, Å.
func distance(_ a: Structure, _ b: Structure) -> Double {
    zip(a.positions, b.positions).map { ($0 - $1).norm }.max() ?? 0
}

/// A rotation about an axis of no particular direction.
let rotation: Matrix3 = {
    let axis = Vector3(1, 2, -0.5) / Vector3(1, 2, -0.5).norm
    let (c, s) = (Mathematics.cos(1.1), Mathematics.sin(1.1))
    func rotated(_ v: Vector3) -> Vector3 { v * c + axis.cross(v) * s + axis * (axis.dot(v) * (1 - c)) }
    return Matrix3(rotated(Vector3(1, 0, 0)), rotated(Vector3(0, 1, 0)), rotated(Vector3(0, 0, 1)))
}()

func rotated(_ structure: Structure) -> Structure {
    Structure(
        numbers: structure.numbers, positions: structure.positions.map { $0 * rotation },
        cell: Cell(vectors: structure.cell.vectors * rotation, periodic: structure.cell.periodic))
}

func energy(_ structure: Structure, _ potential: PairPotential = crystalPotential) throws -> Double {
    var forces: [Vector3] = []
    var gradient = Matrix3.zero
    return try potential.makeEvaluator().evaluate(structure, forces: &forces, strainGradient: &gradient)
}
