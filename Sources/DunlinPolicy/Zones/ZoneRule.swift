import DunlinCore

/// The rule of a zone for years beyond its listed transitions: `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// POSIX.1-2017, section 8.3 (`TZ`), with the hours from -167 to 167 of RFC 8536, section 3.3.1.
struct ZoneRule: Equatable {
    /// A day of the year and a time on it.
    struct Change: Equatable {
        enum Day: Equatable {
            /// 1…365; February 29 is never counted.
            case julian(Int64)
            /// 0…365; February 29 is counted in leap years.
            case ofYear(Int64)
            /// Week 5 means the last; weekday 0 is Sunday.
            case ofMonth(month: Int64, week: Int64, weekday: Int64)
        }

        var day: Day
        /// Seconds after local midnight, as the clocks show before the change.
        var timeS: Int64
    }

    struct Daylight: Equatable {
        var offsetS: Int64
        var start: Change
        var end: Change
    }

    /// Seconds ahead of UTC.
    let standardOffsetS: Int64
    /// `nil` where the clocks are never changed.
    let daylight: Daylight?

    /// Answers `nil` for bytes that are no such rule.
    init?(_ bytes: [UInt8]) {
        var scanner = RuleScanner(bytes: bytes)
        guard scanner.name(), let west = scanner.time() else { return nil }
        self.standardOffsetS = -west
        guard !scanner.isAtEnd else {
            self.daylight = nil
            return
        }
        guard scanner.name() else { return nil }
        var daylightS = self.standardOffsetS + 3600
        if !scanner.isNext(0x2C) {
            guard let west = scanner.time() else { return nil }
            daylightS = -west
        }
        guard scanner.skip(0x2C), let start = scanner.change(), scanner.skip(0x2C),
            let end = scanner.change(), scanner.isAtEnd
        else { return nil }
        self.daylight = Daylight(offsetS: daylightS, start: start, end: end)
    }

    /// The changes of a year in the order of time.
    func transitions(inYear year: Int64) -> [(atS: Int64, offsetS: Int64)] {
        guard let daylight else { return [] }
        let start = daylight.start.localS(inYear: year) - self.standardOffsetS
        let end = daylight.end.localS(inYear: year) - daylight.offsetS
        let both = [(start, daylight.offsetS), (end, self.standardOffsetS)]
        return both.sorted { $0.0 < $1.0 }
    }
}

extension ZoneRule.Change {
    /// Seconds since the epoch as if local time were UTC.
    fileprivate func localS(inYear year: Int64) -> Int64 {
        self.epochDay(inYear: year) * 86_400 + self.timeS
    }

    private func epochDay(inYear year: Int64) -> Int64 {
        let first = Self.epochDay(year, 1)
        switch self.day {
        case .ofYear(let day): return first + day
        case .julian(let day):
            let isLeap = Self.epochDay(year, 3) - Self.epochDay(year, 2) == 29
            return first + day - 1 + (isLeap && day >= 60 ? 1 : 0)
        case .ofMonth(let month, let week, let weekday):
            let start = Self.epochDay(year, month)
            let next = month == 12 ? Self.epochDay(year + 1, 1) : Self.epochDay(year, month + 1)
            // 1970-01-01 was a Thursday.
            let startsOn = (start + 4) % 7
            var day = start + (weekday - startsOn + 7) % 7 + (week - 1) * 7
            while day >= next { day -= 7 }
            return day
        }
    }

    private static func epochDay(_ year: Int64, _ month: Int64) -> Int64 {
        CivilTime(year: year, month: month, day: 1).utc.ms.flooredDivision(by: Milliseconds.day)
    }
}

private struct RuleScanner {
    private let bytes: [UInt8]
    private var at = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { self.at == self.bytes.count }

    func isNext(_ byte: UInt8) -> Bool { self.at < self.bytes.count && self.bytes[self.at] == byte }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard self.isNext(byte) else { return false }
        self.at += 1
        return true
    }

    /// `CET`, or anything between angle brackets: `<+0330>`.
    mutating func name() -> Bool {
        let start = self.at
        if self.skip(0x3C) {
            while self.at < self.bytes.count, self.bytes[self.at] != 0x3E { self.at += 1 }
            return self.skip(0x3E)
        }
        while self.at < self.bytes.count, (0x41...0x5A).contains(self.bytes[self.at] & 0xDF) {
            self.at += 1
        }
        return self.at - start >= 3
    }

    mutating func number(max: Int64) -> Int64? {
        var value: Int64?
        while self.at < self.bytes.count, (0x30...0x39).contains(self.bytes[self.at]) {
            let next = (value ?? 0) * 10 + Int64(self.bytes[self.at] - 0x30)
            guard next <= max else { return nil }
            value = next
            self.at += 1
        }
        return value
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time() -> Int64? {
        let sign: Int64 = self.skip(0x2D) ? -1 : 1
        if sign > 0 { _ = self.skip(0x2B) }
        guard let hours = self.number(max: 167) else { return nil }
        var total = hours * 3600
        for unit in [60, 1] as [Int64] where self.isNext(0x3A) {
            self.at += 1
            guard let part = self.number(max: 59) else { return nil }
            total += part * unit
        }
        return sign * total
    }

    /// `Mm.w.d[/time]`, `Jn[/time]`, `n[/time]`; two o'clock without a time.
    mutating func change() -> ZoneRule.Change? {
        guard let day = self.day() else { return nil }
        guard self.skip(0x2F) else { return ZoneRule.Change(day: day, timeS: 7200) }
        return self.time().map { ZoneRule.Change(day: day, timeS: $0) }
    }

    private mutating func day() -> ZoneRule.Change.Day? {
        if self.skip(0x4D) {
            guard let month = self.number(max: 12), month > 0, self.skip(0x2E),
                let week = self.number(max: 5), week > 0, self.skip(0x2E),
                let weekday = self.number(max: 6)
            else { return nil }
            return .ofMonth(month: month, week: week, weekday: weekday)
        }
        if self.skip(0x4A) {
            guard let day = self.number(max: 365), day > 0 else { return nil }
            return .julian(day)
        }
        return self.number(max: 365).map { .ofYear($0) }
    }
}
