import Glibc

/// The C library's functions, in one place: modules above need no platform import for them.
@usableFromInline
package enum Mathematics {
    @inlinable package static func log(_ x: Double) -> Double { Glibc.log(x) }
    @inlinable package static func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
    @inlinable package static func exp(_ x: Double) -> Double { Glibc.exp(x) }
    @inlinable package static func sin(_ x: Double) -> Double { Glibc.sin(x) }
    @inlinable package static func cos(_ x: Double) -> Double { Glibc.cos(x) }
    @inlinable package static func pow(_ x: Double, _ y: Double) -> Double { Glibc.pow(x, y) }
}
