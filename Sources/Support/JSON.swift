/// A JSON text (RFC 8259) as a value. Objects keep the order of their keys.
package enum JSON: Equatable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int)  // a number written without fraction and exponent that an Int can hold
    case number(Double)  // any other number; finite
    case string(String)
    case array([JSON])
    case object(Object)

    /// Keys and values in order. The parser refuses keys that come twice.
    package struct Object: Equatable, Sendable {
        package private(set) var members: [Member] = []

        package struct Member: Equatable, Sendable {
            package let key: String
            package var value: JSON
        }

        package init() {}

        /// Setting a new key appends it; setting nil removes it.
        package subscript(key: String) -> JSON? {
            get { members.first { $0.key == key }?.value }
            set {
                let index = members.firstIndex { $0.key == key }
                switch (index, newValue) {
                case (let index?, let value?): members[index].value = value
                case (let index?, nil): members.remove(at: index)
                case (nil, let value?): append(key, value)
                case (nil, nil): break
                }
            }
        }

        /// Adds members, replacing those of the same key where they stand.
        package mutating func merge(_ additions: Object) {
            var indices: [String: Int] = [:]
            for (index, member) in members.enumerated() { indices[member.key] = index }
            for member in additions.members {
                if let index = indices[member.key] {
                    members[index].value = member.value
                } else {
                    members.append(member)
                }
            }
        }

        /// The caller knows that the key is new.
        mutating func append(_ key: String, _ value: JSON) { members.append(Member(key: key, value: value)) }
    }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSON)...) {
        for (key, value) in elements { self[key] = value }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        var object = Object()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}
