import KernelTypes

// The vectors that the kernels work with. This folder is compiled once for each instruction set and each type of
// numbers (see Package.swift); what differs between them is in this file and, for the digits that they reach, in
// Elementary.swift.

#if SINGLE_PRECISION
package typealias Scalar = Float
#if AVX512
typealias Lanes = SIMD16<Float>
typealias LaneBits = SIMD16<UInt32>
typealias Square = InlineArray<16, Lanes>
#elseif FMA
typealias Lanes = SIMD8<Float>
typealias LaneBits = SIMD8<UInt32>
typealias Square = InlineArray<8, Lanes>
#else
typealias Lanes = SIMD4<Float>
typealias LaneBits = SIMD4<UInt32>
typealias Square = InlineArray<4, Lanes>
#endif
#else
package typealias Scalar = Double
#if AVX512
typealias Lanes = SIMD8<Double>
typealias LaneBits = SIMD8<UInt64>
typealias Square = InlineArray<8, Lanes>
#else
typealias Lanes = SIMD4<Double>
typealias LaneBits = SIMD4<UInt64>
typealias Square = InlineArray<4, Lanes>
#endif
#endif

typealias Numbers = UnsafePointer<Scalar>
typealias MutableNumbers = UnsafeMutablePointer<Scalar>
typealias Network = KernelTypes.Network<Scalar>
typealias Edges = KernelTypes.Edges<Scalar>
typealias EdgeMotion = KernelTypes.EdgeMotion<Scalar>
typealias AtomScratch = KernelTypes.AtomScratch<Scalar>
typealias MovingScratch = KernelTypes.MovingScratch<Scalar>
typealias WeightGradient = KernelTypes.WeightGradient<Scalar>

@inline(__always) var width: Int { Lanes.scalarCount }

/// Vectors in a chunk (KernelTypes/Network.swift), and those of one row of it. Models have blocks of 8, 24 or 32 lanes,
/// which should need little padding.
#if SINGLE_PRECISION && FMA
@inline(__always) var vectorsPerChunk: Int { 1 }
typealias RowVectors = InlineArray<1, Lanes>
#else
@inline(__always) var vectorsPerChunk: Int { 2 }
typealias RowVectors = InlineArray<2, Lanes>
#endif

/// Lanes in a chunk.
@inline(__always) var chunk: Int { vectorsPerChunk * Lanes.scalarCount }

@inline(__always) func load(_ p: Numbers) -> Lanes { UnsafeRawPointer(p).loadUnaligned(as: Lanes.self) }

@inline(__always) func load(_ p: MutableNumbers) -> Lanes { UnsafeRawPointer(p).loadUnaligned(as: Lanes.self) }

@inline(__always) func store(_ v: Lanes, _ p: MutableNumbers) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: Lanes.self)
}

@inline(__always) func lanes(_ x: Scalar) -> Lanes { Lanes(repeating: x) }

/// a b + c, fused where the processor can; elsewhere a fused product would be a slow library call.
@inline(__always) func fma(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
    #if FMA || arch(arm64)
    return c.addingProduct(a, b)
    #else
    return a * b + c
    #endif
}

/// By its sign bits: the standard library's subtracts from zero, which cannot become part of a fused product.
@inline(__always) prefix func - (x: Lanes) -> Lanes { fromBits(bits(x) ^ bits(lanes(-0.0))) }

/// Two vectors, for long chains of arithmetic: each fills the time that the other's results take.
struct Pair {
    var a, b: Lanes

    @inline(__always) init(_ a: Lanes, _ b: Lanes) { (self.a, self.b) = (a, b) }

    @inline(__always) static func * (x: Pair, y: Pair) -> Pair { Pair(x.a * y.a, x.b * y.b) }
    @inline(__always) static func - (x: Pair, y: Pair) -> Pair { Pair(x.a - y.a, x.b - y.b) }
    @inline(__always) static prefix func - (x: Pair) -> Pair { Pair(-x.a, -x.b) }
}

@inline(__always) func pair(_ x: Scalar) -> Pair { Pair(lanes(x), lanes(x)) }

@inline(__always) func fma(_ x: Pair, _ y: Pair, _ z: Pair) -> Pair { Pair(fma(x.a, y.a, z.a), fma(x.b, y.b, z.b)) }

@inline(__always) func fma(_ a: Scalar, _ b: Lanes, _ c: Lanes) -> Lanes { fma(lanes(a), b, c) }

@inline(__always) func bits(_ v: Lanes) -> LaneBits { unsafeBitCast(v, to: LaneBits.self) }
@inline(__always) func fromBits(_ v: LaneBits) -> Lanes { unsafeBitCast(v, to: Lanes.self) }

/// Per lane: `yes` where the mask's bits are all ones, `no` where they are all zeros.
@inline(__always) func choose(_ mask: LaneBits, _ yes: Lanes, _ no: Lanes) -> Lanes {
    fromBits((bits(yes) & mask) | (bits(no) & ~mask))
}

/// All ones where x < y.
@inline(__always) func isLess(_ x: Lanes, _ y: Lanes) -> LaneBits {
    LaneBits.zero.replacing(with: LaneBits(repeating: ~0), where: x .< y)
}

/// The sum of all lanes, pairwise.
@inline(__always) func sum(_ v: SIMD4<Scalar>) -> Scalar {
    let two = v.lowHalf + v.highHalf
    return two[0] + two[1]
}
@inline(__always) func sum(_ v: SIMD8<Scalar>) -> Scalar { sum(v.lowHalf + v.highHalf) }
@inline(__always) func sum(_ v: SIMD16<Scalar>) -> Scalar { sum(v.lowHalf + v.highHalf) }

