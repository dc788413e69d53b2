import KernelTypes

// From A′ to the contractions and back, chunk by chunk: by the formulas of the published list where a model has it
// (PublishedContractions.swift), by its programs otherwise (Contracting.swift).

/// The row of ones, open tensors, contractions.
@inline(never)
func contract(_ network: UnsafePointer<Network>, _ values: MutableNumbers, _ features: MutableNumbers) {
    if network.pointee.isPublished != 0 {
        return contractPublished(network, values, features)
    }
    let one = network.pointee.monomialCount * chunk
    for index in 0..<network.pointee.laneCount / chunk {
        let rows = values + index * network.pointee.nodeCount * chunk
        (rows + one).update(repeating: 1, count: chunk)
        run(network.pointee.opening, rows, rows, rows)
        run(network.pointee.closing, rows, rows, features + index * network.pointee.contractionCount * chunk)
    }
}

@inline(__always)
private func contractPublished(_ network: UnsafePointer<Network>, _ values: MutableNumbers, _ features: MutableNumbers) {
    for index in 0..<network.pointee.laneCount / width {
        let (block, half) = (index / vectorsPerChunk, index % vectorsPerChunk * width)
        let rows = values + block * network.pointee.nodeCount * chunk + half
        let out = features + block * network.pointee.contractionCount * chunk + half
        publishedContractions({ load(rows + $0 * chunk) }, { store($1, rows + $0 * chunk) }, { store($1, out + $0 * chunk) })
    }
}

/// ∂E/∂(contractions) [chunks][C][chunk] → ∂E/∂A′ [chunks][L][chunk].
@inline(never)
func expose(
    _ network: UnsafePointer<Network>, _ featureGradient: Numbers, _ values: MutableNumbers, _ out: MutableNumbers
) {
    let (nodes, count, l) = (
        network.pointee.nodeCount, network.pointee.contractionCount, network.pointee.monomialCount
    )
    if network.pointee.isPublished != 0 {
        for index in 0..<network.pointee.laneCount / width {
            let (block, half) = (index / vectorsPerChunk, index % vectorsPerChunk * width)
            let rows = values + block * nodes * chunk + half
            let gradient = featureGradient + block * count * chunk + half
            let target = out + block * l * chunk + half
            publishedGradient({ load(rows + $0 * chunk) }, { load(gradient + $0 * chunk) }, { store($1, target + $0 * chunk) })
        }
    } else {
        for index in 0..<network.pointee.laneCount / chunk {
            run(
                network.pointee.backward, featureGradient + index * count * chunk, values + index * nodes * chunk,
                out + index * l * chunk)
        }
    }
}

/// As `contract`, with derivatives along a motion.
@inline(never)
func contractMoving(_ network: UnsafePointer<Network>, _ values: MovingRows, _ features: MovingRows) {
    let (nodes, count) = (network.pointee.nodeCount, network.pointee.contractionCount)
    if network.pointee.isPublished != 0 {
        for index in 0..<network.pointee.laneCount / width {
            let (block, half) = (index / vectorsPerChunk, index % vectorsPerChunk * width)
            let (rows, out) = (values + (block * nodes * chunk + half), features + (block * count * chunk + half))
            publishedContractions({ rows[$0] }, { rows[$0] = $1 }, { out[$0] = $1 })
        }
    } else {
        let one = network.pointee.monomialCount * chunk
        for index in 0..<network.pointee.laneCount / chunk {
            let rows = values + index * nodes * chunk
            (rows.values + one).update(repeating: 1, count: chunk)
            (rows.motion + one).update(repeating: 0, count: chunk)
            runMoving(network.pointee.opening, rows, rows, rows)
            runMoving(network.pointee.closing, rows, rows, features + index * count * chunk)
        }
    }
}

/// As `expose`, with derivatives along a motion.
@inline(never)
func exposeMoving(
    _ network: UnsafePointer<Network>, _ featureGradient: MovingRows, _ values: MovingRows, _ out: MovingRows
) {
    let (nodes, count, l) = (
        network.pointee.nodeCount, network.pointee.contractionCount, network.pointee.monomialCount
    )
    if network.pointee.isPublished != 0 {
        for index in 0..<network.pointee.laneCount / width {
            let (block, half) = (index / vectorsPerChunk, index % vectorsPerChunk * width)
            let rows = values + (block * nodes * chunk + half)
            let gradient = featureGradient + (block * count * chunk + half)
            let target = out + (block * l * chunk + half)
            publishedGradient({ rows[$0] }, { gradient[$0] }, { target[$0] = $1 })
        }
    } else {
        for index in 0..<network.pointee.laneCount / chunk {
            runMoving(
                network.pointee.backward, featureGradient + index * count * chunk, values + index * nodes * chunk,
                out + index * l * chunk)
        }
    }
}
