import KernelTypes

// Programs (KernelTypes/Network.swift) on one chunk of lanes: rows are `chunk` numbers, one after the other. Reads
// limit these loops, so a bundle's shared factor is read once for its rows.

/// A row of a chunk, in registers.
private struct Row {
    private var vectors = RowVectors(repeating: .zero)

    static var zero: Row { @inline(__always) get { Row() } }

    @inline(__always) private init() {}

    @inline(__always) init(_ rows: Numbers, _ row: Int32) {
        let p = rows + Int(row) * chunk
        for k in 0..<vectorsPerChunk { vectors[k] = load(p + k * width) }
    }

    @inline(__always) mutating func add(_ x: Row, _ y: Row) {
        for k in 0..<vectorsPerChunk { vectors[k] = fma(x.vectors[k], y.vectors[k], vectors[k]) }
    }

    @inline(__always) mutating func add(_ x: Lanes, _ y: Row) {
        for k in 0..<vectorsPerChunk { vectors[k] = fma(x, y.vectors[k], vectors[k]) }
    }

    @inline(__always) func put(_ rows: MutableNumbers, _ row: Int32) {
        let p = rows + Int(row) * chunk
        for k in 0..<vectorsPerChunk { store(vectors[k], p + k * width) }
    }
}

/// out = coefficient · Σ shared · own (+ what was there), shared factors from one matrix of rows, own from another.
@inline(never)
func run(_ program: Program, _ shared: Numbers, _ own: Numbers, _ out: MutableNumbers) {
    for index in 0..<program.bundleCount {
        let bundle = program.bundles[index]
        let terms = program.terms + Int(bundle.firstTerm)
        let count = Int(bundle.termCount)
        var (a, b, c) = (Row.zero, Row.zero, Row.zero)
        if bundle.rowCount == 3 {
            for t in 0..<count {
                let term = terms[t]
                let x = Row(shared, term.shared)
                a.add(x, Row(own, term.own.0))
                b.add(x, Row(own, term.own.1))
                c.add(x, Row(own, term.own.2))
            }
            finish(bundle, bundle.out.2, c, out)
            finish(bundle, bundle.out.1, b, out)
        } else if bundle.rowCount == 2 {
            for t in 0..<count {
                let term = terms[t]
                let x = Row(shared, term.shared)
                a.add(x, Row(own, term.own.0))
                b.add(x, Row(own, term.own.1))
            }
            finish(bundle, bundle.out.1, b, out)
        } else {
            for t in 0..<count { a.add(Row(shared, terms[t].shared), Row(own, terms[t].own.0)) }
        }
        finish(bundle, bundle.out.0, a, out)
    }
}

@inline(__always)
private func finish(_ bundle: Program.Bundle, _ row: Int32, _ sum: Row, _ out: MutableNumbers) {
    let coefficient = lanes(Scalar(bundle.coefficient))
    var result = bundle.adds != 0 ? Row(out, row) : .zero
    result.add(coefficient, sum)
    result.put(out, row)
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
    for vector in 0..<vectorsPerChunk {
        let j = vector * width
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
    let c = lanes(Scalar(bundle.coefficient))
    if bundle.adds != 0 {
        store(fma(c, s, load(out.values + place)), out.values + place)
        store(fma(c, motion, load(out.motion + place)), out.motion + place)
    } else {
        store(c * s, out.values + place)
        store(c * motion, out.motion + place)
    }
}
