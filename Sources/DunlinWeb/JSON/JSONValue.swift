/// A JSON text as a value. Objects keep the order of their members; numbers keep their spelling,
/// so that `42` and `42.0` can be told apart and no amount ever becomes a float.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// As it was spelled: `-?digits`, with an optional fraction and exponent.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One name and its value.
    package struct Member: Sendable, Equatable {
        package var name: String
        package var value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    package static func integer(_ value: some BinaryInteger) -> JSONValue { .number("\(value)") }

    /// The member of that name; `nil` when this is no object or has none.
    package subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// What kind of value this is, for a message to a person.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// Keeps the order of the literal; members whose value is `nil` are left out.
    package init(dictionaryLiteral elements: (String, JSONValue?)...) {
        self = .object(
            elements.compactMap { name, value in
                value.map { Member(name: name, value: $0) }
            })
    }
}
