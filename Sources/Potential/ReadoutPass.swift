import KernelTypes
import Support

/// Scratch memory and the passes of a readout over one block of atoms.
final class ReadoutPass<Scalar: KernelScalar> {
    typealias Numbers = UnsafeMutablePointer<Scalar>
    typealias Readout = Potential.Readout<Scalar>

    var readout: Readout  // may be exchanged for one of the same sizes
    /// For each layer [capacity][outputs] of: values, their motion, slopes, second derivatives, δ, its motion, δ before
    /// the factor of the slope.
    private var memory: Buffer<Scalar>
    private let offsets: [Int]
    private let size: Int
    private let zeros: Buffer<Scalar>

    /// capacity: the most atoms in a block.
    init(_ readout: Readout, capacity: Int) {
        self.readout = readout
        var offsets = [0]
        for layer in readout.layers { offsets.append(offsets[offsets.count - 1] + capacity * layer.outputs) }
        self.offsets = offsets
        size = offsets[offsets.count - 1]
        memory = Buffer(capacity: 7 * size)
        let widest = readout.layers.reduce(0) { max($0, $1.inputs, $1.outputs) }
        zeros = Buffer(capacity: widest)
        zeros.pointer.update(repeating: 0, count: widest)
    }

    private func values(_ layer: Int) -> Numbers { memory.pointer + offsets[layer] }
    private func valuesMotion(_ layer: Int) -> Numbers { memory.pointer + size + offsets[layer] }
    private func slopes(_ layer: Int) -> Numbers { memory.pointer + 2 * size + offsets[layer] }
    private func seconds(_ layer: Int) -> Numbers { memory.pointer + 3 * size + offsets[layer] }
    private func deltas(_ layer: Int) -> Numbers { memory.pointer + 4 * size + offsets[layer] }
    private func deltasMotion(_ layer: Int) -> Numbers { memory.pointer + 5 * size + offsets[layer] }
    private func deltasAbove(_ layer: Int) -> Numbers { memory.pointer + 6 * size + offsets[layer] }

    /// Energies of the atoms whose features stand `stride` apart.
    func forward(_ atoms: Int, _ features: UnsafePointer<Scalar>, _ stride: Int, energies: Numbers) {
        enter(readout.first, 0..<atoms, features, stride, energies: energies)
        forward(atoms, energies: energies)
    }

    /// The first and the linear layer for some rows; `features` are those of row 0.
    func enter(
        _ first: Readout.First, _ rows: Range<Int>, _ features: UnsafePointer<Scalar>, _ stride: Int, energies: Numbers
    ) {
        let (layer, source) = (first.layer, features + rows.lowerBound * stride)
        Scalar.kernels.dense(
            rows.count, layer.inputs, layer.outputs, source, stride, layer.transposed.pointer, layer.bias.pointer,
            values(0) + rows.lowerBound * layer.outputs)
        for row in rows {
            energies[row] =
                readout.linearBias + Scalar.kernels.dot(first.linear.pointer, features + row * stride, layer.inputs)
        }
    }

    /// The other layers, after all rows have entered.
    func forward(_ atoms: Int, energies: Numbers) {
        let last = readout.layers.count - 1
        for index in 0..<last {
            let (layer, next) = (readout.layers[index], readout.layers[index + 1])
            Scalar.kernels.activate(values(index), slopes(index), seconds(index), atoms * layer.outputs)
            Scalar.kernels.dense(
                atoms, next.inputs, next.outputs, values(index), layer.outputs, next.transposed.pointer,
                next.bias.pointer, values(index + 1))
        }
        let width = readout.layers[last].outputs
        for atom in 0..<atoms { energies[atom] += values(last)[atom * width] }
    }

    /// ∂Ẽ/∂features [atoms][features], after `forward`.
    func backward(_ atoms: Int, featureGradient: Numbers) {
        backward(atoms)
        leave(readout.first, 0..<atoms, featureGradient: featureGradient)
    }

