extension ZoneTable {
    /// The instant at which clocks show `minute` of the day on which they show `instant`; the first
    /// where they show it twice, the jump where they skip it.
    ///
    /// `minute`: Minutes since local midnight, 0…1439.
    package func sameDay(as instant: Timestamp, atMinute minute: Int64) -> Timestamp {
        guard instant.ms.magnitude < Self.calendarMsMax else { return instant }
        let day = self.local(instant)
        return self.instant(of: day, atMinute: minute)
    }

    /// The day that clocks show a while after `instant`, counted on those clocks: two days after a
    /// Friday evening are a Sunday, whatever clocks do in between. Then as ``sameDay(as:atMinute:)``.
    package func day(
        after instant: Timestamp, byMs distance: Int64, atMinute minute: Int64
    ) -> Timestamp {
        let later = instant.advanced(byMs: distance)
        guard later.ms.magnitude < Self.calendarMsMax, instant.ms.magnitude < Self.calendarMsMax
        else { return later }
        let shown = later.advanced(byMs: self.offsetMs(at: instant))
        return self.instant(of: CivilTime(utc: shown), atMinute: minute)
    }

    private func instant(of day: CivilTime, atMinute minute: Int64) -> Timestamp {
        let midnight = CivilTime(year: day.year, month: day.month, day: day.day).utc
        // Where the offset changes near midnight, the second look is right.
        let guess = midnight.advanced(byMs: -self.offsetMs(at: midnight))
        let start = midnight.advanced(byMs: -self.offsetMs(at: guess))
        let upper = min(minute + Self.jumpMinutesMax, 24 * 60)
        return self.firstInstant(from: start, inMinutes: minute..<upper)
    }

    /// The first instant from here on that lies on no Saturday or Sunday; a later one has the same
    /// time of day as far as clocks allow.
    package func weekday(from instant: Timestamp) -> Timestamp {
        guard instant.ms.magnitude < Self.calendarMsMax else { return instant }
        let local = self.local(instant)
        let days = CivilTime(year: local.year, month: local.month, day: local.day).utc.ms
            .flooredDivision(by: Milliseconds.day)
        // 1970-01-01 was a Thursday.
        let weekday = (days + 3) - (days + 3).flooredDivision(by: 7) * 7
        guard weekday >= 5 else { return instant }
        // Noon is far from every change of clocks.
        let noon = self.sameDay(as: instant, atMinute: 12 * 60)
        let monday = noon.advanced(byMs: (7 - weekday) * Milliseconds.day)
        return self.sameDay(as: monday, atMinute: local.hour * 60 + local.minute)
    }

    /// Longest time that clocks skip, in minutes.
    private static let jumpMinutesMax: Int64 = 180
}
