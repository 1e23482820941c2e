/// What is wrong, or only odd, with one field of one event.
package struct EventProblem: Sendable, Equatable {
    /// Which event of the request, counted from 0.
    package var index: Int
    /// RFC 6901, from the root of the body: `/events/3/amount_minor`.
    package var pointer: String
    package var code: Code
    /// What is wrong and what to do, as a sentence for a person.
    package var detail: String

    package enum Code: String, Sendable, CaseIterable {
        case missing
        case wrongKind = "wrong_kind"
        case outOfRange = "out_of_range"
        case malformed
        case unknownType = "unknown_type"
        case unknownField = "unknown_field"
        case cardNumber = "card_number"
        case address
        case notUsed = "not_used"
        case tooMany = "too_many"
    }

    package init(index: Int, pointer: String, code: Code, detail: String) {
        self.index = index
        self.pointer = pointer
        self.code = code
        self.detail = detail
    }

    /// As a member of a problem's `errors` or of a result's `warnings`.
    package var json: JSONValue {
        [
            "index": .integer(self.index), "pointer": .string(self.pointer),
            "code": .string(self.code.rawValue), "detail": .string(self.detail),
        ]
    }
}
