import Foundation

/// Text as it may stand in a message header (RFC 5322, RFC 2047).
enum HeaderText {
    /// Longest run of plain text that is not folded, in bytes.
    private static let plainBytesMax = 60
    /// UTF-8 bytes in one encoded word, so that it fits behind the header's name into 76 characters.
    private static let wordBytesMax = 39

    /// Whether text has no line end and no other control character: what has one is never sent.
    static func isOneLine(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && scalar.value != 0x7F && !(0x80...0x9F).contains(scalar.value)
                && scalar != "\u{2028}" && scalar != "\u{2029}"
        }
    }

    /// Unstructured text such as a subject; `nil` when it is not one line.
    static func unstructured(_ text: String) -> String? {
        guard self.isOneLine(text) else { return nil }
        let isPlain =
            text.utf8.allSatisfy { $0 < 0x7F } && text.utf8.count <= self.plainBytesMax
            && !text.contains("=?")
        return isPlain ? text : self.encodedWords(text)
    }

    /// A display name and an address: `"Acme, Inc." <billing@example.com>`.
    ///
    /// Answers `nil` when the name is not one line.
    static func mailbox(name: String, address: String) -> String? {
        guard self.isOneLine(name), self.isOneLine(address) else { return nil }
        guard !name.isEmpty else { return "<\(address)>" }
        let isPlain =
            name.utf8.allSatisfy { $0 < 0x7F } && name.utf8.count <= self.plainBytesMax
            && !name.contains("=?")
        guard isPlain else { return "\(self.encodedWords(name))\r\n <\(address)>" }
        let escaped = name.replacingOccurrences(of: "\\", with: "\\\\")
            .replacingOccurrences(of: "\"", with: "\\\"")
        return "\"\(escaped)\" <\(address)>"
    }

    /// Words of whole characters, one a line.
    private static func encodedWords(_ text: String) -> String {
        var words: [String] = []
        var chunk: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if chunk.count + bytes.count > self.wordBytesMax {
                words.append("=?UTF-8?B?\(Data(chunk).base64EncodedString())?=")
                chunk = []
            }
            chunk += bytes
        }
        if !chunk.isEmpty { words.append("=?UTF-8?B?\(Data(chunk).base64EncodedString())?=") }
        return words.joined(separator: "\r\n ")
    }
}
