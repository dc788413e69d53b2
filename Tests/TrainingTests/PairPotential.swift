import Atoms
import Potential
import Support

@testable import Training

/// E = Σ over pairs Σ_k p_k exp(−q_k s) (1 − s/S)³, s = r² < S: a potential with parameters p and q whose every
/// derivative can be written down, to test training with. Parameters of the model that it stands in for beyond these are
/// not used.
struct PairPotential: TrainablePotential {
    static let terms = 3
    static let square = 9.0  // S, Å²

    let parameterCount: Int

    func check(_ structure: borrowing Structure) throws(Failure) {
        for (i, number) in structure.numbers.enumerated() where number > 20 {
            throw Failure(.element, "atom \(i): element \(number) is not known")
        }
    }

    func makeEvaluator() throws(Failure) -> any TrainableEvaluator { PairEvaluator(parameterCount) }

    /// A model with few parameters to go with it, started where something can be learnt.
    static func model() throws -> Model {
        let description = Architecture(.diamond, elements: [6]).description
        let small = try Model(description: description.text, seed: 1)
        var parameters = small.parameters
        for (k, start) in [1.0, -0.5, 0.2, 0.3, 0.6, 1.1].enumerated() { parameters[k] = start }
        return try small.copy(parameters: parameters)
    }
}

final class PairEvaluator: TrainableEvaluator {
    private var parameters: [Double]
    private var list: NeighborList?
    private var positions: [Vector3] = []

    init(_ count: Int) { parameters = [Double](repeating: 0, count: count) }

    func setParameters(_ parameters: UnsafePointer<Double>) {
        for k in self.parameters.indices { self.parameters[k] = parameters[k] }
    }

    func energy(_ structure: Structure) throws -> Double {
        let list = try NeighborList(structure, cutoff: PairPotential.square.squareRoot())
        return list.vectors.reduce(0) { energy, d in
            let s = d.dot(d)
            return energy + 0.5 * terms.reduce(0) { $0 + parameters[$1] * value(s, parameters[Self.count + $1]).f }
        }
    }

    func evaluate(_ structure: borrowing Structure, forces: inout [Vector3], strainGradient: inout Matrix3)
        throws(Failure)
    {
        let list = try NeighborList(structure, cutoff: PairPotential.square.squareRoot())
        self.list = list
        forces = [Vector3](repeating: .zero, count: structure.count)
        strainGradient = .zero
        for i in forces.indices {
            for k in list.offsets[i]..<list.offsets[i + 1] {
                let d = list.vectors[k]
                let slope = terms.reduce(0) {
                    $0 + parameters[$1] * value(d.dot(d), parameters[Self.count + $1]).fs
                }
                forces[i] += d * (2 * slope)
                for a in 0..<3 { strainGradient[a] += d * (d[a] * slope) }
            }
        }
    }

    func addParameterDerivative(
        positions: [Vector3], strain: Matrix3, to gradient: UnsafeMutablePointer<Double>
    ) throws(Failure) {
        guard let list else { throw Failure(.argument, "nothing has been evaluated") }
        for i in positions.indices {
            for k in list.offsets[i]..<list.offsets[i + 1] {
                let d = list.vectors[k]
                let rate = 2 * d.dot(positions[Int(list.indices[k])] - positions[i] + d * strain)
                for t in terms {
                    let v = value(d.dot(d), parameters[Self.count + t])
                    gradient[t] += 0.5 * v.fs * rate
                    gradient[Self.count + t] += 0.5 * parameters[t] * (-v.f - d.dot(d) * v.fs) * rate
                }
            }
        }
    }

    private static let count = PairPotential.terms
    private var terms: Range<Int> { 0..<Self.count }

    /// f = exp(−q s) (1 − s/S)³ and ∂f/∂s.
    private func value(_ s: Double, _ q: Double) -> (f: Double, fs: Double) {
        let x = 1 - s / PairPotential.square
        let e = Mathematics.exp(-q * s)
        return (e * x * x * x, -q * e * x * x * x - 3 / PairPotential.square * e * x * x)
    }
}
