import Support

/// The description: the JSON text of a model file that says what the model is. docs/model-file.md has every key.
extension Architecture {
    /// What a description may ask for. More is refused, so that a hostile file cannot exhaust memory or time.
    enum Limit {
        static let text: JSON.Limits = {
            var limits = JSON.Limits()
            limits.bytes = 4 << 20
            limits.values = 200_000
            return limits
        }()
        static let elements = 118
        static let cutoff = 0.1...100.0  // Å
        static let cutoffExponent = 1...20
        static let radialCount = 1...64
        static let radialChannels = 1...64
        static let maximumDegree = 0...6
        static let contractions = 256
        static let order = 6
        static let products = 20_000  // monomial terms of all contractions, before equal ones are merged
        static let work = 4_000_000  // those times radial channels times channels: scratch memory goes with it
        static let mixing = 20_000_000  // numbers of the radial mixing, times elements: it is kept for each of them
        static let embeddingDimension = 1...32
        static let layers = 8
        static let width = 1...1024
        static let descriptors = 100_000
        static let parameters = 5_000_000
    }

    /// The keys that decide shapes and formulas; a description may have further ones.
    package static let keys = [
        "elements", "cutoff", "cutoff_function", "radial_basis", "radial_channels", "l_max", "contractions",
        "embedding", "readout",
    ]

    /// Reads a description. Throws `.format`, naming the key.
    package init(description: String) throws(Failure) {
        try self.init(description: try JSON(parsing: description, limits: Limit.text))
    }

    package init(description: JSON) throws(Failure) {
        let place = JSON.Place(description)
        let function = try place["cutoff_function"]
        try function.check(keys: ["type", "p"])
        _ = try function["type"].choice(["polynomial"])
        let basis = try place["radial_basis"]
        try basis.check(keys: ["type", "count"])
        _ = try basis["type"].choice(["bessel"])
        let embedding = try place["embedding"]
        try embedding.check(keys: ["dim", "receiver"])
        let readout = try place["readout"]
        try readout.check(keys: ["hidden", "activation", "linear"])
        _ = try readout["activation"].choice(["silu"])
        let maximumDegree = try place["l_max"].integer(in: Limit.maximumDegree)
        self.init(
            elements: try Self.elements(try place["elements"]),
            cutoff: try place["cutoff"].number(in: Limit.cutoff),
            cutoffExponent: try function["p"].integer(in: Limit.cutoffExponent),
            radialCount: try basis["count"].integer(in: Limit.radialCount),
            radialChannels: try place["radial_channels"].integer(in: Limit.radialChannels),
            maximumDegree: maximumDegree,
            contractions: try Self.contractions(try place["contractions"], maximumDegree),
            embeddingDimension: try embedding["dim"].integer(in: Limit.embeddingDimension),
            hasReceiver: try embedding["receiver"].choice(["shared", "separate"]) == 1,
            hidden: try Self.hidden(try readout["hidden"]),
            hasLinear: try readout["linear"].boolean())
        // With each factor in its range, none of these products can overflow.
        guard descriptorCount <= Limit.descriptors else {
            throw Failure(.format, "\(descriptorCount) descriptors per atom are more than \(Limit.descriptors)")
        }
        let work = contractions.reduce(0) { $0 + $1.productCount } * radialChannels * channelCount
        guard work <= Limit.work else {
            throw Failure(.format, "\(work) products of contractions and channels are more than \(Limit.work)")
        }
        guard mixingCount <= Limit.mixing else {
            throw Failure(
                .format, "radial mixing for all elements takes \(mixingCount) numbers, more than \(Limit.mixing)")
        }
        let parameterCount = ParameterLayout(self).count
        guard parameterCount <= Limit.parameters else {
            throw Failure(.format, "\(parameterCount) parameters are more than \(Limit.parameters)")
        }
    }

    /// Numbers of the radial mixing, times elements: the kernels have a copy for each.
    var mixingCount: Int { elements.count * (maximumDegree + 1) * radialCount * radialChannels * channelCount }

