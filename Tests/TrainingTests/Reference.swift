import Support

/// The numbers that Tests/fixtures/training/reference.py has written.
enum Reference {
    static let folder = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/fixtures"

    static func place(_ key: String) throws -> JSON.Place {
        let text = try File.read(folder + "/training/reference.json", limit: 1 << 20)
        return try JSON.Place(try JSON(parsing: text))[key]
    }
}

extension JSON.Place {
    var double: Double { get throws { try number(in: -1e300...1e300) } }
    var doubles: [Double] { get throws { try elements().map { try $0.double } } }
}
