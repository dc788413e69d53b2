#if !SINGLE_PRECISION
import KernelTypes

/// The search among sites, as this folder's module compiles it (`SiteScan.Function`): eight distances at a time, whose
/// comparisons become a byte, and the byte the indices to append.
func scanSites(
    _ scan: SiteScan, _ center: SIMD3<Double>, _ first: Int, _ last: Int, _ found: UnsafeMutablePointer<Int32>
) -> (near: Int, close: Int) {
    typealias Four = SIMD4<Double>
    typealias Bits = SIMD4<Int64>
    let (x, y, z, places) = (scan.x, scan.y, scan.z, scan.places)
    let (cx, cy, cz) = (Four(repeating: center.x), Four(repeating: center.y), Four(repeating: center.z))
    let (limit, tiny) = (Four(repeating: scan.limit), Four(repeating: scan.tiny))
    @inline(__always) func four(_ p: UnsafePointer<Double>) -> Four { UnsafeRawPointer(p).loadUnaligned(as: Four.self) }
    @inline(__always) func square(_ k: Int) -> Four {
        let (dx, dy, dz) = (four(x + k) - cx, four(y + k) - cy, four(z + k) - cz)
        return dx * dx + dy * dy + dz * dz
    }
    // Masks as integers, all bits or none: of masks as such the compiler makes three times as many instructions.
    @inline(__always) func less(_ a: Four, _ b: Four) -> Bits {
        Bits.zero.replacing(with: Bits(repeating: -1), where: a .< b)
    }
    var close = Bits.zero
    var count = 0
    var k = first
    while k < last {
        let (p, q) = (square(k), square(k + 4))
        let (sameP, sameQ) = (less(p, tiny), less(q, tiny))
        close &-= sameP &+ sameQ
        let bits = (less(p, limit) & ~sameP & Bits(1, 2, 4, 8)) | (less(q, limit) & ~sameQ & Bits(16, 32, 64, 128))
        var byte = Int(bits[0] | bits[1] | bits[2] | bits[3])
        if last - k < 8 { byte &= (1 << (last - k)) - 1 }
        let sites = SIMD8<Int32>(truncatingIfNeeded: places[byte]) &+ Int32(truncatingIfNeeded: k)
        UnsafeMutableRawPointer(found + count).storeBytes(of: sites, as: SIMD8<Int32>.self)
        count &+= byte.nonzeroBitCount
        k += 8
    }
    return (count, Int(close.wrappedSum()))
}
#endif
