package enum Library {
    /// The version of librm, the same as in rm.h.
    package static let version = "0.1.0"
}