/// Rows become columns.
@inline(__always) func transpose(_ m: inout InlineArray<4, SIMD4<Scalar>>) {
    typealias Lanes = SIMD4<Scalar>
    let (p, q) = (Lanes(m[0][0], m[1][0], m[0][2], m[1][2]), Lanes(m[0][1], m[1][1], m[0][3], m[1][3]))
    let (r, s) = (Lanes(m[2][0], m[3][0], m[2][2], m[3][2]), Lanes(m[2][1], m[3][1], m[2][3], m[3][3]))
    m[0] = Lanes(lowHalf: p.lowHalf, highHalf: r.lowHalf)
    m[1] = Lanes(lowHalf: q.lowHalf, highHalf: s.lowHalf)
    m[2] = Lanes(lowHalf: p.highHalf, highHalf: r.highHalf)
    m[3] = Lanes(lowHalf: q.highHalf, highHalf: s.highHalf)
}

@inline(__always) func transpose(_ m: inout InlineArray<8, SIMD8<Scalar>>) {
    typealias Lanes = SIMD8<Scalar>
    // First the halves of four, then each half as above.
    for i in 0..<4 {
        let (a, b) = (m[i], m[i + 4])
        // (The compiler does not always inline the halves of eight.)
        m[i] = Lanes(a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3])
        m[i + 4] = Lanes(a[4], a[5], a[6], a[7], b[4], b[5], b[6], b[7])
    }
    for half in 0..<2 {
        let i = 4 * half
        for j in 0..<2 {
            let (a, b) = (m[i + j], m[i + j + 2])
            m[i + j] = Lanes(a[0], a[1], b[0], b[1], a[4], a[5], b[4], b[5])
            m[i + j + 2] = Lanes(a[2], a[3], b[2], b[3], a[6], a[7], b[6], b[7])
        }
        for pair in 0..<2 {
            let j = 2 * pair
            let (a, b) = (m[i + j], m[i + j + 1])
            m[i + j] = Lanes(a[0], b[0], a[2], b[2], a[4], b[4], a[6], b[6])
            m[i + j + 1] = Lanes(a[1], b[1], a[3], b[3], a[5], b[5], a[7], b[7])
        }
    }
}

@inline(__always) func transpose(_ m: inout InlineArray<16, SIMD16<Scalar>>) {
    // Four squares of eight, each transposed, those off the diagonal exchanged.
    typealias Quarter = InlineArray<8, SIMD8<Scalar>>
    var (a, b, c, d) = (
        Quarter(repeating: .zero), Quarter(repeating: .zero), Quarter(repeating: .zero), Quarter(repeating: .zero)
    )
    for i in 0..<8 { (a[i], b[i], c[i], d[i]) = (m[i].lowHalf, m[i].highHalf, m[i + 8].lowHalf, m[i + 8].highHalf) }
    transpose(&a)
    transpose(&b)
    transpose(&c)
    transpose(&d)
    for i in 0..<8 {
        m[i] = SIMD16(lowHalf: a[i], highHalf: c[i])
        m[i + 8] = SIMD16(lowHalf: b[i], highHalf: d[i])
    }
}

/// The sums of each row's lanes: two rows at a time become one that holds half the sums of each.
@inline(__always) func rowSums(_ m: InlineArray<4, SIMD4<Scalar>>) -> SIMD4<Scalar> {
    typealias Lanes = SIMD4<Scalar>
    @inline(__always) func ones(_ a: Lanes, _ b: Lanes) -> Lanes {
        Lanes(a[0], b[0], a[2], b[2]) + Lanes(a[1], b[1], a[3], b[3])
    }
    let (p, q) = (ones(m[0], m[1]), ones(m[2], m[3]))
    return Lanes(lowHalf: p.lowHalf, highHalf: q.lowHalf) + Lanes(lowHalf: p.highHalf, highHalf: q.highHalf)
}

@inline(__always) func rowSums(_ m: InlineArray<8, SIMD8<Scalar>>) -> SIMD8<Scalar> {
    typealias Lanes = SIMD8<Scalar>
    @inline(__always) func fours(_ a: Lanes, _ b: Lanes) -> Lanes {
        Lanes(lowHalf: a.lowHalf, highHalf: b.lowHalf) + Lanes(lowHalf: a.highHalf, highHalf: b.highHalf)
    }
    @inline(__always) func twos(_ a: Lanes, _ b: Lanes) -> Lanes {
        Lanes(a[0], a[1], b[0], b[1], a[4], a[5], b[4], b[5]) + Lanes(a[2], a[3], b[2], b[3], a[6], a[7], b[6], b[7])
    }
    @inline(__always) func ones(_ a: Lanes, _ b: Lanes) -> Lanes {
        Lanes(a[0], b[0], a[2], b[2], a[4], b[4], a[6], b[6]) + Lanes(a[1], b[1], a[3], b[3], a[5], b[5], a[7], b[7])
    }
    let (p, q, r, s) = (fours(m[0], m[4]), fours(m[1], m[5]), fours(m[2], m[6]), fours(m[3], m[7]))
    return ones(twos(p, r), twos(q, s))
}

@inline(__always) func rowSums(_ m: InlineArray<16, SIMD16<Scalar>>) -> SIMD16<Scalar> {
    typealias Half = InlineArray<8, SIMD8<Scalar>>
    var (low, high) = (Half(repeating: .zero), Half(repeating: .zero))
    for i in 0..<8 {
        low[i] = m[i].lowHalf + m[i].highHalf
        high[i] = m[i + 8].lowHalf + m[i + 8].highHalf
    }
    return SIMD16(lowHalf: rowSums(low), highHalf: rowSums(high))
}
