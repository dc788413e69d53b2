/// Everything that the inner loops need to know of a model, as plain numbers and addresses. Built once by
/// `Potential/CompiledNetwork.swift`, which owns the memory; read by any number of threads.
///
/// Words: a *lane* is one (radial channel m, channel c) pair, in the order (a, m, b) with c = a·d + b: sender row a
/// slowest, so that all lanes of one a form a block that reads the same A[a]. Each block is padded with zeros to a
/// multiple of a *chunk*, `KernelTable.chunkLanes` lanes. Matrices of rows over lanes are stored chunk by chunk,
/// [chunks][rows][chunkLanes], so that all that is done with one chunk stays in the first-level cache.
package struct Network<Scalar>: BitwiseCopyable, @unchecked Sendable {
    // Sizes
    package var radialCount = 0  // N = n_rbf
    package var radialLanes = 0  // N, padded to whole vectors
    package var degreeCount = 0  // l_max + 1
    package var monomialCount = 0  // L, monomials up to l_max
    package var lowerCount = 0  // monomials up to l_max − 1
    package var sphereCount = 0  // S, those of the monomials that are summed over edges (KernelsBaseline/Angular.swift)
    package var embeddingDimension = 0  // d
    package var blockLanes = 0  // lanes of one a: n_radial · d, padded
    package var laneCount = 0  // K = d · blockLanes
    package var contractionCount = 0  // C
    package var nodeCount = 0  // rows of values: monomials, and what the code for contractions keeps beside them

    // Radial basis
    package var cutoff = 0.0
    package var cutoffExponent = 2  // p
    package var frequencies: UnsafePointer<Scalar>  // [N]
    package var sines = SineTable()

    // Monomials: Y_l = Y[parent] · u[axis], and ∂Y_l/∂u_axis = power · Y_lower
    package var degreeStart: UnsafePointer<Int32>  // [degreeCount + 1] first monomial of each degree
    package var parent: UnsafePointer<Int32>  // [S]
    package var axis: UnsafePointer<Int32>  // [S]
    package var raised: UnsafePointer<Int32>  // [lowerCount][3] monomial q · u_axis
    package var raisedPower: UnsafePointer<Scalar>  // [lowerCount][3] its exponent of that axis

    // Weights
    package var sender: UnsafePointer<Scalar>  // [elements][d]
    /// Of each receiver's element, once it has been met: [degreeCount][d][block's chunks][N][chunk], θ′ folded in.
    package var mixing: UnsafePointer<UnsafePointer<Scalar>>
    package var mixingStride = 0  // numbers per element
    /// The same transposed, if `KernelTable.transposesMixing`: [degreeCount][d][blockLanes][radialLanes].
    package var unmixing: UnsafePointer<UnsafePointer<Scalar>>
    package var unmixingStride = 0  // 0: there are none

    // Contractions of order 1 and 2 alone, as forms of A (KernelsBaseline/Forms.swift)
    package var formCount = 0  // how many there are, padded to whole vectors; 0 where contractions are less work
    package var multiplicity: UnsafePointer<Scalar>  // [L] w_l = |l|! / (lx! ly! lz!)

    // The contractions
    package var contractionCode = ContractionCode.programs
    package var squareOfDegree: UnsafePointer<Int32>  // [degreeCount] of squares: the one of each degree, −1: none
    package var opening: Program  // open tensors from values, among the values
    package var closing: Program  // contractions from values
    package var backward: Program  // ∂E/∂A′ from ∂E/∂(contractions) and values

    /// Sizes of nothing, and addresses that must be set before use.
    package static var empty: Network {
        let nothing = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
        let numbers = UnsafePointer(nothing.assumingMemoryBound(to: Scalar.self))
        let rows = UnsafePointer(nothing.assumingMemoryBound(to: UnsafePointer<Scalar>.self))
        let indices = UnsafePointer(nothing.assumingMemoryBound(to: Int32.self))
        let program = Program(
            bundles: UnsafePointer(nothing.assumingMemoryBound(to: Program.Bundle.self)), bundleCount: 0,
            terms: UnsafePointer(nothing.assumingMemoryBound(to: Program.Term.self)))
        return Network(
            frequencies: numbers, degreeStart: indices, parent: indices, axis: indices, raised: indices,
            raisedPower: numbers, sender: numbers, mixing: rows, unmixing: rows, multiplicity: numbers,
            squareOfDegree: indices, opening: program, closing: program, backward: program)
    }

    private init(
        frequencies: UnsafePointer<Scalar>, degreeStart: UnsafePointer<Int32>, parent: UnsafePointer<Int32>,
        axis: UnsafePointer<Int32>, raised: UnsafePointer<Int32>, raisedPower: UnsafePointer<Scalar>,
        sender: UnsafePointer<Scalar>, mixing: UnsafePointer<UnsafePointer<Scalar>>,
        unmixing: UnsafePointer<UnsafePointer<Scalar>>, multiplicity: UnsafePointer<Scalar>,
        squareOfDegree: UnsafePointer<Int32>, opening: Program, closing: Program, backward: Program
    ) {
        self.frequencies = frequencies
        self.degreeStart = degreeStart
        self.parent = parent
        self.axis = axis
        self.raised = raised
        self.raisedPower = raisedPower
        self.multiplicity = multiplicity
        self.squareOfDegree = squareOfDegree
        self.sender = sender
        self.mixing = mixing
        self.unmixing = unmixing
        self.opening = opening
        self.closing = closing
        self.backward = backward
    }
}

