/// Neighbours of one atom that are of one element: edges `start` ..< `end`.
package struct EdgeRun: BitwiseCopyable {
    package var element: Int32  // row of the embedding
    package var start: Int32  // first edge, a multiple of the lane multiple
    package var end: Int32  // behind the last edge, padding included

    package init(element: Int, start: Int, end: Int) {
        self.element = Int32(truncatingIfNeeded: element)
        self.start = Int32(truncatingIfNeeded: start)
        self.end = Int32(truncatingIfNeeded: end)
    }
}

/// The neighbours of one atom, structure of arrays, grouped into *runs* of one element each. Every run is padded to a
/// multiple of `KernelTable.laneMultiple` with edges beyond the cutoff, whose radial functions are zero.
package struct Edges<Scalar> {
    package var count = 0  // with padding
    package var runCount = 0
    package var runs: UnsafePointer<EdgeRun>
    package var x: UnsafePointer<Scalar>  // [count] r_ij
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
}

/// Where the forward pass leaves what the backward pass of the same atom needs.
package struct AtomScratch<Scalar> {
    package var unit: UnsafeMutablePointer<Scalar>  // [4][count] u_x, u_y, u_z, 1/r
    package var radial: UnsafeMutablePointer<Scalar>  // [N][2][count] R_n and dR_n/dr
    package var values: UnsafeMutablePointer<Scalar>  // [chunks][nodeCount][chunkLanes]
    package var features: UnsafeMutablePointer<Scalar>  // [chunks][C][chunkLanes]

    @inlinable
    package init(
        unit: UnsafeMutablePointer<Scalar>, radial: UnsafeMutablePointer<Scalar>, values: UnsafeMutablePointer<Scalar>,
        features: UnsafeMutablePointer<Scalar>
    ) {
        self.unit = unit
        self.radial = radial
        self.values = values
        self.features = features
    }
}

/// How an atom's edges move, for derivatives along a direction of all positions.
package struct EdgeMotion<Scalar> {
    package var x: UnsafePointer<Scalar>  // [count] ṙ_ij
    package var y: UnsafePointer<Scalar>
    package var z: UnsafePointer<Scalar>

    @inlinable
    package init(x: UnsafePointer<Scalar>, y: UnsafePointer<Scalar>, z: UnsafePointer<Scalar>) {
        self.x = x
        self.y = y
        self.z = z
    }
}
