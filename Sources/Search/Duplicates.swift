import Atoms
import Support

/// How far descriptors and energies of random structures of the same contents are spread: the natural scale on which to
/// compare them. The scale of a descriptor is its mean distance from the median over atoms of one element, which a few
/// contacts that are far too close move less than they would a standard deviation.
package struct Spread: Sendable {
    private static let samples: UInt64 = 16
    /// Streams of random numbers apart from those of the candidates.
    private static let streams: UInt64 = 0x5350_5245_4144

    let elements: [Int32]
    let count: Int  // of descriptors
    let energy: Double  // per atom
    /// For each element, place among the element's atoms and descriptor what the number there is multiplied by before it
    /// adds to one of a fingerprint's sums: ± 1 over the descriptor's scale.
    let factors: [Double]

    /// Returns nil if no random structure could be drawn and evaluated.
    package init?(_ numbers: [Int32], _ drawer: StructureDrawer, seed: UInt64, _ evaluator: any ForceEvaluator) {
        elements = Set(numbers).sorted()
        var energies: [Double] = []
        var descriptors: [Double] = []  // [samples][atoms][descriptors]
        for sample in 0..<Self.samples {
            var random = RandomStream(seed: seed ^ Self.streams, stream: sample)
            // What has no symmetry is drawn more quickly, if there is room.
            guard let structure = drawer.drawPlain(draws: drawer.options.maxDraws, &random) ?? drawer.draw(&random),
                let (energy, values) = try? evaluator.descriptors(structure),
                energy.isFinite, values.allSatisfy(\.isFinite)
            else { continue }
            energies.append(energy / Double(numbers.count))
            descriptors += values
        }
        guard !energies.isEmpty else { return nil }
        let samples = energies.count
        count = descriptors.count / (samples * numbers.count)
        energy = Self.scale(&energies)
        var factors: [Double] = []
        factors.reserveCapacity(numbers.count * count)
        for element in elements {
            let group = numbers.indices.filter { numbers[$0] == element }
            var values = [Double](repeating: 0, count: samples * group.count)
            var inverses: [Double] = []
            for column in 0..<count {
                var next = 0
                for sample in 0..<samples {
                    for atom in group {
                        values[next] = descriptors[(sample * numbers.count + atom) * count + column]
                        next += 1
                    }
                }
                inverses.append(1 / Self.scale(&values))
            }
            for _ in group {
                for inverse in inverses {
                    factors.append(Self.hash(UInt64(factors.count)) & 1 == 0 ? inverse : -inverse)
                }
            }
        }
        self.factors = factors
    }

    private static func hash(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }

    private static func scale(_ values: inout [Double]) -> Double {
        let median = values.withUnsafeMutableBufferPointer { element($0.count / 2, of: $0) }
        let mean = values.reduce(0) { $0 + abs($1 - median) } / Double(values.count)
        // A descriptor that is the same everywhere must not turn rounding into a difference.
        return max(mean, 1e-6 * abs(median), 1e-12)
    }

    /// The number that would stand at a place if they were sorted (Hoare's selection); puts them in another order.
    private static func element(_ place: Int, of values: UnsafeMutableBufferPointer<Double>) -> Double {
        var (low, high) = (0, values.count)
        /// 1 or 0, from the difference's sign: processors guess branches on random numbers wrong half of the time.
        @inline(__always)
        func isLess(_ a: Double, _ b: Double) -> Int { Int(truncatingIfNeeded: (a - b).bitPattern &>> 63) }
        /// Puts those of low ..< high that belong first (1, others 0) first and returns where they end.
        @inline(__always)
        func partition(_ belongsFirst: (Double) -> Int) -> Int {
            var end = low
            for k in low..<high {
                let value = values[k]
                values[k] = values[end]
                values[end] = value
                end += belongsFirst(value)
            }
            return end
        }
        while true {
            let pivot = values[(low + high) / 2]
            let smaller = partition { isLess($0, pivot) }
            if place < smaller {
                high = smaller
            } else {
                low = smaller
                let notLarger = partition { 1 - isLess(pivot, $0) }
                if place < notLarger { return pivot }
                low = notLarger
            }
        }
    }
}

