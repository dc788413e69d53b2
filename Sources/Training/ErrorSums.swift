/// Squared errors of a number of frames, summed over components, and the loss that they make. Sums can be added, so
/// that frames may be spread over threads, batches and ranks.
package struct ErrorSums: Equatable, Sendable {
    package var forceSquares = 0.0  // Σ (F − F*)², Å²
    package var stressSquares = 0.0  // Σ (σ − σ*)²
    package var weightedForceSquares = 0.0  // the same, each frame's times its weight
    package var weightedStressSquares = 0.0
    package var forceComponents = 0.0  // how many components have a target; a number with fraction 0
    package var stressComponents = 0.0

    package init() {}

    package static func += (a: inout ErrorSums, b: ErrorSums) {
        a.forceSquares += b.forceSquares
        a.stressSquares += b.stressSquares
        a.weightedForceSquares += b.weightedForceSquares
        a.weightedStressSquares += b.weightedStressSquares
        a.forceComponents += b.forceComponents
        a.stressComponents += b.stressComponents
    }

    package func loss(_ weights: LossWeights) -> Double {
        weights.force * mean(weightedForceSquares, forceComponents)
            + weights.stress * mean(weightedStressSquares, stressComponents)
    }

    /// Root mean square error of the forces, Å; 0 if there are none.
    package var forceError: Double { mean(forceSquares, forceComponents).squareRoot() }
    package var stressError: Double { mean(stressSquares, stressComponents).squareRoot() }

    private func mean(_ sum: Double, _ count: Double) -> Double { count > 0 ? sum / count : 0 }

    /// For the sum over ranks.
    package static let count = 6
    package var values: [Double] {
        get {
            [
                forceSquares, stressSquares, weightedForceSquares, weightedStressSquares, forceComponents,
                stressComponents,
            ]
        }
        set {
            forceSquares = newValue[0]
            stressSquares = newValue[1]
            weightedForceSquares = newValue[2]
            weightedStressSquares = newValue[3]
            forceComponents = newValue[4]
            stressComponents = newValue[5]
        }
    }
}

/// w_F and w_S of the loss w_F·mean(weight (F − F*)²) + w_S·mean(weight (σ − σ*)²).
package struct LossWeights: Equatable, Sendable {
    package var force: Double
    package var stress: Double  // 0: stress is not a target

    package init(force: Double, stress: Double) {
        self.force = force
        self.stress = stress
    }
}
