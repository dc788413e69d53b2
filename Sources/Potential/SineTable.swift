import KernelTypes
import Support

extension SineTable {
    /// From one row to the next w_k r grows by twice this at most, so that few terms of Taylor's series give all digits
    /// of what lies between.
    private static var largestAngle: Double { 0.085 }

    /// Larger tables would leave little room in the caches; without one, sines are computed.
    private static var mostBytes: Double { 65536 }

    /// Rows from 0 to the cutoff; none if they would take too much.
    init(frequencies: ArraySlice<Double>, cutoff: Double, in memory: AlignedMemory) {
        self.init()
        let fastest = frequencies.reduce(0) { max($0, abs($1)) }
        let needed = fastest * cutoff / (2 * Self.largestAngle) + 1  // the last at the cutoff
        var count = 2.0
        while count < needed { count *= 2 }
        guard count * Double(2 * frequencies.count * MemoryLayout<Double>.stride) <= Self.mostBytes else { return }
        let multiple = Double.kernels.laneMultiple
        (rowLength, mask) = ((2 * frequencies.count + multiple - 1) / multiple * multiple, UInt32(count - 1))
        step = cutoff / (count - 1)
        inverseStep = 1 / step
        let numbers: UnsafeMutablePointer<Double> = memory.reserve(Int(count) * rowLength)
        numbers.update(repeating: 0, count: Int(count) * rowLength)
        for row in 0..<Int(count) {
            for (k, frequency) in frequencies.enumerated() {
                let angle = frequency * Double(row) * step
                numbers[row * rowLength + 2 * k] = Mathematics.sin(angle)
                numbers[row * rowLength + 2 * k + 1] = Mathematics.cos(angle)
            }
        }
        rows = UnsafePointer(numbers)
    }
}
