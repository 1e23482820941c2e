import DunlinCore

/// Takes the fields of one JSON object one by one, and notes every problem with its place.
///
/// A field that was never asked for is unknown: it becomes a warning, with the nearest known name.
struct EventFields {
    let index: Int
    let pointer: String
    let rules: EventRules
    private let members: [JSONValue.Member]
    private var known: [String] = []
    /// A bit for each of the first 64 members: it was asked for.
    private var asked: UInt64 = 0
    private(set) var problems: [EventProblem] = []
    private(set) var warnings: [EventProblem] = []

    init(_ members: [JSONValue.Member], index: Int, pointer: String, rules: EventRules) {
        self.members = members
        self.index = index
        self.pointer = pointer
        self.rules = rules
        self.known.reserveCapacity(32)
    }

    // MARK: Kinds of fields

    /// `nil` when the field is absent or null.
    mutating func value(_ name: String) -> JSONValue? {
        self.known.append(name)
        guard let at = self.members.firstIndex(where: { $0.name == name }) else { return nil }
        if at < UInt64.bitWidth { self.asked |= 1 << UInt64(at) }
        if case .null = self.members[at].value { return nil }
        return self.members[at].value
    }

    mutating func text(_ name: String, bytesMax: Int, required: Bool = false) -> String? {
        guard let value = self.value(name) else {
            if required { self.isMissing(name) }
            return nil
        }
        guard case .string(let text) = value else {
            self.refuse(
                name, .wrongKind, "\(name) is \(value.kindName); send a text in double quotes.")
            return nil
        }
        if required, text.isEmpty {
            self.isMissing(name)
            return nil
        }
        guard text.utf8.count <= bytesMax else {
            self.refuse(
                name, .outOfRange, "\(name) is longer than \(bytesMax) bytes; shorten it.")
            return nil
        }
        // No byte of a longer character is below 0x80.
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            self.refuse(name, .malformed, "\(name) holds a control character; remove it.")
            return nil
        }
        return text
    }

    /// An id: never a card number (Law 10), never an e-mail address.
    mutating func id(_ name: String, required: Bool = false) -> String? {
        guard let id = self.text(name, bytesMax: EventLimits.idBytesMax, required: required) else {
            return nil
        }
        if !self.rules.idsAreNumeric, CardNumberScan.contains(id) {
            self.refuse(
                name, .cardNumber,
                "\(name) looks like a card number and was refused; send a token, or promise "
                    + "`ids: numeric` for this tenant if its ids are just long numbers.")
            return nil
        }
        if !self.rules.idsAreHashed, id.utf8.contains(UInt8(ascii: "@")) {
            self.refuse(
                name, .address,
                "\(name) holds an @ and so may be an e-mail address; send the billing system's "
                    + "own id, or promise `ids: hashed` for this tenant.")
            return nil
        }
        return id
    }

    /// Free text from a gateway: cut to its limit, card numbers masked.
    mutating func code(_ name: String) -> String {
        guard let text = self.text(name, bytesMax: EventLimits.attributeBytesMax) else { return "" }
        let masked = self.masked(text, name)
        guard masked.utf8.count > DeclineCodes.codeBytesMax else { return masked }
        var cut = masked
        while cut.utf8.count > DeclineCodes.codeBytesMax { cut.removeLast() }
        self.warn(
            name, .outOfRange, "\(name) was cut to \(DeclineCodes.codeBytesMax) bytes.")
        return cut
    }

    mutating func masked(_ text: String, _ name: String) -> String {
        guard CardNumberScan.contains(text) else { return text }
        self.warn(name, .cardNumber, "a card number in \(name) was removed; never send one.")
        return CardNumberScan.masked(text)
    }

    mutating func integer(
        _ name: String, in range: ClosedRange<Int64>, required: Bool = false, example: String
    ) -> Int64? {
        guard let value = self.value(name) else {
            if required { self.isMissing(name) }
            return nil
        }
        guard case .number(let spelling) = value else {
            self.refuse(
                name, .wrongKind,
                "\(name) is \(value.kindName); send a whole number without quotes, \(example).")
            return nil
        }
        guard !spelling.utf8.contains(where: { $0 == 0x2E || $0 | 0x20 == 0x65 }) else {
            self.refuse(
                name, .wrongKind,
                "\(name) has a decimal point or an exponent; send a whole number, \(example).")
            return nil
        }
        guard let number = Int64(spelling), range.contains(number) else {
            self.refuse(
                name, .outOfRange,
                "\(name) must lie between \(range.lowerBound) and \(range.upperBound).")
            return nil
        }
        return number
    }

    mutating func flag(_ name: String) -> Bool? {
        guard let value = self.value(name) else { return nil }
        guard case .bool(let flag) = value else {
            self.refuse(
                name, .wrongKind, "\(name) is \(value.kindName); send true or false.")
            return nil
        }
        return flag
    }

    mutating func instant(_ name: String, required: Bool = false) -> Timestamp? {
        guard let text = self.text(name, bytesMax: 64, required: required) else { return nil }
        return self.instant(text, name)
    }

    mutating func instant(_ text: String, _ name: String) -> Timestamp? {
        guard let instant = Timestamp(iso8601: text) else {
            self.refuse(
                name, .malformed,
                "\(name) is not a time; write it as 2026-01-01T00:00:00Z (RFC 3339).")
            return nil
        }
        guard EventLimits.instants.contains(instant) else {
            self.refuse(
                name, .outOfRange, "\(name) must lie between the years 2000 and 9999.")
            return nil
        }
        return instant
    }

    mutating func object(_ name: String, required: Bool = false) -> EventFields? {
        guard let value = self.value(name) else {
            if required { self.isMissing(name) }
            return nil
        }
        guard case .object(let members) = value else {
            self.refuse(name, .wrongKind, "\(name) is \(value.kindName); send an object.")
            return nil
        }
        return EventFields(
            members, index: self.index, pointer: self.path(name), rules: self.rules)
    }

    // MARK: Findings

    mutating func refuse(_ name: String, _ code: EventProblem.Code, _ detail: String) {
        self.problems.append(
            EventProblem(
                index: self.index, pointer: self.path(name), code: code, detail: detail))
    }

    mutating func warn(_ name: String, _ code: EventProblem.Code, _ detail: String) {
        self.warnings.append(
            EventProblem(
                index: self.index, pointer: self.path(name), code: code, detail: detail))
    }

    mutating func isMissing(_ name: String) {
        self.refuse(name, .missing, "\(name) is required for this type of event; add it.")
    }

    /// Takes over what was found in an object below, once all its fields were asked for.
    mutating func absorb(_ child: EventFields) {
        var child = child
        child.noteUnknownFields()
        self.problems += child.problems
        self.warnings += child.warnings
    }

    /// Warns of every field that was never asked for.
    mutating func noteUnknownFields(alsoKnown: [String] = []) {
        guard !self.isWhollyAsked else { return }
        let known = self.known + alsoKnown
        for member in self.members where !known.contains(member.name) {
            let name = String(CardNumberScan.masked(member.name).prefix(64))
            let near = nearest(to: member.name, in: known)
            let hint = near.map { "; did you mean \($0)?" } ?? "."
            self.warn(name, .unknownField, "this field is not known here and was ignored\(hint)")
        }
    }

    /// Each member was asked for, as nearly always.
    private var isWhollyAsked: Bool {
        self.members.count < UInt64.bitWidth && self.asked == 1 << UInt64(self.members.count) - 1
    }

    private func path(_ name: String) -> String { self.pointer + "/" + pointerToken(name) }
}

/// RFC 6901 §3: `~` and `/` inside a token are written as `~0` and `~1`.
func pointerToken(_ name: String) -> String {
    var token = ""
    for character in name {
        switch character {
        case "~": token += "~0"
        case "/": token += "~1"
        default: token.append(character)
        }
    }
    return token
}

/// The known name that is at most two changes of a letter away; `nil` when none is that near.
func nearest(to name: String, in known: [String]) -> String? {
    guard name.utf8.count <= 64 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in known {
        let distance = editDistance(Array(name.lowercased().utf8), Array(candidate.utf8))
        if distance <= 2, distance < (best?.distance ?? 3) { best = (candidate, distance) }
    }
    return best?.name
}

private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, leftByte) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, rightByte) in right.enumerated() {
            let substituted = diagonal + (leftByte == rightByte ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
        }
    }
    return row[right.count]
}
