/// Names and label values as Prometheus' text format 0.0.4 wants them.
enum MetricName {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`: anything else becomes `_`.
    static func sanitized(_ label: String) -> String {
        self.sanitized(label, allowsColon: true)
    }

    /// As ``sanitized(_:)`` without the colon.
    static func sanitizedLabel(_ label: String) -> String {
        self.sanitized(label, allowsColon: false)
    }

    private static func sanitized(_ label: String, allowsColon: Bool) -> String {
        var bytes: [UInt8] = []
        for byte in label.utf8 {
            let isLetter = (0x61...0x7A).contains(byte | 0x20)
            let isDigit = (0x30...0x39).contains(byte)
            let isAllowed = isLetter || isDigit || (allowsColon && byte == 0x3A)
            if isDigit, bytes.isEmpty { bytes.append(UInt8(ascii: "_")) }
            bytes.append(isAllowed ? byte : UInt8(ascii: "_"))
        }
        return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
    }

    /// Backslash, quote and line feed are escaped.
    static func escapedValue(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// `42`, `0.25`, `+Inf`, `NaN`.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: value) { return "\(whole)" }
        return "\(value)"
    }
}
