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

/// For networks in double precision.
package let doubleKernels: KernelTable<Double> = {
    #if arch(x86_64)
    switch InstructionSet.chosen {
    case .avx512: return KernelsAVX512.kernelTable
    case .avx2: return KernelsAVX2.kernelTable
    case .baseline: break
    }
    #endif
    return KernelsBaseline.kernelTable
}()

/// For networks in single precision.
package let singleKernels: KernelTable<Float> = {
    #if arch(x86_64)
    switch InstructionSet.chosen {
    case .avx512: return KernelsAVX512Single.kernelTable
    case .avx2: return KernelsAVX2Single.kernelTable
    case .baseline: break
    }
    #endif
    return KernelsBaselineSingle.kernelTable
}()

/// For what is no network.
package let commonKernels: CommonKernels = {
    #if arch(x86_64)
    switch InstructionSet.chosen {
    case .avx512: return KernelsAVX512.commonKernels
    case .avx2: return KernelsAVX2.commonKernels
    case .baseline: break
    }
    #endif
    return KernelsBaseline.commonKernels
}()
