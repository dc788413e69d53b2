import KernelTypes
import Support

/// The readout's first layer for forms (KernelsBaseline/Forms.swift) in place of contractions: what mixes the radial
/// functions is folded into its weights, which so depend on the receiver's element. They are made when an element is
/// first met. One for a model, for any number of threads.
///
/// Of features f_k = Σ_nm M_kn M_km G_nm the sums Σ_k v_k f_k are Σ_nm (Σ_k v_k M_kn M_km) G_nm. As M_kn = θ′_b W_kn for
/// lanes k = (m, b), the weight of a form is Σ_b θ′_b² T_b with a table T that all elements share; of order 1, Σ_b θ′_b
/// T_b.
final class FormReadout<Scalar: KernelScalar>: @unchecked Sendable {
    typealias Readout = Potential.Readout<Scalar>

    /// The forms of one contraction and one sender channel `a`; and where their numbers begin in tables.
    struct Block {
        let a, degree, contraction: Int
        let first, count: Int  // forms
        var order: Int { degree == 0 ? 1 : 2 }
    }

    let blocks: [Block]
    let used: Int  // forms, without padding
    let columns: Int  // of tables: the first layer's outputs, padded, then the linear layer's, padded
    private let network: UnsafePointer<Network<Scalar>>
    private let readout: Readout
    private let architecture: Architecture
    private let layout: ParameterLayout
    private let parameters: [Double]
    private let spare: SpareMemory
    private let monitor = Monitor()
    // Both guarded by `monitor`:
    private var tables: AlignedNumbers<Scalar>?
    private var layers: [Readout.First?]

    /// nil where contractions are less work.
    static func blocks(_ tables: NetworkTables<Scalar>, _ architecture: Architecture) -> [Block]? {
        let network = tables.network
        guard network.contractionCode == .squares else { return nil }
        let n = architecture.radialCount
        var (blocks, used): ([Block], Int) = ([], 0)
        for a in 0..<architecture.embeddingDimension {
            for degree in 0..<network.degreeCount where network.squareOfDegree[degree] >= 0 {
                let count = degree == 0 ? n : n * (n + 1) / 2
                let contraction = Int(network.squareOfDegree[degree])
                blocks.append(Block(a: a, degree: degree, contraction: contraction, first: used, count: count))
                used += count
            }
        }
        return padded(used) < tables.featureCount ? blocks : nil
    }

    private static func padded(_ count: Int) -> Int {
        let multiple = Scalar.kernels.laneMultiple
        return (count + multiple - 1) / multiple * multiple
    }

    /// Sets the network's forms.
    init(
        _ blocks: [Block], _ network: UnsafeMutablePointer<Network<Scalar>>, _ readout: Readout,
        _ architecture: Architecture, _ layout: ParameterLayout, _ parameters: [Double], _ spare: SpareMemory
    ) {
        used = blocks.reduce(0) { $0 + $1.count }
        network.pointee.formCount = Self.padded(used)
        (self.blocks, columns) = (blocks, readout.layers[0].outputs + Scalar.kernels.laneMultiple)
        (self.network, self.readout) = (UnsafePointer(network), readout)
        (self.architecture, self.layout, self.parameters, self.spare) = (architecture, layout, parameters, spare)
        layers = [Readout.First?](repeating: nil, count: architecture.elements.count)
    }

    /// The layer for receivers of an element: a row of inputs for each form.
    func first(of element: Int) -> Readout.First {
        if let layer = monitor.locked({ layers[element] }) { return layer }
        // Outside the monitor, as others are to go on: should another thread fold the same meanwhile, the first counts.
        let made = fold(element, monitor.locked { allTables() })
        return monitor.locked {
            let layer = layers[element] ?? made
            layers[element] = layer
            return layer
        }
    }

    /// T [d][forms of the block][columns] of a block.
    func table(_ block: Block) -> UnsafePointer<Scalar> {
        monitor.locked { allTables() }.pointer + start(block)
    }

    private func start(_ block: Block) -> Int { block.first * architecture.embeddingDimension * columns }

    /// Makes the tables now, on many threads, rather than when they are first needed.
    func prepare(_ run: RunJobs) { _ = monitor.locked { allTables(run) } }

    /// Inside the monitor.
    private func allTables(_ run: RunJobs = oneAfterTheOther) -> AlignedNumbers<Scalar> {
        if let tables { return tables }
        let d = architecture.embeddingDimension
        let made = AlignedNumbers<Scalar>(count: d * used * columns, from: spare) { numbers in
            run(blocks.count) { [self] job in
                var scratch = FormScratch<Scalar>(architecture, columns: columns)
                let block = blocks[job]
                for b in 0..<d {
                    setMixing(block, b, &scratch)
                    setLayer(block, b, &scratch)
                    scratch.setProducts(block)
                    Scalar.kernels.dense(
                        block.count, scratch.padded, columns, scratch.products, scratch.padded, scratch.layer,
                        scratch.zeros, numbers + start(block) + b * block.count * columns)
                }
            }
        }
        tables = made
        return made
    }

