import Atoms
import KernelTypes
import Support

/// The gradient by parameters of one precision (`GradientEvaluator`).
final class StructureGradient<Scalar: KernelScalar> {
    private let evaluator: StructureEvaluator<Scalar>
    private let worker: BlockWorker<Scalar>

    private var motion = Buffer<Scalar>()  // [3][edges]
    private var values = Buffer<Scalar>()
    private var valuesMotion = Buffer<Scalar>()
    private var features = Buffer<Scalar>()
    private var featuresMotion = Buffer<Scalar>()
    private var accumulated = Buffer<Scalar>()
    private var expanded = Buffer<Scalar>()
    private var featureGradient = Buffer<Scalar>()
    private var featureGradientMotion = Buffer<Scalar>()
    private var temporary = Buffer<Scalar>()
    private var energies = Buffer<Scalar>()

    init(_ model: Model) {
        // Weights that change with every step are not worth folding into forms, and the contractions are needed again.
        evaluator = StructureEvaluator(model, threads: 1, skin: 0, usesForms: false)
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
        if worker.block.atomCount == evaluator.count { return try learnBlock(direction, strain, energy, gradient) }
        worker.forgetGradient()
        var next = 0
        while next < evaluator.count {
            next = try evaluator.fill(worker, from: next, to: evaluator.count)
            worker.prepareMixing()
            try learnBlock(direction, strain, energy, gradient)
        }
    }

    private func learnBlock(
        _ direction: UnsafePointer<Double>, _ strain: Matrix3, _ energy: Double, _ gradient: ArrangedGradient<Scalar>
    ) throws(Failure) {
        let network = worker.network
        let compiled = worker.compiled
        let shape = network.pointee
        let atoms = worker.block.atomCount
        let stride = shape.nodeCount * shape.laneCount
        let size = shape.radialLanes * shape.monomialCount
        setMotion(direction, strain)
        values.reserve(atoms * stride)
        valuesMotion.reserve(atoms * stride)
        features.reserve(atoms * compiled.featureCount)
        featuresMotion.reserve(atoms * compiled.featureCount)
        expanded.reserve(atoms * 2 * shape.embeddingDimension * size)
        accumulated.reserve((worker.block.runCount + 1) * 4 * shape.radialLanes * shape.sphereCount)
        featureGradient.reserve(atoms * compiled.featureCount)
        featureGradientMotion.reserve(atoms * compiled.featureCount)
        energies.reserve(atoms)
        for atom in 0..<atoms {
            let a = worker.block[atom]
            let edges = worker.block.edges(atom)
            let (x, y, z) = (
                motion.pointer, motion.pointer + worker.block.edgeCount, motion.pointer + 2 * worker.block.edgeCount
            )
            temporary.reserve(compiled.temporaryCount(edges: a.stride, runs: a.runs))
            Scalar.kernels.describeMoving(
                network, a.element, edges,
                EdgeMotion<Scalar>(x: x + a.firstEdge, y: y + a.firstEdge, z: z + a.firstEdge), scratch(atom),
                temporary.pointer)
        }
        let pass = worker.pass
        if !worker.holdsGradient {
            pass.forward(atoms, features.pointer, compiled.featureCount, energies: energies.pointer)
            pass.backward(atoms, featureGradient: featureGradient.pointer)
        }
        let featureGradient = worker.holdsGradient ? worker.featureGradientPointer : featureGradient.pointer
        gradient.addReadout { readout, adds in
            pass.learn(
                atoms, features.pointer, featuresMotion.pointer, compiled.featureCount, energy: Scalar(energy),
                featureGradientMotion: featureGradientMotion.pointer, gradient: readout, adds: adds)
        }
        for atom in 0..<atoms {
            let a = worker.block[atom]
            let weights = try gradient.weights(of: a.element)
            Scalar.kernels.learn(
                network, a.element, worker.block.edges(atom), scratch(atom),
                featureGradient + atom * compiled.featureCount,
                featureGradientMotion.pointer + atom * compiled.featureCount, weights, temporary.pointer)
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

    private func scratch(_ atom: Int) -> MovingScratch<Scalar> {
        let shape = worker.network.pointee
        let stride = shape.nodeCount * shape.laneCount
        let size = shape.radialLanes * shape.monomialCount
        return MovingScratch<Scalar>(
            values: values.pointer + atom * stride, valuesMotion: valuesMotion.pointer + atom * stride,
            features: features.pointer + atom * worker.compiled.featureCount,
            featuresMotion: featuresMotion.pointer + atom * worker.compiled.featureCount,
            accumulated: accumulated.pointer + 4 * shape.radialLanes * shape.sphereCount * worker.block[atom].firstRun,
            expanded: expanded.pointer + atom * 2 * shape.embeddingDimension * size)
    }
}
