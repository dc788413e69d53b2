// swift-tools-version: 6.2
//
// Targets, from the bottom up; imports point down only:
//
//   Support                    errors, random numbers, threads, JSON, safetensors
//   KernelTypes, Kernels*      the inner loops, compiled once for each instruction set and each precision
//   Kernels                    those of them that the processor has
//   Atoms                      structures, cells, neighbour lists; the protocol that a potential fulfils
//   Potential                  the model, its file, energy, forces, stress, gradients by parameter
//   Response  Training         noise and the response to it; loss, optimiser, schedule, checkpoint
//   Relaxation  Search         know the protocol of Atoms, never the potential
//   LibRM                      the C boundary of include/rm.h

import PackageDescription

let fast: [SwiftSetting] = [.unsafeFlags(["-Ounchecked"], .when(configuration: .release))]

func kernels(_ name: String, _ architecture: [String], _ defines: [String] = []) -> [Target] {
    ["", "Single"].map { precision in
        .target(
            name: name + precision, dependencies: ["KernelTypes"],
            swiftSettings: [.unsafeFlags(["-Ounchecked"] + architecture.flatMap { ["-Xcc", $0] })]
                + (defines + (precision.isEmpty ? [] : ["SINGLE_PRECISION"])).map { .define($0) })
    }
}

#if arch(x86_64)
let kernelTargets =
    kernels("KernelsBaseline", [])
    + kernels("KernelsAVX2", ["-march=haswell"], ["FMA"])
    + kernels("KernelsAVX512", ["-march=skylake-avx512", "-mprefer-vector-width=512"], ["FMA", "AVX512"])
#else
let kernelTargets = kernels("KernelsBaseline", [])
#endif
let kernelNames = kernelTargets.map { Target.Dependency(stringLiteral: $0.name) }

let package = Package(
    name: "librm",
    products: [.library(name: "rm", type: .dynamic, targets: ["LibRM"])],
    targets: [
        .systemLibrary(name: "CRM", path: "include"),
        .systemLibrary(name: "COpenBLAS", path: "Sources/COpenBLAS", pkgConfig: "openblas"),

        .systemLibrary(name: "CProcessor", path: "Sources/CProcessor"),
        .target(name: "CErrorMessage"),
        .target(name: "CLibraryPath"),

        .target(name: "Support", swiftSettings: fast),
        .target(name: "KernelTypes", swiftSettings: fast),
        .target(name: "Kernels", dependencies: ["KernelTypes", "CProcessor"] + kernelNames, swiftSettings: fast),
        .target(name: "Atoms", dependencies: ["Support", "KernelTypes", "Kernels"], swiftSettings: fast),
        .target(
            name: "Potential", dependencies: ["Atoms", "Support", "KernelTypes", "Kernels", "COpenBLAS"],
            swiftSettings: fast),
        .target(name: "Response", dependencies: ["Atoms", "Support"]),
        .target(
            name: "Training", dependencies: ["Response", "Potential", "KernelTypes", "Kernels", "Atoms", "Support"],
            swiftSettings: fast),
        .target(
            name: "Relaxation", dependencies: ["Atoms", "Support", "KernelTypes", "Kernels"], swiftSettings: fast),
        .target(
            name: "Search", dependencies: ["Relaxation", "Atoms", "Support", "KernelTypes", "Kernels"],
            swiftSettings: fast),
        .target(
            name: "LibRM",
            dependencies: [
                "CRM", "CErrorMessage", "CLibraryPath", "Search", "Relaxation", "Training", "Response", "Potential",
                "Atoms",
                "Support",
            ],
            linkerSettings: [
                .unsafeFlags([
                    "-static-stdlib", "-use-ld=lld",
                    "-Xlinker", "--version-script=rm.map", "-Xlinker", "-soname=librm.so.0",
                    "-Xlinker", "-z", "-Xlinker", "nodelete",
                ])
            ]),

        .executableTarget(
            name: "rm-kernels", dependencies: ["Potential", "Kernels", "Atoms", "Support", "COpenBLAS"],
            path: "Benchmarks/Kernels"),
        .executableTarget(
            name: "rm-search-speed",
            dependencies: ["Search", "Relaxation", "Potential", "Atoms", "Support", "COpenBLAS"],
            path: "Benchmarks/Search"),

        .target(name: "TestFiles", path: "Tests/TestFiles"),
        .testTarget(name: "SupportTests", dependencies: ["Support", "TestFiles"]),
        .testTarget(
            name: "KernelsTests", dependencies: ["Kernels", "KernelTypes", "KernelsBaseline", "Support"]),
        .testTarget(name: "AtomsTests", dependencies: ["Atoms", "Support"]),
        .testTarget(name: "PotentialTests", dependencies: ["Potential", "Atoms", "Support", "TestFiles"]),
        .testTarget(name: "ResponseTests", dependencies: ["Response", "Atoms", "Support"]),
        .testTarget(
            name: "TrainingTests", dependencies: ["Training", "Response", "Potential", "Atoms", "Support", "TestFiles"]),
        .target(name: "TestPotentials", dependencies: ["Atoms", "Support"], path: "Tests/TestPotentials"),
        .testTarget(name: "RelaxationTests", dependencies: ["Relaxation", "TestPotentials"]),
        .testTarget(name: "SearchTests", dependencies: ["Search", "TestPotentials"]),
    ] + kernelTargets,
    swiftLanguageModes: [.v6]
)
