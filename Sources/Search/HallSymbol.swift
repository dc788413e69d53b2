import Atoms

/// A space group's generators in an explicit-origin notation: S. R. Hall, Acta Cryst. A 37, 517 (1981); International
/// Tables B, A1.4.2.3. Positions are rows here, so that rotations are the transposes of the ones printed there.
struct HallSymbol {
    /// The primitive lattice vectors (rows) in terms of the conventional ones.
    private(set) var primitive = Matrix3.identity
    /// In the conventional cell.
    private(set) var generators: [SymmetryOperation] = []

    /// nil if it is no Hall symbol, or one that the 230 groups do not need.
    init?(_ symbol: StaticString) {
        var words = symbol.description.split(separator: " ")[...]
        var shift = Vector3.zero
        if let open = words.firstIndex(where: { $0.hasPrefix("(") }) {
            let parts = words[open...].compactMap { Double($0.filter(\.isWholeNumber)) }
            guard parts.count == 3 else { return nil }
            shift = Vector3(parts[0], parts[1], parts[2]) / 12
            words = words[..<open]
        }
        guard var lattice = words.popFirst() else { return nil }
        if lattice.first == "-" {
            lattice.removeFirst()
            generators.append(SymmetryOperation(rotation: .identity * -1, translation: .zero))
        }
        guard let cell = Self.primitive(of: lattice) else { return nil }
        primitive = cell
        var orders: [Int] = []
        for word in words {
            guard let generator = Self.generator(word, after: &orders) else { return nil }
            generators.append(generator)
        }
        for k in generators.indices {
            generators[k].translation += shift - shift * generators[k].rotation
        }
    }

    private static func primitive(of lattice: Substring) -> Matrix3? {
        switch lattice {
        case "P": return .identity
        case "A": return Matrix3(Vector3(1, 0, 0), Vector3(0, 0.5, -0.5), Vector3(0, 0.5, 0.5))
        case "C": return Matrix3(Vector3(0.5, -0.5, 0), Vector3(0.5, 0.5, 0), Vector3(0, 0, 1))
        case "I": return Matrix3(Vector3(-0.5, 0.5, 0.5), Vector3(0.5, -0.5, 0.5), Vector3(0.5, 0.5, -0.5))
        case "F": return Matrix3(Vector3(0, 0.5, 0.5), Vector3(0.5, 0, 0.5), Vector3(0.5, 0.5, 0))
        case "R": return Matrix3(Vector3(2, 1, 1) / 3, Vector3(-1, 1, 1) / 3, Vector3(-1, -2, 1) / 3)
        default: return nil
        }
    }

    /// One word such as "-4bw", after words of the orders given, to which it adds its own.
    private static func generator(_ word: Substring, after orders: inout [Int]) -> SymmetryOperation? {
        var rest = word
        let improper = rest.first == "-"
        if improper { rest.removeFirst() }
        guard let order = rest.popFirst()?.wholeNumberValue else { return nil }
        // Axes that go without saying.
        var axis: Character = "z"
        if orders.count == 1, order == 2 { axis = orders[0] == 3 || orders[0] == 6 ? "'" : "x" }
        if orders.count == 2, order == 3 { axis = "*" }
        var translation = Vector3.zero
        for letter in rest {
            switch letter {
            case "x", "y", "z", "'", "\"", "*": axis = letter
            case "a": translation += Vector3(0.5, 0, 0)
            case "b": translation += Vector3(0, 0.5, 0)
            case "c": translation += Vector3(0, 0, 0.5)
            case "n": translation += Vector3(0.5, 0.5, 0.5)
            case "u": translation += Vector3(0.25, 0, 0)
            case "v": translation += Vector3(0, 0.25, 0)
            case "w": translation += Vector3(0, 0, 0.25)
            case "d": translation += Vector3(0.25, 0.25, 0.25)
            default:  // a screw's part of its axis, which is z in every symbol of the table
                guard let turns = letter.wholeNumberValue else { return nil }
                translation += Vector3(0, 0, Double(turns) / Double(order))
            }
        }
        orders.append(order)
        guard let rotation = rotation(order, axis)?.transposed else { return nil }
        return SymmetryOperation(rotation: improper ? rotation * -1 : rotation, translation: translation)
    }

    /// As printed, for columns.
    private static func rotation(_ order: Int, _ axis: Character) -> Matrix3? {
        switch (order, axis) {
        case (1, _): .identity
        case (2, "x"): Matrix3([1, 0, 0, 0, -1, 0, 0, 0, -1])
        case (2, "y"): Matrix3([-1, 0, 0, 0, 1, 0, 0, 0, -1])
        case (2, "z"): Matrix3([-1, 0, 0, 0, -1, 0, 0, 0, 1])
        case (2, "'"): Matrix3([0, -1, 0, -1, 0, 0, 0, 0, -1])
        case (2, "\""): Matrix3([0, 1, 0, 1, 0, 0, 0, 0, -1])
        case (3, "z"): Matrix3([0, -1, 0, 1, -1, 0, 0, 0, 1])
        case (3, "*"): Matrix3([0, 0, 1, 1, 0, 0, 0, 1, 0])
        case (4, "z"): Matrix3([0, -1, 0, 1, 0, 0, 0, 0, 1])
        case (6, "z"): Matrix3([1, -1, 0, 1, 0, 0, 0, 0, 1])
        default: nil
        }
    }
}
