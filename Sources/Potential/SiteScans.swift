import KernelTypes
import KernelsBaseline

#if arch(x86_64)
import KernelsAVX2
import KernelsAVX512
#endif

/// The search for neighbours that goes with the kernels chosen. (Their names are compared as text: not even a name may
/// be asked of kernels that the processor does not have.)
let siteScan: SiteScan.Function = {
    #if arch(x86_64)
    if kernels.name == "AVX-512" { return KernelsAVX512.scanSites }
    if kernels.name == "AVX2" { return KernelsAVX2.scanSites }
    #endif
    return KernelsBaseline.scanSites
}()
