import KernelTypes
import Support

extension SineTable {
    /// From one row to the next w_k r grows by twice this at most, so that few terms of a series give all digits of
    /// what lies between.
    private static var largestAngle: Double { 0.075 }

    /// (sin x − x)/x³ and (cos x − 1)/x², each by three terms in x²: up to `largestAngle` sine and cosine are exact to
    /// 2.3·10⁻¹⁶. The sine's are Taylor's, the cosine's those with the least error.
    private static var terms: [Double] {
        [
            -1.0 / 6, 1.0 / 120, -1.0 / 5040,
            -0.49999999999919018781, 0.04166666579298423919, -0.0013886209341471828229,
        ]
    }

    /// Larger tables would leave little room in the caches; without one, sines are computed.
    private static var mostBytes: Double { 65536 }

    /// Rows from 0 to the cutoff; none if they would take too much.
    init(frequencies: ArraySlice<Double>, cutoff: Double, in memory: AlignedMemory) {
        self.init()
        let fastest = frequencies.reduce(0) { max($0, abs($1)) }
        let steps = max(1, (fastest * cutoff / (2 * Self.largestAngle)).rounded(.up))
        let multiple = Double.kernels.laneMultiple
        let length = (2 * frequencies.count + multiple - 1) / multiple * multiple
        guard (steps + 1) * Double(length * MemoryLayout<Double>.stride) <= Self.mostBytes else { return }
        (rowLength, lastRow) = (Double(length), steps)
        step = cutoff / steps
        inverseStep = 1 / step
        let count = Int(steps) + 1
        let room = count * length + multiple  // kernels read up to half a vector behind a row
        let numbers: UnsafeMutablePointer<Double> = memory.reserve(room)
        numbers.update(repeating: 0, count: room)
        // A training makes a table for each of its steps: by the sums of angles it takes few calls.
        let stretch = Int(Double(count).squareRoot().rounded(.up))
        for (k, frequency) in frequencies.enumerated() {
            let near = (0..<stretch).map { SineCosine(frequency * Double($0) * step) }
            for first in Swift.stride(from: 0, to: count, by: stretch) {
                let far = SineCosine(frequency * Double(first) * step)
                for row in first..<min(count, first + stretch) {
                    let both = far + near[row - first]
                    (numbers[row * length + 2 * k], numbers[row * length + 2 * k + 1]) = (both.sine, both.cosine)
                }
            }
        }
        rows = UnsafePointer(numbers)
        series = memory.keep(Self.terms.flatMap { [Double](repeating: $0, count: multiple) })
    }
}

private struct SineCosine {
    let sine, cosine: Double

    init(_ angle: Double) { (sine, cosine) = (Mathematics.sin(angle), Mathematics.cos(angle)) }

    private init(sine: Double, cosine: Double) { (self.sine, self.cosine) = (sine, cosine) }

    /// Of the sum of the angles.
    static func + (a: SineCosine, b: SineCosine) -> SineCosine {
        SineCosine(sine: a.sine * b.cosine + a.cosine * b.sine, cosine: a.cosine * b.cosine - a.sine * b.sine)
    }
}
