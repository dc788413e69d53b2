import CRM

private let version: StaticString = "0.1.0"

@c @implementation
public func rm_version() -> UnsafePointer<CChar>? {
    UnsafeRawPointer(version.utf8Start).assumingMemoryBound(to: CChar.self)
}
