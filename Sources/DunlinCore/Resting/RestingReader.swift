/// Reads a resting state, which only this process has written.
///
/// Bytes that it did not write throw; they never trap.
struct RestingReader {
    let bytes: [UInt8]
    private var at = 0
    /// The account's clock, in ms.
    var base: Int64 = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    @inline(__always)
    mutating func byte() throws(RecordError) -> UInt8 {
        guard self.at < self.bytes.count else { throw .truncated }
        let byte = self.bytes[self.at]
        self.at &+= 1
        return byte
    }

    @inline(__always)
    mutating func uint64() throws(RecordError) -> UInt64 {
        let first = try self.byte()
        if first < 0x80 { return UInt64(first) }
        return try self.longNumber(UInt64(first & 0x7F))
    }

    private mutating func longNumber(_ first: UInt64) throws(RecordError) -> UInt64 {
        var value = first
        var shift: UInt64 = 7
        while shift < 70 {
            let byte = try self.byte()
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw .malformed
    }

    @inline(__always)
    mutating func uint32() throws(RecordError) -> UInt32 {
        UInt32(truncatingIfNeeded: try self.uint64())
    }

    @inline(__always)
    mutating func int64() throws(RecordError) -> Int64 { Int64(bitPattern: try self.uint64()) }

    /// The length of a list or text: never more than bytes are left.
    @inline(__always)
    mutating func count() throws(RecordError) -> Int {
        let count = try self.uint64()
        guard count <= UInt64(truncatingIfNeeded: self.bytes.count &- self.at) else {
            throw .truncated
        }
        return Int(truncatingIfNeeded: count)
    }

    @inline(__always)
    mutating func choice<Choice: RawRepresentable<UInt8>>() throws(RecordError) -> Choice {
        guard let choice = Choice(rawValue: try self.byte()) else { throw .unknownKind }
        return choice
    }

    mutating func whole() throws(RecordError) -> UInt64 {
        guard self.bytes.count &- self.at >= 8 else { throw .truncated }
        var value: UInt64 = 0
        for place in 0..<8 {
            value |= UInt64(self.bytes[self.at &+ place]) &<< UInt64(8 &* place)
        }
        self.at &+= 8
        return value
    }

    @inline(__always)
    mutating func timestamp() throws(RecordError) -> Timestamp {
        let first = try self.uint64()
        if first >= RestingInstant.firstDistance {
            let number = first &- RestingInstant.firstDistance
            let distance = unzigzag(number >> 1)
            return Timestamp(ms: self.base &+ (number & 1 == 0 ? distance &* 1000 : distance))
        }
        guard first == UInt64(RestingInstant.whole) else { return Timestamp(ms: 0) }
        return Timestamp(ms: Int64(bitPattern: try self.whole()))
    }

    @inline(__always)
    mutating func currency() throws(RecordError) -> Currency {
        let first = UInt32(try self.byte()) << 16
        let second = UInt32(try self.byte()) << 8
        let letters = first | second | UInt32(try self.byte())
        // Nearly all accounts of a deployment have one of these.
        if letters == Currency.usd.packed { return .usd }
        if letters == Currency.eur.packed { return .eur }
        guard let currency = Currency(packed: letters) else { throw .malformed }
        return currency
    }

    mutating func text() throws(RecordError) -> String {
        try self.text(of: try self.count())
    }

    mutating func text(of count: Int) throws(RecordError) -> String {
        guard count > 0 else { return "" }
        let start = try self.skip(count)
        return try self.bytes.text(start..<start &+ count)
    }

    /// Passes over bytes; answers where they begin.
    mutating func skip(_ count: Int) throws(RecordError) -> Int {
        guard count <= self.bytes.count &- self.at else { throw .truncated }
        let start = self.at
        self.at &+= count
        return start
    }

    mutating func blob() throws(RecordError) -> [UInt8] {
        let count = try self.count()
        let start = self.at
        self.at &+= count
        return Array(self.bytes[start..<start &+ count])
    }

    @inline(__always)
    mutating func word(_ lexicon: borrowing Lexicon) throws(RecordError) -> String {
        let first = try self.uint64()
        if first == UInt64(RestingWord.empty) { return "" }
        if first == UInt64(RestingWord.literal) { return try self.text() }
        let number = Int(truncatingIfNeeded: first) &- RestingWord.firstNumber
        guard let word = lexicon.word(number) else { throw .malformed }
        return word
    }
}
