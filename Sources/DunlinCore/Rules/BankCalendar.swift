/// The days on which a payment system settles: weekdays that are no holidays of its own.
///
/// Days are counted from 1970-01-01 in the system's local time. Pure: holidays are rules or lists,
/// the zone is a table.
package struct BankCalendar: Sendable, Equatable {
    /// For people and for rules that name it: `fed`.
    package var name: String
    /// IANA name of the zone in which its days begin and end.
    package var zoneName: String
    package var zone: ZoneTable
    /// Holidays that follow a rule in every year.
    package var rules: [HolidayRule]
    /// Holidays that are listed by year, as days; sorted.
    package var listed: [Int64]
    /// The years that the list covers, sorted; empty when there is no list.
    package var listedYears: [Int64]
    /// Where the holidays come from.
    package var source: String
    /// Every day is a banking day: only for asking what a plan would be without the calendar.
    var neverCloses = false

    package init(
        name: String, zoneName: String, zone: ZoneTable = .utc, rules: [HolidayRule] = [],
        listed: [Int64] = [], listedYears: [Int64] = [], source: String
    ) {
        self.name = name
        self.zoneName = zoneName
        self.zone = zone
        self.rules = rules
        self.listed = listed.sorted()
        self.listedYears = listedYears.sorted()
        self.source = source
    }

    /// Days farther from 1970 than this are in no calendar: 3,000 years.
    private static let dayMax: Int64 = 3_000 * 366
    /// No holidays in a row are as many as this.
    private static let closedDaysMax = 40

    /// Whether banks settle on that day.
    ///
    /// Answers `nil` when the calendar does not say: the year is missing in its list.
    package func isBankingDay(_ day: Int64) -> Bool? {
        guard day.magnitude < Self.dayMax.magnitude else { return nil }
        if self.neverCloses { return true }
        // 1970-01-01 was a Thursday; Saturday and Sunday close every system here.
        let weekday = Weekday(ofDay: day)
        if weekday == .saturday || weekday == .sunday { return false }
        let date = CivilTime(day: day)
        if !self.listedYears.isEmpty, !self.listedYears.contains(date.year) { return nil }
        if self.listed.contains(day) { return false }
        return !self.rules.contains { $0.day(inYear: date.year) == day }
    }

    /// The first banking day at or after `day`; `nil` when the calendar does not say.
    package func firstBankingDay(onOrAfter day: Int64) -> Int64? {
        var candidate = day
        for _ in 0..<Self.closedDaysMax {
            guard let isOpen = self.isBankingDay(candidate) else { return nil }
            if isOpen { return candidate }
            candidate += 1
        }
        return nil
    }

    /// The day that lies `count` banking days after `day`, or before it when negative; `day` itself
    /// is not counted. `nil` when the calendar does not say.
    package func day(_ day: Int64, movedBy count: Int64) -> Int64? {
        let step: Int64 = count < 0 ? -1 : 1
        var rest = count.magnitude
        var candidate = day
        var closed = 0
        while rest > 0 {
            candidate += step
            guard let isOpen = self.isBankingDay(candidate) else { return nil }
            closed = isOpen ? 0 : closed + 1
            guard closed < Self.closedDaysMax else { return nil }
            if isOpen { rest -= 1 }
        }
        return candidate
    }

    /// The local day and the minute of that day at `instant`; `nil` beyond every calendar.
    package func local(_ instant: Timestamp) -> (day: Int64, minute: Int64)? {
        let shown = instant.advanced(byMs: self.zone.offsetMs(at: instant)).ms
        let day = shown.flooredDivision(by: Milliseconds.day)
        guard day.magnitude < Self.dayMax.magnitude else { return nil }
        return (day, (shown - day * Milliseconds.day) / Milliseconds.minute)
    }

    /// The first instant of a local day.
    package func start(ofDay day: Int64) -> Timestamp {
        let midnight = Timestamp(ms: day * Milliseconds.day)
        let guess = midnight.advanced(byMs: -self.zone.offsetMs(at: midnight))
        return midnight.advanced(byMs: -self.zone.offsetMs(at: guess))
    }

    /// The instant `count` banking days after `instant`, at the same time of day.
    ///
    /// Answers the same distance in plain days, doubled and two more, when the calendar does not
    /// say: later than any calendar would.
    package func instant(_ instant: Timestamp, movedBy count: Int64) -> Timestamp {
        let careful = count.magnitude < 10_000 ? (count * 2 + 2) * Milliseconds.day : 0
        guard let (today, _) = self.local(instant), let day = self.day(today, movedBy: count)
        else { return instant.advanced(byMs: careful) }
        let timeOfDay = instant.ms - self.start(ofDay: today).ms
        return self.start(ofDay: day).advanced(byMs: timeOfDay)
    }
}