/// A structure in a few numbers, whatever its orientation, its origin, the choice of its cell and the order of its
/// atoms.
///
/// Each descriptor is sorted over the atoms of each element and divided by its spread: a long vector that changes
/// continuously with the structure. The distance of two such vectors, as a root mean square, is what is compared; to
/// keep a million candidates in memory, the vector is folded into 64 sums with random signs, which keep distances to
/// about a tenth (Charikar, Chen and Farach-Colton, Theor. Comput. Sci. 312, 3 (2004)). Mirror images are one
/// structure.
package struct Fingerprint: Sendable {
    static let buckets = 64

    let energy: Double  // per atom
    let sums: [Double]

    /// `energy`: of the whole structure, which has the atoms that the spread was made for. `descriptors` are sorted.
    package init(_ numbers: [Int32], energy: Double, descriptors: inout [Double], _ spread: Spread) {
        self.energy = energy / Double(numbers.count)
        var sums = [Double](repeating: 0, count: Self.buckets)
        descriptors.withUnsafeMutableBufferPointer { descriptors in
            spread.factors.withUnsafeBufferPointer { factors in
                sums.withUnsafeMutableBufferPointer { sums in
                    var place = 0
                    for element in spread.elements {
                        let rows = numbers.indices.filter { numbers[$0] == element }.map { $0 * spread.count }
                        Self.sortColumns(of: rows, spread.count, descriptors)
                        for row in rows {
                            let own = descriptors[row..<row + spread.count]
                            Self.add(own, factors[place * spread.count..<(place + 1) * spread.count], place, to: sums)
                            place += 1
                        }
                    }
                }
            }
        }
        let norm = 1 / Double(max(1, spread.factors.count)).squareRoot()
        for k in sums.indices { sums[k] *= norm }
        self.sums = sums
    }

    /// Adds an atom's products to the sums, one after the other, beginning with another one for each place: so what is
    /// like in one atom and the next, one descriptor, comes to different sums.
    private static func add(
        _ values: Slice<UnsafeMutableBufferPointer<Double>>, _ factors: Slice<UnsafeBufferPointer<Double>>,
        _ place: Int, to sums: UnsafeMutableBufferPointer<Double>
    ) {
        let (values, factors) = (UnsafeBufferPointer(rebasing: values), UnsafeBufferPointer(rebasing: factors))
        var (column, bucket) = (0, 20 * place % buckets)
        while column < values.count {
            let count = min(buckets - bucket, values.count - column)
            for k in 0..<count { sums[bucket + k] += values[column + k] * factors[column + k] }
            column += count
            bucket = 0
        }
    }

    /// Sorts each column of rows of `count` numbers, which begin at these places. Of few rows four columns at once, by
    /// insertion: smaller and larger numbers are chosen without branches.
    private static func sortColumns(of rows: [Int], _ count: Int, _ values: UnsafeMutableBufferPointer<Double>) {
        typealias Four = SIMD4<Double>
        guard let first = UnsafeMutableRawPointer(values.baseAddress) else { return }
        var column = 0
        while rows.count <= 24, column + 4 <= count {
            for last in rows.indices {
                var larger = (first + 8 * (rows[last] + column)).loadUnaligned(as: Four.self)
                for row in rows[..<last] {
                    let place = first + 8 * (row + column)
                    let there = place.loadUnaligned(as: Four.self)
                    let isSmaller = larger .< there
                    place.storeBytes(of: there.replacing(with: larger, where: isSmaller), as: Four.self)
                    larger.replace(with: there, where: isSmaller)
                }
                (first + 8 * (rows[last] + column)).storeBytes(of: larger, as: Four.self)
            }
            column += 4
        }
        while column < count {
            let sorted = rows.map { values[$0 + column] }.sorted()
            for (row, value) in zip(rows, sorted) { values[row + column] = value }
            column += 1
        }
    }

    /// The root mean square difference of the scaled descriptors, estimated.
    package func distance(_ other: Fingerprint) -> Double {
        var square = 0.0
        for k in sums.indices {
            let d = sums[k] - other.sums[k]
            square += d * d
        }
        return square.squareRoot()
    }
}

/// The different structures seen so far.
package struct Duplicates {
    private struct Entry {
        let energy: Double
        let order: Int
    }

    private let tolerance: Double
    private let energyTolerance: Double
    private var byEnergy: [Entry] = []
    private var seen: [(index: Int64, fingerprint: Fingerprint)] = []

    package init(tolerance: Double, _ spread: Spread) {
        self.tolerance = tolerance
        energyTolerance = tolerance * spread.energy
    }

    /// The first candidate seen that this one repeats, or −1 and remembers it as a new one.
    package mutating func original(of fingerprint: Fingerprint, index: Int64) -> Int64 {
        var k = position(fingerprint.energy - energyTolerance)
        var earliest = Int.max
        while k < byEnergy.count, byEnergy[k].energy <= fingerprint.energy + energyTolerance {
            let order = byEnergy[k].order
            if order < earliest, seen[order].fingerprint.distance(fingerprint) <= tolerance { earliest = order }
            k += 1
        }
        if earliest < Int.max { return seen[earliest].index }
        byEnergy.insert(
            Entry(energy: fingerprint.energy, order: seen.count), at: position(fingerprint.energy))
        seen.append((index, fingerprint))
        return -1
    }

    /// How many entries have a lower energy.
    private func position(_ energy: Double) -> Int {
        var (low, high) = (0, byEnergy.count)
        while low < high {
            let middle = (low + high) / 2
            if byEnergy[middle].energy < energy { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
