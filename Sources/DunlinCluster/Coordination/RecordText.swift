/// The coordinator's store as people see it with `etcdctl` or `sqlite3`: lines of `name=value`.
///
/// A value that is empty, 0 or usual is left out. In a value, `%`, `=`, `,`, `:` and everything up
/// to a space is written as `%` and two hexadecimal digits. What a reader does not know it refuses:
/// it would lose it when it writes the line again.
package struct RecordText: Equatable, Sendable {
    package private(set) var text = ""

    mutating func add(_ name: String, _ value: String) {
        guard !value.isEmpty else { return }
        if !self.text.isEmpty, !self.text.hasSuffix("\n") { self.text += " " }
        self.text += "\(name)=\(value)"
    }

    mutating func add(_ name: String, _ number: some FixedWidthInteger) {
        if number != 0 { self.add(name, String(number)) }
    }

    mutating func endLine() {
        self.text += "\n"
    }

    static func escaped(_ text: String) -> String {
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            let isPlain = byte > 32 && byte != 127 && ![37, 44, 58, 61].contains(byte)
            if isPlain {
                escaped.append(byte)
            } else {
                escaped += [37, Self.digit(byte >> 4), Self.digit(byte & 15)]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    static func plain(_ text: Substring) throws(RecordTextError) -> String {
        var plain: [UInt8] = []
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            guard byte == 37 else {
                plain.append(byte)
                continue
            }
            guard let high = bytes.next().flatMap(Self.number),
                let low = bytes.next().flatMap(Self.number)
            else { throw RecordTextError(field: "an escaped byte") }
            plain.append(high << 4 | low)
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 48 + value : 55 + value
    }

    private static func number(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 65...70: digit - 55
        default: nil
        }
    }
}

/// A line of the store that is not as we write them.
package struct RecordTextError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Which field, never its value.
    package var field: String

    package var description: String {
        "The coordinator's store holds something that this version does not understand: "
            + "\(self.field). Was it written by a newer version, or by hand?"
    }
}

/// One line's fields, taken out one by one.
struct RecordFields {
    private var fields: [Substring: Substring] = [:]

    init(_ line: Substring) throws(RecordTextError) {
        for part in line.split(separator: " ") {
            guard let equals = part.firstIndex(of: "=") else {
                throw RecordTextError(field: "a word without a value")
            }
            let name = part[..<equals]
            guard self.fields[name] == nil else {
                throw RecordTextError(field: "a field twice")
            }
            self.fields[name] = part[part.index(after: equals)...]
        }
    }

    mutating func text(_ name: Substring) throws(RecordTextError) -> String {
        guard let value = self.fields.removeValue(forKey: name) else { return "" }
        return try RecordText.plain(value)
    }

    mutating func number<Number: FixedWidthInteger>(
        _ name: Substring, unset: Number = 0
    ) throws(RecordTextError) -> Number {
        guard let value = self.fields.removeValue(forKey: name) else { return unset }
        guard let number = Number(value) else { throw RecordTextError(field: String(name)) }
        return number
    }

    mutating func choice<Choice: RawRepresentable>(
        _ name: Substring, unset: Choice
    ) throws(RecordTextError) -> Choice where Choice.RawValue: FixedWidthInteger {
        let number = try self.number(name, unset: unset.rawValue)
        guard let choice = Choice(rawValue: number) else {
            throw RecordTextError(field: String(name))
        }
        return choice
    }

    mutating func node(_ name: Substring) throws(RecordTextError) -> NodeID? {
        guard let value = self.fields.removeValue(forKey: name) else { return nil }
        guard let id = NodeID(String(value)) else { throw RecordTextError(field: String(name)) }
        return id
    }

    mutating func nodes(_ name: Substring) throws(RecordTextError) -> [NodeID] {
        var nodes: [NodeID] = []
        for part in (self.fields.removeValue(forKey: name) ?? "").split(separator: ",") {
            guard let id = NodeID(String(part)) else { throw RecordTextError(field: String(name)) }
            nodes.append(id)
        }
        return nodes
    }

    mutating func members(_ name: Substring) throws(RecordTextError) -> [Member] {
        var members: [Member] = []
        for part in (self.fields.removeValue(forKey: name) ?? "").split(separator: ",") {
            let halves = part.split(separator: ":")
            guard halves.count == 2, let id = NodeID(String(halves[0])),
                let incarnation = UInt64(halves[1])
            else { throw RecordTextError(field: String(name)) }
            members.append(Member(id, incarnation: incarnation))
        }
        return members
    }

    /// Refuses what nobody has taken.
    func end() throws(RecordTextError) {
        if !self.fields.isEmpty { throw RecordTextError(field: "a field without a meaning here") }
    }
}
