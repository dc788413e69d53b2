import KernelTypes
import Support

/// What the gradient by the folded weights of forms (`FormReadout`) is a sum of, for each atom of a part of a batch: its
/// forms f and what the first layer and the linear one hand back, δ. The gradient is Σ f δ̇ + ḟ δ over the atoms of an
/// element, and `FormSum` takes it once for the whole batch.
struct FormRows<Scalar: KernelScalar>: ~Copyable {
    /// Rows that follow each other and belong to one receiver's element.
    struct Run {
        let element, first: Int
        var count: Int
    }

    let forms, columns: Int
    private(set) var runs: [Run] = []
    private(set) var count = 0
    private var features = Buffer<Scalar>()  // [rows][2][forms]: f, ḟ
    private var deltas = Buffer<Scalar>()  // [rows][2][columns]: δ, δ̇, the linear layer's behind the first one's

    init(_ forms: FormReadout<Scalar>, _ network: UnsafePointer<Network<Scalar>>) {
        (self.forms, columns) = (network.pointee.formCount, forms.columns)
    }

    static func bytesPerRow(_ network: CompiledNetwork<Scalar>) -> Int {
        guard let forms = network.forms else { return 0 }
        return 2 * (network.network.formCount + forms.columns) * MemoryLayout<Scalar>.stride
    }

    mutating func clear() {
        runs.removeAll(keepingCapacity: true)
        count = 0
    }

    /// Makes room for so many rows more. Throws `.memory`.
    mutating func request(_ more: Int) throws(Failure) {
        try features.request((count + more) * 2 * forms, keeping: count * 2 * forms)
        try deltas.request((count + more) * 2 * columns, keeping: count * 2 * columns)
    }

    /// A further row, for which there must be room. deltas: of the first layer's outputs and their motion; the linear
    /// layer's δ is 1, and grows at the rate `energy`.
    mutating func add(
        _ element: Int, _ f: UnsafePointer<Scalar>, _ motion: UnsafePointer<Scalar>,
        _ deltas: (values: UnsafePointer<Scalar>, motion: UnsafePointer<Scalar>), outputs: Int, energy: Scalar
    ) {
        if let last = runs.last, last.element == element {
            runs[runs.count - 1].count += 1
        } else {
            runs.append(Run(element: element, first: count, count: 1))
        }
        let row = features.pointer + count * 2 * forms
        for k in 0..<forms { (row[k], row[forms + k]) = (f[k], motion[k]) }
        let out = self.deltas.pointer + count * 2 * columns
        for k in 0..<outputs { (out[k], out[columns + k]) = (deltas.values[k], deltas.motion[k]) }
        for k in outputs..<columns { (out[k], out[columns + k]) = (0, 0) }
        (out[outputs], out[columns + outputs]) = (1, energy)
        count += 1
    }

    /// out[forms of the block][columns] += Σ f δ̇ + ḟ δ over a run.
    func addProducts(_ run: Run, _ block: FormReadout<Scalar>.Block, to out: UnsafeMutablePointer<Scalar>) {
        let (f, delta) = (
            features.pointer + run.first * 2 * forms + block.first, deltas.pointer + run.first * 2 * columns
        )
        Scalar.kernels.transposedProducts(
            block.count, columns, run.count, f, f + forms, 2 * forms, delta + columns, delta, 2 * columns, out, true)
    }
}
