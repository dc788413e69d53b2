import KernelTypes

/// The sizes that the innermost loops run over. Known when the code is compiled they cost nothing, so the loops exist
/// for the common ones and once for all others.
struct Shape {
    let n: Int  // radial functions
    let stride: Int  // of their rows: `Network.radialLanes`
    let degree: Int  // the highest degree of the monomials
    let sums: Int  // S, the monomials that are summed over edges
}

// The stride of rows of up to eight functions: literally, as the compiler then goes further.
#if SINGLE_PRECISION && AVX512
@inline(__always) private var eight: Int { 16 }
#else
@inline(__always) private var eight: Int { 8 }
#endif

/// Calls `body` with the network's sizes: write it so that it is inlined, and it is compiled for each case.
@inline(__always)
func withShape(_ network: UnsafePointer<Network>, _ body: (Shape) -> Void) {
    let (n, degree) = (network.pointee.radialCount, network.pointee.degreeCount - 1)
    if n == 6 && degree == 3 {
        body(Shape(n: 6, stride: eight, degree: 3, sums: 16))
    } else if n == 6 && degree == 2 {
        body(Shape(n: 6, stride: eight, degree: 2, sums: 10))
    } else if n == 8 && degree == 3 {
        body(Shape(n: 8, stride: eight, degree: 3, sums: 16))
    } else {
        body(Shape(n: n, stride: network.pointee.radialLanes, degree: degree, sums: network.pointee.sphereCount))
    }
}
