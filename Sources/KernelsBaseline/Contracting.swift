import KernelTypes

/// Runs a program over K lanes: out rows = coefficient · Σ first · second (+ what was there).
@inline(__always)
func run(_ program: Program, _ k: Int, _ first: Numbers, _ second: Numbers, _ out: MutableNumbers) {
    var j = 0
    while j + 4 * width <= k {
        for index in 0..<program.rowCount {
            let row = program.rows[index]
            let terms = program.terms + Int(row.firstTerm)
            var (s0, s1, s2, s3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            for t in 0..<Int(row.termCount) {
                let a = first + Int(terms[t].first) * k + j
                let b = second + Int(terms[t].second) * k + j
                s0 = fma(load(a), load(b), s0)
                s1 = fma(load(a + width), load(b + width), s1)
                s2 = fma(load(a + 2 * width), load(b + 2 * width), s2)
                s3 = fma(load(a + 3 * width), load(b + 3 * width), s3)
            }
            let target = out + Int(row.out) * k + j
            let c = lanes(row.coefficient)
            if row.adds != 0 {
                store(fma(c, s0, load(target)), target)
                store(fma(c, s1, load(target + width)), target + width)
                store(fma(c, s2, load(target + 2 * width)), target + 2 * width)
                store(fma(c, s3, load(target + 3 * width)), target + 3 * width)
            } else {
                store(c * s0, target)
                store(c * s1, target + width)
                store(c * s2, target + 2 * width)
                store(c * s3, target + 3 * width)
            }
        }
        j += 4 * width
    }
    while j + 2 * width <= k {
        for index in 0..<program.rowCount {
            let row = program.rows[index]
            let terms = program.terms + Int(row.firstTerm)
            var (s0, s1) = (Lanes.zero, Lanes.zero)
            for t in 0..<Int(row.termCount) {
                let a = first + Int(terms[t].first) * k + j
                let b = second + Int(terms[t].second) * k + j
                s0 = fma(load(a), load(b), s0)
                s1 = fma(load(a + width), load(b + width), s1)
            }
            let target = out + Int(row.out) * k + j
            let c = lanes(row.coefficient)
            if row.adds != 0 {
                store(fma(c, s0, load(target)), target)
                store(fma(c, s1, load(target + width)), target + width)
            } else {
                store(c * s0, target)
                store(c * s1, target + width)
            }
        }
        j += 2 * width
    }
    while j < k {
        for index in 0..<program.rowCount {
            let row = program.rows[index]
            let terms = program.terms + Int(row.firstTerm)
            var s = Lanes.zero
            for t in 0..<Int(row.termCount) {
                s = fma(load(first + Int(terms[t].first) * k + j), load(second + Int(terms[t].second) * k + j), s)
            }
            let target = out + Int(row.out) * k + j
            let c = lanes(row.coefficient)
            store(row.adds != 0 ? fma(c, s, load(target)) : c * s, target)
        }
        j += width
    }
}

/// The same with derivatives along a motion: out = c Σ a b, outMotion = c Σ (a ḃ + ȧ b).
@inline(__always)
func runMoving(
    _ program: Program, _ k: Int, _ first: Numbers, _ firstMotion: Numbers, _ second: Numbers, _ secondMotion: Numbers,
    _ out: MutableNumbers, _ outMotion: MutableNumbers
) {
    var j = 0
    while j + 2 * width <= k {
        for index in 0..<program.rowCount {
            let row = program.rows[index]
            let terms = program.terms + Int(row.firstTerm)
            var (s0, s1, t0, t1) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            for t in 0..<Int(row.termCount) {
                let a = Int(terms[t].first) * k + j
                let b = Int(terms[t].second) * k + j
                let (a0, b0) = (load(first + a), load(second + b))
                s0 = fma(a0, b0, s0)
                t0 = fma(a0, load(secondMotion + b), fma(load(firstMotion + a), b0, t0))
                let (a1, b1) = (load(first + a + width), load(second + b + width))
                s1 = fma(a1, b1, s1)
                t1 = fma(a1, load(secondMotion + b + width), fma(load(firstMotion + a + width), b1, t1))
            }
            finish(row, k, j, s0, t0, out, outMotion)
            finish(row, k, j + width, s1, t1, out, outMotion)
        }
        j += 2 * width
    }
    while j < k {
        for index in 0..<program.rowCount {
            let row = program.rows[index]
            let terms = program.terms + Int(row.firstTerm)
            var (s, t) = (Lanes.zero, Lanes.zero)
            for term in 0..<Int(row.termCount) {
                let a = Int(terms[term].first) * k + j
                let b = Int(terms[term].second) * k + j
                let (x, y) = (load(first + a), load(second + b))
                s = fma(x, y, s)
                t = fma(x, load(secondMotion + b), fma(load(firstMotion + a), y, t))
            }
            finish(row, k, j, s, t, out, outMotion)
        }
        j += width
    }
}

@inline(__always)
private func finish(
    _ row: Program.Row, _ k: Int, _ j: Int, _ s: Lanes, _ t: Lanes, _ out: MutableNumbers, _ outMotion: MutableNumbers
) {
    let place = Int(row.out) * k + j
    let c = lanes(row.coefficient)
    if row.adds != 0 {
        store(fma(c, s, load(out + place)), out + place)
        store(fma(c, t, load(outMotion + place)), outMotion + place)
    } else {
        store(c * s, out + place)
        store(c * t, outMotion + place)
    }
}
