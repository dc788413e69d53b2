import KernelTypes
import Kernels
import KernelsBaseline
import Support
import Testing

/// Near images of a site, against all translations within three cells.
@Suite struct FindImagesTests {
    typealias Three = SIMD3<Double>

    /// Random operations in cells from nearly cubic to steeply skewed: more than one translation is near at times.
    @Test(arguments: 0..<60)
    func imagesAreThoseOfAllTranslations(stream: UInt64) {
        var random = RandomStream(seed: 11, stream: stream)
        let (vectors, widths) = cell(&random, skew: [0, 0.3, 1.5][Int(stream % 3)])
        let count = 1 + random.index(below: 9)
        let stride = (count + ImageSearch.lanes - 1) / ImageSearch.lanes * ImageSearch.lanes
        var operations = [Double](repeating: .nan, count: 12 * stride)
        for k in 0..<count {
            for i in 0..<9 {
                operations[i * stride + k] = k == 0 ? (i % 4 == 0 ? 1 : 0) : Double(random.index(below: 3)) - 1
            }
            for i in 9..<12 { operations[i * stride + k] = k == 0 ? 0 : Double(random.index(below: 13)) / 13 }
        }
        for _ in 0..<20 {
            let site = Three(random.uniform(0, 1), random.uniform(0, 1), random.uniform(0, 1))
            let reach = random.uniform(0.2, 3)
            let expected = images(of: site, operations, count, stride, vectors, reach)
            for kernels in [Kernels.commonKernels, KernelsBaseline.commonKernels] {
                let search = ImageSearch(operations: operations, stride: stride, vectors: vectors, widths: widths)
                let found = kernels.findImages(search, site, reach)
                #expect(found.count == expected.count)
                let difference = found.sum - expected.sum
                #expect((difference * difference).sum() < 1e-20)
                #expect(abs(found.furthest - expected.furthest) < 1e-10)
            }
        }
    }

    /// An image at half a lattice vector has two translations of one length: that of +½ is taken, rounding or not.
    @Test func ofTwoNearestTranslationsItIsAlwaysTheSame() {
        let vectors = (Three(2, 0, 0), Three(0, 3, 0), Three(0, 0, 5))
        var operations = [Double](repeating: .nan, count: 12 * ImageSearch.lanes)
        for i in 0..<12 { operations[i * ImageSearch.lanes] = [0, 4, 8].contains(i) ? 1 : 0 }
        for shift in [0.5 - 1e-15, 0.5, 0.5 + 1e-15] {
            operations[9 * ImageSearch.lanes] = shift
            for kernels in [Kernels.commonKernels, KernelsBaseline.commonKernels] {
                let search = ImageSearch(
                    operations: operations, stride: ImageSearch.lanes, vectors: vectors, widths: Three(2, 3, 5))
                let found = kernels.findImages(search, Three(0.2, 0.7, 0.4), 1.5)
                #expect(found.count == 1)
                #expect(abs(found.sum.x - 0.5) < 1e-12)
            }
        }
    }

    private func cell(_ random: inout RandomStream, skew: Double) -> ((Three, Three, Three), Three) {
        func edge() -> Double { random.uniform(1, 3) }
        func tilt() -> Double { random.uniform(-skew, skew) }
        let a = Three(edge(), 0, 0)
        let b = Three(tilt(), edge(), 0)
        let c = Three(tilt(), tilt(), edge())
        let volume = a.x * b.y * c.z
        func area(_ u: Three, _ v: Three) -> Double {
            let cross = Three(u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x)
            return (cross * cross).sum().squareRoot()
        }
        return ((a, b, c), Three(volume / area(b, c), volume / area(c, a), volume / area(a, b)))
    }

    /// The shortest translation of each image, by looking at all.
    private func images(
        of site: Three, _ operations: [Double], _ count: Int, _ stride: Int, _ vectors: (Three, Three, Three),
        _ reach: Double
    ) -> ImageSearch.Found {
        var found = ImageSearch.Found(count: 0, sum: .zero, furthest: 0)
        for k in 0..<count {
            func row(_ i: Int) -> Three {
                Three(
                    operations[3 * i * stride + k], operations[(3 * i + 1) * stride + k],
                    operations[(3 * i + 2) * stride + k])
            }
            var difference = row(0) * site.x + row(1) * site.y + row(2) * site.z + row(3) - site
            difference -= difference.rounded(.toNearestOrEven)
            var (shortest, nearest) = (reach * reach, Three.zero)
            var isNear = false
            for x in -4...4 {
                for y in -4...4 {
                    for z in -4...4 {
                        let trial = difference + Three(Double(x), Double(y), Double(z))
                        let vector = vectors.0 * trial.x + vectors.1 * trial.y + vectors.2 * trial.z
                        let square = (vector * vector).sum()
                        if square < shortest { (shortest, nearest, isNear) = (square, trial, true) }
                    }
                }
            }
            guard isNear else { continue }
            found.count += 1
            found.sum += nearest
            found.furthest = max(found.furthest, shortest)
        }
        return found
    }
}
