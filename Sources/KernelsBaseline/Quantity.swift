/// A number per lane, or a number per lane that moves: what a formula written once needs to give values, or values and
/// their derivatives along a motion.
protocol Quantity {
    static var zero: Self { get }
    static func + (a: Self, b: Self) -> Self
    static func * (a: Self, b: Self) -> Self
    static func * (a: Scalar, b: Self) -> Self
    /// a b + c.
    static func sum(_ a: Self, _ b: Self, _ c: Self) -> Self
}

extension Lanes: Quantity {
    @inline(__always) static func sum(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes { fma(a, b, c) }
}

struct Moving: Quantity {
    var value: Lanes
    var motion: Lanes

    static var zero: Moving { @inline(__always) get { Moving(value: .zero, motion: .zero) } }
    @inline(__always) static func + (a: Moving, b: Moving) -> Moving {
        Moving(value: a.value + b.value, motion: a.motion + b.motion)
    }
    @inline(__always) static func * (a: Moving, b: Moving) -> Moving {
        Moving(value: a.value * b.value, motion: fma(a.value, b.motion, a.motion * b.value))
    }
    @inline(__always) static func * (a: Scalar, b: Moving) -> Moving {
        Moving(value: a * b.value, motion: a * b.motion)
    }
    @inline(__always) static func sum(_ a: Moving, _ b: Moving, _ c: Moving) -> Moving {
        Moving(value: fma(a.value, b.value, c.value), motion: fma(a.value, b.motion, fma(a.motion, b.value, c.motion)))
    }
}
