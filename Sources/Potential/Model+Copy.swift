import Support

extension Model {
    /// A model of the same architecture. `parameters`: nil keeps the model's. `keys`: a JSON object whose members are
    /// added to the description, replacing those of the same name; keys that define the architecture are refused.
    /// Throws `.argument` for a wrong count, `.numbers` (naming the tensor) and `.format`.
    package func copy(parameters: [Double]? = nil, keys: JSON? = nil) throws(Failure) -> Model {
        if let parameters {
            guard parameters.count == layout.count else {
                throw Failure(.argument, "\(parameters.count) parameters for a model that has \(layout.count)")
            }
            try Self.check(parameters, architecture, layout, .numbers)
        }
        try Self.requireMemory(architecture)
        let description = if let keys { try describing(keys) } else { self.description }
        return Model(
            architecture: architecture, description: description, parameters: parameters ?? self.parameters)
    }

    private func describing(_ keys: JSON) throws(Failure) -> String {
        let additions = try JSON.Place(keys).object()
        if let member = additions.members.first(where: { Architecture.keys.contains($0.key) }) {
            throw Failure(.format, "the key \(member.key.quoted) defines the architecture and cannot be replaced")
        }
        var object = try JSON.Place(try JSON(parsing: description, limits: Architecture.Limit.text)).object()
        object.merge(additions)
        let text = JSON.object(object).text
        // What is saved must be readable again.
        _ = try JSON(parsing: text, limits: Architecture.Limit.text)
        return text
    }
}