    /// The description of this architecture, without further keys.
    package var description: JSON {
        [
            "elements": .array(elements.map { .integer(Int($0)) }),
            "cutoff": .number(cutoff),
            "cutoff_function": ["type": "polynomial", "p": .integer(cutoffExponent)],
            "radial_basis": ["type": "bessel", "count": .integer(radialCount)],
            "radial_channels": .integer(radialChannels),
            "l_max": .integer(maximumDegree),
            "contractions": .array(
                contractions.map { contraction in
                    .array(
                        contraction.edges.map { [.integer($0.first), .integer($0.second), .integer($0.multiplicity)] })
                }),
            "embedding": ["dim": .integer(embeddingDimension), "receiver": hasReceiver ? "separate" : "shared"],
            "readout": [
                "hidden": .array(hidden.map { .integer($0) }), "activation": "silu", "linear": .boolean(hasLinear),
            ],
        ]
    }

    private static func elements(_ place: JSON.Place) throws(Failure) -> [Int32] {
        var elements: [Int32] = []
        for element in try place.elements() {
            let number = Int32(try element.integer(in: 1...118))
            guard !elements.contains(number) else { throw element.failure("\(number) comes twice") }
            elements.append(number)
        }
        guard !elements.isEmpty else { throw place.failure("at least one element is needed") }
        return elements
    }

    private static func hidden(_ place: JSON.Place) throws(Failure) -> [Int] {
        let layers = try place.elements()
        guard layers.count <= Limit.layers else { throw place.failure("more than \(Limit.layers) layers") }
        var hidden: [Int] = []
        for layer in layers { hidden.append(try layer.integer(in: Limit.width)) }
        return hidden
    }

    private static func contractions(_ place: JSON.Place, _ maximumDegree: Int) throws(Failure) -> [Contraction] {
        let places = try place.elements()
        guard !places.isEmpty else { throw place.failure("at least one contraction is needed") }
        guard places.count <= Limit.contractions else {
            throw place.failure("more than \(Limit.contractions) contractions")
        }
        var contractions: [Contraction] = []
        var products = 0
        for place in places {
            let contraction = try Contraction(place, maximumDegree: maximumDegree)
            products += contraction.productCount
            guard products <= Limit.products else {
                throw place.failure("the contractions up to this one have more than \(Limit.products) products")
            }
            contractions.append(contraction)
        }
        return contractions
    }
}

extension Contraction {
    /// The number of products it sums over, before equal ones are merged.
    var productCount: Int {
        edges.reduce(1) { $0 * (($1.multiplicity + 1) * ($1.multiplicity + 2) / 2) }
    }

    /// Reads a list of edges [a, b, m] and checks that they make a connected multigraph without loops.
    fileprivate init(_ place: JSON.Place, maximumDegree: Int) throws(Failure) {
        let order = Architecture.Limit.order
        let places = try place.elements()
        guard places.count <= order * (order - 1) / 2 else { throw place.failure("too many edges") }
        var edges: [Edge] = []
        for place in places {
            let numbers = try place.elements()
            guard numbers.count == 3 else {
                throw place.failure("an edge is three numbers: two vertices and a multiplicity")
            }
            let a = try numbers[0].integer(in: 0...order - 1)
            let b = try numbers[1].integer(in: 0...order - 1)
            let multiplicity = try numbers[2].integer(in: 1...max(1, maximumDegree))
            guard a != b else { throw place.failure("vertex \(a) is joined to itself") }
            let edge = Edge(min(a, b), max(a, b), multiplicity)
            guard !edges.contains(where: { $0.first == edge.first && $0.second == edge.second }) else {
                throw place.failure("a second edge between \(a) and \(b); give one with the sum as multiplicity")
            }
            edges.append(edge)
        }
        self.init(edges)
        for (vertex, degree) in degrees.enumerated() {
            guard degree > 0 || edges.isEmpty else {
                throw place.failure("vertex \(vertex) has no edge; vertices are numbered from 0 without gaps")
            }
            guard degree <= maximumDegree else {
                throw place.failure("vertex \(vertex) has degree \(degree), which is more than l_max, \(maximumDegree)")
            }
        }
        guard isConnected else { throw place.failure("it falls into parts that no edge joins") }
    }

    private var isConnected: Bool {
        var reached: Set<Int> = [0]
        for _ in edges {  // as many sweeps as a path may need
            for edge in edges where reached.contains(edge.first) || reached.contains(edge.second) {
                reached.formUnion([edge.first, edge.second])
            }
        }
        return reached.count == order
    }
}
