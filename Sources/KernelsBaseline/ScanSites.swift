import KernelTypes

/// The search among sites, as this folder's module compiles it (`SiteScan.Function`): eight distances at a time, whose
/// comparisons become a byte, and the byte the indices to append.
@Sendable
package func scanSites(
    _ scan: SiteScan, _ center: SIMD3<Double>, _ first: Int, _ last: Int, _ found: UnsafeMutablePointer<Int32>
) -> (near: Int, close: Int) {
    typealias Eight = SIMD8<Double>
    let (x, y, z, places) = (scan.x, scan.y, scan.z, scan.places)
    let (cx, cy, cz) = (Eight(repeating: center.x), Eight(repeating: center.y), Eight(repeating: center.z))
    let (limit, tiny) = (Eight(repeating: scan.limit), Eight(repeating: scan.tiny))
    let bits = SIMD8<Int64>(1, 2, 4, 8, 16, 32, 64, 128)
    let ones = SIMD8<Int64>(repeating: 1)
    var close = SIMD8<Int64>.zero
    var count = 0
    var k = first
    while k < last {
        let dx = UnsafeRawPointer(x + k).loadUnaligned(as: Eight.self) - cx
        let dy = UnsafeRawPointer(y + k).loadUnaligned(as: Eight.self) - cy
        let dz = UnsafeRawPointer(z + k).loadUnaligned(as: Eight.self) - cz
        let square = dx * dx + dy * dy + dz * dz
        let same = square .< tiny
        close &+= SIMD8<Int64>.zero.replacing(with: ones, where: same)
        // (To subtract the bits of `same` instead takes more instructions.)
        var byte = Int(SIMD8<Int64>.zero.replacing(with: bits, where: (square .< limit) .^ same).wrappedSum())
        if last - k < 8 { byte &= (1 << (last - k)) - 1 }
        let sites = SIMD8<Int32>(truncatingIfNeeded: places[byte]) &+ Int32(truncatingIfNeeded: k)
        UnsafeMutableRawPointer(found + count).storeBytes(of: sites, as: SIMD8<Int32>.self)
        count &+= byte.nonzeroBitCount
        k += 8
    }
    return (count, Int(close.wrappedSum()))
}
