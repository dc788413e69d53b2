import KernelTypes

#if AVX512
private let instructionSet = "AVX-512"
#elseif FMA
private let instructionSet = "AVX2"
#else
private let instructionSet = "baseline"
#endif

/// The kernels as this folder's module compiles them.
package let kernelTable = KernelTable<Scalar>(
    name: instructionSet, laneMultiple: Lanes.scalarCount, chunkLanes: chunk,
    transposesMixing: { transposesMixing(radialCount: $0, degreeCount: $1) },
    describe: { describe($0, $1, $2, $3, $4) },
    respond: { respond($0, $1, $2, $3, $4, $5, $6) },
    describeForms: { describeForms($0, $1, $2, $3) },
    respondForms: { respondForms($0, $1, $2, $3, $4, $5) },
    pull: { pull($0, $1, $2, $3, $4) },
    describeMoving: { describeMoving($0, $1, $2, $3, $4, $5) },
    learn: { learn($0, $1, $2, $3, $4, $5, $6, $7) },
    describeFormsMoving: { describeFormsMoving($0, $1, $2, $3, $4) },
    learnForms: { learnForms($0, $1, $2, $3, $4, $5, $6) },
    activate: { activate($0, $1, $2, $3) }, dense: { dense($0, $1, $2, $3, $4, $5, $6, $7) },
    denseTransposed: { denseTransposed($0, $1, $2, $3, $4, $5, $6, $7) },
    transposedProducts: { transposedProducts($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, adds: $10) },
    dot: { dot($0, $1, $2) }
)

#if !SINGLE_PRECISION
package let commonKernels = CommonKernels(
    scanSites: { scanSites($0, $1, $2, $3, $4) }, findImages: { findImages($0, $1, $2) },
    findDirection: { findDirection($0, $1, $2) }, takeAdamStep: { takeAdamStep($0, $1, $2, $3, $4, $5, $6) }
)
#endif
