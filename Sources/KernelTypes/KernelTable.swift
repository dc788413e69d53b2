/// The inner loops for one instruction set and one type of numbers, Double or Float. Each function works on one atom
/// (or on rows of numbers) and allocates nothing; `temporary` is scratch of `CompiledNetwork.temporaryCount` numbers.
package struct KernelTable<Scalar: Sendable>: Sendable {
    package typealias Pointer = UnsafeMutablePointer<Scalar>
    package typealias Network = KernelTypes.Network<Scalar>
    package typealias Edges = KernelTypes.Edges<Scalar>
    package typealias AtomScratch = KernelTypes.AtomScratch<Scalar>
    package typealias MovingScratch = KernelTypes.MovingScratch<Scalar>
    package typealias EdgeMotion = KernelTypes.EdgeMotion<Scalar>
    package typealias WeightGradient = KernelTypes.WeightGradient<Scalar>

    package let name: String
    /// Runs of edges and widths of layers are padded to multiples of this.
    package let laneMultiple: Int
    /// Lanes in a chunk; blocks of lanes are padded to multiples of it.
    package let chunkLanes: Int
    /// Whether `Network.unmixing` is read, for a number of radial functions and of degrees.
    package let transposesMixing: @Sendable (_ radialCount: Int, _ degreeCount: Int) -> Bool

    /// Forward: edges → R, Y → A → A′ → open tensors and contractions, left in `scratch`.
    package let describe:
        @Sendable (
            _ network: UnsafePointer<Network>, _ element: Int, _ edges: Edges, _ scratch: AtomScratch,
            _ temporary: Pointer
        )
            -> Void

    /// Backward: from ∂E/∂(contractions) [chunks][C][chunkLanes] to ∂E/∂r_ij of every edge, [3][stride].
    package let respond:
        @Sendable (
            _ network: UnsafePointer<Network>, _ element: Int, _ edges: Edges, _ scratch: AtomScratch,
            _ featureGradient: Pointer, _ edgeGradient: Pointer, _ temporary: Pointer
        ) -> Void

    /// As `describe` and `respond` for a network with forms (`Network.formCount`): leaves the forms in the features,
    /// and takes ∂E/∂(forms).
    package let describeForms: @Sendable (UnsafePointer<Network>, Edges, AtomScratch, _ temporary: Pointer) -> Void
    package let respondForms:
        @Sendable (
            UnsafePointer<Network>, Edges, AtomScratch, _ formGradient: Pointer, _ edgeGradient: Pointer,
            _ temporary: Pointer
        ) -> Void

    /// Takes the edges' gradients [3][stride] from the forces on the neighbours `owners`, and sets out[12] to their sum
    /// and to that of r ⊗ g.
    package let pull: Pull
    package typealias Pull =
        @Sendable (
            Edges, _ gradient: Pointer, _ owners: UnsafePointer<Int32>, _ forces: UnsafeMutablePointer<Double>?,
            _ out: UnsafeMutablePointer<Double>
        ) -> Void

    /// As `describe`, with the derivative of everything along a motion of the edges.
    package let describeMoving:
        @Sendable (
            _ network: UnsafePointer<Network>, _ element: Int, _ edges: Edges, _ motion: EdgeMotion,
            _ scratch: MovingScratch, _ temporary: Pointer
        ) -> Void

    /// The derivative along the motion of ∂E/∂(weights), added up; needs what `describeMoving` left.
    package let learn:
        @Sendable (
            _ network: UnsafePointer<Network>, _ element: Int, _ edges: Edges, _ scratch: MovingScratch,
            _ featureGradient: Pointer, _ featureGradientMotion: Pointer, _ gradient: WeightGradient,
            _ temporary: Pointer
        ) -> Void

    /// As `describeMoving` and `learn` for a network with forms, after `describeForms`: values and their motion are A and
    /// w A, [2][d][L][radialLanes] each; of the weights' gradient, all but the mixing.
    package let describeFormsMoving:
        @Sendable (UnsafePointer<Network>, Edges, EdgeMotion, MovingScratch, _ temporary: Pointer) -> Void
    package let learnForms:
        @Sendable (
            UnsafePointer<Network>, Edges, MovingScratch, _ formGradient: Pointer, _ formGradientMotion: Pointer,
            WeightGradient, _ temporary: Pointer
        ) -> Void

    /// values[count] → silu(values) in place; derivative[count] = silu′, and if not NULL second[count] = silu″.
    package let activate: @Sendable (_ values: Pointer, _ derivative: Pointer, _ second: Pointer?, _ count: Int) -> Void

    /// A layer: out[row][o] = bias[o] + Σ_i x[row · stride + i] w[i][o]; outputs are a multiple of the lane multiple.
    package let dense: Dense
    /// The way back by the same weights: out[row][i] = bias[i] + Σ_o x[row · stride + o] w[i][o]; outputs and inputs
    /// are multiples of the lane multiple.
    package let denseTransposed: Dense
    package typealias Dense =
        @Sendable (
            _ rows: Int, _ inputs: Int, _ outputs: Int, _ x: UnsafePointer<Scalar>, _ stride: Int,
            _ w: UnsafePointer<Scalar>, _ bias: UnsafePointer<Scalar>, _ out: Pointer
        ) -> Void

    /// out[rows][columns] = Σ_k x[k · strideX + row] y[k · strideY + column] + x2 … y2, over `terms`, plus what was there
    /// if it `adds`; columns are a multiple of the lane multiple.
    package let transposedProducts: TransposedProducts
    package typealias TransposedProducts =
        @Sendable (
            _ rows: Int, _ columns: Int, _ terms: Int, _ x: UnsafePointer<Scalar>, _ x2: UnsafePointer<Scalar>,
            _ strideX: Int, _ y: UnsafePointer<Scalar>, _ y2: UnsafePointer<Scalar>, _ strideY: Int, _ out: Pointer,
            _ adds: Bool
        ) -> Void

    /// Σ_i x[i] y[i].
    package let dot: @Sendable (_ x: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>, _ count: Int) -> Scalar

    package init(
        name: String, laneMultiple: Int, chunkLanes: Int, transposesMixing: @escaping @Sendable (Int, Int) -> Bool,
        describe: @escaping @Sendable (UnsafePointer<Network>, Int, Edges, AtomScratch, Pointer) -> Void,
        respond:
            @escaping @Sendable (UnsafePointer<Network>, Int, Edges, AtomScratch, Pointer, Pointer, Pointer) -> Void,
        describeForms: @escaping @Sendable (UnsafePointer<Network>, Edges, AtomScratch, Pointer) -> Void,
        respondForms:
            @escaping @Sendable (UnsafePointer<Network>, Edges, AtomScratch, Pointer, Pointer, Pointer) -> Void,
        pull: @escaping Pull,
        describeMoving:
            @escaping @Sendable (UnsafePointer<Network>, Int, Edges, EdgeMotion, MovingScratch, Pointer) -> Void,
        learn:
            @escaping @Sendable (
                UnsafePointer<Network>, Int, Edges, MovingScratch, Pointer, Pointer, WeightGradient, Pointer
            ) -> Void,
        describeFormsMoving:
            @escaping @Sendable (UnsafePointer<Network>, Edges, EdgeMotion, MovingScratch, Pointer) -> Void,
        learnForms:
            @escaping @Sendable (
                UnsafePointer<Network>, Edges, MovingScratch, Pointer, Pointer, WeightGradient, Pointer
            ) -> Void,
        activate: @escaping @Sendable (Pointer, Pointer, Pointer?, Int) -> Void, dense: @escaping Dense,
        denseTransposed: @escaping Dense, transposedProducts: @escaping TransposedProducts,
        dot: @escaping @Sendable (UnsafePointer<Scalar>, UnsafePointer<Scalar>, Int) -> Scalar
    ) {
        self.name = name
        self.laneMultiple = laneMultiple
        self.chunkLanes = chunkLanes
        self.transposesMixing = transposesMixing
        self.describe = describe
        self.respond = respond
        self.describeForms = describeForms
        self.respondForms = respondForms
        self.pull = pull
        self.describeMoving = describeMoving
        self.learn = learn
        self.describeFormsMoving = describeFormsMoving
        self.learnForms = learnForms
        self.activate = activate
        self.dense = dense
        self.denseTransposed = denseTransposed
        self.transposedProducts = transposedProducts
        self.dot = dot
    }
}

