import KernelTypes

// The exact gradient of the loss is the derivative of ∂E/∂(weights) along a motion of the atoms (docs/training.md).
// Along the motion ṙ_ij of the edges every quantity x has a derivative ẋ. With Q_n = ∂R_n/∂w_n summed over the edges
// beside R_n, the frequencies' gradient needs no second pass over the edges.

/// As `describe`, with derivatives along the motion. Temporary: R Ṙ Q Q̇ [N][4][count], Y Ẏ [L][2][count].
func describeMoving(
    _ network: UnsafePointer<Network>, _ element: Int, _ edges: Edges, _ motion: EdgeMotion, _ scratch: MovingScratch,
    _ temporary: MutableNumbers
) {
    let (n, l, d) = (network.pointee.radialCount, network.pointee.monomialCount, network.pointee.embeddingDimension)
    let count = edges.count
    let radial = temporary
    let angular = radial + 4 * n * count
    movingFunctions(network, edges, motion, radial, angular)
    let size = n * l
    scratch.expanded.update(repeating: 0, count: 2 * d * size)
    for index in 0..<edges.runCount {
        let run = edges.runs[index]
        let sums = scratch.accumulated + 4 * index * size
        movingSums(radial, angular, n, l, count, Int(run.start), Int(run.end), sums)
        addExpanded(network, Int(run.element), sums, scratch.expanded)
        addExpanded(network, Int(run.element), sums + size, scratch.expanded + d * size)
    }
    let nodes = network.pointee.nodeCount
    mix(network, element, scratch.expanded, scratch.values, rows: nodes)
    mix(network, element, scratch.expanded + d * size, scratch.valuesMotion, rows: nodes)
    contractMoving(
        network, MovingRows(values: scratch.values, motion: scratch.valuesMotion),
        MovingRows(values: scratch.features, motion: scratch.featuresMotion))
}

/// R, Ṙ, Q, Q̇ as [N][4][count] and Y, Ẏ as [L][2][count].
@inline(__always)
private func movingFunctions(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ motion: EdgeMotion, _ radial: MutableNumbers,
    _ angular: MutableNumbers
) {
    let (n, l) = (network.pointee.radialCount, network.pointee.monomialCount)
    let (parent, axis) = (network.pointee.parent, network.pointee.axis)
    let frequencies = network.pointee.frequencies
    let count = edges.count
    var e = 0
    while e < count {
        let (x, y, z) = (load(edges.x + e), load(edges.y + e), load(edges.z + e))
        let (vx, vy, vz) = (load(motion.x + e), load(motion.y + e), load(motion.z + e))
        let r = fma(x, x, fma(y, y, z * z)).squareRoot()
        let inverse = lanes(1) / r
        let (ux, uy, uz) = (x * inverse, y * inverse, z * inverse)
        let stretch = fma(ux, vx, fma(uy, vy, uz * vz))
        let (wx, wy, wz) = (
            inverse * fma(-ux, stretch, vx), inverse * fma(-uy, stretch, vy), inverse * fma(-uz, stretch, vz)
        )
        let g = envelope(network, r, inverse)
        for i in 0..<n {
            let w = lanes(frequencies[i])
            let (s, c) = sineCosine(w * r)
            let out = radial + 4 * i * count + e
            store(s * g.value, out)
            store(stretch * fma(w * c, g.value, s * g.slope), out + count)
            store(r * c * g.value, out + 2 * count)
            // dQ/dr = d(r c g)/dr
            store(stretch * fma(c, fma(r, g.slope, g.value), -(r * w * s * g.value)), out + 3 * count)
        }
        store(lanes(1), angular + e)
        store(Lanes.zero, angular + count + e)
        for m in 1..<max(1, l) {
            let (u, v) = axis[m] == 0 ? (ux, wx) : axis[m] == 1 ? (uy, wy) : (uz, wz)
            let source = angular + 2 * Int(parent[m]) * count + e
            let out = angular + 2 * m * count + e
            let value = load(source)
            store(value * u, out)
            store(fma(value, v, load(source + count) * u), out + count)
        }
        e += width
    }
}

/// Over the edges of a run: Σ R Y, Σ (Ṙ Y + R Ẏ), Σ Q Y, Σ (Q̇ Y + Q Ẏ), each [N][L].
@inline(__always)
private func movingSums(
    _ radial: Numbers, _ angular: Numbers, _ n: Int, _ l: Int, _ count: Int, _ start: Int, _ end: Int, _ out: MutableNumbers
) {
    let size = n * l
    for i in 0..<n {
        let r = radial + 4 * i * count
        var m = 0
        while m + 2 <= l {
            let y = angular + 2 * m * count
            var (a0, b0, c0, d0) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            var (a1, b1, c1, d1) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            var e = start
            while e < end {
                let (value, valueMotion) = (load(r + e), load(r + count + e))
                let (slope, slopeMotion) = (load(r + 2 * count + e), load(r + 3 * count + e))
                let (y0, y0Motion) = (load(y + e), load(y + count + e))
                a0 = fma(value, y0, a0)
                b0 = fma(valueMotion, y0, fma(value, y0Motion, b0))
                c0 = fma(slope, y0, c0)
                d0 = fma(slopeMotion, y0, fma(slope, y0Motion, d0))
                let (y1, y1Motion) = (load(y + 2 * count + e), load(y + 3 * count + e))
                a1 = fma(value, y1, a1)
                b1 = fma(valueMotion, y1, fma(value, y1Motion, b1))
                c1 = fma(slope, y1, c1)
                d1 = fma(slopeMotion, y1, fma(slope, y1Motion, d1))
                e += width
            }
            let target = out + i * l + m
            (target[0], target[1]) = (sum(a0), sum(a1))
            (target[size], target[size + 1]) = (sum(b0), sum(b1))
            (target[2 * size], target[2 * size + 1]) = (sum(c0), sum(c1))
            (target[3 * size], target[3 * size + 1]) = (sum(d0), sum(d1))
            m += 2
        }
        if m < l {
            let y = angular + 2 * m * count
            var (a, b, c, d) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            var e = start
            while e < end {
                let (y0, y0Motion) = (load(y + e), load(y + count + e))
                let (value, slope) = (load(r + e), load(r + 2 * count + e))
                a = fma(value, y0, a)
                b = fma(load(r + count + e), y0, fma(value, y0Motion, b))
                c = fma(slope, y0, c)
                d = fma(load(r + 3 * count + e), y0, fma(slope, y0Motion, d))
                e += width
            }
            let target = out + i * l + m
            (target[0], target[size], target[2 * size], target[3 * size]) = (sum(a), sum(b), sum(c), sum(d))
        }
    }
}
