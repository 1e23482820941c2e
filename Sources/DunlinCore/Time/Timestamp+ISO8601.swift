extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC: `2026-01-01T00:00:00Z`, with milliseconds only when there are any.
    package var description: String {
        let civil = CivilTime(utc: self)
        let date = "\(pad(civil.year, 4))-\(pad(civil.month, 2))-\(pad(civil.day, 2))"
        let time = "\(pad(civil.hour, 2)):\(pad(civil.minute, 2)):\(pad(civil.second, 2))"
        let fraction = civil.millisecond == 0 ? "" : ".\(pad(civil.millisecond, 3))"
        return "\(date)T\(time)\(fraction)Z"
    }

    /// Reads RFC 3339: `2026-01-01T00:00:00Z`, with optional fraction and a numeric offset.
    ///
    /// A fraction beyond milliseconds is cut off. A leap second `:60` is read as the next minute.
    ///
    /// Answers `nil` when the text is not such a time or names a day that does not exist.
    package init?(iso8601 text: some StringProtocol) {
        var reader = DigitReader(Array(text.utf8))
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2),
            reader.skip("-"), let day = reader.number(2), reader.skip("T") || reader.skip(" "),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2),
            reader.skip(":"), let second = reader.number(2)
        else { return nil }
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        let millisecond = reader.skip(".") ? reader.fraction() : 0
        guard let millisecond, let offset = reader.offsetMinutes(), reader.isAtEnd else {
            return nil
        }
        let civil = CivilTime(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second,
            millisecond: millisecond)
        let midnight = CivilTime(year: year, month: month, day: day)
        guard CivilTime(utc: midnight.utc) == midnight else { return nil }
        self = civil.utc.advanced(byMs: -offset * Milliseconds.minute)
    }
}

private func pad(_ number: Int64, _ width: Int) -> String {
    let digits = String(number.magnitude)
    let zeros = String(repeating: "0", count: max(0, width - digits.count))
    return (number < 0 ? "-" : "") + zeros + digits
}

private struct DigitReader {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { self.at == self.bytes.count }

    /// An ASCII character; a small `t` does for a `T`.
    mutating func skip(_ wanted: Unicode.Scalar) -> Bool {
        guard self.at < self.bytes.count else { return false }
        let found = Unicode.Scalar(self.bytes[self.at])
        guard found == wanted || (wanted == "T" && found == "t") else { return false }
        self.at += 1
        return true
    }

    mutating func number(_ width: Int) -> Int64? {
        guard self.at + width <= self.bytes.count else { return nil }
        var value: Int64 = 0
        for byte in self.bytes[self.at..<self.at + width] {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        self.at += width
        return value
    }

    /// Milliseconds from one to nine digits of a second.
    mutating func fraction() -> Int64? {
        var value: Int64 = 0
        var digits = 0
        while self.at < self.bytes.count, self.bytes[self.at] >= 0x30, self.bytes[self.at] <= 0x39 {
            if digits < 3 { value = value * 10 + Int64(self.bytes[self.at] - 0x30) }
            digits += 1
            self.at += 1
        }
        guard (1...9).contains(digits) else { return nil }
        while digits < 3 {
            value *= 10
            digits += 1
        }
        return value
    }

    mutating func offsetMinutes() -> Int64? {
        if self.skip("Z") || self.skip("z") { return 0 }
        let sign: Int64 = self.skip("+") ? 1 : -1
        if sign < 0, !self.skip("-") { return nil }
        guard let hours = self.number(2), self.skip(":"), let minutes = self.number(2),
            hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
