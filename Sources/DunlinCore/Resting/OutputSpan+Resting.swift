// A resting state is written into room that surely suffices (``AccountState/restingBytesMax``):
// nothing here asks whether there is any. Fields follow one another without numbers, in the order
// in which ``RestingReader`` asks for them.

extension OutputSpan where Element == UInt8 {
    @inline(__always)
    mutating func rest(_ number: UInt32) { self.appendVarint(UInt64(number)) }

    @inline(__always)
    mutating func rest(_ number: UInt64) { self.appendVarint(number) }

    @inline(__always)
    mutating func rest(_ number: Int64) { self.appendVarint(UInt64(bitPattern: number)) }

    @inline(__always)
    mutating func rest(count: Int) { self.appendVarint(UInt64(truncatingIfNeeded: count)) }

    @inline(__always)
    mutating func rest<Choice: RawRepresentable<UInt8>>(_ choice: Choice) {
        self.append(choice.rawValue)
    }

    /// All 64 bits, for hashes.
    @inline(__always)
    mutating func restWhole(_ bits: UInt64) {
        var rest = bits
        for _ in 0..<8 {
            self.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// Zero as one byte, what is near to `base` in few.
    @inline(__always)
    mutating func rest(_ instant: Timestamp, from base: Int64) {
        guard instant.ms != 0 else { return self.append(RestingInstant.zero) }
        let distance = instant.ms &- base
        let (seconds, ms) = distance.quotientAndRemainder(dividingBy: 1000)
        // Most plans lie whole seconds apart.
        let number = ms == 0 ? zigzag(seconds) << 1 : zigzag(distance) << 1 | 1
        if distance.magnitude <= RestingInstant.distanceMax {
            self.appendVarint(number + RestingInstant.firstDistance)
        } else {
            self.append(RestingInstant.whole)
            self.restWhole(UInt64(bitPattern: instant.ms))
        }
    }

    @inline(__always)
    mutating func rest(_ currency: Currency) {
        self.append(UInt8(truncatingIfNeeded: currency.packed >> 16))
        self.append(UInt8(truncatingIfNeeded: currency.packed >> 8))
        self.append(UInt8(truncatingIfNeeded: currency.packed))
    }

    mutating func rest(_ text: String) {
        let bytes = text.utf8.span
        let count = bytes.count
        self.rest(count: count)
        var at = 0
        while at < count {
            self.append(bytes[at])
            at &+= 1
        }
    }

    mutating func rest(_ bytes: [UInt8]) {
        self.rest(count: bytes.count)
        for byte in bytes { self.append(byte) }
    }

    /// A word that many accounts share.
    mutating func rest(word: String, _ lexicon: inout Lexicon) {
        if word.isEmpty {
            self.append(RestingWord.empty)
        } else if let number = lexicon.number(of: word) {
            self.rest(count: number + RestingWord.firstNumber)
        } else {
            self.append(RestingWord.literal)
            self.rest(word)
        }
    }
}

/// The first byte of an instant.
enum RestingInstant {
    static let zero: UInt8 = 0
    /// All eight bytes follow.
    static let whole: UInt8 = 1
    static let firstDistance: UInt64 = 2
    /// In ms, so that its double and a bit are a number.
    static let distanceMax: UInt64 = 1 << 60
}

/// The first number of a word.
enum RestingWord {
    static let empty: UInt8 = 0
    /// The word itself follows.
    static let literal: UInt8 = 1
    static let firstNumber = 2
}
