import CProcessor
import Glibc
import KernelTypes
import KernelsBaseline

#if arch(x86_64)
import KernelsAVX2
import KernelsAVX512
#endif

/// The kernels for the processor that runs, chosen once. The environment variable LIBRM_KERNELS (baseline, avx2,
/// avx512) chooses others that the processor has, to compare them.
package let kernels: KernelTable = chooseKernels(named: getenv("LIBRM_KERNELS").map { String(cString: $0) })

private func chooseKernels(named name: String?) -> KernelTable {
    #if arch(x86_64)
    if processor_has_avx512() != 0 && (name == nil || name == "avx512") { return KernelsAVX512.kernelTable }
    if processor_has_avx2() != 0 && name != "baseline" { return KernelsAVX2.kernelTable }
    #endif
    return KernelsBaseline.kernelTable
}
