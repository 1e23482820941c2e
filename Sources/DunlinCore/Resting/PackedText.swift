// Ids of billing systems and gateways: long, and of letters, digits, "_" and "-" only. Such a text
// rests in six bits a character. Short ones are left as they are: little is won, and it costs time.

enum PackedText {
    /// Characters from which on a text is packed.
    static let countMin = 20

    /// Six bits for each byte of the alphabet; 64 for any other.
    @inline(__always)
    private static func number(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x61...0x7A: byte &- 0x61
        case 0x30...0x39: byte &- 0x30 &+ 26
        case 0x41...0x5A: byte &- 0x41 &+ 36
        case 0x5F: 62
        case 0x2D: 63
        default: 64
        }
    }

    @inline(__always)
    private static func letter(_ number: UInt8) -> UInt8 {
        switch number {
        case ..<26: number &+ 0x61
        case ..<36: number &- 26 &+ 0x30
        case ..<62: number &- 36 &+ 0x41
        case 62: 0x5F
        default: 0x2D
        }
    }

    /// Bytes that so many characters take.
    static func bytes(of count: Int) -> Int { (count * 3 + 3) / 4 }

    static func isPackable(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= Self.countMin else { return false }
        for at in bytes.indices where Self.number(bytes[at]) > 63 { return false }
        return true
    }

    static func pack(_ bytes: Span<UInt8>, into out: inout OutputSpan<UInt8>) {
        var bits: UInt32 = 0
        var held = 0
        for at in bytes.indices {
            bits = bits << 6 | UInt32(Self.number(bytes[at]))
            held += 6
            if held >= 8 {
                held -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
            }
        }
        if held > 0 { out.append(UInt8(truncatingIfNeeded: bits << UInt32(8 - held))) }
    }

    /// The text of `count` characters whose bytes begin at `start`, all of which are there.
    static func text(_ count: Int, in bytes: [UInt8], at start: Int) -> String {
        var letters: [UInt8] = []
        letters.reserveCapacity(count)
        var bits: UInt32 = 0
        var held = 0
        var at = start
        for _ in 0..<count {
            if held < 6 {
                bits = bits << 8 | UInt32(bytes[at])
                at += 1
                held += 8
            }
            held -= 6
            letters.append(Self.letter(UInt8(truncatingIfNeeded: bits >> UInt32(held) & 63)))
        }
        return String(decoding: letters, as: UTF8.self)
    }
}

extension OutputSpan where Element == UInt8 {
    /// An id of a billing system or gateway.
    mutating func rest(id: String) {
        let bytes = id.utf8.span
        let isPacked = PackedText.isPackable(bytes)
        self.rest(count: bytes.count * 2 + (isPacked ? 1 : 0))
        if isPacked {
            PackedText.pack(bytes, into: &self)
        } else {
            for at in bytes.indices { self.append(bytes[at]) }
        }
    }
}

extension RestingReader {
    mutating func id() throws(RecordError) -> String {
        let number = try self.uint64()
        guard number <= UInt64(Self.idBytesMax * 2) else { throw .truncated }
        let count = Int(number / 2)
        guard number % 2 == 1 else { return try self.text(of: count) }
        let start = try self.skip(PackedText.bytes(of: count))
        return PackedText.text(count, in: self.bytes, at: start)
    }

    /// More than any id has.
    private static let idBytesMax = 1 << 20
}
