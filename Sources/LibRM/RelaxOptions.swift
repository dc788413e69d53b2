import CRM
import Relaxation
import Support

extension rm_relax_options {
    /// The defaults, as the core has them.
    init(_ options: RelaxOptions) {
        self.init()
        size = MemoryLayout<rm_relax_options>.size
        optimizer = options.optimizer == .fire ? RM_OPTIMIZER_FIRE : RM_OPTIMIZER_LBFGS
        cell =
            switch options.cell {
            case .fixed: RM_CELL_FIXED
            case .constantVolume: RM_CELL_CONSTANT_VOLUME
            case .free: RM_CELL_FREE
            }
        pressure = options.pressure
        fmax = options.fmax
        max_steps = Int32(options.maxSteps)
        max_step = options.maxStep
        cell_per_atom = options.cellPerAtom ? 1 : 0
        time_step = options.timeStep
        max_time_step = options.maxTimeStep
        acceleration_start = options.accelerationStart
        acceleration_factor = options.accelerationFactor
        step_increase = options.stepIncrease
        step_decrease = options.stepDecrease
        downhill_steps = Int32(options.downhillSteps)
        memory = Int32(options.memory)
        curvature = options.curvature
        precision = RM_PRECISION_DOUBLE
    }

    /// The options in the core's words, each within its range.
    func checked() throws(Failure) -> RelaxOptions {
        var options = RelaxOptions()
        switch optimizer {
        case RM_OPTIMIZER_FIRE: options.optimizer = .fire
        case RM_OPTIMIZER_LBFGS: options.optimizer = .lbfgs
        default: throw Failure(.argument, "optimizer is \(optimizer.rawValue), which is none of rm_optimizer")
        }
        switch cell {
        case RM_CELL_FIXED: options.cell = .fixed
        case RM_CELL_CONSTANT_VOLUME: options.cell = .constantVolume
        case RM_CELL_FREE: options.cell = .free
        default: throw Failure(.argument, "cell is \(cell.rawValue), which is none of rm_cell_mode")
        }
        try check(positive: "fmax", fmax)
        options.pressure = pressure
        options.fmax = fmax
        options.maxSteps = Int(max_steps)
        options.maxStep = max_step
        options.cellPerAtom = try flag("cell_per_atom", cell_per_atom)
        options.timeStep = time_step
        options.maxTimeStep = max_time_step
        options.accelerationStart = acceleration_start
        options.accelerationFactor = acceleration_factor
        options.stepIncrease = step_increase
        options.stepDecrease = step_decrease
        options.downhillSteps = Int(downhill_steps)
        options.memory = Int(memory)
        options.curvature = curvature
        try options.check()
        return options
    }

    /// Reads a caller's struct; NULL stands for the defaults.
    static func read(_ pointer: UnsafePointer<rm_relax_options>?, _ name: String) throws(Failure) -> rm_relax_options {
        let defaults = rm_relax_options(RelaxOptions())
        return pointer == nil ? defaults : try Options.read(pointer, name, over: defaults)
    }
}

@c @implementation
public func rm_relax_options_init(_ options: UnsafeMutablePointer<rm_relax_options>?, _ size: Int) {
    Options.initialize(options, size) { rm_relax_options(RelaxOptions()) }
}
