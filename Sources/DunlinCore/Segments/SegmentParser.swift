/// Recursive descent over the bytes of an expression:
///
///     or      = and { "||" and }
///     and     = not { "&&" not }
///     not     = "!" not | "(" or ")" | test
///     test    = name ( compare value | "in" "[" value { "," value } "]" )?
///             | value "in" name
///             | "true" | "false"
///
/// Bounded: ``SegmentExpression/bytesMax`` bytes, ``SegmentExpression/depthMax`` levels.
struct SegmentParser {
    private let source: String
    private let bytes: [UInt8]
    private var at = 0
    private var steps: [SegmentExpression.Step] = []
    private var attributes: [String] = []

    init(_ source: String) {
        self.source = source
        self.bytes = Array(source.utf8)
    }

    mutating func expression() throws(SegmentSyntaxError) -> SegmentExpression {
        guard self.bytes.count <= SegmentExpression.bytesMax else {
            throw self.error(.tooLong, at: 0)
        }
        try self.either(depth: 0)
        self.skipSpace()
        guard self.at == self.bytes.count else { throw self.error(.operatorExpected) }
        return SegmentExpression(
            source: self.source, steps: self.steps, attributes: self.attributes)
    }

    private mutating func either(depth: Int) throws(SegmentSyntaxError) {
        try self.both(depth: depth)
        while self.take("||") {
            try self.both(depth: depth)
            try self.add(.or)
        }
    }

    private mutating func both(depth: Int) throws(SegmentSyntaxError) {
        try self.negated(depth: depth)
        while self.take("&&") {
            try self.negated(depth: depth)
            try self.add(.and)
        }
    }

    private mutating func negated(depth: Int) throws(SegmentSyntaxError) {
        guard depth < SegmentExpression.depthMax else { throw self.error(.tooDeep) }
        self.skipSpace()
        if self.peek() == UInt8(ascii: "!"), self.peek(1) != UInt8(ascii: "=") {
            self.at += 1
            try self.negated(depth: depth + 1)
            try self.add(.not)
        } else if self.take("(") {
            try self.either(depth: depth + 1)
            guard self.take(")") else { throw self.error(.closingExpected) }
        } else {
            try self.test()
        }
    }

    private mutating func test() throws(SegmentSyntaxError) {
        self.skipSpace()
        if let literal = try self.literal() {
            guard self.takeWord("in") else { throw self.error(.operatorExpected) }
            try self.add(.isMember(literal, attribute: try self.attribute()))
            return
        }
        guard let byte = self.peek() else { throw self.error(.unexpectedEnd) }
        guard Self.isNameStart(byte) else { throw self.error(.unexpectedCharacter) }
        if self.takeWord("true") { return try self.add(.constant(true)) }
        if self.takeWord("false") { return try self.add(.constant(false)) }
        let name = try self.attribute()
        if self.takeWord("in") { return try self.list(name) }
        let start = self.at
        guard let comparison = self.comparison() else {
            return try self.add(.isTrue(attribute: name))
        }
        self.skipSpace()
        guard let literal = try self.literal() else {
            throw self.error(self.peek() == nil ? .unexpectedEnd : .valueExpected)
        }
        if case .text = literal, comparison != .equal, comparison != .notEqual {
            throw self.error(.textHasNoSize, at: start)
        }
        try self.add(.compare(attribute: name, comparison, literal))
    }

    private mutating func list(_ name: String) throws(SegmentSyntaxError) {
        guard self.take("[") else { throw self.error(.valueExpected) }
        var literals: [SegmentExpression.Literal] = []
        repeat {
            self.skipSpace()
            guard literals.count < SegmentExpression.listMax else {
                throw self.error(.listTooLong)
            }
            guard let literal = try self.literal() else {
                throw self.error(self.peek() == nil ? .unexpectedEnd : .valueExpected)
            }
            literals.append(literal)
        } while self.take(",")
        guard self.take("]") else { throw self.error(.closingExpected) }
        try self.add(.isOne(attribute: name, of: literals))
    }

    private mutating func attribute() throws(SegmentSyntaxError) -> String {
        self.skipSpace()
        guard let first = self.peek() else { throw self.error(.unexpectedEnd) }
        guard Self.isNameStart(first) else { throw self.error(.attributeExpected) }
        let start = self.at
        while let byte = self.peek(), Self.isName(byte) { self.at += 1 }
        let name = String(decoding: self.bytes[start..<self.at], as: UTF8.self)
        if !self.attributes.contains(name) { self.attributes.append(name) }
        return name
    }

    private mutating func comparison() -> SegmentExpression.Comparison? {
        if self.take("==") { return .equal }
        if self.take("!=") { return .notEqual }
        if self.take("<=") { return .lessOrEqual }
        if self.take(">=") { return .greaterOrEqual }
        if self.take("<") { return .less }
        if self.take(">") { return .greater }
        return nil
    }

    /// `nil`, with nothing read, where no literal begins.
    private mutating func literal() throws(SegmentSyntaxError) -> SegmentExpression.Literal? {
        guard let first = self.peek() else { return nil }
        let start = self.at
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
            self.at += 1
            while let byte = self.peek(), byte != first { self.at += 1 }
            guard self.peek() == first else { throw self.error(.unclosedText, at: start) }
            self.at += 1
            return .text(String(decoding: self.bytes[start + 1..<self.at - 1], as: UTF8.self))
        }
        let isNegative = first == UInt8(ascii: "-")
        guard Self.isDigit(isNegative ? self.peek(1) ?? 0 : first) else { return nil }
        if isNegative { self.at += 1 }
        while let byte = self.peek(), Self.isDigit(byte) { self.at += 1 }
        let digits = String(decoding: self.bytes[start..<self.at], as: UTF8.self)
        guard digits.utf8.count <= 19, let number = Int64(digits) else {
            throw self.error(.numberTooLarge, at: start)
        }
        return .number(number)
    }

    // MARK: Bytes

    private mutating func add(_ step: SegmentExpression.Step) throws(SegmentSyntaxError) {
        guard self.steps.count < SegmentExpression.stepsMax else { throw self.error(.tooManySteps) }
        self.steps.append(step)
    }

    private func peek(_ ahead: Int = 0) -> UInt8? {
        self.at + ahead < self.bytes.count ? self.bytes[self.at + ahead] : nil
    }

    private mutating func skipSpace() {
        while let byte = self.peek(), byte == 0x20 || byte == 0x09 || byte == 0x0A {
            self.at += 1
        }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        self.skipSpace()
        let wanted = Array("\(text)".utf8)
        guard self.bytes[self.at...].starts(with: wanted) else { return false }
        self.at += wanted.count
        return true
    }

    /// A word that no longer name begins with.
    private mutating func takeWord(_ word: StaticString) -> Bool {
        self.skipSpace()
        let wanted = Array("\(word)".utf8)
        guard self.bytes[self.at...].starts(with: wanted) else { return false }
        if let next = self.peek(wanted.count), Self.isName(next) { return false }
        self.at += wanted.count
        return true
    }

    private func error(
        _ code: SegmentSyntaxError.Code, at offset: Int? = nil
    ) -> SegmentSyntaxError {
        let bytes = min(offset ?? self.at, self.bytes.count)
        let before = String(decoding: self.bytes[..<bytes], as: UTF8.self)
        return SegmentSyntaxError(code, at: before.count)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        byte >= 0x61 && byte <= 0x7A || byte >= 0x41 && byte <= 0x5A || byte == 0x5F
    }

    private static func isName(_ byte: UInt8) -> Bool {
        Self.isNameStart(byte) || Self.isDigit(byte)
    }
}
