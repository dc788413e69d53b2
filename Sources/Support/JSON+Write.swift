extension JSON {
    /// The value as a compact text, numbers so that reading gives the same bits. A number that is not finite, which
    /// JSON cannot say, is written as null.
    package var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += value.description
        case .number(let value): text += value.isFinite ? value.description : "null"  // description knows no locale
        case .string(let value): text += value.jsonText
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                value.write(to: &text)
            }
            text += "]"
        case .object(let object):
            text += "{"
            for (index, member) in object.members.enumerated() {
                if index > 0 { text += "," }
                text += member.key.jsonText + ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }
}

extension String {
    fileprivate var jsonText: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case "\u{0}"..<" ", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    /// For messages: in quotes, with control characters escaped, cut when long.
    package var quoted: String {
        guard unicodeScalars.count > 60 else { return jsonText }
        return (String(String.UnicodeScalarView(unicodeScalars.prefix(60))) + "…").jsonText
    }
}