/// Forward values and their derivatives along the motion.
package struct MovingScratch<Scalar> {
    package var values: UnsafeMutablePointer<Scalar>  // [chunks][nodeCount][chunkLanes]
    package var valuesMotion: UnsafeMutablePointer<Scalar>
    package var features: UnsafeMutablePointer<Scalar>  // [chunks][C][chunkLanes]
    package var featuresMotion: UnsafeMutablePointer<Scalar>
    /// [runs][4][S][radialLanes]: Σ R Y, Σ Q Y and their derivatives; Q = ∂R/∂w.
    package var accumulated: UnsafeMutablePointer<Scalar>
    package var expanded: UnsafeMutablePointer<Scalar>  // [2][d][L][radialLanes] A and its derivative
    package var adjoint: UnsafeMutablePointer<Scalar>  // as `AtomScratch.adjoint`
    /// Whether A′ among the values, and the adjoint, are those that an evaluation has left.
    package var isEvaluated: Bool

    @inlinable
    package init(
        values: UnsafeMutablePointer<Scalar>, valuesMotion: UnsafeMutablePointer<Scalar>,
        features: UnsafeMutablePointer<Scalar>, featuresMotion: UnsafeMutablePointer<Scalar>,
        accumulated: UnsafeMutablePointer<Scalar>, expanded: UnsafeMutablePointer<Scalar>,
        adjoint: UnsafeMutablePointer<Scalar>, isEvaluated: Bool
    ) {
        self.values = values
        self.valuesMotion = valuesMotion
        self.features = features
        self.featuresMotion = featuresMotion
        self.accumulated = accumulated
        self.expanded = expanded
        self.adjoint = adjoint
        self.isEvaluated = isEvaluated
    }
}

/// Where `learn` adds up.
package struct WeightGradient<Scalar> {
    /// For the receiver's element: [degreeCount][d][block's chunks][N][chunk].
    package var mixing: UnsafeMutablePointer<Scalar>
    package var sender: UnsafeMutablePointer<Scalar>  // [elements][d]
    package var frequencies: UnsafeMutablePointer<Scalar>  // [N]

    @inlinable
    package init(
        mixing: UnsafeMutablePointer<Scalar>, sender: UnsafeMutablePointer<Scalar>,
        frequencies: UnsafeMutablePointer<Scalar>
    ) {
        self.mixing = mixing
        self.sender = sender
        self.frequencies = frequencies
    }
}
