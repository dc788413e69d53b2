#if !SINGLE_PRECISION
import KernelTypes

/// As `ImageSearch.Function`. How far an image is from the planes of the faces says of most that the translation at
/// hand is the shortest, or that none is short enough.
func findImages(_ search: ImageSearch, _ site: SIMD3<Double>, _ reach: Double) -> ImageSearch.Found {
    let (a, b, c, widths, skewed) = (search.a, search.b, search.c, search.widths, search.skewedWidths)
    var (sumX, sumY, sumZ) = (Four.zero, Four.zero, Four.zero)
    var furthest = Four.zero
    var counts = Bits.zero
    for k in stride(from: 0, to: search.stride, by: ImageSearch.lanes) {
        @inline(__always) func row(_ component: Int) -> Four {
            UnsafeRawPointer(search.operations + component * search.stride + k).loadUnaligned(as: Four.self)
        }
        let x = wrap(fused(site.x, row(0), fused(site.y, row(3), fused(site.z, row(6), row(9) - site.x))))
        let y = wrap(fused(site.x, row(1), fused(site.y, row(4), fused(site.z, row(7), row(10) - site.y))))
        let z = wrap(fused(site.x, row(2), fused(site.y, row(5), fused(site.z, row(8), row(11) - site.z))))
        let vectorX = fused(c.x, z, fused(b.x, y, a.x * x))
        let vectorY = fused(c.y, z, fused(b.y, y, a.y * x))
        let vectorZ = fused(c.z, z, fused(b.z, y, a.z * x))
        let squares = fused(vectorZ, vectorZ, fused(vectorY, vectorY, vectorX * vectorX))
        var images = Images(x: x, y: y, z: z, squares: squares)
        // No image is closer to the plane of a face than the wrapped one, and all others that may be shorter are at least
        // `room` away.
        let (overX, overY, overZ) = (magnitude(x) * widths.x, magnitude(y) * widths.y, magnitude(z) * widths.z)
        var isNear = less(larger(larger(overX, overY), overZ), Four(repeating: reach))
        let room = 0 - larger(larger(overX - skewed.x, overY - skewed.y), overZ - skewed.z)
        let isOpen = isNear & less(room, Four(repeating: reach)) & less(room * room, squares * (1 + 1e-9))
        if isAny(isOpen) {
            var shortest = images  // a copy, so that the others stay in registers
            shorten(&shortest, isOpen, search, reach)
            images = shortest
        }
        isNear &= less(images.squares, Four(repeating: reach * reach))
        sumX += only(images.x, isNear)
        sumY += only(images.y, isNear)
        sumZ += only(images.z, isNear)
        counts &-= isNear
        furthest = larger(furthest, only(images.squares, isNear))
    }
    return ImageSearch.Found(
        count: Int(counts.wrappedSum()), sum: SIMD3(total(sumX), total(sumY), total(sumZ)),
        furthest: max(max(furthest[0], furthest[1]), max(furthest[2], furthest[3])))
}

/// Differences of images from the site, fractional, and the squares of their lengths.
private struct Images {
    var x, y, z, squares: Four
}

/// Takes the shortest images of those that are open. (Not inlined, as the compiler makes single numbers of whatever it
/// sees taken apart.)
@inline(never)
private func shorten(_ images: inout Images, _ isOpen: Bits, _ search: ImageSearch, _ reach: Double) {
    for lane in 0..<ImageSearch.lanes where isOpen[lane] != 0 {
        let difference = SIMD3(images.x[lane], images.y[lane], images.z[lane])
        let span = min(reach, images.squares[lane].squareRoot() * (1 + 1e-9))
        let nearest = nearest(search, difference, within: span)
        images.x[lane] = nearest.difference.x
        images.y[lane] = nearest.difference.y
        images.z[lane] = nearest.difference.z
        images.squares[lane] = nearest.square
    }
}

/// Of the images of `difference` (fractional) the shortest, if it is shorter than `reach`, and the square of its length;
/// without one, an infinite one. Of those that are equally long, but for rounding, the first.
@inline(__always)
private func nearest(_ search: ImageSearch, _ difference: SIMD3<Double>, within reach: Double)
    -> (difference: SIMD3<Double>, square: Double)
{
    typealias Three = SIMD3<Double>
    @inline(__always) func rounded(_ s: Three) -> Three { (s + 0x1.8p52) - 0x1.8p52 }
    // A vector of fractional component s along one direction is at least |s| × width long: exact for any skew. What is
    // just out of reach may be among them.
    let span = reach * search.perWidth
    let low = difference + rounded(-span - difference + (0.5 - 1e-9))
    let high = difference + rounded(span - difference - (0.5 - 1e-9))
    var nearest = (difference: difference, square: Double.infinity)
    var limit = reach * reach
    var (x, y, z) = (low.x, low.y, low.z)
    while x <= high.x + 0.5 {
        let alongX = search.a * x
        y = low.y
        while y <= high.y + 0.5 {
            let alongXY = alongX + search.b * y
            z = low.z
            while z <= high.z + 0.5 {
                let vector = alongXY + search.c * z
                let square = vector.x * vector.x + vector.y * vector.y + vector.z * vector.z
                if square < limit {
                    nearest = (Three(x, y, z), square)
                    limit = square * (1 - 0x1p-50)
                }
                z += 1
            }
            y += 1
        }
        x += 1
    }
    return nearest
}

private typealias Four = SIMD4<Double>
/// Masks as integers, all bits or none: of masks as such the compiler makes three times as many instructions.
private typealias Bits = SIMD4<Int64>

@inline(__always) private func less(_ a: Four, _ b: Four) -> Bits {
    Bits.zero.replacing(with: Bits(repeating: -1), where: a .< b)
}
/// (Of a mask taken apart the compiler takes apart what it comes from.)
@inline(__always) private func isAny(_ mask: Bits) -> Bool {
    unsafeBitCast(SIMD4<Int8>(truncatingIfNeeded: mask), to: UInt32.self) != 0
}
@inline(__always) private func bits(_ s: Four) -> Bits { unsafeBitCast(s, to: Bits.self) }
@inline(__always) private func only(_ s: Four, _ mask: Bits) -> Four { unsafeBitCast(bits(s) & mask, to: Four.self) }
@inline(__always) private func magnitude(_ s: Four) -> Four { only(s, Bits(repeating: .max)) }
@inline(__always) private func larger(_ a: Four, _ b: Four) -> Four { a.replacing(with: b, where: a .< b) }
@inline(__always) private func total(_ v: Four) -> Double { (v[0] + v[1]) + (v[2] + v[3]) }
/// a b + c. Without fused products the compiler takes the vectors apart, whatever the rest looks like.
@inline(__always) private func fused(_ a: Four, _ b: Four, _ c: Four) -> Four {
    #if FMA || arch(arm64)
    return c.addingProduct(a, b)
    #else
    return a * b + c
    #endif
}
@inline(__always) private func fused(_ a: Double, _ b: Four, _ c: Four) -> Four { fused(Four(repeating: a), b, c) }
/// To ±½; what is half but for rounding, to +½.
@inline(__always) private func wrap(_ s: Four) -> Four { s - (((s - 1e-10) + 0x1.8p52) - 0x1.8p52) }
#endif
