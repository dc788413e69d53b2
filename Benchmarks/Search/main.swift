// Times the search for structures of the contents that an extxyz file has, on one core:
//
//     rm-search-speed MODEL.safetensors FILE.extxyz [--preset NAME] [--contents N] [--count N] [--hops N] [--skin Å]
//         [--optimizer fire|lbfgs] [--memory N] [--curvature X] [--max-step Å] [--stages N] [--seed N] [--list FILE]
//
// Times are the thread's own (CLOCK_THREAD_CPUTIME_ID), and matrix products are timed between the candidates, so that
// figures for a core of 45 GFLOP/s hold on a busy machine too. To read this clock is a system call of a microsecond, so
// the potential's share, for which each evaluation is timed, is one of wall times. Crystals get the volume of the file's.
// --list writes a line for each candidate.

import Atoms
import COpenBLAS
import Foundation
import Potential
import Relaxation
import Search
import Support

func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}
func now() -> Double { seconds(CLOCK_THREAD_CPUTIME_ID) }
func wall() -> Double { seconds(CLOCK_MONOTONIC) }

/// The rate of double-precision matrix products, measured a little at a time.
struct Products {
    private let n = 60
    private var a = [Double](repeating: 1, count: 3600)
    private var c = [Double](repeating: 0, count: 3600)
    private var operations = 0.0
    private var time = 0.0

    mutating func measure() {
        let start = now()
        for _ in 0..<20 {
            cblas_dgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(n), Int32(n), Int32(n), 1, a, Int32(n), a, Int32(n), 0,
                &c, Int32(n))
        }
        time += now() - start
        operations += 40 * Double(n * n * n)
    }

    var rate: Double { operations / time * 1e-9 }  // GFLOP/s
}

/// A potential that measures how long it takes.
final class Watch: ForceProvider, @unchecked Sendable {
    private let model: Model
    private let skin: Double
    var evaluations = 0
    var atoms = 0
    var time = 0.0  // wall

    init(_ model: Model, skin: Double) {
        self.model = model
        self.skin = skin
    }

    func makeEvaluator() throws(Failure) -> any ForceEvaluator { WatchedEvaluator(self, Evaluator(model, skin: skin)) }
}

final class WatchedEvaluator: ForceEvaluator {
    private let watch: Watch
    private let evaluator: Evaluator

    init(_ watch: Watch, _ evaluator: Evaluator) {
        self.watch = watch
        self.evaluator = evaluator
    }

    func evaluate(_ structure: borrowing Structure, forces: inout [Vector3], strainGradient: inout Matrix3)
        throws(Failure) -> Double
    {
        let start = wall()
        defer { watch.time += wall() - start }
        watch.evaluations += 1
        watch.atoms += structure.count
        return try evaluator.evaluate(structure, forces: &forces, strainGradient: &strainGradient)
    }

    func descriptors(_ structure: borrowing Structure) throws(Failure) -> (energy: Double, values: [Double]) {
        let start = wall()
        defer { watch.time += wall() - start }
        return try evaluator.descriptors(structure)
    }
}

/// The atomic numbers of each structure of an extxyz file and its volume per atom.
func contents(_ path: String, _ limit: Int) throws -> [([Int32], Double)] {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false)
    var result: [([Int32], Double)] = []
    var at = 0
    while at < lines.count, let n = Int(lines[at].trimmingCharacters(in: .whitespaces)), result.count < limit {
        var volume = 0.0
        if let range = lines[at + 1].range(of: "Lattice=\"") {
            let cell = lines[at + 1][range.upperBound...].prefix { $0 != "\"" }.split(separator: " ").compactMap {
                Double($0)
            }
            volume = Cell(Matrix3(cell)).volume / Double(n)
        }
        let numbers = lines[at + 2..<at + 2 + n].map {
            Elements.number(String($0.prefix { $0 != " " })) ?? 0
        }
        result.append((numbers, volume))
        at += n + 2
    }
    return result
}

var words: [String] = []
var flags: [String: String] = [:]
var arguments = CommandLine.arguments.dropFirst()
while let word = arguments.popFirst() {
    if word.hasPrefix("--") {
        flags[String(word.dropFirst(2))] = arguments.popFirst() ?? ""
    } else {
        words.append(word)
    }
}
@MainActor func number(_ flag: String) -> Double? { flags[flag].flatMap { Double($0) } }

