import Atoms
import KernelTypes
import Support

/// The gradient by parameters of one precision (`GradientEvaluator`).
final class StructureGradient<Scalar: KernelScalar> {
    private let evaluator: StructureEvaluator<Scalar>
    private let worker: BlockWorker<Scalar>

    private var motion = Buffer<Scalar>()  // [3][edges]
    private var valuesMotion = Buffer<Scalar>()
    private var featuresMotion = Buffer<Scalar>()
    private var accumulated = Buffer<Scalar>()
    private var expanded = Buffer<Scalar>()
    private var featureGradientMotion = Buffer<Scalar>()
    private var temporary = Buffer<Scalar>()

    init(_ model: Model) {
        evaluator = StructureEvaluator(model, threads: 1, skin: 0, forGradient: true)
        worker = evaluator.workers[0]
    }

    var model: Model { evaluator.model }

    /// Goes on with other parameters: `model` was made from this one's by `Model(_:parameters:)`.
    func use(_ model: Model) { evaluator.use(model) }

    /// Energy, forces [atoms][3] and the symmetric strain gradient, as `Evaluator.evaluate`.
    func evaluate(_ structure: StructureView, forces: UnsafeMutablePointer<Double>, strainGradient: inout Matrix3)
        throws(Failure) -> Double
    {
        var outputs = Outputs()
        outputs.forces = forces
        return try evaluator.evaluate(structure, outputs, strainGradient: &strainGradient)
    }

    /// As `GradientEvaluator.addDerivative`.
    func addDerivative(
        along direction: UnsafePointer<Double>, strain: Matrix3, energy: Double, to gradient: ArrangedGradient<Scalar>
    ) throws(Failure) {
        // A structure of one block has just been evaluated as that.
        if worker.block.atomCount == evaluator.count { return try learn(direction, strain, energy, gradient) }
        var next = 0
        while next < evaluator.count {
            next = try evaluator.fill(worker, from: next, to: evaluator.count)
            worker.holdsGradient = false
            try learn(direction, strain, energy, gradient)
        }
    }

    /// The block's part.
    private func learn(
        _ direction: UnsafePointer<Double>, _ strain: Matrix3, _ energy: Double, _ gradient: ArrangedGradient<Scalar>
    ) throws(Failure) {
        setMotion(direction, strain)
        let shape = worker.network.pointee
        accumulated.reserve((worker.block.runCount + 1) * 4 * shape.radialLanes * shape.sphereCount)
        for atom in 0..<worker.block.atomCount {
            let a = worker.block[atom]
            temporary.reserve(worker.compiled.temporaryCount(edges: a.stride, runs: a.runs))
        }
        if let forms = worker.compiled.forms {
            try learn(by: forms, Scalar(energy), gradient)
        } else {
            worker.prepareMixing()
            try learnByContractions(Scalar(energy), gradient)
        }
        worker.holdsGradient = false  // as the readout's pass has gone on
    }

    private func learnByContractions(_ energy: Scalar, _ gradient: ArrangedGradient<Scalar>) throws(Failure) {
        let network = worker.network
        let compiled = worker.compiled
        let shape = network.pointee
        let atoms = worker.block.atomCount
        valuesMotion.reserve(atoms * compiled.valueCount)
        featuresMotion.reserve(atoms * compiled.featureCount)
        expanded.reserve(atoms * 2 * shape.embeddingDimension * shape.radialLanes * shape.monomialCount)
        featureGradientMotion.reserve(atoms * compiled.featureCount)
        for atom in 0..<atoms {
            Scalar.kernels.describeMoving(
                network, worker.block[atom].element, worker.block.edges(atom), motion(atom), scratch(atom),
                temporary.pointer)
        }
        let pass = worker.pass
        if !worker.holdsGradient {
            pass.forward(
                atoms, worker.features.pointer, compiled.featureCount, energies: worker.energies.pointer)
            pass.backward(atoms, featureGradient: worker.featureGradient.pointer)
        }
        gradient.addReadout { readout, adds in
            pass.learn(
                atoms, worker.features.pointer, featuresMotion.pointer, compiled.featureCount, energy: energy,
                featureGradientMotion: featureGradientMotion.pointer, gradient: readout, adds: adds)
        }
        for atom in 0..<atoms {
            let element = worker.block[atom].element
            Scalar.kernels.learn(
                network, element, worker.block.edges(atom), scratch(atom),
                worker.featureGradient.pointer + atom * compiled.featureCount,
                featureGradientMotion.pointer + atom * compiled.featureCount, try gradient.weights(of: element),
                temporary.pointer)
        }
    }

