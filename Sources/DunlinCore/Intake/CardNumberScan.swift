/// Finds card numbers in text, so that none ever enters (Law 10).
///
/// A card number is 13 to 19 ASCII digits between non-digits, with spaces and dashes allowed
/// inside, that begins like a brand's numbers, has one of that brand's lengths and passes Luhn's
/// check (ISO/IEC 7812-1). Where the digits stand in several groups, any run of whole groups is
/// looked at, so that digits before or after hide nothing.
///
/// Two things are no card numbers although their digits may look so: a UUID, whose groups are
/// drawn at random (366 of a million would be taken for one), and, where the field is a telephone
/// number, digits that follow a `+`.
package enum CardNumberScan {
    /// Fewest and most digits of a card number.
    package static let digitCounts = 13...19
    /// Most spaces and dashes in a row between two digits of one number.
    package static let separatorsMax = 3

    /// Whether there is a card number in `text`.
    ///
    /// `isPhone`: The field holds a telephone number: digits after a `+` are exempt.
    package static func contains(_ text: String, isPhone: Bool = false) -> Bool {
        guard Self.hasEnoughDigits(text) else { return false }
        return !Self.ranges(in: Array(text.utf8), isPhone: isPhone).isEmpty
    }

    /// The text with each card number replaced by `[card ending 1234]`; text without one as it is.
    package static func masked(_ text: String, isPhone: Bool = false) -> String {
        guard Self.hasEnoughDigits(text) else { return text }
        let bytes = Array(text.utf8)
        let ranges = Self.ranges(in: bytes, isPhone: isPhone)
        guard !ranges.isEmpty else { return text }
        var masked: [UInt8] = []
        var copied = 0
        for range in ranges {
            masked += bytes[copied..<range.lowerBound]
            let lastFour = bytes[range].filter(\.isDigit).suffix(4)
            masked += Array("[card ending ".utf8) + lastFour + [0x5D]
            copied = range.upperBound
        }
        masked += bytes[copied...]
        return String(decoding: masked, as: UTF8.self)
    }

    /// The fast way out for nearly every id and text.
    private static func hasEnoughDigits(_ text: String) -> Bool {
        guard text.utf8.count >= Self.digitCounts.lowerBound else { return false }
        var digits = 0
        for byte in text.utf8 where byte.isDigit {
            digits += 1
            if digits >= Self.digitCounts.lowerBound { return true }
        }
        return false
    }

    // MARK: Searching

    /// Where card numbers stand: in order, without overlap.
    private static func ranges(in bytes: [UInt8], isPhone: Bool) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var chain: [Range<Int>] = []
        var at = 0
        while at < bytes.count {
            guard bytes[at].isDigit else {
                at += 1
                continue
            }
            let start = at
            while at < bytes.count, bytes[at].isDigit { at += 1 }
            if let last = chain.last, !Self.areJoined(bytes[last.upperBound..<start]) {
                Self.search(chain, bytes, isPhone: isPhone, into: &found)
                chain.removeAll(keepingCapacity: true)
            }
            chain.append(start..<at)
        }
        Self.search(chain, bytes, isPhone: isPhone, into: &found)
        return found
    }

    /// Only spaces and dashes stand between, and few of them.
    private static func areJoined(_ between: ArraySlice<UInt8>) -> Bool {
        var rest = between
        var count = 0
        while let first = rest.first {
            let length: Int
            switch first {
            case 0x20, 0x2D: length = 1
            // No-break space; hyphens and dashes U+2010…2015; narrow no-break space U+202F.
            case 0xC2 where rest.dropFirst().first == 0xA0: length = 2
            case 0xE2 where rest.dropFirst().first == 0x80:
                guard let third = rest.dropFirst(2).first,
                    (0x90...0x95).contains(third) || third == 0xAF
                else { return false }
                length = 3
            default: return false
            }
            rest = rest.dropFirst(length)
            count += 1
            guard count <= Self.separatorsMax else { return false }
        }
        return true
    }

    /// Looks at every run of whole groups in a chain of groups that separators join.
    private static func search(
        _ chain: [Range<Int>], _ bytes: [UInt8], isPhone: Bool, into found: inout [Range<Int>]
    ) {
        if isPhone, let first = chain.first, first.lowerBound > 0,
            bytes[first.lowerBound - 1] == 0x2B
        {
            return
        }
        for first in chain.indices {
            var digits: [UInt8] = []
            for group in chain[first...] {
                guard digits.count + group.count <= Self.digitCounts.upperBound else { break }
                for byte in bytes[group] { digits.append(byte - 0x30) }
                guard digits.count >= Self.digitCounts.lowerBound,
                    CardBrandRange.covers(digits), Self.passesLuhn(digits)
                else { continue }
                let range = chain[first].lowerBound..<group.upperBound
                guard !Self.isInUUID(range, bytes) else { continue }
                if let last = found.last, last.upperBound > range.lowerBound {
                    let end = max(last.upperBound, range.upperBound)
                    found[found.count - 1] = last.lowerBound..<end
                } else {
                    found.append(range)
                }
            }
        }
    }

    private static func passesLuhn(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let value = Int(digit) * (place % 2 == 1 ? 2 : 1)
            sum += value > 9 ? value - 9 : value
        }
        return sum % 10 == 0
    }

    // MARK: UUIDs

    /// The range lies in a token of the form 8-4-4-4-12 hex digits with a letter among them.
    private static func isInUUID(_ range: Range<Int>, _ bytes: [UInt8]) -> Bool {
        var start = range.lowerBound
        while start > 0, bytes[start - 1].isHexadecimalOrDash { start -= 1 }
        var end = range.upperBound
        while end < bytes.count, bytes[end].isHexadecimalOrDash { end += 1 }
        let token = bytes[start..<end]
        guard token.count == 36, token.contains(where: { !$0.isDigit && $0 != 0x2D }) else {
            return false
        }
        return token.indices.allSatisfy { index in
            let place = index - start
            let isDashPlace = place == 8 || place == 13 || place == 18 || place == 23
            return (token[index] == 0x2D) == isDashPlace
        }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= 0x30 && self <= 0x39 }

    fileprivate var isHexadecimalOrDash: Bool {
        self.isDigit || self == 0x2D || (0x41...0x46).contains(self & 0xDF)
    }
}
