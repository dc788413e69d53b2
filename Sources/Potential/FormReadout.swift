import KernelTypes
import Support

/// The readout's first layer for forms (KernelsBaseline/Forms.swift) in place of contractions: what mixes the radial
/// functions is folded into its weights, which so depend on the receiver's element. They are made when an element is
/// first met. One for a model, for any number of threads.
final class FormReadout<Scalar: KernelScalar>: @unchecked Sendable {
    typealias Readout = Potential.Readout<Scalar>

    private let network: UnsafePointer<Network<Scalar>>
    private let readout: Readout
    let used: Int  // forms, without padding
    private let monitor = Monitor()
    private var layers: [Readout.First?]

    /// nil where contractions are less work. Sets the network's forms.
    init?(_ network: UnsafeMutablePointer<Network<Scalar>>, _ readout: Readout, elements: Int) {
        guard network.pointee.contractionCode == .squares else { return nil }
        let n = network.pointee.radialCount
        var each = 0
        for degree in 0..<network.pointee.degreeCount where network.pointee.squareOfDegree[degree] >= 0 {
            each += degree == 0 ? n : n * (n + 1) / 2
        }
        used = network.pointee.embeddingDimension * each
        let count = (used + Scalar.kernels.laneMultiple - 1) / Scalar.kernels.laneMultiple * Scalar.kernels.laneMultiple
        guard count < readout.linear.count else { return nil }
        network.pointee.formCount = count
        self.network = UnsafePointer(network)
        self.readout = readout
        layers = [Readout.First?](repeating: nil, count: elements)
    }

    func first(of element: Int) -> Readout.First {
        monitor.locked {
            if let layer = layers[element] { return layer }
            let layer = fold(element)
            layers[element] = layer
            return layer
        }
    }

    /// Of features f_k = Σ_nm M_kn M_km G_nm the sums Σ_k w_k f_k are Σ_nm (Σ_k w_k M_kn M_km) G_nm.
    private func fold(_ element: Int) -> Readout.First {
        let (n, count) = (network.pointee.radialCount, network.pointee.formCount)
        let (d, block) = (network.pointee.embeddingDimension, network.pointee.blockLanes)
        let (chunk, contractions) = (Scalar.kernels.chunkLanes, network.pointee.contractionCount)
        let old = readout.layers[0]
        let outputs = old.usedOutputs + 1  // the linear layer as one more
        // weights[o][form]
        var weights = [Scalar](repeating: 0, count: outputs * count)
        var of = [Double](repeating: 0, count: outputs * block)  // the old weights of one contraction and block
        var products = [Double](repeating: 0, count: block)
        var form = 0
        let placeInBlock = NetworkTables<Scalar>.placeInBlock
        func take(_ contraction: Int, _ a: Int) {
            for j in 0..<block {
                let lane = a * block + j
                let place = (lane / chunk * contractions + contraction) * chunk + lane % chunk
                for o in 0..<old.usedOutputs {
                    of[o * block + j] = old.transposed.pointer[place * old.outputs + o].asDouble
                }
                of[old.usedOutputs * block + j] = readout.linear.pointer[place].asDouble
            }
        }
        func addForm() {
            for o in 0..<outputs {
                var total = 0.0
                for j in 0..<block { total += of[o * block + j] * products[j] }
                weights[o * count + form] = Scalar(total)
            }
            form += 1
        }
        for a in 0..<d {
            func mixing(_ degree: Int) -> UnsafePointer<Scalar> {
                network.pointee.mixing[element] + (degree * d + a) * n * block
            }
            let square = network.pointee.squareOfDegree
            if square[0] >= 0 {
                take(Int(square[0]), a)
                let m = mixing(0)
                for i in 0..<n {
                    for j in 0..<block { products[j] = m[placeInBlock(i, j, n)].asDouble }
                    addForm()
                }
            }
            for degree in 1..<network.pointee.degreeCount where square[degree] >= 0 {
                take(Int(square[degree]), a)
                let m = mixing(degree)
                for i in 0..<n {
                    for k in i..<n {
                        for j in 0..<block {
                            products[j] =
                                (i == k ? 1 : 2) * m[placeInBlock(i, j, n)].asDouble
                                * m[placeInBlock(k, j, n)].asDouble
                        }
                        addForm()
                    }
                }
            }
        }
        var transposed = [Scalar](repeating: 0, count: count * old.outputs)
        for o in 0..<old.usedOutputs { for i in 0..<count { transposed[i * old.outputs + o] = weights[o * count + i] } }
        let layer = Readout.Layer(
            inputs: count, outputs: old.outputs, usedOutputs: old.usedOutputs,
            weights: nil, transposed: AlignedNumbers(transposed), bias: old.bias)
        return Readout.First(layer: layer, linear: AlignedNumbers(Array(weights[(old.usedOutputs * count)...])))
    }
}
