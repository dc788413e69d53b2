/// The neighbours of one atom, structure of arrays, grouped into *runs* of one element each. Every run is padded to a
/// multiple of `KernelTable.laneMultiple` with edges beyond the cutoff, whose radial functions are zero.
package struct Edges {
    package struct Run: BitwiseCopyable {
        package var element: Int32  // row of the embedding
        package var start: Int32  // first edge, a multiple of the lane multiple
        package var end: Int32  // behind the last edge, padding included

        package init(element: Int, start: Int, end: Int) {
            self.element = Int32(truncatingIfNeeded: element)
            self.start = Int32(truncatingIfNeeded: start)
            self.end = Int32(truncatingIfNeeded: end)
        }
    }

    package var count = 0  // with padding
    package var runCount = 0
    package var runs: UnsafePointer<Run>
    package var x: UnsafePointer<Double>  // [count] r_ij
    package var y: UnsafePointer<Double>
    package var z: UnsafePointer<Double>

    package init(
        runs: UnsafePointer<Run>, x: UnsafePointer<Double>, y: UnsafePointer<Double>, z: UnsafePointer<Double>
    ) {
        self.runs = runs
        self.x = x
        self.y = y
        self.z = z
    }
}

/// Where the forward pass leaves what the backward pass of the same atom needs.
package struct AtomScratch {
    package var unit: UnsafeMutablePointer<Double>  // [4][count] u_x, u_y, u_z, 1/r
    package var radial: UnsafeMutablePointer<Double>  // [N][2][count] R_n and dR_n/dr
    package var values: UnsafeMutablePointer<Double>  // [chunks][nodeCount][chunkLanes]
    package var features: UnsafeMutablePointer<Double>  // [chunks][C][chunkLanes]

    package init(
        unit: UnsafeMutablePointer<Double>, radial: UnsafeMutablePointer<Double>, values: UnsafeMutablePointer<Double>,
        features: UnsafeMutablePointer<Double>
    ) {
        self.unit = unit
        self.radial = radial
        self.values = values
        self.features = features
    }
}

/// How an atom's edges move, for derivatives along a direction of all positions.
package struct EdgeMotion {
    package var x: UnsafePointer<Double>  // [count] ṙ_ij
    package var y: UnsafePointer<Double>
    package var z: UnsafePointer<Double>

    package init(x: UnsafePointer<Double>, y: UnsafePointer<Double>, z: UnsafePointer<Double>) {
        self.x = x
        self.y = y
        self.z = z
    }
}
