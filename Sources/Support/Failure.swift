/// What went wrong, in words that a caller can act on. The C boundary turns `kind` into an `rm_status`.
package struct Failure: Error, CustomStringConvertible, Sendable {
    package enum Kind: Sendable {
        case argument, structure, element, file, format, cancelled, callback, numbers, memory
    }

    package let kind: Kind
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The same failure, said to have happened at `place`: "place: message".
    package func at(_ place: String) -> Failure { Failure(kind, "\(place): \(message)") }

    package var description: String { message }
}
