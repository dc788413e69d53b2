import Atoms
import CRM
import Potential
import Relaxation
import Search
import Support

/// The most stages a caller may give.
private let mostStages: Int32 = 1000

extension rm_search_options {
    /// A preset, as the core has it. Its stages are the ones that NULL stands for.
    init(_ preset: Preset) {
        let options = SearchOptions(preset)
        self.init()
        size = MemoryLayout<rm_search_options>.size
        container =
            switch options.container {
            case .box: RM_CONTAINER_BOX
            case .cell: RM_CONTAINER_CELL
            case .skewedCell: RM_CONTAINER_SKEWED_CELL
            }
        box = (options.box.x, options.box.y, options.box.z)
        volume_per_atom = (options.volumePerAtom.x, options.volumePerAtom.y)
        volume_scale = (options.volumeScale.x, options.volumeScale.y)
        cell_variation = options.cellVariation
        symmetry = options.symmetry
        collapsed_separation = options.collapsedSeparation
        min_separation = options.minSeparation
        covalent_separation = options.covalentSeparation
        max_draws = Int32(options.maxDraws)
        hops = Int32(options.hops)
        hop_kick = options.hopKick
        hop_hydrogen = options.hopHydrogen
        hop_swap = options.hopSwap
        duplicate_tolerance = options.duplicateTolerance
        seed = options.seed
        first = options.first
        count = options.count
        threads = Int32(options.threads)
        self.preset = rm_preset(rawValue: numericCast(preset.rawValue))
        // Published presets keep to the letter; the others find the same minima in two thirds of the time.
        precision =
            switch preset {
            case .moleculesPublished, .crystalsPublished, .diamondPublished: RM_PRECISION_DOUBLE
            case .molecules, .crystals, .diamond: RM_PRECISION_SINGLE
            }
    }

    /// The options in the core's words, each within its range. `model`: whose volumes of elements NULL stands for.
    func checked(_ model: Model) throws(Failure) -> SearchOptions {
        var options = SearchOptions(try LibRM.preset(preset))
        switch container {
        case RM_CONTAINER_BOX: options.container = .box
        case RM_CONTAINER_CELL: options.container = .cell
        case RM_CONTAINER_SKEWED_CELL: options.container = .skewedCell
        default: throw Failure(.argument, "container is \(container.rawValue), which is none of rm_container")
        }
        options.box = Vector3(box.0, box.1, box.2)
        options.volumePerAtom = SIMD2(volume_per_atom.0, volume_per_atom.1)
        try check("volume_scale[0]", volume_scale.0, 1e-3...1e3)
        try check("volume_scale[1]", volume_scale.1, 1e-3...1e3)
        options.volumeScale = SIMD2(volume_scale.0, volume_scale.1)
        if options.container != .box, options.volumePerAtom == .zero {
            options.elementVolumes = try volumes(model)
        }
        options.cellVariation = cell_variation
        options.symmetry = symmetry
        options.collapsedSeparation = collapsed_separation
        options.minSeparation = min_separation
        options.covalentSeparation = covalent_separation
        options.maxDraws = Int(max_draws)
        if stages != nil { options.stages = try checkedStages() }
        options.hops = Int(hops)
        options.hopKick = hop_kick
        options.hopHydrogen = hop_hydrogen
        options.hopSwap = hop_swap
        options.duplicateTolerance = duplicate_tolerance
        options.seed = seed
        options.first = first
        options.count = count
        options.threads = try threadCount(threads)
        try options.check()
        for (k, stage) in options.stages.enumerated() where options.container == .box && stage.relax.cell != .fixed {
            throw Failure(.argument, "stages[\(k)]: a cell is to move, but in RM_CONTAINER_BOX there is none")
        }
        return options
    }

    private func checkedStages() throws(Failure) -> [SearchStage] {
        try check("stage_count", stage_count, 1...mostStages)
        var result: [SearchStage] = []
        for k in 0..<Int(stage_count) {
            do throws(Failure) {
                let stage = stages[k]
                let given = try rm_relax_options.read(try required(stage.relax, "relax"), "relax")
                guard given.precision == RM_PRECISION_DOUBLE else {
                    throw Failure(.argument, "relax: its precision is set, but a search's stages have the search's")
                }
                let relax = try given.checked()
                result.append(
                    SearchStage(
                        relax, kick: stage.kick,
                        dropUnconverged: try flag("drop_unconverged", stage.drop_unconverged)))
            } catch { throw error.at("stages[\(k)]") }
        }
        return result
    }

    /// By atomic number; NaN for what is not known.
    private func volumes(_ model: Model) throws(Failure) -> [Double] {
        guard let element_volumes else {
            do throws(Failure) {
                return try model.elementVolumes()
            } catch { throw error.at("description of the model") }
        }
        return UnsafeBufferPointer(start: element_volumes, count: 119).map { $0 > 0 ? $0 : .nan }
    }
}

@c @implementation
public func rm_search_options_init(
    _ options: UnsafeMutablePointer<rm_search_options>?, _ size: Int, _ name: rm_preset
) {
    Options.initialize(options, size) { () throws(Failure) in rm_search_options(try preset(name)) }
}
