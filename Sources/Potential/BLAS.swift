import COpenBLAS

/// Matrix products by OpenBLAS, row-major, in pieces small enough that it starts no threads of its own (that would hurt
/// a host that runs one MPI rank per core).
enum BLAS {
    /// Multiply-adds below which OpenBLAS stays on the calling thread (its own limit is 2¹⁸).
    static let serialLimit = 250_000

    /// c[m][n] = aᵀ b, plus what was there if it `adds`; a [k][m], b [k][n] with rows `strideB` apart.
    @inline(__always)
    static func transposedTimes<Scalar: KernelScalar>(
        _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>, _ strideB: Int,
        _ c: UnsafeMutablePointer<Scalar>, adds: Bool
    ) {
        let piece = max(1, serialLimit / max(1, m * k))
        var j = 0
        while j < n {
            let count = min(piece, n - j)
            Scalar.gemm(
                CblasRowMajor, CblasTrans, CblasNoTrans, Int32(m), Int32(count), Int32(k), 1, a, Int32(m), b + j,
                Int32(strideB), adds ? 1 : 0, c + j, Int32(n))
            j += count
        }
    }
}
