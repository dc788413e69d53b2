// Times evaluation and loss gradient of one model on the structures of an extxyz file, beside the core's rate of
// double-precision matrix products: rm-kernels MODEL.safetensors FILE.extxyz [structures]

import Atoms
import COpenBLAS
import Foundation
import Potential
import Support

func readStructures(_ path: String, _ limit: Int) throws -> [Structure] {
    let symbols = "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu".split(separator: " ")
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
    var result: [Structure] = []
    var at = 0
    while at < lines.count, let n = Int(lines[at].trimmingCharacters(in: .whitespaces)), result.count < limit {
        var cell = Cell.none
        if let range = lines[at + 1].range(of: "Lattice=\"") {
            let numbers = lines[at + 1][range.upperBound...].prefix { $0 != "\"" }.split(separator: " ").compactMap { Double($0) }
            cell = Cell(Matrix3(numbers))
        }
        var numbers: [Int32] = []
        var positions: [Vector3] = []
        for line in lines[at + 2..<at + 2 + n] {
            let words = line.split(separator: " ")
            numbers.append(Int32(symbols.firstIndex(of: words[0])! + 1))
            positions.append(Vector3(Double(words[1])!, Double(words[2])!, Double(words[3])!))
        }
        result.append(Structure(numbers: numbers, positions: positions, cell: cell))
        at += n + 2
    }
    return result
}

let repeats = Int(ProcessInfo.processInfo.environment["REPEATS"] ?? "5")!

func seconds(_ body: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<repeats {
        let start = DispatchTime.now().uptimeNanoseconds
        try body()
        best = min(best, Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
    }
    return best
}

func gemmRate() -> Double {
    let n = 60
    let a = [Double](repeating: 1, count: n * n)
    var c = a
    let products = 400
    let time = seconds {
        for _ in 0..<products {
            cblas_dgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(n), Int32(n), Int32(n), 1, a, Int32(n), a, Int32(n), 0, &c,
                Int32(n))
        }
    }
    return 2 * Double(n * n * n * products) / time * 1e-9
}

let arguments = CommandLine.arguments
let model = try Model(path: arguments[1])
let structures = try readStructures(arguments[2], arguments.count > 3 ? Int(arguments[3]) ?? 200 : 200)
let atoms = structures.reduce(0) { $0 + $1.count }
let evaluator = Evaluator(model)
let learner = GradientEvaluator(model)
var forces = [Double](repeating: 0, count: 3 * structures.map(\.count).max()!)
var packed: [Double] = []
var strain = Matrix3.zero
let gemm = gemmRate()
let evaluation = try seconds {
    for structure in structures {
        try structure.withView(packed: &packed) { view throws(Failure) in
            try forces.withUnsafeMutableBufferPointer { f throws(Failure) in
                var outputs = Outputs()
                outputs.forces = f.baseAddress
                _ = try evaluator.evaluate(view, outputs, strainGradient: &strain)
            }
        }
    }
}
var gradient = [Double](repeating: 0, count: model.layout.count)
let learning = CommandLine.arguments.contains("--no-gradient") ? 0 : try seconds {
    for structure in structures {
        try structure.withView(packed: &packed) { view throws(Failure) in
            try forces.withUnsafeMutableBufferPointer { f throws(Failure) in
                _ = try learner.evaluate(view, forces: f.baseAddress!, strainGradient: &strain)
                try gradient.withUnsafeMutableBufferPointer { g throws(Failure) in
                    try learner.addDerivative(along: f.baseAddress!, strain: .zero, to: g.baseAddress!)
                }
            }
        }
    }
}
print(
    """
    kernels \(kernels.name), GEMM \(String(format: "%.1f", gemm)) GFLOP/s, \(structures.count) structures, \(atoms) atoms
    energy and forces  \(String(format: "%6.2f", evaluation / Double(atoms) * 1e6)) µs per atom \
    (\(String(format: "%.2f", evaluation / Double(atoms) * 1e6 * gemm / 45)) at 45 GFLOP/s)
    loss gradient      \(String(format: "%6.2f", learning / Double(atoms) * 1e6)) µs per atom \
    (\(String(format: "%.2f", learning / evaluation)) times energy and forces)
    """)
