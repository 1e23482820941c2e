/// The one place where this target looks for card numbers (Law 10): 13-19 digits, spaces and
/// dashes allowed between them, no digit next to them, a brand's range and length, Luhn.
enum CardNumbers {
    /// What stands in free text where a number was.
    static let replacement = "[card number removed]"

    static func isIn(_ text: String) -> Bool { self.firstRange(in: Array(text.utf8)[...]) != nil }

    static func masked(_ text: String) -> String {
        var rest = Array(text.utf8)[...]
        var output = ""
        while let range = self.firstRange(in: rest) {
            output += String(decoding: rest[..<range.lowerBound], as: UTF8.self)
            output += self.replacement
            rest = rest[range.upperBound...]
        }
        return output.isEmpty ? text : output + String(decoding: rest, as: UTF8.self)
    }

    private static func firstRange(in bytes: ArraySlice<UInt8>) -> Range<Int>? {
        var at = bytes.startIndex
        while at < bytes.endIndex {
            guard self.digit(bytes[at]) != nil else {
                at += 1
                continue
            }
            let start = at
            var digits: [UInt8] = []
            var end = at
            // One run of digits with single spaces or dashes between them.
            while at < bytes.endIndex {
                if let digit = self.digit(bytes[at]) {
                    digits.append(digit)
                    end = at + 1
                } else if bytes[at] != 0x20 && bytes[at] != 0x2D || at != end {
                    break
                }
                at += 1
            }
            if self.isCardNumber(digits) { return start..<end }
        }
        return nil
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        (0x30...0x39).contains(byte) ? byte - 0x30 : nil
    }

    private static func isCardNumber(_ digits: [UInt8]) -> Bool {
        guard (13...19).contains(digits.count) else { return false }
        let six = digits.prefix(6).reduce(0) { $0 * 10 + Int($1) }
        return self.lengths(ofRange: six).contains(digits.count) && self.passesLuhn(digits)
    }

    /// The lengths that numbers of the brand with this six-digit prefix have.
    /// Source: ISO/IEC 7812 ranges as the networks publish them.
    private static func lengths(ofRange six: Int) -> ClosedRange<Int> {
        switch six {
        case 400_000...499_999: 13...19
        case 510_000...559_999, 222_100...272_099: 16...16
        case 340_000...349_999, 370_000...379_999: 15...15
        case 601_100...601_199, 644_000...659_999: 16...19
        case 300_000...305_999, 309_500...309_599, 380_000...399_999: 14...19
        case 352_800...358_999: 16...19
        case 360_000...369_999: 14...19
        case 620_000...629_999, 810_000...817_199: 16...19
        case 500_000...509_999, 560_000...589_999, 630_000...639_999, 670_000...679_999: 13...19
        default: 0...0
        }
    }

    private static func passesLuhn(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let doubled = place % 2 == 1 ? Int(digit) * 2 : Int(digit)
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum % 10 == 0
    }
}
