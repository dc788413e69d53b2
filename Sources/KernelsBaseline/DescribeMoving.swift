import KernelTypes

// The exact gradient of the loss is the derivative of ∂E/∂(weights) along a motion of the atoms (docs/training.md).
// Along the motion ṙ_ij of the edges every quantity x has a derivative ẋ. With Q_n = ∂R_n/∂w_n summed over the edges
// beside R_n, the frequencies' gradient needs no second pass over the edges.

/// As `describe`, with derivatives along the motion. Temporary: one group's R Ṙ Q Q̇ [4][N][width], Y Ẏ [S][2][count],
/// R Q Ṙ Q̇ [count][4][radialLanes].
func describeMoving(
    _ network: UnsafePointer<Network>, _ element: Int, _ edges: Edges, _ motion: EdgeMotion, _ scratch: MovingScratch,
    _ temporary: MutableNumbers
) {
    let (size, stride) = (network.pointee.sphereCount * network.pointee.radialLanes, network.pointee.radialLanes)
    accumulateMoving(network, edges, motion, scratch, temporary)
    let expandedMotion = scratch.expanded + network.pointee.embeddingDimension * network.pointee.monomialCount * stride
    expand(network, edges, scratch.accumulated, 4 * size, scratch.expanded)
    expand(network, edges, scratch.accumulated + 2 * size, 4 * size, expandedMotion)
    let nodes = network.pointee.nodeCount
    if !scratch.isEvaluated { mix(network, element, scratch.expanded, scratch.values, rows: nodes) }
    mix(network, element, expandedMotion, scratch.valuesMotion, rows: nodes)
    contractMoving(
        network, MovingRows(values: scratch.values, motion: scratch.valuesMotion),
        MovingRows(values: scratch.features, motion: scratch.featuresMotion))
}

/// Edges → the sums of every run, `scratch.accumulated`. Temporary as `describeMoving`.
func accumulateMoving(
    _ network: UnsafePointer<Network>, _ edges: Edges, _ motion: EdgeMotion, _ scratch: MovingScratch,
    _ temporary: MutableNumbers
) {
    let s = network.pointee.sphereCount
    let (stride, count) = (network.pointee.radialLanes, edges.stride)
    let angular = temporary + 4 * network.pointee.radialCount * width
    let radial = angular + 2 * s * count
    withShape(network) { movingFunctions(network, $0, edges, motion, temporary, angular, radial) }
    for index in 0..<edges.runCount {
        let run = edges.runs[index]
        let (start, end) = (Int(run.start), Int(run.end))
        movingSums(
            radial + 4 * start * stride, angular + start, s, stride, count, end - start,
            scratch.accumulated + 4 * index * s * stride)
    }
}

/// R, Q, Ṙ, Q̇ as [count][4][radialLanes] and Y, Ẏ as [S][2][count].
@inline(__always)
private func movingFunctions(
    _ network: UnsafePointer<Network>, _ shape: Shape, _ edges: Edges, _ motion: EdgeMotion, _ group: MutableNumbers,
    _ angular: MutableNumbers, _ radial: MutableNumbers
) {
    let (n, l) = (shape.n, shape.sums)
    let (parent, axis) = (network.pointee.parent, network.pointee.axis)
    let (count, stride) = (edges.stride, shape.stride)
    let envelope = Envelope(network)
    var e = 0
    while e < edges.count {
        let (x, y, z) = (load(edges.x + e), load(edges.y + e), load(edges.z + e))
        let (vx, vy, vz) = (load(motion.x + e), load(motion.y + e), load(motion.z + e))
        let r = fma(x, x, fma(y, y, z * z)).squareRoot()
        let inverse = lanes(1) / r
        let (ux, uy, uz) = (x * inverse, y * inverse, z * inverse)
        let stretch = fma(ux, vx, fma(uy, vy, uz * vz))
        let (wx, wy, wz) = (
            inverse * fma(-ux, stretch, vx), inverse * fma(-uy, stretch, vy), inverse * fma(-uz, stretch, vz)
        )
        let g = envelope(r, inverse)
        eachSineCosine(network, n, r) { i, w, s, c in
            let out = group + i * width
            store(s * g.value, out)
            store(r * c * g.value, out + n * width)
            store(stretch * fma(w * c, g.value, s * g.slope), out + 2 * n * width)
            // dQ/dr = d(r c g)/dr
            store(stretch * fma(c, fma(r, g.slope, g.value), -(r * w * s * g.value)), out + 3 * n * width)
        }
        for k in 0..<4 {
            transpose(group + k * n * width, width, n, stride, radial + (4 * e + k) * stride, 4 * stride)
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

/// Over the edges of a run: Σ R Y, Σ Q Y, Σ (Ṙ Y + R Ẏ), Σ (Q̇ Y + Q Ẏ), each [S][radialLanes].
@inline(never)
private func movingSums(
    _ radial: Numbers, _ angular: Numbers, _ l: Int, _ stride: Int, _ count: Int, _ edges: Int, _ out: MutableNumbers
) {
    // Of R and Q, and of Ṙ and Q̇, which stand behind them: in double precision four vectors, in single two, of which
    // two monomials' sums have room.
    var m = 0
    while m < l {
        let (sums, y) = (MovingSums(radial, angular + 2 * m * count, l, stride, count, edges), out + m * stride)
        if 2 * stride % (4 * width) == 0 {
            sums.put(Tile<1, 4>(), y)
            m += 1
        } else if m + 1 < l {
            sums.put(Tile<2, 2>(), y)
            m += 2
        } else {
            sums.put(Tile<1, 2>(), y)
            m += 1
        }
    }
}

private struct MovingSums {
    let radial: Numbers
    let y: Numbers
    let (l, stride, count, edges): (Int, Int, Int, Int)

    @inline(__always)
    init(_ radial: Numbers, _ y: Numbers, _ l: Int, _ stride: Int, _ count: Int, _ edges: Int) {
        (self.radial, self.y, self.l, self.stride, self.count, self.edges) = (radial, y, l, stride, count, edges)
    }

    /// The sums for the first R of the monomials y.
    @inline(__always)
    func put<let R: Int, let C: Int>(_ zero: Tile<R, C>, _ out: MutableNumbers) {
        let size = l * stride
        var j = 0
        while j < 2 * stride {
            var (still, moving) = (zero, zero)
            still.add(Factors(y, 2 * count, 1, radial + j, 4 * stride), edges)
            moving.add(Factors(y, 2 * count, 1, radial + 2 * stride + j, 4 * stride), edges)
            moving.add(Factors(y + count, 2 * count, 1, radial + j, 4 * stride), edges)
            for k in 0..<C {
                let place = j + k * width
                let target = out + place / stride * size + place % stride
                for i in 0..<R {
                    store(still[i, k], target + i * stride)
                    store(moving[i, k], target + 2 * size + i * stride)
                }
            }
            j += C * width
        }
    }
}
