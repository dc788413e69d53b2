import COpenBLAS
import KernelTypes
import Kernels

/// The numbers that a potential is evaluated with. Positions, what is summed over atoms, and a model's own parameters
/// are double precision in any case.
package enum Precision: Int32, Sendable {
    case double = 0
    case single = 1

    package var name: String { self == .double ? "double" : "single" }
}

/// The types of numbers that there are kernels for. What is generic over them is specialized within this module: only
/// `final` classes whose methods are called on concrete types.
protocol KernelScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
    static var kernels: KernelTable<Self> { get }

    var asDouble: Double { get }

    /// A model's numbers as this type.
    static func network(of model: Model) -> CompiledNetwork<Self>

    /// As cblas_dgemm.
    static func gemm(
        _ order: CBLAS_ORDER, _ transposeA: CBLAS_TRANSPOSE, _ transposeB: CBLAS_TRANSPOSE, _ m: Int32, _ n: Int32,
        _ k: Int32, _ alpha: Self, _ a: UnsafePointer<Self>, _ strideA: Int32, _ b: UnsafePointer<Self>,
        _ strideB: Int32,
        _ beta: Self, _ c: UnsafeMutablePointer<Self>, _ strideC: Int32)
}

extension Double: KernelScalar {
    static var kernels: KernelTable<Double> { doubleKernels }

    @inline(__always) var asDouble: Double { self }

    static func network(of model: Model) -> CompiledNetwork<Double> { model.doubleNetwork() }

    @inline(__always)
    static func gemm(
        _ order: CBLAS_ORDER, _ transposeA: CBLAS_TRANSPOSE, _ transposeB: CBLAS_TRANSPOSE, _ m: Int32, _ n: Int32,
        _ k: Int32, _ alpha: Double, _ a: UnsafePointer<Double>, _ strideA: Int32, _ b: UnsafePointer<Double>,
        _ strideB: Int32, _ beta: Double, _ c: UnsafeMutablePointer<Double>, _ strideC: Int32
    ) {
        cblas_dgemm(order, transposeA, transposeB, m, n, k, alpha, a, strideA, b, strideB, beta, c, strideC)
    }
}

extension Float: KernelScalar {
    static var kernels: KernelTable<Float> { singleKernels }

    @inline(__always) var asDouble: Double { Double(self) }

    static func network(of model: Model) -> CompiledNetwork<Float> { model.singleNetwork() }

    @inline(__always)
    static func gemm(
        _ order: CBLAS_ORDER, _ transposeA: CBLAS_TRANSPOSE, _ transposeB: CBLAS_TRANSPOSE, _ m: Int32, _ n: Int32,
        _ k: Int32, _ alpha: Float, _ a: UnsafePointer<Float>, _ strideA: Int32, _ b: UnsafePointer<Float>,
        _ strideB: Int32, _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ strideC: Int32
    ) {
        cblas_sgemm(order, transposeA, transposeB, m, n, k, alpha, a, strideA, b, strideB, beta, c, strideC)
    }
}
