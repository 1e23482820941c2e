/// Quoted-printable text (RFC 2045 §6.7): readable where it is ASCII, safe on every server.
enum QuotedPrintable {
    /// Longest encoded line without its end.
    private static let lineMax = 76

    /// Encodes UTF-8 text whose lines end in `\n` or `\r\n`; the lines of the result end in `\r\n`.
    static func encode(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + text.utf8.count / 8)
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            var line = line[...]
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            if index > 0 { output += [0x0D, 0x0A] }
            self.encode(line, into: &output)
        }
        return output
    }

    private static func encode(
        _ line: Substring.UTF8View.SubSequence, into output: inout [UInt8]
    ) {
        var column = 0
        var index = line.startIndex
        while index < line.endIndex {
            let byte = line[index]
            line.formIndex(after: &index)
            let isLast = index == line.endIndex
            let isPlain: Bool
            switch byte {
            case 0x20, 0x09: isPlain = !isLast
            // A leading full stop or "From " is changed by some servers.
            case UInt8(ascii: "."), UInt8(ascii: "F"): isPlain = column > 0
            case UInt8(ascii: "="): isPlain = false
            default: isPlain = (0x21...0x7E).contains(byte)
            }
            let width = isPlain ? 1 : 3
            if column + width > self.lineMax - (isLast ? 0 : 1) {
                output += [UInt8(ascii: "="), 0x0D, 0x0A]
                column = 0
            }
            // After a soft break the byte stands first in its line.
            let staysPlain =
                isPlain
                && !(column == 0 && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "F")))
            if staysPlain {
                output.append(byte)
                column += 1
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                output += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                column += 3
            }
        }
    }
}
