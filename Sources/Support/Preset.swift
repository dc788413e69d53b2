/// Named settings for models, responses, trainers and searches; the raw values are those of `rm_preset`. Published ones
/// follow arXiv 2405.09057 to the letter.
package enum Preset: Int32, CaseIterable, Sendable {
    case molecules = 0
    case crystals = 1
    case diamond = 2
    case moleculesPublished = 3
    case crystalsPublished = 4
    case diamondPublished = 5

    package var name: String {
        switch self {
        case .molecules: "molecules"
        case .crystals: "crystals"
        case .diamond: "diamond"
        case .moleculesPublished: "molecules-published"
        case .crystalsPublished: "crystals-published"
        case .diamondPublished: "diamond-published"
        }
    }
}
