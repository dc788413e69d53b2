import KernelTypes
import Support

/// The gradient by what forms fold together (`FormReadout`), from the rows of a batch: by mixing weights, θ′, the
/// readout's first layer and the linear one. A job for each block of forms writes to parameters of its own.
///
/// With D_e the gradient by the folded weights of element e, that by the table T_b is Σ_e θ′_eb² D_e, and that by θ′_eb
/// is 2 θ′_eb Σ D_e T_b; of order 1, Σ_e θ′_eb D_e and Σ D_e T_b. T_b = Σ_m X_m V_m, with X_m the product of two
/// mixing weights of the lane (m, b) and V_m its weights in the readout.
struct FormSum<Scalar: KernelScalar> {
    typealias Block = FormReadout<Scalar>.Block

    let elements: [Int]  // that have been met, ascending
    private let forms: FormReadout<Scalar>
    private let runs: [[(gradient: ArrangedGradient<Scalar>, run: FormRows<Scalar>.Run)]]  // of each of these
    private let model: Model
    private let layer: Readout<Scalar>.Layer

    /// nil without forms.
    init?(_ gradients: [ArrangedGradient<Scalar>], _ network: CompiledNetwork<Scalar>, _ model: Model) {
        guard let forms = network.forms else { return nil }
        (self.forms, self.model, layer) = (forms, model, network.readout.layers[0])
        var all = [[(gradient: ArrangedGradient<Scalar>, run: FormRows<Scalar>.Run)]](
            repeating: [], count: model.architecture.elements.count)
        for gradient in gradients {
            for run in gradient.runs { all[run.element].append((gradient, run)) }
        }
        elements = all.indices.filter { !all[$0].isEmpty }
        runs = elements.map { all[$0] }
    }

    var jobs: Int { forms.blocks.count }

    /// How many elements are looked at together.
    private static var group: Int { 8 }

    /// Sets the parameters of a job, and receiver[elements][d] to what it adds to ∂/∂θ′ of `elements`.
    func add(_ job: Int, to total: UnsafeMutablePointer<Double>, receiver: UnsafeMutablePointer<Double>) {
        let block = forms.blocks[job]
        let (d, size) = (model.architecture.embeddingDimension, block.count * forms.columns)
        let table = forms.table(block)
        let byTable = zeros(d * size)
        let sums = zeros(Self.group * size)
        let powers = zeros(Self.group * d)
        for first in stride(from: 0, to: elements.count, by: Self.group) {
            sums.pointer.update(repeating: 0, count: Self.group * size)
            powers.pointer.update(repeating: 0, count: Self.group * d)
            for (k, index) in (first..<min(first + Self.group, elements.count)).enumerated() {
                let sum = sums.pointer + k * size
                for (gradient, run) in runs[index] { gradient.addProducts(run, block, to: sum) }
                for (b, factor) in forms.receiver(elements[index]).enumerated() {
                    powers.pointer[k * d + b] = Scalar(block.order == 1 ? factor : factor * factor)
                    let derivative = Scalar.kernels.dot(sum, table + b * size, size).asDouble
                    receiver[elements[index] * d + b] = (block.order == 1 ? 1 : 2 * factor) * derivative
                }
            }
            let half = Self.group / 2
            Scalar.kernels.transposedProducts(
                d, size, half, powers.pointer, powers.pointer + half * d, d, sums.pointer, sums.pointer + half * size,
                size, byTable.pointer, true)
        }
        var scratch = FormScratch<Scalar>(model.architecture, columns: forms.columns)
        for b in 0..<d { add(block, b, byTable.pointer + b * size, &scratch, total) }
    }

    /// From the gradient by T_b to those by mixing weights and the readout.
    private func add(
        _ block: Block, _ b: Int, _ byTable: UnsafePointer<Scalar>, _ scratch: inout FormScratch<Scalar>,
        _ total: UnsafeMutablePointer<Double>
    ) {
        let (layout, architecture, columns) = (model.layout, model.architecture, forms.columns)
        let (n, d, channels) = (architecture.radialCount, architecture.embeddingDimension, architecture.radialChannels)
        forms.setMixing(block, b, &scratch)
        forms.setLayer(block, b, &scratch)
        scratch.setProducts(block)
        let room = scratch.padded
        let byProducts = zeros(block.count * room)
        Scalar.kernels.denseTransposed(
            block.count, columns, room, byTable, columns, scratch.layer, scratch.zeros, byProducts.pointer)
        let byLayer = zeros(room * columns)
        BLAS.transposedTimes(
            room, columns, block.count, scratch.products, byTable, columns, byLayer.pointer, adds: false)
        let (weights, inputs) = (layout.layers[0].weight.offset, layout.layers[0].weight.shape[1])
        for m in 0..<channels {
            let place = (m * architecture.contractions.count + block.contraction) * d * d + block.a * d + b
            let row = byLayer.pointer + m * columns
            for o in 0..<layer.usedOutputs { total[weights + o * inputs + place] = row[o].asDouble }
            if let linear = layout.linear { total[linear.weight.offset + place] = row[layer.outputs].asDouble }
        }
        let byMixing = zeros(n * room)
        if block.order == 1 {
            byMixing.pointer.update(from: byProducts.pointer, count: n * room)
        } else {
            var source = byProducts.pointer
            for i in 0..<n {
                for j in i..<n {
                    let factor: Scalar = i == j ? 1 : 2
                    let (x, y) = (scratch.mixing + i * room, scratch.mixing + j * room)
                    let (byX, byY) = (byMixing.pointer + i * room, byMixing.pointer + j * room)
                    for m in 0..<room { byX[m] += factor * source[m] * y[m] }
                    for m in 0..<room { byY[m] += factor * source[m] * x[m] }
                    source += room
                }
            }
        }
        let tensor = layout.mixing[block.degree].offset + block.a * d + b
        for i in 0..<n {
            for m in 0..<channels {
                total[tensor + (i * channels + m) * d * d] = byMixing.pointer[i * room + m].asDouble
            }
        }
    }

    private func zeros(_ count: Int) -> Buffer<Scalar> {
        let buffer = Buffer<Scalar>(capacity: count)
        buffer.pointer.update(repeating: 0, count: count)
        return buffer
    }
}
