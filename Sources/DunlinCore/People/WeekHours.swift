/// Hours of a week, in minutes since local midnight. An empty range is a day without any.
package struct WeekHours: Hashable, Sendable {
    /// Monday to Friday; `0 ≤ lower ≤ upper ≤ 1440`.
    package var weekday: Range<Int64>
    package var saturday: Range<Int64>
    package var sunday: Range<Int64>

    package init(weekday: Range<Int64>, saturday: Range<Int64>, sunday: Range<Int64>) {
        self.weekday = weekday
        self.saturday = saturday
        self.sunday = sunday
    }

    /// The same on each day.
    package init(daily: Range<Int64>) {
        self.init(weekday: daily, saturday: daily, sunday: daily)
    }

    package static let always = WeekHours(daily: 0..<1440)

    /// No minute of the week is in it.
    package var isEmpty: Bool {
        self.weekday.isEmpty && self.saturday.isEmpty && self.sunday.isEmpty
    }

    /// The hours of a day, counted from 1970-01-01, which was a Thursday.
    package func onDay(_ day: Int64) -> Range<Int64> {
        var weekday = (day % 7 + 7 + 4) % 7
        if weekday == 0 { weekday = 7 }
        switch weekday {
        case 6: return self.saturday
        case 7: return self.sunday
        default: return self.weekday
        }
    }

    /// What both allow.
    package func intersection(_ other: WeekHours) -> WeekHours {
        WeekHours(
            weekday: self.weekday.clamped(to: other.weekday),
            saturday: self.saturday.clamped(to: other.saturday),
            sunday: self.sunday.clamped(to: other.sunday))
    }
}

extension ZoneTable {
    /// The first instant at or after `instant` at which the local time lies in `week`.
    ///
    /// Safe where clocks jump: an answer is always inside the hours of the offset that then
    /// holds. Answers `nil` where no minute of the next weeks is allowed, and beyond any calendar.
    package func firstInstant(from instant: Timestamp, in week: WeekHours) -> Timestamp? {
        guard instant.ms.magnitude < Self.calendarMsMax, !week.isEmpty else { return nil }
        var candidate = instant
        // Each step moves to an opening, a midnight or a change of offset: a week has few.
        for _ in 0..<64 {
            let offset = self.offsetMs(at: candidate)
            let localMs = candidate.ms + offset
            let day = localMs.flooredDivision(by: Milliseconds.day)
            let midnight = day * Milliseconds.day
            let hours = week.onDay(day)
            let opening = hours.lowerBound * Milliseconds.minute
            let closing = hours.upperBound * Milliseconds.minute
            let timeOfDay = localMs - midnight
            if timeOfDay >= opening, timeOfDay < closing { return candidate }
            let isBefore = timeOfDay < opening && opening < closing
            let next = Timestamp(
                ms: midnight + (isBefore ? opening : Milliseconds.day) - offset)
            candidate = self.nextTransition(after: candidate).map { min($0, next) } ?? next
        }
        return nil
    }
}

/// Every condition on the instant at which a message may leave: hours, each on its own clock.
package struct SendHours: Sendable {
    package struct Limit: Sendable {
        package var zone: ZoneTable
        package var week: WeekHours

        package init(zone: ZoneTable, week: WeekHours) {
            self.zone = zone
            self.week = week
        }
    }

    package var limits: [Limit]

    package init(limits: [Limit]) {
        self.limits = limits
    }

    /// Farther than this ahead no opening is looked for: hours repeat weekly.
    package static let horizonMs = 15 * Milliseconds.day

    /// The first instant at or after `instant` that every clock allows; `nil` when there is none.
    package func first(from instant: Timestamp) -> Timestamp? {
        let horizon = instant.advanced(byMs: Self.horizonMs)
        var candidate = instant
        while candidate <= horizon {
            let before = candidate
            for limit in self.limits {
                guard let next = limit.zone.firstInstant(from: candidate, in: limit.week) else {
                    return nil
                }
                candidate = next
            }
            if candidate == before { return candidate }
        }
        return nil
    }
}
