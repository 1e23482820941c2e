/// Lengths of time as words, for people only.
package enum SpanText {
    /// `3 days 4 hours`, `12 minutes`, `less than a minute`. The sign is left out.
    package static func words(ms: Int64) -> String {
        let minutes = Int64(clamping: ms.magnitude) / Milliseconds.minute
        let days = minutes / (24 * 60)
        let hours = minutes / 60 % 24
        let rest = minutes % 60
        if days > 0 { return Self.joined(Self.count(days, "day"), Self.count(hours, "hour")) }
        if hours > 0 { return Self.joined(Self.count(hours, "hour"), Self.count(rest, "minute")) }
        return rest > 0 ? Self.count(rest, "minute") : "less than a minute"
    }

    /// `in 3 days`, `2 hours ago`, `now`.
    package static func words(from now: Timestamp, to instant: Timestamp) -> String {
        let ms = instant.ms.subtractingReportingOverflow(now.ms).partialValue
        if ms.magnitude < UInt64(Milliseconds.minute) { return "now" }
        return ms > 0 ? "in \(Self.words(ms: ms))" : "\(Self.words(ms: ms)) ago"
    }

    /// `+1d 00:00`: whole days, hours and minutes since a beginning; `-` when before it.
    package static func offset(ms: Int64) -> String {
        let minutes = Int64(clamping: ms.magnitude) / Milliseconds.minute
        let days = minutes / (24 * 60)
        let sign = ms < 0 ? "-" : "+"
        return "\(sign)\(days)d \(Self.two(minutes / 60 % 24)):\(Self.two(minutes % 60))"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func count(_ number: Int64, _ unit: String) -> String {
        number == 0 ? "" : number == 1 ? "1 \(unit)" : "\(number) \(unit)s"
    }

    private static func joined(_ large: String, _ small: String) -> String {
        small.isEmpty ? large : "\(large) \(small)"
    }
}
