extension JSON {
    /// A value together with where it stands, so that a failure can say so: "readout.hidden[1]: 0 is not in 1 to 1024".
    package struct Place {
        package let path: String
        package let value: JSON

        package init(_ value: JSON, path: String = "") {
            self.value = value
            self.path = path
        }

        package func failure(_ what: String) -> Failure { Failure(.format, path.isEmpty ? what : "\(path): \(what)") }

        package func object() throws(Failure) -> Object {
            guard case .object(let object) = value else { throw failure("should be an object") }
            return object
        }

        /// The member of an object, nil if it is not there.
        package func find(_ key: String) throws(Failure) -> Place? {
            guard let member = try object()[key] else { return nil }
            return Place(member, path: path.isEmpty ? key : "\(path).\(key)")
        }

        /// The member of an object.
        package subscript(key: String) -> Place {
            get throws(Failure) {
                guard let place = try find(key) else { throw failure("the key \(key.quoted) is missing") }
                return place
            }
        }

        /// Refuses keys that would be silently ignored.
        package func check(keys: [String]) throws(Failure) {
            for member in try object().members where !keys.contains(member.key) {
                throw failure("the key \(member.key.quoted) is not known")
            }
        }

        package func elements() throws(Failure) -> [Place] {
            guard case .array(let array) = value else { throw failure("should be a list") }
            return array.enumerated().map { Place($0.element, path: "\(path)[\($0.offset)]") }
        }

        /// A whole number; 2.0 is one, too.
        package func integer(in range: ClosedRange<Int>) throws(Failure) -> Int {
            let integer: Int
            switch value {
            case .integer(let value): integer = value
            case .number(let value):
                guard let whole = Int(exactly: value) else { throw failure("\(value) is not a whole number") }
                integer = whole
            default: throw failure("should be a whole number")
            }
            guard range.contains(integer) else {
                throw failure("\(integer) is not in \(range.lowerBound) to \(range.upperBound)")
            }
            return integer
        }

        package func number(in range: ClosedRange<Double>) throws(Failure) -> Double {
            let number: Double
            switch value {
            case .integer(let value): number = Double(value)
            case .number(let value): number = value
            default: throw failure("should be a number")
            }
            guard range.contains(number) else {
                throw failure("\(number) is not in \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }

        package func boolean() throws(Failure) -> Bool {
            guard case .boolean(let boolean) = value else { throw failure("should be true or false") }
            return boolean
        }

        package func string() throws(Failure) -> String {
            guard case .string(let string) = value else { throw failure("should be a string") }
            return string
        }

        /// The index of a string among those allowed.
        package func choice(_ choices: [String]) throws(Failure) -> Int {
            let string = try string()
            guard let index = choices.firstIndex(of: string) else {
                let known = choices.map(\.quoted).joined(separator: " or ")
                throw failure("\(string.quoted) is not known; it may be \(known)")
            }
            return index
        }
    }
}