    /// Back to the first layer.
    func backward(_ atoms: Int) {
        let last = readout.layers.count - 1
        // The last layer has one output, in the first of its padded columns.
        let width = readout.layers[last].outputs
        deltas(last).update(repeating: 0, count: atoms * width)
        for atom in 0..<atoms { deltas(last)[atom * width] = 1 }
        for index in stride(from: last, to: 0, by: -1) {
            let layer = readout.layers[index]
            let (out, above, slope) = (deltas(index - 1), deltasAbove(index - 1), slopes(index - 1))
            down(layer, atoms, deltas(index), above)
            for i in 0..<atoms * layer.inputs { out[i] = above[i] * slope[i] }
        }
    }

    /// ∂Ẽ/∂features of some rows, after `backward`.
    func leave(_ first: Readout.First, _ rows: Range<Int>, featureGradient: Numbers) {
        leave(first.layer, rows, deltas(0), first.linear.pointer, featureGradient)
    }

    /// out = bias + δ · weights, for some rows.
    private func leave(
        _ layer: Readout.Layer, _ rows: Range<Int>, _ delta: Numbers, _ bias: UnsafePointer<Scalar>, _ out: Numbers
    ) {
        let (delta, out) = (delta + rows.lowerBound * layer.outputs, out + rows.lowerBound * layer.inputs)
        if let weights = layer.weights {
            Scalar.kernels.dense(
                rows.count, layer.usedOutputs, layer.inputs, delta, layer.outputs, weights.pointer, bias, out)
        } else {
            Scalar.kernels.denseTransposed(
                rows.count, layer.outputs, layer.inputs, delta, layer.outputs, layer.transposed.pointer, bias, out)
        }
    }

    /// out = δ · weights.
    private func down(_ layer: Readout.Layer, _ atoms: Int, _ delta: Numbers, _ out: Numbers) {
        Scalar.kernels.dense(
            atoms, layer.usedOutputs, layer.inputs, delta, layer.outputs, layer.weights!.pointer,
            UnsafePointer(zeros.pointer), out)
    }

    /// How many numbers `learn` adds to or sets: for each layer its weights [outputs][inputs] and biases, then the
    /// linear weights, all padded as the readout's own, and the linear bias.
    static func gradientCount(_ readout: Readout) -> Int {
        readout.layers.reduce(readout.linear.count + 1) { $0 + ($1.inputs + 1) * $1.outputs }
    }

    /// Derivatives along a motion, after `forward` and `backward`, while Ẽ grows at the rate `energy`: `featureMotion`
    /// (rows `stride` apart) in, ∂Ẽ/∂features' motion out, and the motion of ∂Ẽ/∂(weights) to `gradient`: added
    /// to what is there, if it `adds`.
    func learn(
        _ atoms: Int, _ features: UnsafePointer<Scalar>, _ featureMotion: UnsafePointer<Scalar>, _ stride: Int,
        energy: Scalar, featureGradientMotion: Numbers, gradient: Numbers, adds: Bool
    ) {
        enterMotion(readout.first, 0..<atoms, featureMotion, stride)
        move(atoms, energy: energy)
        leaveMotion(readout.first, 0..<atoms, energy: energy, featureGradientMotion: featureGradientMotion)
        let layer = readout.layers[0]
        Scalar.kernels.transposedProducts(
            layer.outputs, layer.inputs, atoms, deltasMotion(0), deltas(0), layer.outputs, features, featureMotion,
            stride, gradient, adds)
        learnInside(atoms, energy: energy, gradient: gradient, adds: adds)
        let out = gradient + Self.gradientCount(readout) - readout.linear.count - 1
        if !adds { out.update(repeating: 0, count: readout.linear.count) }
        for atom in 0..<atoms {
            let row = featureMotion + atom * stride
            for k in 0..<layer.inputs { out[k] += row[k] }
        }
        guard energy != 0 else { return }
        for atom in 0..<atoms {
            let row = features + atom * stride
            for k in 0..<layer.inputs { out[k] += energy * row[k] }
        }
    }

