import DunlinCore
import DunlinPolicy
import Testing

@Suite("Bank calendars")
struct CalendarTests {
    private static let rules = try? BuiltInRules()

    private func calendar(_ name: String) throws -> BankCalendar {
        try #require(Self.rules?.book.calendars.first { $0.name == name })
    }

    private func day(_ text: String) -> Int64 {
        CivilTime(utc: instant("\(text)T00:00:00Z")).dayNumber
    }

    @Test(
        "find Easter Sunday where almanacs have it",
        arguments: [
            "1818-03-22", "1943-04-25", "1961-04-02", "2000-04-23", "2008-03-23", "2019-04-21",
            "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01",
            "2038-04-25", "2049-04-18", "2285-03-22",
        ])
    func easter(_ text: String) {
        let year = CivilTime(utc: instant("\(text)T00:00:00Z")).year
        #expect(HolidayRule.easterSunday(year) == self.day(text))
    }

    /// The weekdays of a year on which a calendar is closed.
    private func closed(_ calendar: BankCalendar, _ year: Int64) -> [Int64] {
        let first = CivilTime(year: year, month: 1, day: 1).dayNumber
        let next = CivilTime(year: year + 1, month: 1, day: 1).dayNumber
        return (first..<next).filter { day in
            let weekday = Weekday(ofDay: day)
            return weekday != .saturday && weekday != .sunday
                && calendar.isBankingDay(day) == false
        }
    }

    @Test(
        "close TARGET on the days that the European Central Bank publishes",
        arguments: [
            (
                2024,
                [
                    "2024-01-01", "2024-03-29", "2024-04-01", "2024-05-01", "2024-12-25",
                    "2024-12-26",
                ]
            ),
            (
                2025,
                [
                    "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-01", "2025-12-25",
                    "2025-12-26",
                ]
            ),
            (2026, ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25"]),
            (2027, ["2027-01-01", "2027-03-26", "2027-03-29"]),
        ] as [(Int64, [String])])
    func target(year: Int64, days: [String]) throws {
        #expect(try self.closed(self.calendar("target"), year) == days.map { self.day($0) })
    }

    @Test(
        "close the Federal Reserve Banks on the days that they publish",
        arguments: [
            (
                2024,
                [
                    "2024-01-01", "2024-01-15", "2024-02-19", "2024-05-27", "2024-06-19",
                    "2024-07-04", "2024-09-02", "2024-10-14", "2024-11-11", "2024-11-28",
                    "2024-12-25",
                ]
            ),
            (
                2026,
                [
                    "2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19",
                    "2026-09-07", "2026-10-12", "2026-11-11", "2026-11-26", "2026-12-25",
                ]
            ),
            (
                2027,
                [
                    "2027-01-01", "2027-01-18", "2027-02-15", "2027-05-31", "2027-07-05",
                    "2027-09-06", "2027-10-11", "2027-11-11", "2027-11-25",
                ]
            ),
        ] as [(Int64, [String])])
    func fed(year: Int64, days: [String]) throws {
        #expect(try self.closed(self.calendar("fed"), year) == days.map { self.day($0) })
    }

    @Test(
        "list the United Kingdom's bank holidays as their rules give them", arguments: 2024...2028)
    func bacs(year: Int64) throws {
        func date(_ month: Int64, _ day: Int64) -> Int64 {
            CivilTime(year: year, month: month, day: day).dayNumber
        }
        func monday(_ month: Int64, last: Bool = false) -> Int64 {
            var day = last ? date(month, 31) : date(month, 1)
            while Weekday(ofDay: day) != .monday { day += last ? -1 : 1 }
            return day
        }
        func isWeekend(_ day: Int64) -> Bool {
            [.saturday, .sunday].contains(Weekday(ofDay: day))
        }
        let easter = HolidayRule.easterSunday(year)
        var days = [
            easter - 2, easter + 1, monday(5), monday(5, last: true), monday(8, last: true),
        ]
        // A holiday on a weekend moves to the next day that is none.
        for fixed in [date(1, 1), date(12, 25), date(12, 26)] {
            var day = fixed
            while isWeekend(day) || days.contains(day) { day += 1 }
            days.append(day)
        }
        #expect(try self.closed(self.calendar("bacs"), year) == days.sorted())
    }

    @Test("say nothing about a year that is not listed")
    func unknownYear() throws {
        let bacs = try self.calendar("bacs")
        #expect(bacs.isBankingDay(self.day("2029-01-02")) == nil)
        #expect(bacs.firstBankingDay(onOrAfter: self.day("2023-12-29")) == nil)
        #expect(bacs.day(self.day("2028-12-28"), movedBy: 5) == nil)
        #expect(try self.calendar("target").isBankingDay(self.day("2099-01-02")) == true)
        #expect(try self.calendar("target").isBankingDay(.max) == nil)
    }

    @Test("count banking days over weekends and holidays, both ways")
    func moving() throws {
        let target = try self.calendar("target")
        let thursday = self.day("2026-04-02")
        #expect(target.day(thursday, movedBy: 1) == self.day("2026-04-07"))
        #expect(target.day(self.day("2026-04-07"), movedBy: -1) == thursday)
        #expect(target.day(thursday, movedBy: 0) == thursday)
        #expect(target.firstBankingDay(onOrAfter: self.day("2026-04-03")) == self.day("2026-04-07"))
    }

    @Test("begin a day where the place's clocks do, also on days of 23 and 25 hours")
    func localDays() throws {
        let target = try self.calendar("target")
        for (day, start) in [
            ("2026-03-28", "2026-03-27T23:00:00Z"), ("2026-03-29", "2026-03-28T23:00:00Z"),
            ("2026-03-30", "2026-03-29T22:00:00Z"), ("2026-10-25", "2026-10-24T22:00:00Z"),
            ("2026-10-26", "2026-10-25T23:00:00Z"),
        ] {
            #expect(target.start(ofDay: self.day(day)) == instant(start))
            #expect(target.local(instant(start))?.day == self.day(day))
            #expect(target.local(instant(start))?.minute == 0)
        }
        #expect(target.local(Timestamp(ms: .max)) == nil)
        #expect(target.local(Timestamp(ms: .min)) == nil)
    }
}
