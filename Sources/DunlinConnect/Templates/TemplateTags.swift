/// Reads the tags of a Mustache text, to check them before the text is used.
///
/// Only a part of Mustache is allowed: `{{key}}`, `{{#key}}…{{/key}}`, `{{^key}}…{{/key}}` and
/// `{{! comment }}`. A file can thus neither nest without limit nor put unescaped text into HTML.
struct TemplateTags {
    /// Deepest nesting of sections.
    static let nestingMax = 8

    /// A reason to refuse the text, with its line within the text, counted from 0.
    struct Problem: Equatable {
        var line: Int
        var message: String
    }

    /// The keys that occur, in order, each with its line counted from 0.
    private(set) var keys: [(name: String, line: Int)] = []
    private(set) var problems: [Problem] = []

    private var open: [String] = []

    init(_ text: String) {
        var line = 0
        var rest = text[...]
        while let start = rest.firstRange(of: "{{") {
            line += rest[..<start.lowerBound].count { $0.isNewline }
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: "}}") else {
                self.note(line, "a tag that begins with {{ does not end: close it with }}")
                return
            }
            let tag = rest[..<end.lowerBound]
            self.read(tag, line: line)
            line += tag.count { $0.isNewline }
            rest = rest[end.upperBound...]
        }
        for name in self.open.reversed() {
            self.note(line, "the section \(name) is not closed: add {{/\(name)}}")
        }
    }

    private mutating func read(_ tag: Substring, line: Int) {
        guard let sigil = tag.first else {
            self.note(line, "a tag is empty: write a key between {{ and }}")
            return
        }
        switch sigil {
        case "!":
            return
        case "{", "&":
            self.note(line, "unescaped tags are not allowed: write {{key}}")
        case ">", "<", "$", "=", "%", "*":
            self.note(line, "tags that begin with \(sigil) are not allowed")
        case "#", "^":
            guard let name = self.name(tag.dropFirst(), line: line) else { return }
            self.keys.append((name, line))
            self.open.append(name)
            if self.open.count == Self.nestingMax + 1 {
                self.note(line, "sections may be nested \(Self.nestingMax) deep")
            }
        case "/":
            guard let name = self.name(tag.dropFirst(), line: line) else { return }
            guard self.open.last == name else {
                self.note(line, "{{/\(name)}} closes a section that is not open here")
                return
            }
            self.open.removeLast()
        default:
            guard let name = self.name(tag, line: line) else { return }
            self.keys.append((name, line))
        }
    }

    private mutating func name(_ text: Substring, line: Int) -> String? {
        let name = text.drop { $0 == " " }
        let trimmed = name.prefix { $0 != " " }
        let isName = trimmed.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_")
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        }
        guard isName, !trimmed.isEmpty, name.dropFirst(trimmed.count).allSatisfy({ $0 == " " })
        else {
            self.note(line, "a key has small letters and underscores only")
            return nil
        }
        return String(trimmed)
    }

    private mutating func note(_ line: Int, _ message: String) {
        self.problems.append(Problem(line: line, message: message))
    }
}
