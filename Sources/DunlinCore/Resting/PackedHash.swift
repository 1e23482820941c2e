/// Thirty-two hexadecimal digits in half their bytes: the keyed hashes of addresses.
package struct PackedHash: Equatable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// `nil` for any other text, capital letters included.
    package init?(_ text: String) {
        let bytes = text.utf8.span
        guard bytes.count == 32 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for at in 0..<32 {
            let digit: UInt64
            switch bytes[at] {
            case 0x30...0x39: digit = UInt64(bytes[at] &- 0x30)
            case 0x61...0x66: digit = UInt64(bytes[at] &- 0x57)
            default: return nil
            }
            words.0 = words.0 &<< 4 | words.1 &>> 60
            words.1 = words.1 &<< 4 | digit
        }
        self.init(high: words.0, low: words.1)
    }

    package var text: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(32)
        for word in [self.high, self.low] {
            var shift: UInt64 = 64
            while shift > 0 {
                shift &-= 4
                let digit = UInt8(truncatingIfNeeded: word &>> shift & 15)
                digits.append(digit < 10 ? digit &+ 0x30 : digit &+ 0x57)
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
