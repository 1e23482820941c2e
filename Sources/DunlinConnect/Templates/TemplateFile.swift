/// One template file, cut into its parts.
///
/// A part begins at a line `--- name` (small letters, digits, dots, underscores and dashes) and
/// lasts until the next such line or the end. Empty lines around a part do not belong to it.
struct TemplateFile {
    /// Largest file that is read, in bytes.
    static let bytesMax = 64 * 1024

    /// One part and the line on which its text begins, counted from 1.
    struct Part: Equatable {
        var name: String
        var text: String
        var line: Int
    }

    var parts: [Part]
    /// The first line of text that stands before any part; `nil` when there is none.
    var strayLine: Int?

    init(_ text: String) {
        self.parts = []
        var name: String?
        var lines: [Substring] = []
        var firstLine = 1
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            let line = line.last == "\r" ? line.dropLast() : line
            guard let found = Self.partName(line) else {
                if name == nil, self.strayLine == nil, !line.allSatisfy(\.isWhitespace) {
                    self.strayLine = number
                }
                lines.append(line)
                continue
            }
            self.take(name, lines, firstLine)
            name = found
            lines = []
            firstLine = number + 1
        }
        self.take(name, lines, firstLine)
    }

    subscript(_ name: String) -> Part? {
        self.parts.first { $0.name == name }
    }

    private mutating func take(_ name: String?, _ lines: [Substring], _ firstLine: Int) {
        guard let name else { return }
        var lines = lines[...]
        var firstLine = firstLine
        while let line = lines.first, line.allSatisfy(\.isWhitespace) {
            lines.removeFirst()
            firstLine += 1
        }
        while let line = lines.last, line.allSatisfy(\.isWhitespace) { lines.removeLast() }
        self.parts.append(
            Part(name: name, text: lines.joined(separator: "\n"), line: firstLine))
    }

    private static func partName(_ line: Substring) -> String? {
        guard line.hasPrefix("--- ") else { return nil }
        let name = line.dropFirst(4)
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isName && !name.isEmpty ? String(name) : nil
    }
}
