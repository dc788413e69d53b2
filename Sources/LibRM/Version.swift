import CRM
import Glibc
import Support

/// Kept for as long as the process lives: the string belongs to the library.
nonisolated(unsafe) private let version = strdup(Library.version)

@c @implementation
public func rm_version() -> UnsafePointer<CChar>? { UnsafePointer(version) }
