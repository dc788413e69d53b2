import Support

extension Architecture {
    /// The architecture of a preset for the elements given. The published ones are those of arXiv 2405.09057.
    package init(_ preset: Preset, elements: [Int32]) {
        switch preset {
        case .molecules, .moleculesPublished:
            self.init(
                elements: elements, cutoff: 4.5, cutoffExponent: 2, radialCount: 6, radialChannels: 8, maximumDegree: 3,
                contractions: Contraction.upToOrder3Degree3, embeddingDimension: 3, hasReceiver: false,
                hidden: [24, 12], hasLinear: true)
        case .crystals, .crystalsPublished:
            self.init(
                elements: elements, cutoff: 4.0, cutoffExponent: 2, radialCount: 6, radialChannels: 8, maximumDegree: 2,
                contractions: Contraction.upToOrder2Degree2, embeddingDimension: 4, hasReceiver: true,
                hidden: [32, 16], hasLinear: true)
        case .diamond, .diamondPublished:
            self.init(
                elements: elements, cutoff: 4.5, cutoffExponent: 2, radialCount: 6, radialChannels: 8, maximumDegree: 3,
                contractions: Contraction.upToOrder3Degree3, embeddingDimension: 1, hasReceiver: false,
                hidden: [24, 12], hasLinear: true)
        }
    }
}

extension Contraction {
    /// All graphs of at most two vertices and degree at most 2.
    static let upToOrder2Degree2 = [Contraction([]), pair(1), pair(2)]

    /// All graphs of at most three vertices and degree at most 3, in the order of the published models.
    static let upToOrder3Degree3 = [
        Contraction([]), pair(1), pair(2), pair(3),
        Contraction([Edge(0, 1, 1), Edge(0, 2, 1)]),
        Contraction([Edge(0, 1, 1), Edge(0, 2, 1), Edge(1, 2, 1)]),
        Contraction([Edge(0, 1, 2), Edge(0, 2, 1)]),
        Contraction([Edge(0, 1, 2), Edge(0, 2, 1), Edge(1, 2, 1)]),
    ]

    private static func pair(_ multiplicity: Int) -> Contraction { Contraction([Edge(0, 1, multiplicity)]) }
}
