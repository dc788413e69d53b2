import Atoms
import Support

/// A pseudo-potential: its architecture, its description as it stands in the model file, and its numbers. Immutable.
package final class Model: Sendable {
    package let architecture: Architecture
    package let description: String  // JSON with all further keys
    package let layout: ParameterLayout
    package let parameters: [Double]  // in the order of `layout`
    package let elementRows: [Int32]  // for each atomic number its row of the embedding, -1 if there is none
    let plan: NetworkPlan
    // The same laid out for the kernels, when a precision is first asked for.
    private let double = Once<CompiledNetwork<Double>>()
    private let single = Once<CompiledNetwork<Float>>()

    /// The caller has checked that the description fits the architecture, and the parameters the layout.
    package init(architecture: Architecture, description: String, parameters: [Double]) {
        self.architecture = architecture
        self.description = description
        self.parameters = parameters
        layout = ParameterLayout(architecture)
        plan = NetworkPlan(architecture)
        var rows = [Int32](repeating: -1, count: 119)
        for (row, number) in architecture.elements.enumerated() { rows[Int(number)] = Int32(row) }
        elementRows = rows
    }

    /// The same model with other parameters (finite, as many). Cheap enough for every step of a training.
    package init(_ model: Model, parameters: [Double]) {
        architecture = model.architecture
        description = model.description
        self.parameters = parameters
        layout = model.layout
        elementRows = model.elementRows
        plan = model.plan
    }

    func doubleNetwork(_ run: RunJobs = oneAfterTheOther) -> CompiledNetwork<Double> {
        double { CompiledNetwork(plan.doubleTables(), architecture, layout, parameters, run) }
    }
    func singleNetwork(_ run: RunJobs = oneAfterTheOther) -> CompiledNetwork<Float> {
        single { CompiledNetwork(plan.singleTables(), architecture, layout, parameters, run) }
    }

    /// Lays the numbers out for the kernels now, as far as that is worth many threads, rather than when they are first
    /// needed, when others would have to wait for the one that does it.
    package func prepare(_ precision: Precision, run: RunJobs) {
        switch precision {
        case .double: doubleNetwork(run).forms?.prepare(run)
        case .single: singleNetwork(run).forms?.prepare(run)
        }
    }

    /// What one atom of a block leaves for its backward pass, bytes; a block has up to 16.
    package func memoryPerBlockAtom(_ precision: Precision) -> Int {
        precision == .double ? 8 * doubleNetwork().valueCount : 4 * singleNetwork().valueCount
    }

    /// What to say of an element that is not among the model's.
    package func unknownElement(_ number: Int32, atom: Int) -> Failure { unknownElement(number, place: "atom \(atom)") }

    func unknownElement(_ number: Int32, place: String) -> Failure {
        let known = architecture.elements.map(Elements.name).joined(separator: " ")
        return Failure(
            .element, "\(place): the model does not know element \(Elements.name(number)); it knows \(known)")
    }
}
