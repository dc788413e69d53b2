import KernelTypes

// Programs (KernelTypes/Network.swift) on one chunk of lanes: rows are `chunk` numbers, one after the other. Reads
// limit these loops, so a bundle's shared factor is read once for its rows.

/// out = coefficient · Σ shared · own (+ what was there), shared factors from one matrix of rows, own from another.
@inline(never)
func run(_ program: Program, _ shared: Numbers, _ own: Numbers, _ out: MutableNumbers) {
    for index in 0..<program.bundleCount {
        let bundle = program.bundles[index]
        let terms = program.terms + Int(bundle.firstTerm)
        let count = Int(bundle.termCount)
        var (a0, a1, b0, b1, c0, c1) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        if bundle.rowCount == 3 {
            for t in 0..<count {
                let term = terms[t]
                let x = shared + Int(term.shared) * chunk
                let (x0, x1) = (load(x), load(x + width))
                let (p, q, r) = (
                    own + Int(term.own.0) * chunk, own + Int(term.own.1) * chunk, own + Int(term.own.2) * chunk
                )
                a0 = fma(x0, load(p), a0)
                a1 = fma(x1, load(p + width), a1)
                b0 = fma(x0, load(q), b0)
                b1 = fma(x1, load(q + width), b1)
                c0 = fma(x0, load(r), c0)
                c1 = fma(x1, load(r + width), c1)
            }
            finish(bundle, bundle.out.2, c0, c1, out)
            finish(bundle, bundle.out.1, b0, b1, out)
        } else if bundle.rowCount == 2 {
            for t in 0..<count {
                let term = terms[t]
                let x = shared + Int(term.shared) * chunk
                let (x0, x1) = (load(x), load(x + width))
                let (p, q) = (own + Int(term.own.0) * chunk, own + Int(term.own.1) * chunk)
                a0 = fma(x0, load(p), a0)
                a1 = fma(x1, load(p + width), a1)
                b0 = fma(x0, load(q), b0)
                b1 = fma(x1, load(q + width), b1)
            }
            finish(bundle, bundle.out.1, b0, b1, out)
        } else {
            for t in 0..<count {
                let term = terms[t]
                let (x, p) = (shared + Int(term.shared) * chunk, own + Int(term.own.0) * chunk)
                a0 = fma(load(x), load(p), a0)
                a1 = fma(load(x + width), load(p + width), a1)
            }
        }
        finish(bundle, bundle.out.0, a0, a1, out)
    }
}

@inline(__always)
private func finish(_ bundle: Program.Bundle, _ row: Int32, _ s0: Lanes, _ s1: Lanes, _ out: MutableNumbers) {
    let c = lanes(bundle.coefficient)
    let target = out + Int(row) * chunk
    if bundle.adds != 0 {
        store(fma(c, s0, load(target)), target)
        store(fma(c, s1, load(target + width)), target + width)
    } else {
        store(c * s0, target)
        store(c * s1, target + width)
    }
}

/// Rows and their derivatives along a motion.
struct MovingRows {
    let values: MutableNumbers
    let motion: MutableNumbers

    static func + (rows: MovingRows, offset: Int) -> MovingRows {
        MovingRows(values: rows.values + offset, motion: rows.motion + offset)
    }

    /// One vector of lanes of a row.
    subscript(row: Int) -> Moving {
        @inline(__always) get { Moving(value: load(values + row * chunk), motion: load(motion + row * chunk)) }
        @inline(__always) nonmutating set {
            store(newValue.value, values + row * chunk)
            store(newValue.motion, motion + row * chunk)
        }
    }
}

/// The same with derivatives along a motion: out = c Σ a b, outMotion = c Σ (a ḃ + ȧ b).
@inline(never)
func runMoving(_ program: Program, _ shared: MovingRows, _ own: MovingRows, _ out: MovingRows) {
    for half in 0..<2 {
        let j = half * width
        for index in 0..<program.bundleCount {
            let bundle = program.bundles[index]
            let terms = program.terms + Int(bundle.firstTerm)
            let count = Int(bundle.termCount)
            var (a, aMotion, b, bMotion) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            var (c, cMotion) = (Lanes.zero, Lanes.zero)
            if bundle.rowCount == 3 {
                for t in 0..<count {
                    let term = terms[t]
                    let place = Int(term.shared) * chunk + j
                    let (x, v) = (load(shared.values + place), load(shared.motion + place))
                    (a, aMotion) = add(x, v, own, Int(term.own.0) * chunk + j, a, aMotion)
                    (b, bMotion) = add(x, v, own, Int(term.own.1) * chunk + j, b, bMotion)
                    (c, cMotion) = add(x, v, own, Int(term.own.2) * chunk + j, c, cMotion)
                }
                finish(bundle, Int(bundle.out.2) * chunk + j, c, cMotion, out)
                finish(bundle, Int(bundle.out.1) * chunk + j, b, bMotion, out)
            } else if bundle.rowCount == 2 {
                for t in 0..<count {
                    let term = terms[t]
                    let place = Int(term.shared) * chunk + j
                    let (x, v) = (load(shared.values + place), load(shared.motion + place))
                    (a, aMotion) = add(x, v, own, Int(term.own.0) * chunk + j, a, aMotion)
                    (b, bMotion) = add(x, v, own, Int(term.own.1) * chunk + j, b, bMotion)
                }
                finish(bundle, Int(bundle.out.1) * chunk + j, b, bMotion, out)
            } else {
                for t in 0..<count {
                    let term = terms[t]
                    let place = Int(term.shared) * chunk + j
                    let (x, v) = (load(shared.values + place), load(shared.motion + place))
                    (a, aMotion) = add(x, v, own, Int(term.own.0) * chunk + j, a, aMotion)
                }
            }
            finish(bundle, Int(bundle.out.0) * chunk + j, a, aMotion, out)
        }
    }
}

@inline(__always)
private func add(
    _ x: Lanes, _ v: Lanes, _ own: MovingRows, _ place: Int, _ s: Lanes, _ motion: Lanes
) -> (Lanes, Lanes) {
    let y = load(own.values + place)
    return (fma(x, y, s), fma(x, load(own.motion + place), fma(v, y, motion)))
}

@inline(__always)
private func finish(_ bundle: Program.Bundle, _ place: Int, _ s: Lanes, _ motion: Lanes, _ out: MovingRows) {
    let c = lanes(bundle.coefficient)
    if bundle.adds != 0 {
        store(fma(c, s, load(out.values + place)), out.values + place)
        store(fma(c, motion, load(out.motion + place)), out.motion + place)
    } else {
        store(c * s, out.values + place)
        store(c * motion, out.motion + place)
    }
}
