/// The angular functions u_x^lx u_y^ly u_z^lz with lx + ly + lz ≤ l_max, in the order 1; x, y, z; xx, xy, xz, yy, yz,
/// zz; … (within a degree: lx falling, then ly falling).
struct Monomials: Sendable {
    let exponents: [SIMD3<Int>]
    let degreeStart: [Int]  // [l_max + 2]

    init(maximumDegree: Int) {
        var exponents: [SIMD3<Int>] = []
        var starts = [0]
        for degree in 0...maximumDegree {
            for lx in stride(from: degree, through: 0, by: -1) {
                for ly in stride(from: degree - lx, through: 0, by: -1) {
                    exponents.append(SIMD3(lx, ly, degree - lx - ly))
                }
            }
            starts.append(exponents.count)
        }
        self.exponents = exponents
        degreeStart = starts
    }

    var count: Int { exponents.count }

    /// Monomials up to the last degree but one: those that still have higher ones.
    var lowerCount: Int { degreeStart[degreeStart.count - 2] }

    func index(_ exponent: SIMD3<Int>) -> Int {
        let degree = exponent.wrappedSum()
        let rest = degree - exponent.x
        return degreeStart[degree] + rest * (rest + 1) / 2 + rest - exponent.y
    }

    /// A monomial as a product of a lower one and one component of u (for all but the first).
    func factors(_ l: Int) -> (parent: Int, axis: Int) {
        let exponent = exponents[l]
        let axis = exponent.x > 0 ? 0 : exponent.y > 0 ? 1 : 2
        var lower = exponent
        lower[axis] -= 1
        return (index(lower), axis)
    }

    func degree(_ l: Int) -> Int { exponents[l].wrappedSum() }
}
