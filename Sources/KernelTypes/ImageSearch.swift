/// Symmetry operations and a lattice, to find the images of a site that are near to it.
@usableFromInline  // or its lanes are not inlined
package struct ImageSearch {
    /// Operations are looked at so many at a time.
    @inlinable package static var lanes: Int { 4 }

    /// The operations' rotations, row by row, and translations: [12][stride], fractional. An image x of a position r is
    /// r · rotation + translation. Behind the last operation translations are not numbers: such an image is near to
    /// nothing.
    package let operations: UnsafePointer<Double>
    package let stride: Int  // a multiple of `lanes`
    /// Lattice vectors, Å.
    package let a, b, c: SIMD3<Double>
    package let widths: SIMD3<Double>  // between opposite faces, Å
    package let perWidth: SIMD3<Double>  // 1 / width
    /// Widths, but infinite where a lattice vector is at right angles to the two others: the image wrapped to ±½ along it
    /// is then the shortest.
    package let skewedWidths: SIMD3<Double>

    package init(
        operations: UnsafePointer<Double>, stride: Int, vectors: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>),
        widths: SIMD3<Double>
    ) {
        (self.operations, self.stride) = (operations, stride)
        (a, b, c) = vectors
        self.widths = widths
        perWidth = 1 / widths
        let products = SIMD3((b * c).sum(), (c * a).sum(), (a * b).sum())
        skewedWidths = widths.replacing(
            with: .infinity,
            where: (SIMD3(products.z, products.x, products.y) .== 0)
                .& (SIMD3(products.y, products.z, products.x) .== 0))
    }

    /// What is found: how many images there are closer than `reach`, the site itself among them, each by its shortest
    /// translation.
    @usableFromInline
    package struct Found {
        @usableFromInline package var count: Int
        @usableFromInline package var sum: SIMD3<Double>  // of their differences from the site, fractional
        @usableFromInline package var furthest: Double  // the square of the largest distance, Å²

        @inlinable package init(count: Int, sum: SIMD3<Double>, furthest: Double) {
            (self.count, self.sum, self.furthest) = (count, sum, furthest)
        }
    }

    /// The images of a site (fractional) that are closer to it than `reach` (Å).
    package typealias Function = @Sendable (ImageSearch, _ site: SIMD3<Double>, _ reach: Double) -> Found
}
