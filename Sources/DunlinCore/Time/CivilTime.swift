/// A date and time of day in the proleptic Gregorian calendar, without a zone.
///
/// The day arithmetic is Howard Hinnant's `days_from_civil`,
/// <https://howardhinnant.github.io/date_algorithms.html>.
package struct CivilTime: Hashable, Sendable {
    package var year: Int64
    /// 1…12.
    package var month: Int64
    /// 1…31.
    package var day: Int64
    /// 0…23.
    package var hour: Int64
    /// 0…59.
    package var minute: Int64
    /// 0…59.
    package var second: Int64
    /// 0…999.
    package var millisecond: Int64

    package init(
        year: Int64, month: Int64, day: Int64, hour: Int64 = 0, minute: Int64 = 0,
        second: Int64 = 0, millisecond: Int64 = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }

    /// The civil time that a UTC clock shows at `instant`.
    package init(utc instant: Timestamp) {
        let days = instant.ms.flooredDivision(by: Milliseconds.day)
        // Not `ms - days * day`: that overflows for the earliest instants.
        var rest = instant.ms % Milliseconds.day
        if rest < 0 { rest += Milliseconds.day }
        let shifted = days + 719_468
        let era = shifted.flooredDivision(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        self.month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
        self.hour = rest / Milliseconds.hour
        rest -= self.hour * Milliseconds.hour
        self.minute = rest / Milliseconds.minute
        rest -= self.minute * Milliseconds.minute
        self.second = rest / Milliseconds.second
        self.millisecond = rest - self.second * Milliseconds.second
    }

    /// The instant at which a UTC clock shows this civil time.
    package var utc: Timestamp {
        let year = self.month <= 2 ? self.year - 1 : self.year
        let era = year.flooredDivision(by: 400)
        let yearOfEra = year - era * 400
        let shiftedMonth = self.month > 2 ? self.month - 3 : self.month + 9
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + self.day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return Timestamp(
            ms: days * Milliseconds.day + self.hour * Milliseconds.hour
                + self.minute * Milliseconds.minute + self.second * Milliseconds.second
                + self.millisecond)
    }

    /// Milliseconds since this day's midnight.
    package var millisecondOfDay: Int64 {
        self.hour * Milliseconds.hour + self.minute * Milliseconds.minute
            + self.second * Milliseconds.second + self.millisecond
    }
}

extension Int64 {
    /// Division that rounds toward negative infinity, as calendars need before 1970.
    package func flooredDivision(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
