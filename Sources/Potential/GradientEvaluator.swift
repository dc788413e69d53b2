import Atoms
import Support

/// The gradient of the loss by a model's parameters, one structure at a time, on one thread.
///
/// A loss made of first derivatives of Ẽ: with F(θ) and ∂Ẽ/∂ε(θ), ∂loss/∂θ = d/dt ∂Ẽ/∂θ at t = 0 while the
/// positions move by ∂loss/∂(∂Ẽ/∂r) · t and the strain by ∂loss/∂(∂Ẽ/∂ε) · t, as second derivatives commute. So one
/// forward-mode derivative of the gradient code is enough: `addDerivative`. A loss that knows Ẽ itself fits in: Ẽ then
/// grows at the rate ∂loss/∂Ẽ.
package final class GradientEvaluator {
    /// Concrete types, so that the compiler makes code for each.
    private enum Path {
        case double(StructureGradient<Double>)
        case single(StructureGradient<Float>)
    }

    private let path: Path
    package private(set) var model: Model
    package let precision: Precision

    package init(_ model: Model, precision: Precision = .double) {
        (self.model, self.precision) = (model, precision)
        switch precision {
        case .double: path = .double(StructureGradient(model))
        case .single: path = .single(StructureGradient(model))
        }
    }

    /// Goes on with other parameters: `model` was made from this one's by `Model(_:parameters:)`.
    package func use(_ model: Model) {
        self.model = model
        switch path {
        case .double(let gradient): gradient.use(model)
        case .single(let gradient): gradient.use(model)
        }
    }

    /// Energy, forces [atoms][3] and the symmetric strain gradient, as `Evaluator.evaluate`.
    package func evaluate(
        _ structure: StructureView, forces: UnsafeMutablePointer<Double>, strainGradient: inout Matrix3
    )
        throws(Failure) -> Double
    {
        switch path {
        case .double(let gradient): try gradient.evaluate(structure, forces: forces, strainGradient: &strainGradient)
        case .single(let gradient): try gradient.evaluate(structure, forces: forces, strainGradient: &strainGradient)
        }
    }

    /// Adds d/dt ∂(Ẽ · (1 + energy · t))/∂(parameters) for the structure evaluated last to `part`, while the positions
    /// move along `direction` [atoms][3] and the strain along `strain` (symmetric). Throws `.argument` if the part is
    /// of another precision.
    package func addDerivative(
        along direction: UnsafePointer<Double>, strain: Matrix3, energy: Double = 0, to part: GradientPart
    ) throws(Failure) {
        switch (path, part.path) {
        case (.double(let evaluator), .double(let gradient)):
            try evaluator.addDerivative(along: direction, strain: strain, energy: energy, to: gradient)
        case (.single(let evaluator), .single(let gradient)):
            try evaluator.addDerivative(along: direction, strain: strain, energy: energy, to: gradient)
        default: throw Failure(.argument, "the part of a gradient is of another precision")
        }
    }
}