/// Days of the week.
package enum Weekday: Int64, Sendable, CaseIterable {
    case monday = 0
    case tuesday = 1
    case wednesday = 2
    case thursday = 3
    case friday = 4
    case saturday = 5
    case sunday = 6

    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// Of a day counted from 1970-01-01.
    package init(ofDay day: Int64) {
        var number = (day + 3) % 7
        if number < 0 { number += 7 }
        self = Self(rawValue: number) ?? .monday
    }
}

/// One holiday of every year.
package struct HolidayRule: Sendable, Equatable {
    package enum Pattern: Sendable, Equatable {
        /// A date. Where it is a Sunday, the next Monday instead, if `sundayMoves`.
        case date(month: Int64, day: Int64, sundayMoves: Bool)
        /// The `nth` such weekday of a month; -1 for the last.
        case weekday(Weekday, nth: Int64, month: Int64)
        /// So many days after Easter Sunday, or before it when negative.
        case easter(offsetDays: Int64)
    }

    package var name: String
    package var pattern: Pattern
    /// First year in which it is one; 0 for always.
    package var fromYear: Int64

    package init(name: String, pattern: Pattern, fromYear: Int64 = 0) {
        self.name = name
        self.pattern = pattern
        self.fromYear = fromYear
    }

    /// The day of that year; `nil` when the year has none.
    package func day(inYear year: Int64) -> Int64? {
        guard year >= self.fromYear else { return nil }
        switch self.pattern {
        case .date(let month, let day, let sundayMoves):
            let date = CivilTime(year: year, month: month, day: day).dayNumber
            return sundayMoves && Weekday(ofDay: date) == .sunday ? date + 1 : date
        case .weekday(let weekday, let nth, let month):
            let first = CivilTime(year: year, month: month, day: 1).dayNumber
            let ahead = (weekday.rawValue - Weekday(ofDay: first).rawValue + 7) % 7
            guard nth < 0 else { return first + ahead + (nth - 1) * 7 }
            let next =
                month == 12
                ? CivilTime(year: year + 1, month: 1, day: 1)
                : CivilTime(year: year, month: month + 1, day: 1)
            let last = next.dayNumber - 1
            return last - (Weekday(ofDay: last).rawValue - weekday.rawValue + 7) % 7
        case .easter(let offset):
            return Self.easterSunday(year) + offset
        }
    }

    /// Easter Sunday of the Gregorian calendar.
    ///
    /// Source: the algorithm that J. Meeus gives in "Astronomical Algorithms", chapter 8.
    package static func easterSunday(_ year: Int64) -> Int64 {
        let a = year % 19
        let (b, c) = year.quotientAndRemainder(dividingBy: 100)
        let (d, e) = b.quotientAndRemainder(dividingBy: 4)
        let f = (b + 8) / 25
        let g = (b - f + 1) / 3
        let h = (19 * a + b - d - g + 15) % 30
        let (i, k) = c.quotientAndRemainder(dividingBy: 4)
        let l = (32 + 2 * e + 2 * i - h - k) % 7
        let m = (a + 11 * h + 22 * l) / 451
        let (month, day) = (h + l - 7 * m + 114).quotientAndRemainder(dividingBy: 31)
        return CivilTime(year: year, month: month, day: day + 1).dayNumber
    }
}

extension CivilTime {
    /// Days from 1970-01-01 to this date.
    package var dayNumber: Int64 {
        CivilTime(year: self.year, month: self.month, day: self.day).utc.ms
            .flooredDivision(by: Milliseconds.day)
    }

    /// The date of a day counted from 1970-01-01; at most 3,000 years away.
    package init(day: Int64) {
        self.init(utc: Timestamp(ms: day * Milliseconds.day))
    }
}
