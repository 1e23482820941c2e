/// Reads protobuf's wire format. Whatever the bytes are, it answers or throws; it never traps.
///
/// Invariant: `0 ≤ at ≤ end ≤ bytes.count`; `end` is the end of the message that is being read.
/// Fields may come in any order; those that nobody asks for are skipped. Groups are refused.
package struct ProtoReader {
    /// How deep messages may lie in one another, the outermost counted.
    package static let depthMax = 8
    /// Most elements of one list: more than any limit of an account's state.
    package static let listCountMax = 4096

    private let bytes: [UInt8]
    private var at: Int
    private var end: Int
    private var depth: Int
    /// Of the field that ``next()`` answered.
    private var tag: UInt32

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        self.at = 0
        self.end = bytes.count
        self.depth = 1
        self.tag = 0
    }

    // MARK: Fields

    /// The number of the next field of this message; `nil` at its end.
    @inline(__always)
    mutating func next() throws(RecordError) -> UInt32? {
        guard self.at < self.end else { return nil }
        let first = self.bytes[self.at]
        if first < 0x80 {
            self.at &+= 1
            self.tag = UInt32(first)
        } else {
            self.tag = try self.longTag()
        }
        guard self.tag >= 8 else { throw .malformed }
        return self.tag >> 3
    }

    private mutating func longTag() throws(RecordError) -> UInt32 {
        guard let tag = UInt32(exactly: try self.varint()) else { throw .malformed }
        return tag
    }

    @inline(__always)
    mutating func uint64() throws(RecordError) -> UInt64 {
        guard self.tag & 7 == 0 else { throw .malformed }
        return try self.varint()
    }

    @inline(__always)
    mutating func int64() throws(RecordError) -> Int64 {
        Int64(bitPattern: try self.uint64())
    }

    @inline(__always)
    mutating func uint32() throws(RecordError) -> UInt32 {
        guard let value = UInt32(exactly: try self.uint64()) else { throw .malformed }
        return value
    }

    /// For sets of flags.
    @inline(__always)
    mutating func uint8() throws(RecordError) -> UInt8 {
        guard let value = UInt8(exactly: try self.uint64()) else { throw .unknownKind }
        return value
    }

    @inline(__always)
    mutating func timestamp() throws(RecordError) -> Timestamp {
        Timestamp(ms: try self.int64())
    }

    @inline(__always)
    mutating func bool() throws(RecordError) -> Bool {
        try self.uint64() != 0
    }

    @inline(__always)
    mutating func currency() throws(RecordError) -> Currency {
        guard let currency = Currency(packed: try self.uint32()) else { throw .malformed }
        return currency
    }

    /// An enumerated number; one that is not known throws ``RecordError/Code/unknownKind``.
    @inline(__always)
    mutating func choice<Choice: RawRepresentable<UInt8>>() throws(RecordError) -> Choice {
        guard let choice = Choice(rawValue: try self.uint8()) else { throw .unknownKind }
        return choice
    }

    mutating func fixed64() throws(RecordError) -> UInt64 {
        guard self.tag & 7 == 1 else { throw .malformed }
        return try self.eight()
    }

    mutating func string() throws(RecordError) -> String {
        let count = try self.length()
        guard count > 0 else { return "" }
        let start = self.at
        self.at &+= count
        return try self.bytes.text(start..<start &+ count)
    }

    mutating func strings(into list: inout [String]) throws(RecordError) {
        try self.makeRoom(in: &list)
        list.append(try self.string())
    }

    mutating func blob() throws(RecordError) -> [UInt8] {
        let count = try self.length()
        let start = self.at
        self.at &+= count
        return Array(self.bytes[start..<start &+ count])
    }

    /// Appends the values of a repeated `fixed64`, packed or one by one.
    mutating func fixed64s(into list: inout [UInt64]) throws(RecordError) {
        guard self.tag & 7 == 2 else {
            guard list.count < Self.listCountMax else { throw .limit }
            return list.append(try self.fixed64())
        }
        let count = try self.length()
        guard count % 8 == 0 else { throw .malformed }
        guard list.count + count / 8 <= Self.listCountMax else { throw .limit }
        list.reserveCapacity(list.count + count / 8)
        for _ in 0..<count / 8 { list.append(try self.eight()) }
    }

    /// Calls `body` with each value of a repeated `uint32`, packed or one by one.
    @inline(__always)
    mutating func uint32s(
        _ body: (UInt32) throws(RecordError) -> Void
    ) throws(RecordError) {
        guard self.tag & 7 == 2 else { return try body(try self.uint32()) }
        let outer = self.end
        let count = try self.length()
        self.end = self.at + count
        while self.at < self.end {
            guard let value = UInt32(exactly: try self.varint()) else { throw .malformed }
            try body(value)
        }
        self.end = outer
    }

    // MARK: Messages

    @inline(__always)
    mutating func message<Part: RecordPart>() throws(RecordError) -> Part {
        let outer = try self.enter()
        let part = try Part(from: &self)
        self.leave(to: outer)
        return part
    }

    @inline(__always)
    mutating func message<Part: InPlacePart>(into part: inout Part) throws(RecordError) {
        let outer = try self.enter()
        part = .blank
        try part.read(from: &self)
        self.leave(to: outer)
    }

    /// Reads one element of a repeated message.
    @inline(__always)
    mutating func message<Part: RecordPart>(into list: inout [Part]) throws(RecordError) {
        try self.makeRoom(in: &list)
        list.append(try self.message())
    }

    @inline(__always)
    mutating func message<Part: InPlacePart>(into list: inout [Part]) throws(RecordError) {
        try self.makeRoom(in: &list)
        let outer = try self.enter()
        list.append(.blank)
        try list[list.count - 1].read(from: &self)
        self.leave(to: outer)
    }

    /// Makes room for this element and for those that follow it directly, at one go.
    @inline(__always)
    mutating func makeRoom<Element>(in list: inout [Element]) throws(RecordError) {
        if list.isEmpty { list.reserveCapacity(self.elementsInARow()) }
        guard list.count < Self.listCountMax else { throw .limit }
    }

    /// Limits reading to the sub-message that starts here.
    ///
    /// Answers the end of the message around it, for ``leave(to:)``.
    @inline(__always)
    mutating func enter() throws(RecordError) -> Int {
        let count = try self.length()
        guard self.depth < Self.depthMax else { throw .tooDeep }
        self.depth &+= 1
        let outer = self.end
        self.end = self.at &+ count
        return outer
    }

    /// Goes on after the sub-message, read to its end or not.
    @inline(__always)
    mutating func leave(to outer: Int) {
        self.at = self.end
        self.end = outer
        self.depth &-= 1
    }

    /// Skips the field that ``next()`` answered.
    mutating func skip() throws(RecordError) {
        switch self.tag & 7 {
        case 0: _ = try self.varint()
        case 1: _ = try self.eight()
        case 2: self.at += try self.length()
        case 5:
            guard self.end - self.at >= 4 else { throw .truncated }
            self.at += 4
        default: throw .malformed
        }
    }

    /// How many fields of the current tag follow one another from here, itself included. A guess
    /// for reserving: it stops at whatever is unusual.
    private func elementsInARow() -> Int {
        var count = 1
        var at = self.at
        while count < 64 {
            guard at < self.end else { return count }
            var length = Int(self.bytes[at])
            at &+= 1
            if length >= 0x80 {
                guard at < self.end, self.bytes[at] < 0x80 else { return count }
                length = length & 0x7F | Int(self.bytes[at]) << 7
                at &+= 1
            }
            at &+= length
            guard at < self.end, UInt32(self.bytes[at]) == self.tag else { return count }
            at &+= 1
            count &+= 1
        }
        return count
    }

    // MARK: Bytes

    /// The length of a delimited field, all of whose bytes are there.
    @inline(__always)
    private mutating func length() throws(RecordError) -> Int {
        guard self.tag & 7 == 2 else { throw .malformed }
        let count = try self.varint()
        guard count <= UInt64(truncatingIfNeeded: self.end - self.at) else { throw .truncated }
        return Int(truncatingIfNeeded: count)
    }

    @inline(__always)
    private mutating func varint() throws(RecordError) -> UInt64 {
        guard self.at < self.end else { throw .truncated }
        let first = self.bytes[self.at]
        if first < 0x80 {
            self.at &+= 1
            return UInt64(first)
        }
        return try self.longVarint()
    }

    private mutating func longVarint() throws(RecordError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        var at = self.at
        let end = self.end
        while at < end {
            let byte = self.bytes[at]
            at &+= 1
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 {
                // The tenth byte has room for one bit.
                guard shift < 63 || byte < 2 else { throw .malformed }
                self.at = at
                return value
            }
            shift &+= 7
            guard shift < 70 else { throw .malformed }
        }
        throw .truncated
    }

    private mutating func eight() throws(RecordError) -> UInt64 {
        guard self.end - self.at >= 8 else { throw .truncated }
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for byte in self.bytes[self.at..<self.at &+ 8] {
            value |= UInt64(byte) &<< shift
            shift &+= 8
        }
        self.at &+= 8
        return value
    }
}

extension [UInt8] {
    /// The text that lies at `range`, which must be inside; throws unless it is UTF-8.
    func text(_ range: Range<Int>) throws(RecordError) -> String {
        do throws(UTF8.ValidationError) {
            return String(copying: try UTF8Span(validating: self.span.extracting(range)))
        } catch {
            throw .malformed
        }
    }
}
