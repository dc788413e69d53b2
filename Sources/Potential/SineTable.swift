import KernelTypes
import Support

extension SineTable where Scalar: KernelScalar {
    /// From one row to the next w_k r grows by twice this at most, so that few terms of Taylor's series give all digits of
    /// what lies between.
    private static var largestAngle: Double { 0.085 }

    /// Longer tables leave no room in the first-level cache; without one, sines are computed.
    private static var mostRows: Double { 512 }

    /// Rows from 0 to the cutoff; nil if there would be too many. The caller deallocates `rows`.
    init?(frequencies: ArraySlice<Double>, cutoff: Double) {
        let fastest = frequencies.reduce(0) { max($0, abs($1)) }
        let needed = fastest * cutoff / (2 * Self.largestAngle) + 1  // the last at the cutoff
        guard needed <= Self.mostRows else { return nil }
        var count = 2
        while Double(count) < needed { count *= 2 }
        let multiple = Scalar.kernels.laneMultiple
        let length = (2 * frequencies.count + multiple - 1) / multiple * multiple
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: count * length * MemoryLayout<Scalar>.stride, alignment: 64)
        let rows = memory.bindMemory(to: Scalar.self, capacity: count * length)
        self.init(rows: UnsafePointer(rows))
        (rowLength, mask) = (length, UInt32(count - 1))
        step = Scalar(cutoff / Double(count - 1)).asDouble
        inverseStep = 1 / step
        rows.update(repeating: 0, count: count * length)
        for row in 0..<count {
            for (k, frequency) in frequencies.enumerated() {
                let angle = frequency * Double(row) * step
                rows[row * length + 2 * k] = Scalar(Mathematics.sin(angle))
                rows[row * length + 2 * k + 1] = Scalar(Mathematics.cos(angle))
            }
        }
    }
}
