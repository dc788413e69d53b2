/// Neighbours of one atom that are of one element: edges `start` ..< `end`.
package struct EdgeRun: BitwiseCopyable {
    package var element: Int32  // row of the embedding
    package var start: Int32  // first edge
    package var end: Int32  // behind the last edge

    package init(element: Int, start: Int, end: Int) {
        self.element = Int32(truncatingIfNeeded: element)
        self.start = Int32(truncatingIfNeeded: start)
        self.end = Int32(truncatingIfNeeded: end)
    }
}

/// The neighbours of one atom, structure of arrays, grouped into *runs* of one element each. Kernels work on whole
/// vectors of edges from the beginning of the atom's or of a run's: arrays have room for that, with edges beyond the
/// cutoff where there are no more.
package struct Edges<Scalar> {
    package var count = 0
    package var stride = 0  // of rows that have a number for each edge (`strideOfRows`)
    package var runCount = 0
    package var runs: UnsafePointer<EdgeRun>
    package var x: UnsafePointer<Scalar>  // [stride] r_ij
    package var y: UnsafePointer<Scalar>
    package var z: UnsafePointer<Scalar>

    @inlinable
    package init(
        runs: UnsafePointer<EdgeRun>, x: UnsafePointer<Scalar>, y: UnsafePointer<Scalar>, z: UnsafePointer<Scalar>
    ) {
        self.runs = runs
        self.x = x
        self.y = y
        self.z = z
    }

    /// The room that so many edges in so many runs need. multiple: of lanes.
    @inlinable
    package static func strideOfRows(_ count: Int, runs: Int, multiple: Int) -> Int {
        let furthest = runs > 1 ? count + multiple - 1 : count  // that a vector from within a run reaches
        return (furthest + multiple - 1) / multiple * multiple
    }
}

/// Where the forward pass leaves what the backward pass of the same atom needs.
package struct AtomScratch<Scalar> {
    package var unit: UnsafeMutablePointer<Scalar>  // [4][stride] u_x, u_y, u_z, 1/r
    package var radial: UnsafeMutablePointer<Scalar>  // [N][2][stride] R_n and dR_n/dr
    package var values: UnsafeMutablePointer<Scalar>  // [chunks][nodeCount][chunkLanes]
    package var features: UnsafeMutablePointer<Scalar>  // [chunks][C][chunkLanes]
    /// [d][L][radialLanes] ∂E/∂A, where the backward pass leaves it: of the S monomials that are summed over edges.
    package var adjoint: UnsafeMutablePointer<Scalar>

    @inlinable
    package init(
        unit: UnsafeMutablePointer<Scalar>, radial: UnsafeMutablePointer<Scalar>, values: UnsafeMutablePointer<Scalar>,
        features: UnsafeMutablePointer<Scalar>, adjoint: UnsafeMutablePointer<Scalar>
    ) {
        self.unit = unit
        self.radial = radial
        self.values = values
        self.features = features
        self.adjoint = adjoint
    }
}

/// How an atom's edges move, for derivatives along a direction of all positions.
package struct EdgeMotion<Scalar> {
    package var x: UnsafePointer<Scalar>  // [stride] ṙ_ij
    package var y: UnsafePointer<Scalar>
    package var z: UnsafePointer<Scalar>

    @inlinable
    package init(x: UnsafePointer<Scalar>, y: UnsafePointer<Scalar>, z: UnsafePointer<Scalar>) {
        self.x = x
        self.y = y
        self.z = z
    }
}
