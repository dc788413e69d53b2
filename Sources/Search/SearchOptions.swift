import Atoms
import Relaxation
import Support

/// Where atoms are drawn.
package enum Container: Sendable {
    case box  // of given edges, not periodic
    case cell  // periodic: a cube of the volume, each edge scaled by up to ± the variation
    case skewedCell  // periodic: a cube plus a random matrix of entries up to the variation of its edge
}

/// An optional kick, then a relaxation.
package struct SearchStage: Equatable, Sendable {
    package var relax: RelaxOptions
    package var kick: Double  // every component of every position is moved uniformly by up to this, Å
    package var dropUnconverged: Bool
    package var sameOptimizer: Bool  // go on with the optimiser of the stage before, as if it had not been kicked

    package init(
        _ relax: RelaxOptions, kick: Double = 0, dropUnconverged: Bool = false, sameOptimizer: Bool = false
    ) {
        self.relax = relax
        self.kick = kick
        self.dropUnconverged = dropUnconverged
        self.sameOptimizer = sameOptimizer
    }
}

/// What to draw and how to relax it; mirrors `rm_search_options`. Lengths in Å.
package struct SearchOptions: Sendable {
    package var container = Container.box
    package var box = Vector3(10, 5, 5)  // edges
    package var volumePerAtom = SIMD2<Double>(0, 0)  // cells: uniform between the two, Å³; both 0: from element volumes
    /// Cells: Å³ per atom by atomic number (entry 0 is not used), NaN for elements whose volume is not known; empty:
    /// none is known.
    package var elementVolumes: [Double] = []
    package var volumeScale = SIMD2<Double>(1, 1)  // cells: a factor on a volume from element volumes, uniform
    package var cellVariation = 0.25
    package var symmetry = 0.0  // cells: share of candidates drawn with the symmetry of a space group
    package var minSeparation = 0.0  // no pair is drawn closer
    /// The same as a share of the sum of covalent radii; the larger counts. Symmetric structures of crowded cells have
    /// atoms as close as 0.8 of it.
    package var covalentSeparation = 0.0
    /// As a share of the sum of covalent radii: relaxed structures with atoms closer than this have collapsed, into a
    /// hole of the pseudo-energy, where it has nothing to say. They fail. 0: none.
    package var collapsedSeparation = 0.0
    package var maxDraws = 1000
    package var stages: [SearchStage] = []
    package var hops = 0
    package var hopKick = 0.75  // every component
    package var hopHydrogen = 0.0  // share of hops that move one hydrogen to another atom
    package var hopSwap = 0.0  // share of hops that swap two elements
    /// Of root mean square descriptors and of energies per atom, in units of their spread (`Spread`). What converges
    /// to the presets' fmax from different starts agrees within 0.03 as a rule. 0: not looked for.
    package var duplicateTolerance = 0.05
    package var seed: UInt64 = 0
    package var first: Int64 = 0
    package var count: Int64 = 1
    package var threads = 1

    package init() {}

    /// Whether a relaxed structure has collapsed by `collapsedSeparation`.
    func isCollapsed(_ structure: Structure) -> Bool {
        collapsedSeparation > 0 && structure.hasContact(closer: collapsedSeparation, CovalentRadii.radius)
    }

    /// Throws `.argument` naming the option that is out of range.
    package func check() throws(Failure) {
        func inRange(_ name: String, _ value: Double, _ low: Double, _ high: Double) throws(Failure) {
            guard value >= low, value <= high else {
                throw Failure(.argument, "\(name) is \(value); it must lie between \(low) and \(high)")
            }
        }
        func ordered(_ name: String, _ range: SIMD2<Double>, _ low: Double, _ high: Double) throws(Failure) {
            try inRange("\(name)[0]", range.x, low, high)
            try inRange("\(name)[1]", range.y, low, high)
            guard range.x <= range.y else {
                throw Failure(.argument, "\(name) runs from \(range.x) to \(range.y); it must not fall")
            }
        }
        if container == .box {
            for k in 0..<3 { try inRange("box[\(k)]", box[k], 1e-3, 1e6) }
        } else if volumePerAtom == .zero {
            try ordered("volume_scale", volumeScale, 1e-3, 1e3)
        } else {
            try ordered("volume_per_atom", volumePerAtom, 0.1, 1e6)
        }
        guard elementVolumes.isEmpty || elementVolumes.count == 119 else {
            throw Failure(.argument, "element_volumes has \(elementVolumes.count) entries; it must have 119")
        }
        guard cellVariation >= 0, cellVariation < 1 else {
            throw Failure(.argument, "cell_variation is \(cellVariation); it must be at least 0 and below 1")
        }
        try inRange("symmetry", symmetry, 0, 1)
        try inRange("min_separation", minSeparation, 0, 100)
        try inRange("covalent_separation", covalentSeparation, 0, 10)
        try inRange("collapsed_separation", collapsedSeparation, 0, 10)
        guard maxDraws >= 1 else { throw Failure(.argument, "max_draws is \(maxDraws); it must be at least 1") }
        guard !stages.isEmpty else { throw Failure(.argument, "a search needs at least one stage") }
        for (k, stage) in stages.enumerated() {
            do throws(Failure) {
                try stage.relax.check()
                try inRange("kick", stage.kick, 0, 1e3)
            } catch { throw error.at("stage \(k)") }
        }
        guard hops >= 0 else { throw Failure(.argument, "hops is \(hops); it must not be negative") }
        try inRange("hop_kick", hopKick, 0, 1e3)
        try inRange("hop_hydrogen", hopHydrogen, 0, 1)
        try inRange("hop_swap", hopSwap, 0, 1)
        guard hopHydrogen + hopSwap <= 1 + 1e-12 else {
            throw Failure(.argument, "hop_hydrogen and hop_swap are shares, but sum to \(hopHydrogen + hopSwap)")
        }
        try inRange("duplicate_tolerance", duplicateTolerance, 0, 1e6)
        guard first >= 0, count >= 0, first <= Int64.max - count else {
            throw Failure(.argument, "first is \(first) and count is \(count); neither may be negative")
        }
        guard threads >= 1, threads <= 4096 else {
            throw Failure(.argument, "threads is \(threads); it must lie between 1 and 4096")
        }
    }
}
