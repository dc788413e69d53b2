import KernelTypes
import Support

/// A gradient by the parameters in the kernels' arrangement: mixing weights per receiver element with θ′ folded in,
/// readout weights in the kernels' order of features. `ArrangedSum` takes it back to the order of `ParameterLayout`.
/// By forms there are rows of what the gradient by mixing weights and the readout's first layer is made of instead.
final class ArrangedGradient<Scalar: KernelScalar> {
    /// Where what does not belong to one element stands: readout, senders, frequencies.
    struct Shared {
        let sender, frequencies, count: Int

        init(_ network: CompiledNetwork<Scalar>, elements: Int) {
            sender = ReadoutPass<Scalar>.gradientCount(network.readout)
            frequencies = sender + elements * network.network.embeddingDimension
            count = frequencies + network.network.radialCount
        }
    }

    private(set) var isEmpty = true
    private let offsets: Shared
    private var shared: Buffer<Scalar>
    private let mixingStride: Int
    private var mixing = Buffer<Scalar>()  // [elements met][mixingStride]
    private(set) var elements: [Int] = []  // receivers that have been met
    private var slots: [Int]  // of each element its place among them, −1: none
    private var rows: FormRows<Scalar>?  // nil without forms

    init(_ model: Model) {
        let network = Scalar.network(of: model)
        slots = [Int](repeating: -1, count: model.architecture.elements.count)
        offsets = Shared(network, elements: slots.count)
        mixingStride = network.network.mixingStride
        shared = Buffer(capacity: offsets.count)
        rows = network.forms.map { FormRows($0, network.address) }
        clear()
    }

    /// As `GradientPart.reserve`.
    func reserve(atoms: Int) throws(Failure) {
        rows?.clear()
        try rows?.request(atoms)
    }

    func clear() {
        for element in elements { slots[element] = -1 }
        elements.removeAll(keepingCapacity: true)
        rows?.clear()
        (shared.pointer + offsets.sender).update(repeating: 0, count: offsets.count - offsets.sender)
        isEmpty = true
    }

    /// What does not belong to one element; begins with the readout's, which is unset while `isEmpty`.
    var sharedNumbers: UnsafeMutablePointer<Scalar> { shared.pointer }

    /// Lets the readout's add its numbers, or set them if there are none yet.
    func addReadout(_ add: (_ readout: UnsafeMutablePointer<Scalar>, _ adds: Bool) -> Void) {
        add(shared.pointer, !isEmpty)
        isEmpty = false
    }

    /// Of a receiver that has been met; else nil.
    func mixing(of element: Int) -> UnsafePointer<Scalar>? {
        slots[element] < 0 ? nil : UnsafePointer(mixing.pointer + slots[element] * mixingStride)
    }

    /// Where a receiver's weights are added to; holds until the next call. To be called after `addReadout`. Throws
    /// `.memory`.
    func weights(of element: Int) throws(Failure) -> WeightGradient<Scalar> {
        if slots[element] < 0 {
            try mixing.request((elements.count + 1) * mixingStride, keeping: elements.count * mixingStride)
            slots[element] = elements.count
            (mixing.pointer + elements.count * mixingStride).update(repeating: 0, count: mixingStride)
            elements.append(element)
        }
        return WeightGradient<Scalar>(
            mixing: mixing.pointer + slots[element] * mixingStride, sender: shared.pointer + offsets.sender,
            frequencies: shared.pointer + offsets.frequencies)
    }

    /// The same without weights of its own, and room for so many rows.
    func weights(rows more: Int) throws(Failure) -> WeightGradient<Scalar> {
        try rows?.request(more)
        return WeightGradient<Scalar>(
            mixing: mixing.pointer, sender: shared.pointer + offsets.sender,
            frequencies: shared.pointer + offsets.frequencies)
    }

    /// An atom's row: its forms, what the readout's first layer hands back, both with their motion, and what the linear
    /// layer does.
    func addRow(
        of element: Int, _ features: UnsafePointer<Scalar>, _ featuresMotion: UnsafePointer<Scalar>,
        _ deltas: (values: UnsafePointer<Scalar>, motion: UnsafePointer<Scalar>), outputs: Int, energy: Scalar
    ) {
        rows?.add(element, features, featuresMotion, deltas, outputs: outputs, energy: energy)
    }

    var runs: [FormRows<Scalar>.Run] { rows?.runs ?? [] }

    /// As `FormRows.addProducts`.
    func addProducts(
        _ run: FormRows<Scalar>.Run, _ block: FormReadout<Scalar>.Block, to out: UnsafeMutablePointer<Scalar>
    ) {
        rows?.addProducts(run, block, to: out)
    }
}