    /// By forms, whose values the worker has, or else computes: the gradient gets a row for each atom.
    private func learn(
        by forms: FormReadout<Scalar>, _ energy: Scalar, _ gradient: ArrangedGradient<Scalar>
    ) throws(Failure) {
        let (network, atoms, pass) = (worker.network, worker.block.atomCount, worker.pass)
        let stride = network.pointee.formCount
        if !worker.holdsGradient { worker.pass(by: forms) }
        valuesMotion.reserve(atoms * worker.compiled.valueCount)
        featuresMotion.reserve(atoms * stride)
        featureGradientMotion.reserve(atoms * stride)
        func scratch(_ atom: Int) -> MovingScratch<Scalar> {
            let (own, a, row) = (worker.scratch(atom, row: 0, stride), worker.block[atom], Int(worker.row[atom]))
            return MovingScratch<Scalar>(
                values: own.values, valuesMotion: valuesMotion.pointer + atom * worker.compiled.valueCount,
                features: worker.features.pointer + row * stride, featuresMotion: featuresMotion.pointer + row * stride,
                accumulated: accumulated(a), expanded: own.values,
                adjoint: own.adjoint, isEvaluated: worker.holdsGradient)
        }
        for atom in 0..<atoms {
            let scratch = scratch(atom)
            Scalar.kernels.describeFormsMoving(
                network, worker.block.edges(atom), motion(atom), scratch, temporary.pointer)
            for k in forms.used..<stride { scratch.featuresMotion[k] = 0 }
        }
        worker.eachElement { element, rows in
            pass.enterMotion(forms.first(of: element), rows, featuresMotion.pointer, stride)
        }
        pass.move(atoms, energy: energy)
        worker.eachElement { element, rows in
            pass.leaveMotion(
                forms.first(of: element), rows, energy: energy, featureGradientMotion: featureGradientMotion.pointer)
        }
        gradient.addReadout { pass.learnInside(atoms, energy: energy, gradient: $0, adds: $1) }
        let weights = try gradient.weights(rows: atoms)
        let (deltas, first) = (pass.firstDeltas, pass.readout.layers[0])
        for row in 0..<atoms {
            let atom = Int(worker.sorted[row])
            gradient.addRow(
                of: worker.block[atom].element, worker.features.pointer + row * stride,
                featuresMotion.pointer + row * stride,
                (deltas.values + row * first.outputs, deltas.motion + row * first.outputs),
                outputs: first.outputs, energy: energy)
            Scalar.kernels.learnForms(
                network, worker.block.edges(atom), scratch(atom), worker.featureGradient.pointer + row * stride,
                featureGradientMotion.pointer + row * stride, weights, temporary.pointer)
        }
    }

    /// ṙ_ij = v_j − v_i + r_ij · strain.
    private func setMotion(_ direction: UnsafePointer<Double>, _ strain: Matrix3) {
        let count = worker.block.edgeCount
        motion.reserve(3 * count)
        let out = motion.pointer
        let (x, y, z) = (worker.block.x.pointer, worker.block.y.pointer, worker.block.z.pointer)
        let owner = worker.block.owner.pointer
        for atom in 0..<worker.block.atomCount {
            let a = worker.block[atom]
            let own = Vector3(direction[3 * a.index], direction[3 * a.index + 1], direction[3 * a.index + 2])
            for e in a.firstEdge..<a.firstEdge + a.edges {
                let j = 3 * Int(owner[e])
                let edge = Vector3(x[e].asDouble, y[e].asDouble, z[e].asDouble)
                let v = Vector3(direction[j], direction[j + 1], direction[j + 2]) - own + edge * strain
                (out[e], out[count + e], out[2 * count + e]) = (Scalar(v.x), Scalar(v.y), Scalar(v.z))
            }
            for e in a.firstEdge + a.edges..<a.firstEdge + a.stride {
                (out[e], out[count + e], out[2 * count + e]) = (0, 0, 0)
            }
        }
    }

    private func motion(_ atom: Int) -> EdgeMotion<Scalar> {
        let (count, first) = (worker.block.edgeCount, worker.block[atom].firstEdge)
        let x = motion.pointer + first
        return EdgeMotion<Scalar>(x: x, y: x + count, z: x + 2 * count)
    }

    /// Where the sums of an atom's runs are.
    private func accumulated(_ atom: BlockAtom) -> UnsafeMutablePointer<Scalar> {
        let shape = worker.network.pointee
        return accumulated.pointer + 4 * shape.radialLanes * shape.sphereCount * atom.firstRun
    }

    private func scratch(_ atom: Int) -> MovingScratch<Scalar> {
        let shape = worker.network.pointee
        let stride = worker.compiled.valueCount
        let size = shape.radialLanes * shape.monomialCount
        return MovingScratch<Scalar>(
            values: worker.values.pointer + atom * stride, valuesMotion: valuesMotion.pointer + atom * stride,
            features: worker.features.pointer + atom * worker.compiled.featureCount,
            featuresMotion: featuresMotion.pointer + atom * worker.compiled.featureCount,
            accumulated: accumulated(worker.block[atom]),
            expanded: expanded.pointer + atom * 2 * shape.embeddingDimension * size, adjoint: worker.adjoint(atom),
            isEvaluated: worker.holdsGradient)
    }
}
