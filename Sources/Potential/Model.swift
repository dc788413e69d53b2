import Atoms
import Support

/// A pseudo-potential: its architecture, its description as it stands in the model file, and its numbers. Immutable.
package final class Model: Sendable {
    package let architecture: Architecture
    package let description: String  // JSON with all further keys
    package let layout: ParameterLayout
    package let parameters: [Double]  // in the order of `layout`

    /// The caller has checked that the description fits the architecture, and the parameters the layout.
    package init(architecture: Architecture, description: String, parameters: [Double]) {
        self.architecture = architecture
        self.description = description
        self.parameters = parameters
        layout = ParameterLayout(architecture)
    }
}
