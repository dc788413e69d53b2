/// Positions among which neighbours are looked for, and how near they must be. Positions may be read up to
/// `SiteScan.padding` behind the last one.
package struct SiteScan {
    package static let padding = 8

    package let x: UnsafePointer<Double>, y: UnsafePointer<Double>, z: UnsafePointer<Double>
    package let limit: Double  // square of the cutoff, Å²
    package let tiny: Double  // square of the distance below which sites coincide, Å²
    package let places: UnsafePointer<SIMD8<UInt8>>  // [256] as `writePlaces` has them

    package init(
        x: UnsafePointer<Double>, y: UnsafePointer<Double>, z: UnsafePointer<Double>, limit: Double, tiny: Double,
        places: UnsafePointer<SIMD8<UInt8>>
    ) {
        self.x = x
        self.y = y
        self.z = z
        self.limit = limit
        self.tiny = tiny
        self.places = places
    }

    /// Writes those of the sites first ..< last to `found` that are closer to `center` than the cutoff but do not
    /// coincide with it; up to `padding` more entries may be overwritten. Returns how many there are, and how many
    /// coincide (or a few more, from behind the last one).
    package typealias Function =
        @Sendable (SiteScan, _ center: SIMD3<Double>, _ first: Int, _ last: Int, _ found: UnsafeMutablePointer<Int32>)
        -> (near: Int, close: Int)

    /// For each byte, the numbers of its bits that are set, lowest first.
    package static func writePlaces(to places: UnsafeMutablePointer<SIMD8<UInt8>>) {
        for byte in 0..<256 {
            var set = SIMD8<UInt8>.zero
            var next = 0
            for bit in 0..<8 where byte & 1 << bit != 0 {
                set[next] = UInt8(bit)
                next += 1
            }
            places[byte] = set
        }
    }
}