    /// W of the lanes (m, b) of a block's sender channel.
    func setMixing(_ block: Block, _ b: Int, _ scratch: inout FormScratch<Scalar>) {
        let (d, channels) = (architecture.embeddingDimension, architecture.radialChannels)
        let source = layout.mixing[block.degree].offset + block.a * d + b
        for i in 0..<architecture.radialCount {
            for m in 0..<channels {
                scratch.mixing[i * scratch.padded + m] = Scalar(parameters[source + (i * channels + m) * d * d])
            }
        }
    }

    /// The weights of the lanes (m, b) of a block's contraction in the first layer, and in the linear one.
    func setLayer(_ block: Block, _ b: Int, _ scratch: inout FormScratch<Scalar>) {
        let first = readout.layers[0]
        for m in 0..<architecture.radialChannels {
            let place = place(of: m, b, block)
            let row = scratch.layer + m * columns
            let source = first.transposed.pointer + place * first.outputs
            for o in 0..<first.outputs { row[o] = source[o] }
            row[first.outputs] = readout.linear.pointer[place]
        }
    }

    /// Where lane (m, b) of a block's contraction stands among the features.
    private func place(of m: Int, _ b: Int, _ block: Block) -> Int {
        let chunk = Scalar.kernels.chunkLanes
        let lane = block.a * network.pointee.blockLanes + m * architecture.embeddingDimension + b
        return (lane / chunk * network.pointee.contractionCount + block.contraction) * chunk + lane % chunk
    }

    /// θ′ of an element, [d].
    func receiver(_ element: Int) -> ArraySlice<Double> {
        let d = architecture.embeddingDimension
        let first = (layout.receiver ?? layout.sender).offset + element * d
        return parameters[first..<first + d]
    }

    private func fold(_ element: Int, _ tables: AlignedNumbers<Scalar>) -> Readout.First {
        let (d, count, first) = (architecture.embeddingDimension, network.pointee.formCount, readout.layers[0])
        let largest = blocks.reduce(0) { max($0, $1.count) } * columns
        let folded = Buffer<Scalar>(capacity: largest)
        let zeros = Buffer<Scalar>(capacity: largest)
        zeros.pointer.update(repeating: 0, count: largest)
        let linear = AlignedNumbers<Scalar>(count: count, from: spare) { $0.update(repeating: 0, count: count) }
        let transposed = AlignedNumbers<Scalar>(count: count * first.outputs, from: spare) { numbers in
            let linear = UnsafeMutablePointer(mutating: linear.pointer)
            (numbers + used * first.outputs).update(repeating: 0, count: (count - used) * first.outputs)
            for block in blocks {
                let size = block.count * columns
                let powers = receiver(element).map { Scalar(block.order == 1 ? $0 : $0 * $0) }
                Scalar.kernels.dense(
                    1, d, size, powers, d, tables.pointer + start(block), zeros.pointer, folded.pointer)
                for form in 0..<block.count {
                    let (row, target) = (
                        folded.pointer + form * columns, numbers + (block.first + form) * first.outputs
                    )
                    // Numbers are too few for a call that copies them.
                    for o in 0..<first.outputs { target[o] = row[o] }
                    linear[block.first + form] = row[first.outputs]
                }
            }
        }
        let layer = Readout.Layer(
            inputs: count, outputs: first.outputs, usedOutputs: first.usedOutputs, weights: nil, transposed: transposed,
            bias: first.bias)
        return Readout.First(layer: layer, linear: linear)
    }
}

/// What a table of one block and one b is made of, for the lanes (m, b): rows of `padded` numbers for all m, zeros
/// behind them.
struct FormScratch<Scalar: KernelScalar>: ~Copyable {
    let padded: Int
    private let n: Int
    private let memory: Buffer<Scalar>
    let mixing: UnsafeMutablePointer<Scalar>  // [N][m]
    let products: UnsafeMutablePointer<Scalar>  // [forms][m]: W_im W_jm, twice that for i ≠ j; of order 1, W_im
    let layer: UnsafeMutablePointer<Scalar>  // [m][columns]
    let zeros: UnsafePointer<Scalar>

    init(_ architecture: Architecture, columns: Int) {
        let multiple = Scalar.kernels.laneMultiple
        n = architecture.radialCount
        padded = (architecture.radialChannels + multiple - 1) / multiple * multiple
        let forms = n * (n + 1) / 2
        let count = (n + forms) * padded + padded * columns + max(padded, columns)
        memory = Buffer(capacity: count)
        memory.pointer.update(repeating: 0, count: count)
        layer = memory.pointer
        mixing = layer + padded * columns
        products = mixing + n * padded
        zeros = UnsafePointer(products + forms * padded)
    }

    /// From `mixing`.
    func setProducts(_ block: FormReadout<Scalar>.Block) {
        if block.order == 1 { return products.update(from: mixing, count: n * padded) }
        var out = products
        for i in 0..<n {
            for j in i..<n {
                let (x, y) = (mixing + i * padded, mixing + j * padded)
                for m in 0..<padded { out[m] = (i == j ? 1 : 2) * x[m] * y[m] }
                out += padded
            }
        }
    }
}
