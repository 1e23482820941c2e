/// Writes protobuf's wire format into room that was set aside for it.
///
/// A field of another value than zero or empty is written by `put`; what has a meaning also as
/// zero is written by `putIfSet`. Fields come in the order of their numbers, numbers are 1…2047.
///
/// Invariant: a writer is full only when something did not fit. Each field first asks for more
/// room than it can need; where there is too little, the rest is filled with zeros, so that
/// everything after it finds no room either. ``Swift/Array/appendRecord(expecting:_:)`` then
/// starts again with more.
///
/// Format: <https://protobuf.dev/programming-guides/encoding/>.
package typealias ProtoWriter = OutputSpan<UInt8>

/// One message of `proto/`: how its fields are written and read.
protocol RecordPart {
    /// It takes more than 127 bytes more often than not: its length then takes two.
    static var isUsuallyLong: Bool { get }

    func write(to out: inout ProtoWriter)

    /// Reads fields until the reader's end.
    init(from reader: inout ProtoReader) throws(RecordError)
}

extension RecordPart {
    static var isUsuallyLong: Bool { false }
}

/// A message that is read where it will stay: large values are not moved from hand to hand.
protocol InPlacePart: RecordPart {
    /// The message without any field.
    static var blank: Self { get }

    /// Reads fields until the reader's end into a blank message.
    mutating func read(from reader: inout ProtoReader) throws(RecordError)
}

extension InPlacePart {
    init(from reader: inout ProtoReader) throws(RecordError) {
        self = .blank
        try self.read(from: &reader)
    }
}

extension [UInt8] {
    /// The same bytes in an array of just their number. (`Array` of the whole slice would share the
    /// buffer, with all its room.)
    package func exactCopy() -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(self.count)
        copy.append(contentsOf: self)
        return copy
    }

    /// Appends what `write` writes.
    ///
    /// `expectedBytes`: A guess; a wrong one costs time, nothing else.
    @inline(__always)
    mutating func appendRecord(expecting expectedBytes: Int, _ write: (inout ProtoWriter) -> Void) {
        var room = expectedBytes
        var isWritten = false
        while !isWritten {
            self.append(addingCapacity: room) { out in
                write(&out)
                isWritten = !out.isFull
                if !isWritten { out.removeAll() }
            }
            room *= 4
        }
    }
}

extension OutputSpan where Element == UInt8 {
    // MARK: Zero is left out

    @inline(__always)
    mutating func put(_ field: UInt32, _ value: UInt64) {
        if value != 0 { self.putVarint(field << 3, value) }
    }

    @inline(__always)
    mutating func put(_ field: UInt32, _ value: UInt32) {
        if value != 0 { self.putVarint(field << 3, UInt64(value)) }
    }

    @inline(__always)
    mutating func put(_ field: UInt32, _ value: Int64) {
        if value != 0 { self.putVarint(field << 3, UInt64(bitPattern: value)) }
    }

    @inline(__always)
    mutating func put(_ field: UInt32, _ value: Timestamp) {
        self.put(field, value.ms)
    }

    @inline(__always)
    mutating func put(_ field: UInt32, _ value: Bool) {
        if value { self.putSmall(field << 3, 1) }
    }

    @inline(__always)
    mutating func put<Choice: RawRepresentable<UInt8>>(_ field: UInt32, _ value: Choice) {
        if value.rawValue != 0 { self.putSmall(field << 3, value.rawValue) }
    }

    @inline(__always)
    mutating func putFixed(_ field: UInt32, _ value: UInt64) {
        if value != 0 { self.putEight(field << 3 | 1, value) }
    }

    @inline(__always)
    mutating func put(_ field: UInt32, _ text: String) {
        if !text.isEmpty { self.putText(field << 3 | 2, text) }
    }

    /// Each of them, empty ones too: their number counts.
    mutating func put(_ field: UInt32, _ texts: [String]) {
        for text in texts { self.putText(field << 3 | 2, text) }
    }

    /// Also when it is zero: an element of a list.
    mutating func putAlways(_ field: UInt32, _ value: UInt32) {
        self.putVarint(field << 3, UInt64(value))
    }

    mutating func put(_ field: UInt32, _ bytes: [UInt8]) {
        guard !bytes.isEmpty, self.hasRoom(for: bytes.count) else { return }
        self.appendTag(field << 3 | 2)
        self.appendVarint(UInt64(bytes.count))
        for byte in bytes { self.append(byte) }
    }

    /// Eight bytes each, little-endian, in one field.
    mutating func putFixed(_ field: UInt32, _ values: [UInt64]) {
        guard !values.isEmpty, self.hasRoom(for: values.count * 8) else { return }
        self.appendTag(field << 3 | 2)
        self.appendVarint(UInt64(values.count * 8))
        for value in values { self.appendEight(value) }
    }

    // MARK: Zero is written

    @inline(__always)
    mutating func putIfSet(_ field: UInt32, _ value: UInt32?) {
        if let value { self.putVarint(field << 3, UInt64(value)) }
    }

    @inline(__always)
    mutating func putIfSet(_ field: UInt32, _ value: Int64?) {
        if let value { self.putVarint(field << 3, UInt64(bitPattern: value)) }
    }

    @inline(__always)
    mutating func putIfSet(_ field: UInt32, _ value: Bool?) {
        if let value { self.putSmall(field << 3, value ? 1 : 0) }
    }