/// Sines and cosines of w_k r at distances r in equal steps, from which those between follow
/// (KernelsBaseline/Sines.swift). Double precision alone has one.
package struct SineTable: BitwiseCopyable, @unchecked Sendable {
    package var rows: UnsafePointer<Double>  // [lastRow + 1][rowLength]: sine and cosine of w_0 r, then of w_1 r, …, zeros
    package var series: UnsafePointer<Double>  // [6][laneMultiple]: of sine and cosine between rows, each in all lanes
    // Counts, as numbers that kernels compute with
    package var rowLength = 0.0  // 2 N, padded to whole vectors
    package var lastRow = 0.0  // the cutoff's; 0: no table
    package var step = 0.0  // Å, between the distances of two rows
    package var inverseStep = 0.0

    /// No table.
    package init() {
        rows = UnsafePointer(UnsafeMutablePointer(bitPattern: 64).unsafelyUnwrapped)
        series = rows
    }
}

/// How contractions are computed: by programs, which know any list, or by code of their own.
package enum ContractionCode: Int32, BitwiseCopyable, Sendable {
    case programs
    case published  // the list of the published models of order 3 (KernelsBaseline/PublishedContractions.swift)
    case squares  // order 1 and 2 alone, each degree once (KernelsBaseline/SquareContractions.swift)
}

/// Sums of products of rows of lanes: out = coefficient · Σ_terms shared · own, set or added. Up to three rows whose
/// terms have one factor in common make a *bundle*: what is shared is read once.
package struct Program: BitwiseCopyable {
    package struct Bundle: BitwiseCopyable, Sendable {
        package var rowCount: Int32  // 1 … 3
        package var adds: Int32  // 1: add to the rows, 0: set them
        package var firstTerm: Int32
        package var termCount: Int32
        package var out: (Int32, Int32, Int32)
        package var coefficient: Double

        package init(rows: [Int], firstTerm: Int, termCount: Int, adds: Bool, coefficient: Double) {
            rowCount = Int32(rows.count)
            self.adds = adds ? 1 : 0
            self.firstTerm = Int32(firstTerm)
            self.termCount = Int32(termCount)
            out = (Int32(rows[0]), Int32(rows.count > 1 ? rows[1] : 0), Int32(rows.count > 2 ? rows[2] : 0))
            self.coefficient = coefficient
        }
    }

    /// The shared factor, and the other one for each row of the bundle.
    package struct Term: BitwiseCopyable, Sendable {
        package var shared: Int32
        package var own: (Int32, Int32, Int32)

        package init(shared: Int, own: [Int]) {
            self.shared = Int32(shared)
            self.own = (Int32(own[0]), Int32(own.count > 1 ? own[1] : 0), Int32(own.count > 2 ? own[2] : 0))
        }
    }

    package var bundles: UnsafePointer<Bundle>
    package var bundleCount: Int
    package var terms: UnsafePointer<Term>

    package init(bundles: UnsafePointer<Bundle>, bundleCount: Int, terms: UnsafePointer<Term>) {
        self.bundles = bundles
        self.bundleCount = bundleCount
        self.terms = terms
    }
}
