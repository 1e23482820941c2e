extension JSONValue {
    /// This value as UTF-8 JSON in one line, members in their order.
    package var compactBytes: [UInt8] {
        var output: [UInt8] = []
        self.write(to: &output, indent: nil)
        return output
    }

    package var compactText: String { String(decoding: self.compactBytes, as: UTF8.self) }

    /// This value with two spaces of indent a level, for people.
    package var prettyText: String {
        var output: [UInt8] = []
        self.write(to: &output, indent: 0)
        return String(decoding: output, as: UTF8.self)
    }

    private func write(to output: inout [UInt8], indent: Int?) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let spelling): output.append(contentsOf: spelling.utf8)
        case .string(let text): Self.write(text, to: &output)
        case .array(let elements):
            Self.write("[", "]", count: elements.count, to: &output, indent: indent) {
                elements[$1].write(to: &$0, indent: $2)
            }
        case .object(let members):
            Self.write("{", "}", count: members.count, to: &output, indent: indent) {
                Self.write(members[$1].name, to: &$0)
                $0.append(contentsOf: ($2 == nil ? ":" : ": ").utf8)
                members[$1].value.write(to: &$0, indent: $2)
            }
        }
    }

    private static func write(
        _ open: String, _ close: String, count: Int, to output: inout [UInt8], indent: Int?,
        element: (inout [UInt8], Int, Int?) -> Void
    ) {
        output.append(contentsOf: open.utf8)
        let inner = indent.map { $0 + 1 }
        for index in 0..<count {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            if let inner { Self.breakLine(inner, in: &output) }
            element(&output, index, inner)
        }
        if let indent, count > 0 { Self.breakLine(indent, in: &output) }
        output.append(contentsOf: close.utf8)
    }

    private static func breakLine(_ indent: Int, in output: inout [UInt8]) {
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * 2))
    }

    private static func write(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output.append(contentsOf: #"\""#.utf8)
            case UInt8(ascii: "\\"): output.append(contentsOf: #"\\"#.utf8)
            case 0x0A: output.append(contentsOf: #"\n"#.utf8)
            case 0x0D: output.append(contentsOf: #"\r"#.utf8)
            case 0x09: output.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20, 0x7F:
                let digits = String(byte, radix: 16)
                output.append(
                    contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
                        .utf8)
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
