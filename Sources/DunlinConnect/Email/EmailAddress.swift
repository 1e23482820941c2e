/// An address that may be put into an SMTP command: checked, never guessed at.
///
/// Unquoted local parts of RFC 5321 with the letters of RFC 6531 (`josé@example.com`); quoted local
/// parts and address literals are refused, since no customer has one.
struct EmailAddress: Equatable {
    /// Longest address, in bytes (RFC 5321 §4.5.3.1.3, less the angle brackets).
    static let bytesMax = 254
    static let localBytesMax = 64

    let text: String
    let domain: Substring
    let local: Substring

    init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax, let at = text.lastIndex(of: "@") else { return nil }
        let local = text[..<at]
        let domain = text[text.index(after: at)...]
        guard (1...Self.localBytesMax).contains(local.utf8.count), Self.isDotted(local),
            local.unicodeScalars.allSatisfy(Self.isLocal), Self.isDotted(domain),
            domain.split(separator: ".").allSatisfy(Self.isLabel)
        else { return nil }
        self.text = text
        self.local = local
        self.domain = domain
    }

    private static func isDotted(_ text: Substring) -> Bool {
        !text.isEmpty && !text.hasPrefix(".") && !text.hasSuffix(".") && !text.contains("..")
    }

    private static func isLocal(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else { return Self.isWritten(scalar) }
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "!", "#", "$", "%", "&", "'", "*", "+", "-",
            "/", "=", "?", "^", "_", "`", "{", "|", "}", "~":
            return true
        default: return false
        }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.unicodeScalars.allSatisfy { scalar in
                guard scalar.isASCII else { return Self.isWritten(scalar) }
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "-": return true
                default: return false
                }
            }
    }

    /// Letters, marks and numbers: nothing invisible, no spaces, no signs that reorder text.
    private static func isWritten(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .nonspacingMark, .spacingMark, .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }
}
