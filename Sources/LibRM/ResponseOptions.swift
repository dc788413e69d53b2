import CRM
import Response
import Support

/// The most noise levels a caller may give.
private let mostLevels: Int32 = 10_000

extension rm_response_options {
    /// A preset, as the core has it. The preset's own levels are the ones that NULL stands for.
    init(_ preset: Preset) {
        let options = ResponseOptions(preset)
        self.init()
        size = MemoryLayout<rm_response_options>.size
        displacement = options.displacement
        levels = nil
        level_count = 0
        strain_count = Int32(options.strainCount)
        dilation = options.dilation
        shear = options.shear
        young_modulus = options.youngModulus
        poisson_ratio = options.poissonRatio
        force_noise = options.forceNoise
        repulsion_radius = options.repulsionRadius
        remove_drift = options.removeDrift ? 1 : 0
        remove_rotation = options.removeRotation ? 1 : 0
        amplitude = (options.amplitude.x, options.amplitude.y)
        clean_share = options.cleanShare
        weight_floor = options.weightFloor
        weight_power = options.weightPower
        frames_per_structure = Int32(options.framesPerStructure)
    }

    /// The options in the core's words, each within its range.
    func checked() throws(Failure) -> ResponseOptions {
        var options = ResponseOptions(.moleculesPublished)
        options.displacement = displacement
        options.levels = ResponseOptions.publishedLevels
        if let levels {
            try check("level_count", level_count, 1...mostLevels)
            options.levels = Array(UnsafeBufferPointer(start: levels, count: Int(level_count)))
        }
        options.strainCount = Int(strain_count)
        options.dilation = dilation
        options.shear = shear
        options.youngModulus = young_modulus
        options.poissonRatio = poisson_ratio
        options.forceNoise = force_noise
        options.repulsionRadius = repulsion_radius
        options.removeDrift = try flag("remove_drift", remove_drift)
        options.removeRotation = try flag("remove_rotation", remove_rotation)
        options.amplitude = SIMD2(amplitude.0, amplitude.1)
        options.cleanShare = clean_share
        options.weightFloor = weight_floor
        options.weightPower = weight_power
        options.framesPerStructure = Int(frames_per_structure)
        try options.check()
        return options
    }

    /// Reads a caller's struct.
    static func read(
        _ pointer: UnsafePointer<rm_response_options>?, _ name: String
    ) throws(Failure) -> ResponseOptions {
        do throws(Failure) {
            return try Options.read(pointer, name, over: rm_response_options(.moleculesPublished)).checked()
        } catch { throw error.at(name) }
    }
}

@c @implementation
public func rm_response_options_init(
    _ options: UnsafeMutablePointer<rm_response_options>?, _ size: Int, _ name: rm_preset
) {
    Options.initialize(options, size) { () throws(Failure) in rm_response_options(try preset(name)) }
}
