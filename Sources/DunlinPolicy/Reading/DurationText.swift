import DunlinCore

/// Lengths of time as people write them in policy files: `15m`, `36h`, `1d`, `1d12h`.
package enum DurationText {
    /// Longest length that is read, in milliseconds: 400 days.
    package static let msMax = 400 * Milliseconds.day

    /// Milliseconds of a sequence of whole numbers with the units `d`, `h`, `m`, `s`, largest unit
    /// first; `nil` for anything else, and above ``msMax``.
    package static func milliseconds(_ text: some StringProtocol) -> Int64? {
        var total: Int64 = 0
        var digits: Int64?
        var last = Int64.max
        for byte in text.utf8 {
            if byte >= 0x30, byte <= 0x39 {
                let value = (digits ?? 0) * 10 + Int64(byte - 0x30)
                guard value <= Self.msMax else { return nil }
                digits = value
                continue
            }
            guard let count = digits, let unit = Self.unit(byte), unit < last,
                count <= Self.msMax / unit
            else { return nil }
            total += count * unit
            last = unit
            digits = nil
        }
        guard digits == nil, last != .max, total <= Self.msMax else { return nil }
        return total
    }

    /// The shortest text that is read back as `ms`: `36h` stays `1d12h`.
    package static func text(ms: Int64) -> String {
        guard ms >= Milliseconds.second else { return "0s" }
        var rest = ms
        var text = ""
        for (unit, letter) in [
            (Milliseconds.day, "d"), (Milliseconds.hour, "h"), (Milliseconds.minute, "m"),
            (Milliseconds.second, "s"),
        ] where rest >= unit {
            text += "\(rest / unit)\(letter)"
            rest %= unit
        }
        return text
    }

    private static func unit(_ byte: UInt8) -> Int64? {
        switch byte {
        case 0x64: Milliseconds.day
        case 0x68: Milliseconds.hour
        case 0x6D: Milliseconds.minute
        case 0x73: Milliseconds.second
        default: nil
        }
    }
}
