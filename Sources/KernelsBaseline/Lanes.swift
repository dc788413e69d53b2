// The vectors that the kernels work with. This folder is compiled once for each instruction set (see Package.swift);
// what differs between them is in this file alone.

#if AVX512
typealias Lanes = SIMD8<Double>
typealias LaneBits = SIMD8<UInt64>
#else
typealias Lanes = SIMD4<Double>
typealias LaneBits = SIMD4<UInt64>
#endif

@inline(__always) var width: Int { Lanes.scalarCount }

/// Lanes in a chunk (KernelTypes/Network.swift): two vectors.
@inline(__always) var chunk: Int { 2 * Lanes.scalarCount }

@inline(__always) func load(_ p: UnsafePointer<Double>) -> Lanes { UnsafeRawPointer(p).loadUnaligned(as: Lanes.self) }

@inline(__always) func load(_ p: UnsafeMutablePointer<Double>) -> Lanes {
    UnsafeRawPointer(p).loadUnaligned(as: Lanes.self)
}

@inline(__always) func store(_ v: Lanes, _ p: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: Lanes.self)
}

@inline(__always) func lanes(_ x: Double) -> Lanes { Lanes(repeating: x) }

/// a b + c, fused where the processor can; elsewhere a fused product would be a slow library call.
@inline(__always) func fma(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
    #if FMA || arch(arm64)
    return c.addingProduct(a, b)
    #else
    return a * b + c
    #endif
}

@inline(__always) func fma(_ a: Double, _ b: Lanes, _ c: Lanes) -> Lanes { fma(lanes(a), b, c) }

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
@inline(__always) func sum(_ v: Lanes) -> Double {
    #if AVX512
    let four = v.lowHalf + v.highHalf
    #else
    let four = v
    #endif
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
}

typealias Numbers = UnsafePointer<Double>
typealias MutableNumbers = UnsafeMutablePointer<Double>
