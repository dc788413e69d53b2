// Matrix products small enough that a tile of the result stays in registers: numbers that are broadcast times rows of
// vectors. Whatever multiplies matrices in this folder is made of these.

/// The factors of out[i][j] = Σ_k x[i][k] y[k][j]: rows i of x are `rowStride` apart and its columns k `strideX`, rows
/// k of y, which are whole vectors, `strideY`, and the vectors of a row `apart`: one behind the other or in chunks.
struct Factors {
    var x: Numbers
    var rowStride: Int
    var strideX: Int
    var y: Numbers
    var strideY: Int
    var apart: Int

    @inline(__always)
    init(_ x: Numbers, _ rowStride: Int, _ strideX: Int, _ y: Numbers, _ strideY: Int, apart: Int = width) {
        (self.x, self.rowStride, self.strideX) = (x, rowStride, strideX)
        (self.y, self.strideY, self.apart) = (y, strideY, apart)
    }

    /// The factors of the product's part from row i and column j, the first of a vector, on.
    @inline(__always) func part(_ i: Int, _ j: Int) -> Factors {
        Factors(x + i * rowStride, rowStride, strideX, y + j / width * apart, strideY, apart: apart)
    }
}

/// R rows of C vectors, which stay in registers.
struct Tile<let R: Int, let C: Int> {
    private var sums = InlineArray<R, InlineArray<C, Lanes>>(repeating: InlineArray<C, Lanes>(repeating: .zero))

    @inline(__always) init() {}

    /// Begins with what is in memory.
    @inline(__always) init(_ p: Numbers, _ stride: Int, apart: Int = width) {
        for i in 0..<R { for j in 0..<C { sums[i][j] = load(p + i * stride + j * apart) } }
    }

    /// Of the factors, those of the shorter side are kept in registers: more have no room beside the sums.
    @inline(__always) mutating func add(_ f: Factors, _ terms: Int) {
        for k in 0..<terms {
            let (column, row) = (f.x + k * f.strideX, f.y + k * f.strideY)
            if R < C {
                var x = InlineArray<R, Lanes>(repeating: .zero)
                for i in 0..<R { x[i] = lanes(column[i * f.rowStride]) }
                for j in 0..<C {
                    let y = load(row + j * f.apart)
                    for i in 0..<R { sums[i][j] = fma(x[i], y, sums[i][j]) }
                }
            } else {
                for i in 0..<R {
                    let x = lanes(column[i * f.rowStride])
                    for j in 0..<C { sums[i][j] = fma(x, load(row + j * f.apart), sums[i][j]) }
                }
            }
        }
    }

    /// Adds x[i] y[j] lane by lane: rows are `strideX` and `strideY` apart.
    @inline(__always)
    mutating func addLanes(_ x: Numbers, _ strideX: Int, _ y: Numbers, _ strideY: Int) {
        var rows = InlineArray<R, Lanes>(repeating: .zero)
        for i in 0..<R { rows[i] = load(x + i * strideX) }
        for j in 0..<C {
            let column = load(y + j * strideY)
            for i in 0..<R { sums[i][j] = fma(rows[i], column, sums[i][j]) }
        }
    }

    @inline(__always) mutating func add(_ other: Tile) {
        for i in 0..<R { for j in 0..<C { sums[i][j] += other.sums[i][j] } }
    }

    @inline(__always) func put(_ p: MutableNumbers, _ stride: Int, apart: Int = width) {
        for i in 0..<R { for j in 0..<C { store(sums[i][j], p + i * stride + j * apart) } }
    }

    @inline(__always) subscript(i: Int, j: Int) -> Lanes { sums[i][j] }
}

/// What is done with each tile of a matrix.
protocol TileWork {
    /// `tile`, of zeros, tells the size; i and j are the tile's first row and column.
    mutating func work<let R: Int, let C: Int>(_ tile: Tile<R, C>, _ i: Int, _ j: Int)
}

/// Cuts a matrix, with a multiple of the width as columns, into tiles of up to six rows and two vectors. Few of them
/// are small, as those wait for the latency of a sum.
@inline(__always)
func onTiles(_ rows: Int, _ columns: Int, _ work: inout some TileWork) {
    var j = 0
    while j < columns {
        let two = j + 2 * width <= columns
        var i = 0
        while i < rows {
            let left = rows - i
            let count = left <= 6 ? left : left % 5 == 0 ? 5 : left % 6 == 0 ? 6 : 4
            switch (count, two) {
            case (1, true): work.work(Tile<1, 2>(), i, j)
            case (2, true): work.work(Tile<2, 2>(), i, j)
            case (3, true): work.work(Tile<3, 2>(), i, j)
            case (4, true): work.work(Tile<4, 2>(), i, j)
            case (5, true): work.work(Tile<5, 2>(), i, j)
            case (_, true): work.work(Tile<6, 2>(), i, j)
            case (1, false): work.work(Tile<1, 1>(), i, j)
            case (2, false): work.work(Tile<2, 1>(), i, j)
            case (3, false): work.work(Tile<3, 1>(), i, j)
            case (4, false): work.work(Tile<4, 1>(), i, j)
            case (5, false): work.work(Tile<5, 1>(), i, j)
            default: work.work(Tile<6, 1>(), i, j)
            }
            i += count
        }
        j += two ? 2 * width : width
    }
}

/// out = x y, whose vectors stand `apart`.
@inline(__always)
func multiply(
    _ rows: Int, _ columns: Int, _ f: Factors, _ terms: Int, _ out: MutableNumbers, _ stride: Int, apart: Int = width
) {
    var product = Product(f: f, terms: terms, out: out, stride: stride, apart: apart)
    onTiles(rows, columns, &product)
}

private struct Product: TileWork {
    let f: Factors
    let terms: Int
    let out: MutableNumbers
    let stride: Int
    let apart: Int

    @inline(__always)
    func work<let R: Int, let C: Int>(_ tile: Tile<R, C>, _ i: Int, _ j: Int) {
        var tile = tile
        tile.add(f.part(i, j), terms)
        tile.put(out + i * stride + j / width * apart, stride, apart: apart)
    }
}

/// out = x y + x2 y2, plus what was there if it `adds`; vectors of out `apart`.
@inline(__always)
func addProducts(
    _ rows: Int, _ columns: Int, _ f: Factors, _ f2: Factors, _ terms: Int, _ out: MutableNumbers, _ stride: Int,
    apart: Int = width, adds: Bool = true
) {
    var products = AddedProducts(f: f, f2: f2, terms: terms, out: out, stride: stride, apart: apart, adds: adds)
    onTiles(rows, columns, &products)
}

private struct AddedProducts: TileWork {
    let f: Factors
    let f2: Factors
    let terms: Int
    let out: MutableNumbers
    let stride: Int
    let apart: Int
    let adds: Bool

    @inline(__always)
    func work<let R: Int, let C: Int>(_ zero: Tile<R, C>, _ i: Int, _ j: Int) {
        let out = out + i * stride + j / width * apart
        var tile = adds ? Tile<R, C>(out, stride, apart: apart) : zero
        tile.add(f.part(i, j), terms)
        tile.add(f2.part(i, j), terms)
        tile.put(out, stride, apart: apart)
    }
}
