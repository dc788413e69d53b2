import Atoms
import Potential
import Support

/// All that an evaluator says of a structure.
struct Answers {
    var energy = 0.0
    var energies: [Double]
    var forces: [Double]
    var virials: [Double]
    var descriptors: [Double]
    var strain: [Double] = []

    init(_ evaluator: Evaluator, _ structure: Structure) throws {
        let n = structure.count
        energies = [Double](repeating: 0, count: n)
        forces = [Double](repeating: 0, count: 3 * n)
        virials = [Double](repeating: 0, count: 9 * n)
        descriptors = try evaluator.descriptors(structure).values
        var packed: [Double] = []
        var strainGradient = Matrix3.zero
        energy = try structure.withView(packed: &packed) { view throws(Failure) in
            try energies.withUnsafeMutableBufferPointer { e throws(Failure) in
                try forces.withUnsafeMutableBufferPointer { f throws(Failure) in
                    try virials.withUnsafeMutableBufferPointer { v throws(Failure) in
                        var outputs = Outputs()
                        outputs.energies = e.baseAddress
                        outputs.forces = f.baseAddress
                        outputs.virials = v.baseAddress
                        return try evaluator.evaluate(view, outputs, strainGradient: &strainGradient)
                    }
                }
            }
        }
        strain = strainGradient.elements
    }
}
