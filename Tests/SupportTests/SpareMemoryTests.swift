import Testing

@testable import Support

@Suite struct SpareMemoryTests {
    @Test func numbersTakeWhatOthersOfTheirSizeLeft() {
        let spare = SpareMemory()
        func numbers(_ count: Int, _ value: Double) -> AlignedNumbers<Double> {
            AlignedNumbers(count: count, from: spare) { $0.update(repeating: value, count: count) }
        }
        var first: AlignedNumbers<Double>? = numbers(100, 1)
        let second = numbers(100, 2)
        let place = first!.pointer
        #expect(second.pointer != place && UInt(bitPattern: place) % 64 == 0)
        first = nil
        let other = numbers(101, 3)
        let third = numbers(100, 4)
        #expect(other.pointer != place && third.pointer == place)
        #expect(second.pointer[99] == 2 && third.pointer[99] == 4 && other.pointer[100] == 3)
    }

    @Test func moreThanAFewMegabytesAreGivenBack() {
        let spare = SpareMemory()
        let count = 1 << 20
        for _ in 0..<2 {
            let many = (0..<10).map { k in
                AlignedNumbers<Double>(count: count, from: spare) { $0.update(repeating: Double(k), count: count) }
            }
            #expect(spare.bytes == 0)
            #expect(many.enumerated().allSatisfy { $1.pointer[count - 1] == Double($0) })
        }
        #expect(spare.bytes == 4 * 8 * count)
    }
}
