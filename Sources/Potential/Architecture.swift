/// What a model is, but for its numbers: the keys of a model file's description that decide shapes and formulas.
package struct Architecture: Equatable, Sendable {
    package var elements: [Int32]  // atomic numbers, in the order of the embedding's rows
    package var cutoff: Double  // rc, Å
    package var cutoffExponent: Int  // p of the polynomial cutoff function
    package var radialCount: Int  // n_rbf, Bessel functions
    package var radialChannels: Int  // n_radial, their trained mixtures
    package var maximumDegree: Int  // l_max
    package var contractions: [Contraction]
    package var embeddingDimension: Int  // d; a model has d² channels
    package var hasReceiver: Bool  // receivers have an embedding table of their own
    package var hidden: [Int]  // widths of the readout's hidden layers
    package var hasLinear: Bool  // a linear layer beside the readout's layers

    package var channelCount: Int { embeddingDimension * embeddingDimension }

    /// Features per atom, in the order (radial channel, contraction, channel), the last fastest.
    package var descriptorCount: Int { radialChannels * contractions.count * channelCount }
}
