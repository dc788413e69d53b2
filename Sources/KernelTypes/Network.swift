/// Everything that the inner loops need to know of a model, as plain numbers and addresses. Built once by
/// `Potential/CompiledNetwork.swift`, which owns the memory; read by any number of threads.
///
/// Words: a *lane* is one (radial channel m, channel c) pair, in the order (a, m, b) with c = a·d + b: sender row a
/// slowest, so that all lanes of one a form a block that reads the same A[a]. Each block is padded with zeros to a
/// multiple of `KernelTable.laneMultiple`.
package struct Network: BitwiseCopyable, @unchecked Sendable {
    // Sizes
    package var radialCount = 0  // N = n_rbf
    package var degreeCount = 0  // l_max + 1
    package var monomialCount = 0  // L, monomials up to l_max
    package var lowerCount = 0  // monomials up to l_max − 1
    package var embeddingDimension = 0  // d
    package var blockLanes = 0  // lanes of one a: n_radial · d, padded
    package var laneCount = 0  // K = d · blockLanes
    package var contractionCount = 0  // C
    package var nodeCount = 0  // rows of a program's values: monomials, one, open tensors, contractions

    // Radial basis
    package var cutoff = 0.0
    package var cutoffExponent = 2  // p
    package var frequencies: UnsafePointer<Double>  // [N]

    // Monomials: Y_l = Y[parent] · u[axis], and ∂Y_l/∂u_axis = power · Y_lower
    package var degreeStart: UnsafePointer<Int32>  // [degreeCount + 1] first monomial of each degree
    package var parent: UnsafePointer<Int32>  // [L]
    package var axis: UnsafePointer<Int32>  // [L]
    package var raised: UnsafePointer<Int32>  // [lowerCount][3] monomial q · u_axis
    package var raisedPower: UnsafePointer<Double>  // [lowerCount][3] its exponent of that axis

    // Weights
    package var sender: UnsafePointer<Double>  // [elements][d]
    package var mixing: UnsafePointer<Double>  // [elements][degreeCount][d][N][blockLanes], θ′ of the receiver folded in
    package var mixingStride = 0  // numbers per element

    // The contractions
    package var forward: Program
    package var backward: Program

    /// Sizes of nothing, and addresses that must be set before use.
    package static let empty: Network = {
        let nothing = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
        let numbers = UnsafePointer(nothing.assumingMemoryBound(to: Double.self))
        let indices = UnsafePointer(nothing.assumingMemoryBound(to: Int32.self))
        let program = Program(
            rows: UnsafePointer(nothing.assumingMemoryBound(to: Program.Row.self)), rowCount: 0,
            terms: UnsafePointer(nothing.assumingMemoryBound(to: Program.Term.self)))
        return Network(
            frequencies: numbers, degreeStart: indices, parent: indices, axis: indices, raised: indices,
            raisedPower: numbers, sender: numbers, mixing: numbers, forward: program, backward: program)
    }()

    private init(
        frequencies: UnsafePointer<Double>, degreeStart: UnsafePointer<Int32>, parent: UnsafePointer<Int32>,
        axis: UnsafePointer<Int32>, raised: UnsafePointer<Int32>, raisedPower: UnsafePointer<Double>,
        sender: UnsafePointer<Double>, mixing: UnsafePointer<Double>, forward: Program, backward: Program
    ) {
        self.frequencies = frequencies
        self.degreeStart = degreeStart
        self.parent = parent
        self.axis = axis
        self.raised = raised
        self.raisedPower = raisedPower
        self.sender = sender
        self.mixing = mixing
        self.forward = forward
        self.backward = backward
    }
}

/// Sums of products of rows of lanes: for each row, out = coefficient · Σ_terms first · second, set or added.
package struct Program: BitwiseCopyable {
    package struct Row: BitwiseCopyable, Sendable {
        package var out: Int32
        package var firstTerm: Int32
        package var termCount: Int32
        package var adds: Int32  // 1: add to `out`, 0: set it
        package var coefficient: Double

        package init(out: Int, firstTerm: Int, termCount: Int, adds: Bool, coefficient: Double) {
            self.out = Int32(out)
            self.firstTerm = Int32(firstTerm)
            self.termCount = Int32(termCount)
            self.adds = adds ? 1 : 0
            self.coefficient = coefficient
        }
    }

    package struct Term: BitwiseCopyable, Sendable {
        package var first: Int32
        package var second: Int32
        package init(_ first: Int, _ second: Int) {
            self.first = Int32(first)
            self.second = Int32(second)
        }
    }

    package var rows: UnsafePointer<Row>
    package var rowCount: Int
    package var terms: UnsafePointer<Term>

    package init(rows: UnsafePointer<Row>, rowCount: Int, terms: UnsafePointer<Term>) {
        self.rows = rows
        self.rowCount = rowCount
        self.terms = terms
    }
}
