import KernelTypes
import KernelsAVX2
import KernelsBaseline
import KernelsAVX512
import COpenBLAS
package func pick(_ i: Int) -> KernelTable { i == 0 ? KernelsBaseline.table : i == 1 ? KernelsAVX2.table : KernelsAVX512.table }
package func f() { cblas_dscal(0, 1, nil, 1) }