    @inline(__always)
    mutating func putIfSet<Choice: RawRepresentable<UInt8>>(_ field: UInt32, _ value: Choice?) {
        if let value { self.putSmall(field << 3, value.rawValue) }
    }

    @inline(__always)
    mutating func putFixedIfSet(_ field: UInt32, _ value: UInt64?) {
        if let value { self.putEight(field << 3 | 1, value) }
    }

    @inline(__always)
    mutating func putIfSet<Part: RecordPart>(_ field: UInt32, _ part: Part?) {
        if let part { self.putMessage(field, part) }
    }

    // MARK: Messages

    /// Writes `part` even if it turns out empty.
    @inline(__always)
    mutating func putMessage<Part: RecordPart>(_ field: UInt32, _ part: borrowing Part) {
        let width = Part.isUsuallyLong ? 2 : 1
        let start = self.openMessage(field, width: width)
        part.write(to: &self)
        self.closeMessage(at: start, width: width)
    }

    /// Writes `part` unless it turns out empty.
    @inline(__always)
    mutating func put<Part: RecordPart>(_ field: UInt32, _ part: borrowing Part) {
        let before = self.count
        self.putMessage(field, part)
        let tagBytes = field < 16 ? 1 : 2
        if self.count == before + tagBytes + 1, !self.isFull { self.removeLast(tagBytes + 1) }
    }

    @inline(__always)
    mutating func put<Part: RecordPart>(_ field: UInt32, _ parts: [Part]) {
        for part in parts { self.putMessage(field, part) }
    }

    /// Begins a sub-message whose length is expected to take `width` bytes.
    ///
    /// Answers where its content starts, for ``closeMessage(at:width:)``.
    mutating func openMessage(_ field: UInt32, width: Int) -> Int {
        guard self.hasRoom(for: width) else { return self.count }
        self.appendTag(field << 3 | 2)
        self.append(repeating: 0, count: width)
        return self.count
    }

    /// Sets the length of the sub-message that started at `start`, and moves it if the length
    /// takes more or fewer bytes than were set aside.
    mutating func closeMessage(at start: Int, width: Int) {
        guard !self.isFull else { return }
        let length = self.count - start
        if width == 1, length < 0x80 {
            self[start - 1] = UInt8(truncatingIfNeeded: length)
            return
        }
        let needed = varintBytes(UInt64(length))
        if needed != width {
            guard self.hasRoom(for: needed) else { return }
            self.moveTail(from: start, by: needed - width)
        }
        var rest = length
        var at = start - width
        while rest >= 0x80 {
            self[at] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
            at += 1
        }
        self[at] = UInt8(truncatingIfNeeded: rest)
    }

    private mutating func moveTail(from start: Int, by distance: Int) {
        let end = self.count
        if distance > 0 {
            self.append(repeating: 0, count: distance)
            var at = end
            while at > start {
                at -= 1
                self[at + distance] = self[at]
            }
        } else {
            var at = start
            while at < end {
                self[at + distance] = self[at]
                at += 1
            }
            self.removeLast(-distance)
        }
    }

    // MARK: Bytes

    private mutating func putVarint(_ tag: UInt32, _ value: UInt64) {
        guard self.hasRoom(for: 10) else { return }
        self.appendTag(tag)
        self.appendVarint(value)
    }

    private mutating func putSmall(_ tag: UInt32, _ value: UInt8) {
        guard self.hasRoom(for: 2) else { return }
        self.appendTag(tag)
        self.appendVarint(UInt64(value))
    }

    private mutating func putEight(_ tag: UInt32, _ value: UInt64) {
        guard self.hasRoom(for: 8) else { return }
        self.appendTag(tag)
        self.appendEight(value)
    }

    private mutating func putText(_ tag: UInt32, _ text: String) {
        let bytes = text.utf8.span
        let count = bytes.count
        guard self.hasRoom(for: count) else { return }
        self.appendTag(tag)
        self.appendVarint(UInt64(count))
        var at = 0
        while at < count {
            self.append(bytes[at])
            at &+= 1
        }
    }

    /// Whether a field's tag, its length and `bytes` more fit; if not, the writer is full from
    /// now on.
    @inline(__always)
    mutating func hasRoom(for bytes: Int) -> Bool {
        // Two bytes of tag, at most ten of length.
        if self.freeCapacity > bytes + 12 { return true }
        self.append(repeating: 0, count: self.freeCapacity)
        return false
    }

    @inline(__always)
    mutating func appendTag(_ tag: UInt32) {
        if tag >= 0x80 {
            self.append(UInt8(truncatingIfNeeded: tag) | 0x80)
            self.append(UInt8(truncatingIfNeeded: tag >> 7))
        } else {
            self.append(UInt8(truncatingIfNeeded: tag))
        }
    }

    @inline(__always)
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.append(UInt8(truncatingIfNeeded: rest))
    }

    @inline(__always)
    private mutating func appendEight(_ value: UInt64) {
        var rest = value
        for _ in 0..<8 {
            self.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}

/// How many bytes `value` takes as a varint: 1…10.
func varintBytes(_ value: UInt64) -> Int {
    (70 - (value | 1).leadingZeroBitCount) / 7
}

/// Small magnitudes of either sign as small unsigned numbers: protobuf's `sint64`.
@inline(__always)
func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: value << 1 ^ value >> 63)
}

@inline(__always)
func unzigzag(_ value: UInt64) -> Int64 {
    Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
}
