/// A vector of three components, x y z.
@usableFromInline package typealias Vector3 = SIMD3<Double>

extension SIMD3<Double> {
    @inlinable package func dot(_ other: Self) -> Double { (self * other).sum() }
    @inlinable package func cross(_ b: Self) -> Self {
        Self(y * b.z - z * b.y, z * b.x - x * b.z, x * b.y - y * b.x)
    }
    @inlinable package var norm: Double { dot(self).squareRoot() }
    @inlinable package var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }
}
