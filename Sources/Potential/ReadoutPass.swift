import KernelTypes
import Support

/// Scratch memory and the passes of a readout over one block of atoms.
final class ReadoutPass {
    typealias Numbers = UnsafeMutablePointer<Double>

    var readout: Readout  // may be exchanged for one of the same sizes
    private let capacity: Int  // atoms
    /// For each layer [capacity][outputs] of: values, their motion, slopes, second derivatives, δ, its motion.
    private var memory: Buffer<Double>
    private let offsets: [Int]
    private let size: Int

    init(_ readout: Readout, capacity: Int) {
        self.readout = readout
        self.capacity = capacity
        var offsets = [0]
        for layer in readout.layers { offsets.append(offsets[offsets.count - 1] + capacity * layer.outputs) }
        self.offsets = offsets
        size = offsets[offsets.count - 1]
        memory = Buffer(capacity: 6 * size)
    }

    private func values(_ layer: Int) -> Numbers { memory.pointer + offsets[layer] }
    private func valuesMotion(_ layer: Int) -> Numbers { memory.pointer + size + offsets[layer] }
    private func slopes(_ layer: Int) -> Numbers { memory.pointer + 2 * size + offsets[layer] }
    private func seconds(_ layer: Int) -> Numbers { memory.pointer + 3 * size + offsets[layer] }
    private func deltas(_ layer: Int) -> Numbers { memory.pointer + 4 * size + offsets[layer] }
    private func deltasMotion(_ layer: Int) -> Numbers { memory.pointer + 5 * size + offsets[layer] }

    private func startWithBias(_ layer: Int, _ atoms: Int) {
        let bias = readout.layers[layer].bias
        let out = values(layer)
        for atom in 0..<atoms { (out + atom * bias.count).update(from: bias, count: bias.count) }
    }

    /// Energies of the atoms whose features stand `stride` apart.
    func forward(_ atoms: Int, _ features: UnsafePointer<Double>, _ stride: Int, energies: Numbers) {
        let last = readout.layers.count - 1
        for (index, layer) in readout.layers.enumerated() {
            startWithBias(index, atoms)
            let (source, apart) = index == 0 ? (features, stride) : (UnsafePointer(values(index - 1)), layer.inputs)
            BLAS.addTimesTransposed(
                atoms, layer.outputs, layer.inputs, source, apart, layer.weights, values(index), layer.outputs)
            if index < last { kernels.activate(values(index), slopes(index), seconds(index), atoms * layer.outputs) }
        }
        let linear = readout.linear
        for atom in 0..<atoms {
            var sum = readout.linearBias + values(last)[atom]
            let row = features + atom * stride
            for (k, weight) in linear.enumerated() { sum += weight * row[k] }
            energies[atom] = sum
        }
    }

    /// ∂Ẽ/∂features [atoms][features], after `forward`.
    func backward(_ atoms: Int, featureGradient: Numbers) {
        let last = readout.layers.count - 1
        deltas(last).update(repeating: 1, count: atoms)
        for index in stride(from: last, to: 0, by: -1) {
            let layer = readout.layers[index]
            let out = deltas(index - 1)
            let count = atoms * layer.inputs
            out.update(repeating: 0, count: count)
            BLAS.addTimes(atoms, layer.inputs, layer.outputs, deltas(index), layer.outputs, layer.weights, out, layer.inputs)
            let slope = slopes(index - 1)
            for i in 0..<count { out[i] *= slope[i] }
        }
        let first = readout.layers[0]
        for atom in 0..<atoms { (featureGradient + atom * first.inputs).update(from: readout.linear, count: first.inputs) }
        BLAS.addTimes(
            atoms, first.inputs, first.outputs, deltas(0), first.outputs, first.weights, featureGradient, first.inputs)
    }

    /// Derivatives along a motion, after `forward` and `backward`: `featureMotion` (rows `stride` apart) in,
    /// ∂Ẽ/∂features' motion out, and the motion of ∂Ẽ/∂(weights) added to `gradient` (layers' weights and biases one
    /// after the other, then the linear weights; arranged as the readout's own).
    func learn(
        _ atoms: Int, _ features: UnsafePointer<Double>, _ featureMotion: UnsafePointer<Double>, _ stride: Int,
        featureGradientMotion: Numbers, gradient: Numbers
    ) {
        let layers = readout.layers
        let last = layers.count - 1
        for (index, layer) in layers.enumerated() {
            let out = valuesMotion(index)
            let count = atoms * layer.outputs
            out.update(repeating: 0, count: count)
            let (source, apart) = index == 0
                ? (featureMotion, stride) : (UnsafePointer(valuesMotion(index - 1)), layer.inputs)
            BLAS.addTimesTransposed(atoms, layer.outputs, layer.inputs, source, apart, layer.weights, out, layer.outputs)
            // Of silu″ and ż the backward pass needs only their product: it takes the place of silu″.
            guard index < last else { continue }
            let (slope, second) = (slopes(index), seconds(index))
            for i in 0..<count {
                let motion = out[i]
                out[i] = slope[i] * motion
                second[i] *= motion
            }
        }
        deltasMotion(last).update(repeating: 0, count: atoms)
        for index in Swift.stride(from: last, to: 0, by: -1) {
            let layer = layers[index]
            let out = deltasMotion(index - 1)
            let count = atoms * layer.inputs
            out.update(repeating: 0, count: count)
            BLAS.addTimes(
                atoms, layer.inputs, layer.outputs, deltasMotion(index), layer.outputs, layer.weights, out, layer.inputs)
            let (slope, secondMotion) = (slopes(index - 1), seconds(index - 1))
            // δ = above · silu′ with above = δ_upper W, which is computed anew: silu′ may be 0.
            let above = upper(index, atoms)
            for i in 0..<count { out[i] = out[i] * slope[i] + above[i] * secondMotion[i] }
        }
        featureGradientMotion.update(repeating: 0, count: atoms * layers[0].inputs)
        BLAS.addTimes(
            atoms, layers[0].inputs, layers[0].outputs, deltasMotion(0), layers[0].outputs, layers[0].weights,
            featureGradientMotion, layers[0].inputs)
        var out = gradient
        for (index, layer) in layers.enumerated() {
            let (source, motion, apart) = index == 0
                ? (features, featureMotion, stride)
                : (UnsafePointer(values(index - 1)), UnsafePointer(valuesMotion(index - 1)), layer.inputs)
            BLAS.addTransposedTimes(layer.outputs, layer.inputs, atoms, deltasMotion(index), source, apart, out)
            BLAS.addTransposedTimes(layer.outputs, layer.inputs, atoms, deltas(index), motion, apart, out)
            out += layer.outputs * layer.inputs
            let delta = deltasMotion(index)
            for atom in 0..<atoms { for k in 0..<layer.outputs { out[k] += delta[atom * layer.outputs + k] } }
            out += layer.outputs
        }
        for atom in 0..<atoms {
            let row = featureMotion + atom * stride
            for k in 0..<layers[0].inputs { out[k] += row[k] }
        }
    }

    /// δ of a layer times its weights, [atoms][inputs].
    private func upper(_ index: Int, _ atoms: Int) -> Numbers {
        let layer = readout.layers[index]
        scratch.reserve(atoms * layer.inputs)
        scratch.pointer.update(repeating: 0, count: atoms * layer.inputs)
        BLAS.addTimes(
            atoms, layer.inputs, layer.outputs, deltas(index), layer.outputs, layer.weights, scratch.pointer, layer.inputs)
        return scratch.pointer
    }

    private var scratch = Buffer<Double>()
}