    /// The first layer's motion for some rows.
    func enterMotion(
        _ first: Readout.First, _ rows: Range<Int>, _ featureMotion: UnsafePointer<Scalar>, _ stride: Int
    ) {
        let layer = first.layer
        Scalar.kernels.dense(
            rows.count, layer.inputs, layer.outputs, featureMotion + rows.lowerBound * stride, stride,
            layer.transposed.pointer, UnsafePointer(zeros.pointer), valuesMotion(0) + rows.lowerBound * layer.outputs)
    }

    /// The motion of all between the first layer and Ẽ, there and back, after all rows have entered.
    func move(_ atoms: Int, energy: Scalar) {
        let layers = readout.layers
        let last = layers.count - 1
        for index in 0..<last {
            let (layer, next) = (layers[index], layers[index + 1])
            let out = valuesMotion(index)
            // Of silu″ and ż the backward pass needs only their product: it takes the place of silu″.
            let (slope, second) = (slopes(index), seconds(index))
            for i in 0..<atoms * layer.outputs {
                let motion = out[i]
                out[i] = slope[i] * motion
                second[i] *= motion
            }
            Scalar.kernels.dense(
                atoms, next.inputs, next.outputs, out, layer.outputs, next.transposed.pointer,
                UnsafePointer(zeros.pointer), valuesMotion(index + 1))
        }
        deltasMotion(last).update(repeating: 0, count: atoms * layers[last].outputs)
        for atom in 0..<atoms { deltasMotion(last)[atom * layers[last].outputs] = energy }
        for index in stride(from: last, to: 0, by: -1) {
            let layer = layers[index]
            let (out, above) = (deltasMotion(index - 1), deltasAbove(index - 1))
            let (slope, secondMotion) = (slopes(index - 1), seconds(index - 1))
            down(layer, atoms, deltasMotion(index), out)
            for i in 0..<atoms * layer.inputs { out[i] = out[i] * slope[i] + above[i] * secondMotion[i] }
        }
    }

    /// The motion of ∂Ẽ/∂features of some rows, after `move`.
    func leaveMotion(_ first: Readout.First, _ rows: Range<Int>, energy: Scalar, featureGradientMotion: Numbers) {
        let layer = first.layer
        leave(layer, rows, deltasMotion(0), UnsafePointer(zeros.pointer), featureGradientMotion)
        guard energy != 0 else { return }
        for row in rows {
            let out = featureGradientMotion + row * layer.inputs
            for k in 0..<layer.inputs { out[k] += energy * first.linear.pointer[k] }
        }
    }

    /// The motion of ∂Ẽ/∂(weights), but for those of the first layer and the linear one: see `learn`.
    func learnInside(_ atoms: Int, energy: Scalar, gradient: Numbers, adds: Bool) {
        var out = gradient
        for (index, layer) in readout.layers.enumerated() {
            if index > 0 {
                let (source, motion) = (values(index - 1), valuesMotion(index - 1))
                BLAS.transposedTimes(
                    layer.outputs, layer.inputs, atoms, deltasMotion(index), source, layer.inputs, out, adds: adds)
                BLAS.transposedTimes(
                    layer.outputs, layer.inputs, atoms, deltas(index), motion, layer.inputs, out, adds: true)
            }
            out += layer.outputs * layer.inputs
            let delta = deltasMotion(index)
            if !adds { out.update(repeating: 0, count: layer.outputs) }
            for atom in 0..<atoms { for k in 0..<layer.outputs { out[k] += delta[atom * layer.outputs + k] } }
            out += layer.outputs
        }
        if !adds { out[readout.linear.count] = 0 }
        out[readout.linear.count] += energy * Scalar(atoms)
    }

    /// δ of the first layer and its motion, [atoms][outputs], after `move`.
    var firstDeltas: (values: UnsafePointer<Scalar>, motion: UnsafePointer<Scalar>) {
        (UnsafePointer(deltas(0)), UnsafePointer(deltasMotion(0)))
    }
}