let presets: [String: Preset] = [
    "molecules": .molecules, "molecules-published": .moleculesPublished, "crystals": .crystals,
    "crystals-published": .crystalsPublished, "diamond": .diamond, "diamond-published": .diamondPublished,
]
guard words.count == 2, let preset = presets[flags["preset"] ?? "crystals"] else {
    print(
        "rm-search-speed MODEL.safetensors FILE.extxyz [--preset \(presets.keys.sorted().joined(separator: "|"))] ...")
    exit(2)
}
let model = try Model(path: words[0])
var options = SearchOptions(preset)
options.hops = Int(number("hops") ?? 0)
options.count = Int64(number("count") ?? 4)
options.seed = UInt64(number("seed") ?? 1)
if let count = number("stages") { options.stages = Array(options.stages.prefix(Int(count))) }
for k in options.stages.indices {
    switch flags["optimizer"] {
    case "fire": options.stages[k].relax.optimizer = .fire
    case "lbfgs":
        options.stages[k].relax.optimizer = .lbfgs
        options.stages[k].sameOptimizer = false
    default: break
    }
    if let memory = number("memory") { options.stages[k].relax.memory = Int(memory) }
    if let curvature = number("curvature") { options.stages[k].relax.curvature = curvature }
    if let step = number("max-step") { options.stages[k].relax.maxStep = step }
}

let watch = Watch(model, skin: number("skin") ?? 0)
var products = Products()
var summary = SearchSummary()
var list = ""
var energy = 0.0
var time = 0.0
var wallTime = 0.0
let all = try contents(words[1], Int(number("contents") ?? 50))
for (k, (numbers, volume)) in all.enumerated() {
    if options.container != .box, preset != .diamond, preset != .diamondPublished {
        options.volumePerAtom = SIMD2(repeating: volume)
    }
    let start = (now(), wall())
    var pause = (0.0, 0.0)
    let found = try Search(numbers, options, watch).run { candidate in
        let before = (now(), wall())
        products.measure()
        if candidate.state.isKept { energy += candidate.energy / Double(numbers.count) }
        list += "\(k) \(candidate.index) \(candidate.state) \(candidate.energy / Double(numbers.count)) "
        list += "\(candidate.volume / Double(numbers.count)) \(candidate.steps) \(candidate.duplicateOf)\n"
        pause.0 += now() - before.0
        pause.1 += wall() - before.1
        return true
    }
    time += now() - start.0 - pause.0
    wallTime += wall() - start.1 - pause.1
    summary.tried += found.tried
    summary.converged += found.converged
    summary.unconverged += found.unconverged
    summary.dropped += found.dropped
    summary.failed += found.failed
    summary.duplicates += found.duplicates
    summary.evaluations += found.evaluations
}
if let path = flags["list"] { try list.write(toFile: path, atomically: true, encoding: .utf8) }

let tried = Double(summary.tried)
let slow = products.rate / 45  // this core's speed, of that of the reference
let share = watch.time / wallTime
let evaluation = share * time / Double(watch.evaluations) * 1e6  // µs
func text(_ value: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", value) }
print(
    """
    GEMM \(text(products.rate, 1)) GFLOP/s; \(summary.tried) candidates: \(summary.converged) converged, \
    \(summary.unconverged) unconverged, \(summary.dropped) dropped, \(summary.failed) failed, \
    \(summary.duplicates) duplicates; mean energy per atom of those kept \
    \(text(energy / max(1, Double(summary.converged + summary.unconverged)), 5)) (not eV)
    candidates a second   \(text(tried / time, 1)) (\(text(tried / time / slow, 1)) at 45 GFLOP/s)
    evaluations each      \(text(Double(summary.evaluations) / tried, 1))
    one evaluation        \(text(evaluation, 1)) µs (\(text(evaluation * slow, 1)) at 45 GFLOP/s), \
    \(text(evaluation * slow * Double(watch.evaluations) / Double(watch.atoms), 2)) per atom
    time in the potential \(text(100 * share, 1)) %
    """)
