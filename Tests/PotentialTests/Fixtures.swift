import Potential
import Support

/// The models with random weights in Tests/fixtures.
enum Fixtures {
    static let folder = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/fixtures"

    static let modelNames = [
        "random-carbon-l3-nu3", "random-inorganic-l2-nu2-receiver", "random-organic-l3-nu3", "random-organic-l3-nu4",
    ]

    static func modelPath(_ name: String) -> String { "\(folder)/models/\(name).safetensors" }

    static func model(_ name: String) throws -> Model { try Model(path: modelPath(name)) }
}
