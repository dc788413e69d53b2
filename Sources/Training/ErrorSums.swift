/// Squared errors of a number of frames, summed over components, and the loss that they make. Sums can be added, so
/// that frames may be spread over threads, batches and ranks.
package struct ErrorSums: Equatable, Sendable {
    package var forceSquares = 0.0  // Σ (F − F*)², Å²
    package var stressSquares = 0.0  // Σ (σ − σ*)²
    package var weightedForceSquares = 0.0  // the same, each frame's times its weight
    package var weightedStressSquares = 0.0
    package var forceComponents = 0.0  // how many components have a target; a number with fraction 0
    package var stressComponents = 0.0
    package var pairLosses = 0.0  // Σ of the pairs' losses, without their weight
    package var pairsInOrder = 0.0  // how many have the right one lower; a number with fraction 0
    package var pairs = 0.0

    package init() {}

    package static func += (a: inout ErrorSums, b: ErrorSums) {
        a.forceSquares += b.forceSquares
        a.stressSquares += b.stressSquares
        a.weightedForceSquares += b.weightedForceSquares
        a.weightedStressSquares += b.weightedStressSquares
        a.forceComponents += b.forceComponents
        a.stressComponents += b.stressComponents
        a.pairLosses += b.pairLosses
        a.pairsInOrder += b.pairsInOrder
        a.pairs += b.pairs
    }

    package func loss(_ weights: LossWeights) -> Double {
        weights.force * mean(weightedForceSquares, forceComponents)
            + weights.stress * mean(weightedStressSquares, stressComponents)
            + weights.pairs.weight * mean(pairLosses, pairs)
    }

    /// Root mean square error of the forces, Å; 0 if there are none.
    package var forceError: Double { mean(forceSquares, forceComponents).squareRoot() }
    package var stressError: Double { mean(stressSquares, stressComponents).squareRoot() }

    /// Mean loss of the pairs without its weight, and the share of them in the right order; 0 if there are none.
    package var pairLoss: Double { mean(pairLosses, pairs) }
    package var pairOrder: Double { mean(pairsInOrder, pairs) }

    private func mean(_ sum: Double, _ count: Double) -> Double { count > 0 ? sum / count : 0 }

    /// For the sum over ranks.
    package static let count = 9
    package var values: [Double] {
        get {
            [
                forceSquares, stressSquares, weightedForceSquares, weightedStressSquares, forceComponents,
                stressComponents, pairLosses, pairsInOrder, pairs,
            ]
        }
        set {
            forceSquares = newValue[0]
            stressSquares = newValue[1]
            weightedForceSquares = newValue[2]
            weightedStressSquares = newValue[3]
            forceComponents = newValue[4]
            stressComponents = newValue[5]
            pairLosses = newValue[6]
            pairsInOrder = newValue[7]
            pairs = newValue[8]
        }
    }
}

/// w_F and w_S of the loss w_F·mean(weight (F − F*)²) + w_S·mean(weight (σ − σ*)²), and what pairs add to it.
package struct LossWeights: Equatable, Sendable {
    package var force: Double
    package var stress: Double  // 0: stress is not a target
    package var pairs = PairLoss()

    package init(force: Double, stress: Double) {
        self.force = force
        self.stress = stress
    }
}
