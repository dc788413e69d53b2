import Support

extension Model {
    /// A model with random weights. `description`: a JSON text; further keys are kept. Equal seeds give equal weights,
    /// and each tensor has a stream of its own. Throws `.format`, naming the key.
    package convenience init(description: String, seed: UInt64) throws(Failure) {
        let architecture = try Architecture(description: description)
        let layout = ParameterLayout(architecture)
        try Self.requireMemory(architecture)
        let parameters = layout.tensors.enumerated().flatMap { index, tensor in
            var random = RandomStream(seed: seed, stream: UInt64(index))
            return Self.initial(tensor, architecture, &random)
        }
        self.init(architecture: architecture, description: description, parameters: parameters)
    }

    /// - Embedding: rows of length 1 and random direction, so that every element starts with the same strength.
    /// - Frequencies: nπ/rc, n = 1, 2, …, the Bessel basis proper.
    /// - Mixing: normal with variance 1/n_rbf, which keeps the scale of the radial functions.
    /// - Readout: weights and biases uniform in ±1/√(inputs).
    private static func initial(
        _ tensor: ParameterLayout.Tensor, _ architecture: Architecture, _ random: inout RandomStream
    ) -> [Double] {
        let name = tensor.name
        if name.hasPrefix("embedding.") {
            return (0..<tensor.shape[0]).flatMap { _ in direction(tensor.shape[1], &random) }
        }
        if name == "radial.frequencies" {
            return (1...tensor.count).map { Double($0) * Double.pi / architecture.cutoff }
        }
        if name.hasPrefix("radial.mixing.") {
            let scale = 1 / Double(architecture.radialCount).squareRoot()
            return (0..<tensor.count).map { _ in scale * random.normal() }
        }
        let inputs = name.hasPrefix("readout.linear.") ? architecture.descriptorCount : inputs(of: name, architecture)
        let bound = 1 / Double(inputs).squareRoot()
        return (0..<tensor.count).map { _ in random.uniform(-bound, bound) }
    }

    /// The number of inputs of a readout layer, of its weight or its bias.
    private static func inputs(of name: String, _ architecture: Architecture) -> Int {
        let index = Int(name.split(separator: ".")[2])!
        return index == 0 ? architecture.descriptorCount : architecture.hidden[index - 1]
    }

    private static func direction(_ dimension: Int, _ random: inout RandomStream) -> [Double] {
        while true {
            let vector = (0..<dimension).map { _ in random.normal() }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            if norm > 1e-3 { return vector.map { $0 / norm } }
        }
    }
}
