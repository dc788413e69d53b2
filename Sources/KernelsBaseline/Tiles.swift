// Matrix products small enough that a tile of the result stays in registers: numbers that are broadcast times rows of
// vectors. Whatever multiplies matrices in this folder is made of these.

/// The factors of out[i][j] = Σ_k x[i][k] y[k][j]: rows i of x are `rowStride` apart and its columns k `strideX`, rows k
/// of y, which are whole vectors, `strideY`.
struct Factors {
    var x: Numbers
    var rowStride: Int
    var strideX: Int
    var y: Numbers
    var strideY: Int

    init(_ x: Numbers, _ rowStride: Int, _ strideX: Int, _ y: Numbers, _ strideY: Int) {
        (self.x, self.rowStride, self.strideX, self.y, self.strideY) = (x, rowStride, strideX, y, strideY)
    }

    /// The factors of the product's part from row i and column j on.
    @inline(__always) func part(_ i: Int, _ j: Int) -> Factors {
        Factors(x + i * rowStride, rowStride, strideX, y + j, strideY)
    }
}

/// R rows of C vectors, which stay in registers.
struct Tile<let R: Int, let C: Int> {
    private var sums = InlineArray<R, InlineArray<C, Lanes>>(repeating: InlineArray<C, Lanes>(repeating: .zero))

    @inline(__always) init() {}

    /// Begins with what is in memory.
    @inline(__always) init(_ p: Numbers, _ stride: Int) {
        for i in 0..<R { for j in 0..<C { sums[i][j] = load(p + i * stride + j * width) } }
    }

    @inline(__always) mutating func add(_ f: Factors, _ terms: Int) {
        for k in 0..<terms {
            let (column, row) = (f.x + k * f.strideX, f.y + k * f.strideY)
            for i in 0..<R {
                let x = lanes(column[i * f.rowStride])
                for j in 0..<C { sums[i][j] = fma(x, load(row + j * width), sums[i][j]) }
            }
        }
    }

    @inline(__always) func put(_ p: MutableNumbers, _ stride: Int) {
        for i in 0..<R { for j in 0..<C { store(sums[i][j], p + i * stride + j * width) } }
    }

    @inline(__always) subscript(i: Int, j: Int) -> Lanes { sums[i][j] }
}

/// Cuts rows into tiles of up to six, few of them small, as those wait for the latency of a sum.
@inline(__always)
func tiles(_ rows: Int, _ body: (_ first: Int, _ count: Int) -> Void) {
    var i = 0
    while i < rows {
        let left = rows - i
        let count = left <= 6 ? left : left % 5 == 0 ? 5 : left % 6 == 0 ? 6 : 4
        body(i, count)
        i += count
    }
}

/// out = x y with rows of `columns` numbers, a multiple of the width.
@inline(__always)
func multiply(_ rows: Int, _ columns: Int, _ f: Factors, _ terms: Int, _ out: MutableNumbers, _ stride: Int) {
    var j = 0
    while j < columns {
        let two = j + 2 * width <= columns
        tiles(rows) { i, count in
            let (f, out) = (f.part(i, j), out + i * stride + j)
            if two {
                switch count {
                case 1: product(Tile<1, 2>(), f, terms, out, stride)
                case 2: product(Tile<2, 2>(), f, terms, out, stride)
                case 3: product(Tile<3, 2>(), f, terms, out, stride)
                case 4: product(Tile<4, 2>(), f, terms, out, stride)
                case 5: product(Tile<5, 2>(), f, terms, out, stride)
                default: product(Tile<6, 2>(), f, terms, out, stride)
                }
            } else {
                switch count {
                case 1: product(Tile<1, 1>(), f, terms, out, stride)
                case 2: product(Tile<2, 1>(), f, terms, out, stride)
                case 3: product(Tile<3, 1>(), f, terms, out, stride)
                case 4: product(Tile<4, 1>(), f, terms, out, stride)
                case 5: product(Tile<5, 1>(), f, terms, out, stride)
                default: product(Tile<6, 1>(), f, terms, out, stride)
                }
            }
        }
        j += two ? 2 * width : width
    }
}

@inline(__always)
private func product<let R: Int, let C: Int>(
    _ start: Tile<R, C>, _ f: Factors, _ terms: Int, _ out: MutableNumbers, _ stride: Int
) {
    var tile = start
    tile.add(f, terms)
    tile.put(out, stride)
}

/// out += x y + x2 y2.
@inline(__always)
func addProducts(
    _ rows: Int, _ columns: Int, _ f: Factors, _ f2: Factors, _ terms: Int, _ out: MutableNumbers, _ stride: Int
) {
    var j = 0
    while j < columns {
        tiles(rows) { i, count in
            let (f, f2, out) = (f.part(i, j), f2.part(i, j), out + i * stride + j)
            switch count {
            case 1: addBoth(Tile<1, 2>(out, stride), f, f2, terms, out, stride)
            case 2: addBoth(Tile<2, 2>(out, stride), f, f2, terms, out, stride)
            case 3: addBoth(Tile<3, 2>(out, stride), f, f2, terms, out, stride)
            case 4: addBoth(Tile<4, 2>(out, stride), f, f2, terms, out, stride)
            case 5: addBoth(Tile<5, 2>(out, stride), f, f2, terms, out, stride)
            default: addBoth(Tile<6, 2>(out, stride), f, f2, terms, out, stride)
            }
        }
        j += 2 * width
    }
}

@inline(__always)
private func addBoth<let R: Int, let C: Int>(
    _ start: Tile<R, C>, _ f: Factors, _ f2: Factors, _ terms: Int, _ out: MutableNumbers, _ stride: Int
) {
    var tile = start
    tile.add(f, terms)
    tile.add(f2, terms)
    tile.put(out, stride)
}
