import KernelTypes
import Support

/// A gradient by the parameters in the kernels' arrangement: mixing weights per receiver element with θ′ folded in,
/// readout weights in the kernels' order of features. `ArrangedSum` takes it back to the order of `ParameterLayout`.
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
    private let places: Shared
    private var shared: Buffer<Scalar>
    private let mixingStride: Int
    private var mixing = Buffer<Scalar>()  // [elements met][mixingStride]
    private(set) var elements: [Int] = []  // receivers that have been met
    private var slots: [Int]  // of each element its place among them, −1: none

    init(_ model: Model) {
        let network = Scalar.network(of: model)
        slots = [Int](repeating: -1, count: model.architecture.elements.count)
        places = Shared(network, elements: slots.count)
        mixingStride = network.network.mixingStride
        shared = Buffer(capacity: places.count)
        clear()
    }

    func clear() {
        for element in elements { slots[element] = -1 }
        elements.removeAll(keepingCapacity: true)
        (shared.pointer + places.sender).update(repeating: 0, count: places.count - places.sender)
        isEmpty = true
    }

    /// What does not belong to one element; begins with the readout's. Unless it is empty.
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

    /// Holds until the next call.
    func weights(of element: Int) -> WeightGradient<Scalar> {
        if slots[element] < 0 {
            slots[element] = elements.count
            mixing.reserve((elements.count + 1) * mixingStride, keeping: elements.count * mixingStride)
            (mixing.pointer + elements.count * mixingStride).update(repeating: 0, count: mixingStride)
            elements.append(element)
        }
        return WeightGradient<Scalar>(
            mixing: mixing.pointer + slots[element] * mixingStride, sender: shared.pointer + places.sender,
            frequencies: shared.pointer + places.frequencies)
    }
}
