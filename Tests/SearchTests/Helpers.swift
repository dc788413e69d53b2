import Atoms
import Relaxation
import Search
import Support
import TestPotentials

/// Hydrogen and carbon that attract each other and themselves.
let morse = PairPotential(.morse(depth: 1, stiffness: 2), sizes: [1: 0.8, 6: 1.5, 11: 2.2], cutoff: 5)

/// The atoms of a formula.
func contents(_ parts: (Int32, Int)...) -> [Int32] { parts.flatMap { [Int32](repeating: $0.0, count: $0.1) } }

/// A quick search for small clusters.
func clusterOptions(count: Int64, seed: UInt64 = 1) -> SearchOptions {
    var options = SearchOptions()
    options.box = Vector3(3, 3, 3)
    options.minSeparation = 0.8
    var relax = RelaxOptions()
    relax.fmax = 1e-4
    relax.maxSteps = 2000
    options.stages = [SearchStage(relax)]
    options.seed = seed
    options.count = count
    return options
}

/// A quick search for crystals of sodium.
func crystalOptions(count: Int64, seed: UInt64 = 1) -> SearchOptions {
    var options = SearchOptions()
    options.container = .skewedCell
    options.volumePerAtom = SIMD2(6, 9)
    options.minSeparation = 1.5
    var relax = RelaxOptions()
    relax.cell = .free
    relax.fmax = 1e-3
    relax.maxSteps = 1000
    options.stages = [SearchStage(relax)]
    options.seed = seed
    options.count = count
    return options
}

/// The shortest distance between two atoms or images, over what the pair may have at least; by trying all images.
func tightestPair(_ structure: Structure, _ least: (Int32, Int32) -> Double) -> Double {
    let cell = structure.cell.vectors
    var reach = SIMD3<Int>(0, 0, 0)
    if structure.cell.isPeriodic {
        let longest = structure.numbers.flatMap { a in structure.numbers.map { least(a, $0) } }.max()!
        for k in 0..<3 {
            let width = structure.cell.volume / cell[(k + 1) % 3].cross(cell[(k + 2) % 3]).norm
            reach[k] = Int(longest / width) + 2
        }
    }
    var tightest = Double.infinity
    for i in 0..<structure.count {
        for j in 0...i {
            let difference = structure.positions[i] - structure.positions[j]
            for a in -reach.x...reach.x {
                for b in -reach.y...reach.y {
                    for c in -reach.z...reach.z where i != j || a != 0 || b != 0 || c != 0 {
                        let vector = difference + Vector3(Double(a), Double(b), Double(c)) * cell
                        tightest = min(tightest, vector.norm / least(structure.numbers[i], structure.numbers[j]))
                    }
                }
            }
        }
    }
    return tightest
}

func run(_ numbers: [Int32], _ options: SearchOptions, _ potential: any ForceProvider = morse) throws
    -> (candidates: [Candidate], summary: SearchSummary)
{
    var candidates: [Candidate] = []
    let summary = try Search(numbers, options, potential).run { candidate in
        candidates.append(candidate)
        return true
    }
    return (candidates, summary)
}
