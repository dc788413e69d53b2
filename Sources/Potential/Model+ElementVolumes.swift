import Support

extension Model {
    /// Volumes of elements in crystals, Å³ per atom by atomic number (119 numbers; NaN for those not known), from the
    /// description's "element_volumes", which has them under atomic numbers: {"3":12.5,"8":10.1}. Empty if it has none.
    /// Throws `.format` naming the key.
    package func elementVolumes() throws(Failure) -> [Double] {
        let description = JSON.Place(try JSON(parsing: description, limits: Architecture.Limit.text))
        guard let place = try description.find("element_volumes") else { return [] }
        var volumes = [Double](repeating: .nan, count: 119)
        for member in try place.object().members {
            guard let number = Int(member.key), (1...118).contains(number) else {
                throw place.failure("the key \(member.key.quoted) is no atomic number")
            }
            volumes[number] = try place[member.key].number(in: 0...1e6)
        }
        return volumes
    }
}
