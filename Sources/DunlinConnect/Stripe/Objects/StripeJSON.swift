import Foundation

/// A parsed JSON value, read by what the reader expects: a member that is missing or of another
/// kind is `nil`, never an error.
indirect enum StripeJSON: Sendable, Equatable {
    case null
    case number(Int64)
    /// A number that is no whole one, or too large to be.
    case fraction
    case flag(Bool)
    case text(String)
    case list([StripeJSON])
    case object([String: StripeJSON])

    /// Deepest nesting that is read.
    static let depthMax = 64

    /// Parses a whole document. Throws ``StripeJSONError`` for anything else.
    init(parsing bytes: [UInt8]) throws(StripeJSONError) {
        let parsed: Any
        do {
            parsed = try JSONSerialization.jsonObject(
                with: Data(bytes), options: [.fragmentsAllowed])
        } catch {
            let place = (error as NSError).userInfo["NSJSONSerializationErrorIndex"] as? Int
            throw StripeJSONError(offset: place)
        }
        guard let value = Self.convert(parsed, depth: 0) else {
            throw StripeJSONError(offset: nil)
        }
        self = value
    }

    private static func convert(_ value: Any, depth: Int) -> StripeJSON? {
        guard depth <= Self.depthMax else { return nil }
        switch value {
        case let text as String: return .text(text)
        case let number as NSNumber: return Self.number(number)
        case let members as [String: Any]:
            var object: [String: StripeJSON] = [:]
            object.reserveCapacity(members.count)
            for (name, member) in members {
                guard let converted = Self.convert(member, depth: depth + 1) else { return nil }
                object[name] = converted
            }
            return .object(object)
        case let items as [Any]:
            var list: [StripeJSON] = []
            list.reserveCapacity(items.count)
            for item in items {
                guard let converted = Self.convert(item, depth: depth + 1) else { return nil }
                list.append(converted)
            }
            return .list(list)
        default: return .null
        }
    }

    private static func number(_ number: NSNumber) -> StripeJSON {
        // Foundation keeps a boolean as a one-byte number; JSON's numbers are never that small.
        if String(cString: number.objCType) == "c" { return .flag(number.boolValue) }
        let whole = number.int64Value
        return NSNumber(value: whole).compare(number) == .orderedSame ? .number(whole) : .fraction
    }

    /// The member at a path of names: `value["outcome", "reason"]`.
    subscript(_ path: String...) -> StripeJSON? {
        var here = self
        for name in path {
            guard case .object(let members) = here, let next = members[name] else { return nil }
            here = next
        }
        return here
    }

    /// The text; `nil` for an empty one too.
    var text: String? {
        guard case .text(let text) = self, !text.isEmpty else { return nil }
        return text
    }

    var integer: Int64? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    var bool: Bool? {
        guard case .flag(let flag) = self else { return nil }
        return flag
    }

    var items: [StripeJSON] {
        guard case .list(let items) = self else { return [] }
        return items
    }

    var members: [String: StripeJSON]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The id of something that is either expanded or named by its id alone.
    var reference: String? { self.text ?? self["id"]?.text }
}

/// A text that is no JSON.
struct StripeJSONError: Error, Hashable, Sendable {
    /// Where, in bytes from the start; `nil` when the parser did not say.
    var offset: Int?
}
