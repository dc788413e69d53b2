// Times evaluation and loss gradient of one model on the structures of an extxyz file, beside the core's rate of
// double-precision matrix products: rm-kernels MODEL.safetensors FILE.extxyz [structures]
// [--single] [--no-gradient]

import Atoms
import COpenBLAS
import Foundation
import Kernels
import Potential
import Support

func readStructures(_ path: String, _ limit: Int) throws -> [Structure] {
    let symbols =
        "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu"
        .split(separator: " ")
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false)
    var result: [Structure] = []
    var at = 0
    while at < lines.count, let n = Int(lines[at].trimmingCharacters(in: .whitespaces)), result.count < limit {
        var cell = Cell.none
        if let range = lines[at + 1].range(of: "Lattice=\"") {
            let numbers = lines[at + 1][range.upperBound...].prefix { $0 != "\"" }.split(separator: " ").compactMap {
                Double($0)
            }
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

let repeats = Int(ProcessInfo.processInfo.environment["REPEATS"] ?? "15")!

/// Processor time of this thread: what others do on the machine counts as little as can be.
@MainActor func seconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
    let start = now()
    try body()
    return now() - start
}

/// Time of 100 products of 128 x 128 matrices, and their multiply-adds, doubled.
let gemmOperations = 2 * 128.0 * 128 * 128 * 10
let a = [Double](repeating: 1, count: 128 * 128)
var c = a
@MainActor func gemm() -> Double {
    seconds {
        for _ in 0..<10 {
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 128, 128, 128, 1, a, 128, a, 128, 0, &c, 128)
        }
    }
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

let arguments = CommandLine.arguments
let model = try Model(path: arguments[1])
let structures = try readStructures(arguments[2], arguments.count > 3 ? Int(arguments[3]) ?? 200 : 200)
let atoms = structures.reduce(0) { $0 + $1.count }
let precision: Precision = arguments.contains("--single") ? .single : .double
let evaluator = Evaluator(model, precision: precision)
let learner = GradientEvaluator(model, precision: precision)
let parts = (0..<16).map { _ in GradientPart(model, precision: precision) }
let sum = GradientSum(model, precision: precision)
var forces = [Double](repeating: 0, count: 3 * structures.map(\.count).max()!)
var packed: [Double] = []
var strain = Matrix3.zero
var gradient = [Double](repeating: 0, count: model.layout.count)
var checksum = (0.0, 0.0, 0.0)
@MainActor func evaluate() throws {
    checksum = (0, 0, 0)
    for structure in structures {
        try structure.withView(packed: &packed) { view throws(Failure) in
            try forces.withUnsafeMutableBufferPointer { f throws(Failure) in
                var outputs = Outputs()
                outputs.forces = f.baseAddress
                checksum.0 += try evaluator.evaluate(view, outputs, strainGradient: &strain)
                for k in 0..<3 * structure.count { checksum.1 += f[k] * f[k] }
                for k in 0..<3 { checksum.2 += strain[k].x * strain[k].y }
            }
        }
    }
}
@MainActor func learn() throws {
    for part in parts { part.clear() }
    for (index, structure) in structures.enumerated() {
        try structure.withView(packed: &packed) { view throws(Failure) in
            try forces.withUnsafeMutableBufferPointer { f throws(Failure) in
                _ = try learner.evaluate(view, forces: f.baseAddress!, strainGradient: &strain)
                try learner.addDerivative(
                    along: f.baseAddress!, strain: .zero, to: parts[index * parts.count / structures.count])
            }
        }
    }
    gradient.withUnsafeMutableBufferPointer { sum(parts, of: model, to: $0.baseAddress!) }
}
openblas_set_num_threads(1)
let learns = !CommandLine.arguments.contains("--no-gradient")
var (products, evaluations, gradients): ([Double], [Double], [Double]) = ([], [], [])
cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 128, 128, 128, 1, a, 128, a, 128, 0, &c, 128)
for _ in 0..<repeats {
    products.append(gemm())
    evaluations.append(try seconds(evaluate))
    products.append(gemm())
    if learns { gradients.append(try seconds(learn)) }
}
// Each beside the rate of products next to it: the machine's own speed changes from second to second.
let rate = gemmOperations / median(products) * 1e-9
@MainActor func report(_ times: [Double], _ apart: Int) -> (own: Double, scaled: Double, least: Double) {
    let scale = 1e6 / Double(atoms)
    let scaled = times.indices.map {
        times[$0] * gemmOperations * 1e-9 / (0.5 * (products[2 * $0] + products[2 * $0 + 1])) / 45
    }
    return (median(times) * scale, median(scaled) * scale, times.min()! * scale)
}
let (evaluation, learning) = (report(evaluations, 0), learns ? report(gradients, 1) : (own: 0, scaled: 0, least: 0))
func text(_ x: Double) -> String { String(format: "%6.2f", x) }
print("checksum", checksum, gradient.reduce(0) { $0 + $1 * $1 })
print(
    "kernels \(doubleKernels.name), \(precision.name) precision, GEMM \(text(rate)) GFLOP/s, \(structures.count) structures, \(atoms) atoms"
)
print(
    "energy and forces  \(text(evaluation.own)) µs per atom (\(text(evaluation.scaled)) at 45 GFLOP/s;",
    "least \(text(evaluation.least)))")
print(
    "loss gradient      \(text(learning.own)) µs per atom (\(text(learning.scaled)) at 45 GFLOP/s;",
    "\(text(learning.scaled / evaluation.scaled)) times energy and forces; least \(text(learning.least)))")
