import Support

/// What `GradientEvaluator.addDerivative` adds to: the gradient of a part of a batch, in the arrangement that is quickest to
/// add to. For models of one architecture. To be used by one thread at a time.
package final class GradientPart {
    enum Path {
        case double(ArrangedGradient<Double>)
        case single(ArrangedGradient<Float>)
    }

    let path: Path

    package init(_ model: Model, precision: Precision) {
        switch precision {
        case .double: path = .double(ArrangedGradient(model))
        case .single: path = .single(ArrangedGradient(model))
        }
    }

    package func clear() {
        switch path {
        case .double(let gradient): gradient.clear()
        case .single(let gradient): gradient.clear()
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

    package init(_ model: Model, precision: Precision) {
        switch precision {
        case .double: path = .double(ArrangedSum(model))
        case .single: path = .single(ArrangedSum(model))
        }
    }

    /// Sets total[parameters] to the sum of `parts` of this precision, in their order. `run` calls each of a number of
    /// jobs once, on any threads.
    package func callAsFunction(
        _ parts: [GradientPart], of model: Model, to total: UnsafeMutablePointer<Double>,
        run: (_ jobs: Int, _ job: @escaping (Int) -> Void) -> Void = { jobs, job in for k in 0..<jobs { job(k) } }
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
