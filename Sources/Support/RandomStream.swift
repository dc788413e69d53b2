/// Seeded random numbers: xoshiro256++ (Blackman and Vigna, ACM Trans. Math. Softw. 47, 36 (2021)), one independent
/// stream for each (seed, stream) pair, so that candidate or frame k is the same in whatever order and on however many
/// threads the work is done.
package struct RandomStream: RandomNumberGenerator, Sendable {
    private var s0, s1, s2, s3: UInt64

    package init(seed: UInt64, stream: UInt64 = 0) {
        // splitmix64 spreads the seed; the stream number passes through it once more, so that neighbouring seeds and
        // streams have nothing in common.
        var spread = SplitMix(state: stream)
        var mix = SplitMix(state: seed ^ spread.next())
        s0 = mix.next()
        s1 = mix.next()
        s2 = mix.next()
        s3 = mix.next()
    }

    package mutating func next() -> UInt64 {
        func rotated(_ x: UInt64, _ k: UInt64) -> UInt64 { (x &<< k) | (x &>> (64 &- k)) }
        let result = rotated(s0 &+ s3, 23) &+ s0
        let t = s1 &<< 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= t
        s3 = rotated(s3, 45)
        return result
    }

    /// Uniform in [0, 1), 53 bits.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in [low, high).
    package mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * unit() }

    /// Uniform among 0 ..< count (count > 0).
    package mutating func index(below count: Int) -> Int { Int(truncatingIfNeeded: next(upperBound: UInt64(count))) }

    /// Standard normal, by Box and Muller.
    package mutating func normal() -> Double {
        let radius = (-2 * Mathematics.log(1 - unit())).squareRoot()
        return radius * Mathematics.cos(2 * Double.pi * unit())
    }

    /// The state, for checkpoints.
    package var state: (UInt64, UInt64, UInt64, UInt64) {
        get { (s0, s1, s2, s3) }
        set { (s0, s1, s2, s3) = newValue }
    }
}

private struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }
}
