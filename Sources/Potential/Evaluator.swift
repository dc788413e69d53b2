import Atoms
import Support

/// A model with scratch memory: energy and its derivatives, for one caller at a time.
package final class Evaluator: ForceEvaluator {
    /// Concrete types, so that the compiler makes code for each.
    private enum Path {
        case double(StructureEvaluator<Double>)
        case single(StructureEvaluator<Float>)
    }

    private let path: Path
    package let model: Model
    package let threads: Int
    package let precision: Precision
    private var packed: [Double] = []
    private var packedForces = Buffer<Double>()

    /// threads: how many a structure of many atoms may use. skin: Å, see `NeighborCache`.
    package init(_ model: Model, threads: Int = 1, skin: Double = 0, precision: Precision = .double) {
        self.model = model
        self.threads = max(1, threads)
        self.precision = precision
        switch precision {
        case .double: path = .double(StructureEvaluator(model, threads: threads, skin: skin))
        case .single: path = .single(StructureEvaluator(model, threads: threads, skin: skin))
        }
    }

    /// Energy, and what `outputs` wants: its arrays are set. The strain gradient is symmetric.
    /// Throws what `StructureView.check` throws, `.structure` for coincident atoms and too small a cell, `.element` for
    /// an element the model does not know, `.numbers` for a result that is not finite; outputs may then hold anything.
    package func evaluate(_ structure: StructureView, _ outputs: Outputs, strainGradient: inout Matrix3)
        throws(Failure) -> Double
    {
        switch path {
        case .double(let evaluator): try evaluator.evaluate(structure, outputs, strainGradient: &strainGradient)
        case .single(let evaluator): try evaluator.evaluate(structure, outputs, strainGradient: &strainGradient)
        }
    }

    // MARK: ForceEvaluator

    package var energyRounding: Double { precision == .double ? 1e-10 : 1e-4 }

    package func evaluate(_ structure: borrowing Structure, forces: inout [Vector3], strainGradient: inout Matrix3)
        throws(Failure) -> Double
    {
        let n = structure.count
        packedForces.reserve(3 * n)
        var outputs = Outputs()
        outputs.forces = packedForces.pointer
        let energy = try structure.withView(packed: &packed) { view throws(Failure) in
            try evaluate(view, outputs, strainGradient: &strainGradient)
        }
        if forces.count != n { forces = [Vector3](repeating: .zero, count: n) }
        for i in 0..<n { forces[i] = Vector3(packedForces[3 * i], packedForces[3 * i + 1], packedForces[3 * i + 2]) }
        return energy
    }

    package func descriptors(_ structure: borrowing Structure) throws(Failure) -> (energy: Double, values: [Double]) {
        var values = [Double](repeating: 0, count: structure.count * model.architecture.descriptorCount)
        var strain = Matrix3.zero
        var outputs = Outputs()
        outputs.needsStrain = false
        let energy = try values.withUnsafeMutableBufferPointer { buffer throws(Failure) in
            outputs.descriptors = buffer.baseAddress
            return try structure.withView(packed: &packed) { view throws(Failure) in
                try evaluate(view, outputs, strainGradient: &strain)
            }
        }
        return (energy, values)
    }
}

/// A model that is evaluated in single precision.
package struct SinglePrecision: ForceProvider {
    private let model: Model

    package init(_ model: Model) { self.model = model }

    package func makeEvaluator() throws(Failure) -> any ForceEvaluator { Evaluator(model, precision: .single) }
}

extension Model: ForceProvider {
    package func makeEvaluator() throws(Failure) -> any ForceEvaluator { Evaluator(self) }
}
