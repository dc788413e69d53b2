import Support

/// What `GradientEvaluator.addDerivative` adds to: the gradient of a part of a batch, in the arrangement that is
/// quickest to add to. To be used by one thread at a time.
package final class GradientPart {
    enum Path {
        case double(ArrangedGradient<Double>)
        case single(ArrangedGradient<Float>)
    }

    let path: Path

    /// For `model` and those of its architecture.
    package init(_ model: Model, precision: Precision) {
        switch precision {
        case .double: path = .double(ArrangedGradient(model))
        case .single: path = .single(ArrangedGradient(model))
        }
    }

    /// How many numbers a part may come to hold, when it has met all elements (padding aside).
    package static func numberCount(_ model: Model) -> Int {
        model.parameters.count + model.architecture.mixingCount
    }

    /// How many bytes a part keeps of each atom until it is summed: none but for models with forms.
    package static func bytesPerAtom(_ model: Model, _ precision: Precision) -> Int {
        switch precision {
        case .double: FormRows.bytesPerRow(model.doubleNetwork())
        case .single: FormRows.bytesPerRow(model.singleNetwork())
        }
    }

    /// Begins anew.
    package func clear() {
        switch path {
        case .double(let gradient): gradient.clear()
        case .single(let gradient): gradient.clear()
        }
    }

    /// Makes room for what so many atoms will leave; what others have left is lost. Throws `.memory`.
    package func reserve(atoms: Int) throws(Failure) {
        switch path {
        case .double(let gradient): try gradient.reserve(atoms: atoms)
        case .single(let gradient): try gradient.reserve(atoms: atoms)
        }
    }
}

/// The sum of the parts of a batch, in double precision and in the order of the model's parameters.
package final class GradientSum {
    private enum Path {
        case double(ArrangedSum<Double>)
        case single(ArrangedSum<Float>)
    }

    private let path: Path

    /// For parts of `model` and those of its architecture.
    package init(_ model: Model, precision: Precision) {
        switch precision {
        case .double: path = .double(ArrangedSum(model))
        case .single: path = .single(ArrangedSum(model))
        }
    }

    /// Sets total[parameters] to the sum of `parts` of this precision, in their order.
    package func callAsFunction(
        _ parts: [GradientPart], of model: Model, to total: UnsafeMutablePointer<Double>,
        run: RunJobs = oneAfterTheOther
    ) {
        switch path {
        case .double(let sum):
            let gradients = parts.compactMap { if case .double(let gradient) = $0.path { gradient } else { nil } }
            sum(gradients, of: model, to: total, run: run)
        case .single(let sum):
            let gradients = parts.compactMap { if case .single(let gradient) = $0.path { gradient } else { nil } }
            sum(gradients, of: model, to: total, run: run)
        }
    }
}
