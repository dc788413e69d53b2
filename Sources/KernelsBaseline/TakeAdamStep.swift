#if !SINGLE_PRECISION
import KernelTypes

/// As `AdamStep.Function`. Roots and quotients take almost all the time: four at once, as of plain numbers the compiler
/// makes no vectors where there are roots.
func takeAdamStep(
    _ step: AdamStep, _ count: Int, _ g: UnsafePointer<Double>, _ m: UnsafeMutablePointer<Double>,
    _ v: UnsafeMutablePointer<Double>, _ largest: UnsafeMutablePointer<Double>?, _ x: UnsafeMutablePointer<Double>
) {
    typealias Four = SIMD4<Double>
    @inline(__always) func four(_ p: UnsafePointer<Double>) -> Four { UnsafeRawPointer(p).loadUnaligned(as: Four.self) }
    @inline(__always) func set(_ p: UnsafeMutablePointer<Double>, _ values: Four) {
        UnsafeMutableRawPointer(p).storeBytes(of: values, as: Four.self)
    }
    let (beta1, beta2) = (step.beta1, step.beta2)
    let most = largest ?? v
    var i = 0
    while i + 4 <= count {
        let gradient = four(g + i)
        let moment = four(m + i) + (1 - beta1) * (gradient - four(m + i))
        let square = beta2 * four(v + i) + (1 - beta2) * gradient * gradient
        set(m + i, moment)
        set(v + i, square)
        var second = square
        if largest != nil {
            second = four(most + i)
            second.replace(with: square, where: second .< square)
            set(most + i, second)
        }
        set(x + i, four(x + i) - step.scale * (moment / (second.squareRoot() / step.root + step.epsilon)))
        i += 4
    }
    while i < count {
        m[i] += (1 - beta1) * (g[i] - m[i])
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i]
        if largest != nil { most[i] = most[i] < v[i] ? v[i] : most[i] }
        x[i] -= step.scale * (m[i] / (most[i].squareRoot() / step.root + step.epsilon))
        i += 1
    }
}
#endif
