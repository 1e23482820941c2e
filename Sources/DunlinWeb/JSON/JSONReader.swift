/// Reads one JSON text (RFC 8259) strictly: no comments, no trailing commas, no member twice, no
/// bytes that are not UTF-8, and no deeper than ``JSONReader/depthMax``.
package struct JSONReader {
    /// Deepest nesting of lists and objects.
    package static let depthMax = 32

    private let bytes: ArraySlice<UInt8>
    private var at: Int

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.at = bytes.startIndex
    }

    /// Reads the whole of `bytes` as one value.
    package static func read(_ bytes: ArraySlice<UInt8>) throws(JSONSyntaxError) -> JSONValue {
        var reader = JSONReader(bytes)
        reader.skipSpace()
        guard !reader.isAtEnd else {
            throw reader.failure("the text is empty; send a JSON object or a list")
        }
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.isAtEnd else {
            throw reader.failure("something follows the end of the value; send one value")
        }
        return value
    }

    package static func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        try self.read(bytes[...])
    }

    private var isAtEnd: Bool { self.at == self.bytes.endIndex }
    private var next: UInt8? { self.isAtEnd ? nil : self.bytes[self.at] }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.depthMax else {
            throw self.failure("nested deeper than \(Self.depthMax) levels; flatten it")
        }
        switch self.next {
        case UInt8(ascii: "{"): return try self.object(depth: depth)
        case UInt8(ascii: "["): return try self.array(depth: depth)
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        case .some(let byte) where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte):
            return .number(try self.number())
        case nil: throw self.failure("the text ends where a value is expected; is it cut off?")
        default: throw self.failure("a value is expected here")
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        self.at += 1
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        self.skipSpace()
        if self.skip("}") { return .object([]) }
        while true {
            self.skipSpace()
            guard self.next == UInt8(ascii: "\"") else {
                throw self.failure("a field name in double quotes is expected here")
            }
            let start = self.at
            let name = try self.string()
            guard names.insert(name).inserted else {
                self.at = start
                throw self.failure("this field appears twice in one object; keep one of them")
            }
            self.skipSpace()
            guard self.skip(":") else {
                throw self.failure("a colon is expected after a field name")
            }
            self.skipSpace()
            members.append(
                JSONValue.Member(name: name, value: try self.value(depth: depth + 1)))
            self.skipSpace()
            if self.skip(",") { continue }
            guard self.skip("}") else {
                throw self.failure("a comma or a closing brace is expected here")
            }
            return .object(members)
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        self.at += 1
        var elements: [JSONValue] = []
        self.skipSpace()
        if self.skip("]") { return .array([]) }
        while true {
            self.skipSpace()
            elements.append(try self.value(depth: depth + 1))
            self.skipSpace()
            if self.skip(",") { continue }
            guard self.skip("]") else {
                throw self.failure("a comma or a closing bracket is expected here")
            }
            return .array(elements)
        }
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        self.at += 1
        let start = self.at
        // The common case has no escape: it is checked and copied as one run.
        while let byte = self.next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            guard byte >= 0x20 else {
                throw self.failure("a control character in a text; write it as an escape")
            }
            self.at += 1
        }
        var text = Array(self.bytes[start..<self.at])
        while let byte = self.next {
            guard byte >= 0x20 else {
                throw self.failure("a control character in a text; write it as an escape")
            }
            self.at += 1
            if byte == UInt8(ascii: "\"") { return try self.decoded(text, from: start) }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            text.append(contentsOf: Array(String(try self.escape()).utf8))
        }
        throw self.failure("a text is not closed; is the body cut off?")
    }

    private func decoded(_ text: [UInt8], from start: Int) throws(JSONSyntaxError) -> String {
        guard let string = String(validating: text, as: UTF8.self) else {
            throw JSONSyntaxError(
                offset: start - self.bytes.startIndex,
                reason: "a text is not valid UTF-8; encode the body as UTF-8")
        }
        return string
    }

    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        guard let kind = self.next else {
            throw self.failure("a text is not closed; is the body cut off?")
        }
        self.at += 1
        switch kind {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try self.unicodeEscape()
        default: throw self.failure("an escape that JSON does not have")
        }
    }

    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let first = try self.hexQuad()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), self.skip("\\"), self.skip("u") else {
            throw self.failure("half of a surrogate pair; write both halves")
        }
        let second = try self.hexQuad()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw self.failure("half of a surrogate pair; write both halves") }
        return scalar
    }

    private mutating func hexQuad() throws(JSONSyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = self.next,
                let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else { throw self.failure("four hexadecimal digits are expected after \\u") }
            value = value << 4 | UInt32(digit)
            self.at += 1
        }
        return value
    }

    private mutating func number() throws(JSONSyntaxError) -> String {
        let start = self.at
        _ = self.skip("-")
        let isZero = self.next == UInt8(ascii: "0")
        let whole = self.skipDigits()
        guard whole > 0, !isZero || whole == 1 else {
            throw self.failure("a number is written without leading zeros and with digits")
        }
        if self.skip("."), self.skipDigits() == 0 {
            throw self.failure("digits are expected after the decimal point")
        }
        if self.skip("e") || self.skip("E") {
            if !self.skip("+") { _ = self.skip("-") }
            guard self.skipDigits() > 0 else {
                throw self.failure("digits are expected in the exponent")
            }
        }
        return String(decoding: self.bytes[start..<self.at], as: UTF8.self)
    }

    private mutating func word(
        _ word: StaticString, _ value: JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        for scalar in "\(word)".utf8 {
            guard self.next == scalar else { throw self.failure("a value is expected here") }
            self.at += 1
        }
        return value
    }

    private mutating func skipDigits() -> Int {
        let start = self.at
        while let byte = self.next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            self.at += 1
        }
        return self.at - start
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let byte = self.next, byte == UInt8(ascii: character) else { return false }
        self.at += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = self.next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            self.at += 1
        }
    }

    private func failure(_ reason: String) -> JSONSyntaxError {
        JSONSyntaxError(offset: self.at - self.bytes.startIndex, reason: reason)
    }
}

/// Why a text is not JSON, and where.
package struct JSONSyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Bytes from the start of the text.
    package var offset: Int
    /// What is wrong and what to do; holds nothing of the text itself.
    package var reason: String

    package var description: String { "not JSON at byte \(self.offset): \(self.reason)" }
}
