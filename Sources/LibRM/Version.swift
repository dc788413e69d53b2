import CRM
import Potential
@c @implementation
public func rm_version() -> UnsafePointer<CChar>? {
  f()
  withUnsafeTemporaryAllocation(of: Double.self, capacity: 16) { p in _ = pick(Int(p[0])).probe(p.baseAddress!, 16) }
  return UnsafePointer(("0.1.0" as StaticString).utf8Start.withMemoryRebound(to: CChar.self, capacity: 6) { $0 })
}
