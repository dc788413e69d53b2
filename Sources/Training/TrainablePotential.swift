import Atoms
import Support

/// What training needs of a potential: a function of atoms with a flat list of parameters. May be shared between threads.
package protocol TrainablePotential: Sendable {
    var parameterCount: Int { get }

    /// Throws `.element` if the structure has an element that the potential does not know.
    func check(_ structure: borrowing Structure) throws(Failure)

    /// Scratch memory for one thread.
    func makeEvaluator() throws(Failure) -> any TrainableEvaluator
}

/// Forces, strain gradient and what parameters do to them, on one thread at a time.
package protocol TrainableEvaluator: AnyObject {
    /// Takes over parameters[parameterCount].
    func setParameters(_ parameters: UnsafePointer<Double>)

    /// Sets `forces` (−∂E/∂r, resized to the number of atoms if need be) and `strainGradient` (∂E/∂ε, symmetric). Throws
    /// `.structure` for coincident atoms.
    func evaluate(_ structure: borrowing Structure, forces: inout [Vector3], strainGradient: inout Matrix3)
        throws(Failure)

    /// Adds to gradient[parameterCount] the derivative of ∂E/∂parameters of the structure evaluated last, as its positions
    /// move by `positions` and it is strained by `strain`.
    func addParameterDerivative(
        positions: [Vector3], strain: Matrix3, to gradient: UnsafeMutablePointer<Double>) throws(Failure)
}
