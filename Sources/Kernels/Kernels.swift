import CProcessor
import Glibc
import KernelTypes
import KernelsBaseline
import KernelsBaselineSingle

#if arch(x86_64)
import KernelsAVX2
import KernelsAVX2Single
import KernelsAVX512
import KernelsAVX512Single
#endif

/// The instruction set whose kernels run, chosen once. The environment variable LIBRM_KERNELS (baseline, avx2, avx512)
/// chooses others that the processor has, to compare them.
private enum InstructionSet {
    case baseline, avx2, avx512

    static let chosen = choose(named: getenv("LIBRM_KERNELS").map { String(cString: $0) })

    private static func choose(named name: String?) -> InstructionSet {
        #if arch(x86_64)
        if processor_has_avx512() != 0 && (name == nil || name == "avx512") { return .avx512 }
        if processor_has_avx2() != 0 && name != "baseline" { return .avx2 }
        #endif
        return .baseline
    }
}

#if arch(x86_64)
/// (Not so much as looked at are those that the processor may not have.)
private func chosen<Table>(
    _ baseline: @autoclosure () -> Table, _ avx2: @autoclosure () -> Table, _ avx512: @autoclosure () -> Table
) -> Table {
    switch InstructionSet.chosen {
    case .baseline: baseline()
    case .avx2: avx2()
    case .avx512: avx512()
    }
}

/// For networks in double precision.
package let doubleKernels: KernelTable<Double> = chosen(
    KernelsBaseline.kernelTable, KernelsAVX2.kernelTable, KernelsAVX512.kernelTable)
/// For networks in single precision.
package let singleKernels: KernelTable<Float> = chosen(
    KernelsBaselineSingle.kernelTable, KernelsAVX2Single.kernelTable, KernelsAVX512Single.kernelTable)
/// For what is no network.
package let commonKernels: CommonKernels = chosen(
    KernelsBaseline.commonKernels, KernelsAVX2.commonKernels, KernelsAVX512.commonKernels)
#else
package let doubleKernels: KernelTable<Double> = KernelsBaseline.kernelTable
package let singleKernels: KernelTable<Float> = KernelsBaselineSingle.kernelTable
package let commonKernels: CommonKernels = KernelsBaseline.commonKernels
#endif
