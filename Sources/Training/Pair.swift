import Atoms
import Support

/// Two structures of the same contents, of which the first is to have the lower pseudo-energy: a true structure and,
/// say, a minimum that a search found instead of it.
package struct Pair: Sendable {
    package let lower: Structure
    package let higher: Structure

    package init(lower: Structure, higher: Structure) {
        self.lower = lower
        self.higher = higher
    }
}

/// The loss of pairs: weight · mean softplus((Ẽ_lower − Ẽ_higher)/(atoms · width) + margin/width), the logistic loss of
/// rankings (Burges et al., ICML 2005) with a margin.
package struct PairLoss: Equatable, Sendable {
    package var weight = 1.0
    package var margin = 0.0  // Å² per atom
    package var width = 0.01  // Å² per atom

    package init() {}

    /// The loss of one pair without its weight, and its derivative by `difference`, Ẽ_lower − Ẽ_higher per atom.
    package func callAsFunction(_ difference: Double) -> (loss: Double, derivative: Double) {
        let x = (difference + margin) / width
        let loss = max(x, 0) + Mathematics.log1p(Mathematics.exp(-abs(x)))
        return (loss, 1 / (width * (1 + Mathematics.exp(-x))))
    }
}
