import KernelTypes

// From A′ to the contractions and back: by the formulas of the published list or of squares where a model has them
// (PublishedContractions.swift, SquareContractions.swift), by its programs otherwise (Contracting.swift).

/// The row of ones, open tensors, contractions.
@inline(never)
func contract(_ network: UnsafePointer<Network>, _ values: MutableNumbers, _ features: MutableNumbers) {
    switch network.pointee.contractionCode {
    case .published:
        eachChunk(network) { place in contractPublished(values + place.nodes, features + place.contractions) }
    case .squares:
        eachVector(network) { place in
            let (rows, out) = (values + place.nodes, features + place.contractions)
            squareContractions(network, { load(rows + $0 * chunk) }, { store($1, out + $0 * chunk) })
        }
    case .programs:
        let one = network.pointee.monomialCount * chunk
        eachChunk(network) { place in
            let rows = values + place.nodes
            (rows + one).update(repeating: 1, count: chunk)
            run(network.pointee.opening, rows, rows, rows)
            run(network.pointee.closing, rows, rows, features + place.contractions)
        }
    }
}

/// One chunk's part for the published list.
@inline(never)
func contractPublished(_ values: MutableNumbers, _ features: MutableNumbers) {
    for lane in stride(from: 0, to: chunk, by: width) {
        let (rows, out) = (values + lane, features + lane)
        publishedContractions(
            { load(rows + $0 * chunk) }, { store($1, rows + $0 * chunk) }, { store($1, out + $0 * chunk) })
    }
}

/// ∂E/∂(contractions) [chunks][C][chunk] → ∂E/∂A′ [chunks][L][chunk].
@inline(never)
func expose(
    _ network: UnsafePointer<Network>, _ featureGradient: Numbers, _ values: MutableNumbers, _ out: MutableNumbers
) {
    switch network.pointee.contractionCode {
    case .published:
        eachVector(network) { place in
            let (rows, gradient, target) = (
                values + place.nodes, featureGradient + place.contractions, out + place.monomials
            )
            publishedGradient(
                { load(rows + $0 * chunk) }, { load(gradient + $0 * chunk) }, { store($1, target + $0 * chunk) })
        }
    case .squares:
        eachVector(network) { place in
            let (rows, gradient, target) = (
                values + place.nodes, featureGradient + place.contractions, out + place.monomials
            )
            squareGradient(
                network, { load(rows + $0 * chunk) }, { load(gradient + $0 * chunk) },
                { store($1, target + $0 * chunk) })
        }
    case .programs:
        eachChunk(network) { place in
            run(
                network.pointee.backward, featureGradient + place.contractions, values + place.nodes,
                out + place.monomials)
        }
    }
}

/// As `contract`, with derivatives along a motion.
@inline(never)
func contractMoving(_ network: UnsafePointer<Network>, _ values: MovingRows, _ features: MovingRows) {
    switch network.pointee.contractionCode {
    case .published:
        eachVector(network) { place in
            let (rows, out) = (values + place.nodes, features + place.contractions)
            publishedContractions({ rows[$0] }, { rows[$0] = $1 }, { out[$0] = $1 })
        }
    case .squares:
        eachVector(network) { place in
            let (rows, out) = (values + place.nodes, features + place.contractions)
            squareContractions(network, { rows[$0] }, { out[$0] = $1 })
        }
    case .programs:
        let one = network.pointee.monomialCount * chunk
        eachChunk(network) { place in
            let rows = values + place.nodes
            (rows.values + one).update(repeating: 1, count: chunk)
            (rows.motion + one).update(repeating: 0, count: chunk)
            runMoving(network.pointee.opening, rows, rows, rows)
            runMoving(network.pointee.closing, rows, rows, features + place.contractions)
        }
    }
}

/// As `expose`, with derivatives along a motion.
@inline(never)
func exposeMoving(
    _ network: UnsafePointer<Network>, _ featureGradient: MovingRows, _ values: MovingRows, _ out: MovingRows
) {
    switch network.pointee.contractionCode {
    case .published:
        eachVector(network) { place in
            let (rows, gradient, target) = (
                values + place.nodes, featureGradient + place.contractions, out + place.monomials
            )
            publishedGradient({ rows[$0] }, { gradient[$0] }, { target[$0] = $1 })
        }
    case .squares:
        eachVector(network) { place in
            let (rows, gradient, target) = (
                values + place.nodes, featureGradient + place.contractions, out + place.monomials
            )
            squareGradient(network, { rows[$0] }, { gradient[$0] }, { target[$0] = $1 })
        }
    case .programs:
        eachChunk(network) { place in
            runMoving(
                network.pointee.backward, featureGradient + place.contractions, values + place.nodes,
                out + place.monomials)
        }
    }
}

/// Where a chunk of lanes, or a vector of one, begins among rows of values, contractions and monomials.
private struct Offsets {
    let nodes: Int
    let contractions: Int
    let monomials: Int

    @inline(__always)
    init(_ network: UnsafePointer<Network>, chunk index: Int, _ lane: Int = 0) {
        nodes = index * network.pointee.nodeCount * chunk + lane
        contractions = index * network.pointee.contractionCount * chunk + lane
        monomials = index * network.pointee.monomialCount * chunk + lane
    }
}

@inline(__always)
private func eachVector(_ network: UnsafePointer<Network>, _ body: (Offsets) -> Void) {
    for index in 0..<network.pointee.laneCount / width {
        body(Offsets(network, chunk: index / vectorsPerChunk, index % vectorsPerChunk * width))
    }
}

@inline(__always)
private func eachChunk(_ network: UnsafePointer<Network>, _ body: (Offsets) -> Void) {
    for index in 0..<network.pointee.laneCount / chunk { body(Offsets(network, chunk: index)) }
}
