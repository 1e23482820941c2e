/// The offsets of one time zone as data, so that local time needs no clock, file or locale.
package struct ZoneTable: Sendable, Equatable {
    /// From `at` on the zone is `offsetMs` ahead of UTC.
    package struct Transition: Sendable, Equatable {
        package var at: Timestamp
        package var offsetMs: Int64

        package init(at: Timestamp, offsetMs: Int64) {
            self.at = at
            self.offsetMs = offsetMs
        }
    }

    /// The IANA name: `Europe/Madrid`.
    package var name: String
    /// The offset before the first transition, in milliseconds ahead of UTC.
    package var initialOffsetMs: Int64
    /// In the order of time.
    package var transitions: [Transition]

    package init(name: String, initialOffsetMs: Int64, transitions: [Transition] = []) {
        self.name = name
        self.initialOffsetMs = initialOffsetMs
        self.transitions = transitions
    }

    package static let utc = ZoneTable(name: "UTC", initialOffsetMs: 0)

    /// Milliseconds by which the zone's clocks are ahead of UTC at `instant`.
    package func offsetMs(at instant: Timestamp) -> Int64 {
        var low = 0
        var high = self.transitions.count
        while low < high {
            let middle = (low + high) / 2
            if self.transitions[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? self.initialOffsetMs : self.transitions[low - 1].offsetMs
    }

    /// What a clock on the wall of that place shows.
    package func local(_ instant: Timestamp) -> CivilTime {
        CivilTime(utc: instant.advanced(byMs: self.offsetMs(at: instant)))
    }

    /// Instants farther from 1970 than this have no local time: 100 million years.
    static let calendarMsMax: UInt64 = 100_000_000 * 366 * UInt64(Milliseconds.day)

    /// The first instant at or after `instant` at which the local time of day lies in `window`.
    ///
    /// Safe where clocks jump: a window that a day skips opens at the jump, and the answer is
    /// always inside the window of the offset that then holds.
    ///
    /// `window`: Minutes since local midnight, `0 ≤ from < until ≤ 1440`.
    package func firstInstant(from instant: Timestamp, inMinutes window: Range<Int64>) -> Timestamp
    {
        // Beyond what any calendar shows, no clock on a wall says what time of day it is.
        guard instant.ms.magnitude < Self.calendarMsMax else { return instant }
        var candidate = instant
        // Each step moves to the next opening or the next change of offset: a few suffice.
        for _ in 0..<64 {
            let offset = self.offsetMs(at: candidate)
            let localMs = candidate.ms + offset
            let midnight = localMs.flooredDivision(by: Milliseconds.day) * Milliseconds.day
            let minuteOfDay = (localMs - midnight) / Milliseconds.minute
            if window.contains(minuteOfDay) { return candidate }
            let dayShift = minuteOfDay >= window.upperBound ? Milliseconds.day : 0
            let opening = Timestamp(
                ms: midnight + dayShift + window.lowerBound * Milliseconds.minute - offset)
            let change = self.nextTransition(after: candidate)
            candidate = change.map { min($0, opening) } ?? opening
        }
        return candidate
    }

    func nextTransition(after instant: Timestamp) -> Timestamp? {
        var low = 0
        var high = self.transitions.count
        while low < high {
            let middle = (low + high) / 2
            if self.transitions[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low < self.transitions.count ? self.transitions[low].at : nil
    }
}

/// All zones of a bundle by name.
package struct ZoneCatalog: Sendable {
    package var zones: [String: ZoneTable]

    package init(zones: [String: ZoneTable] = [:]) {
        self.zones = zones
    }

    package func contains(_ name: String) -> Bool { self.zones[name] != nil }

    /// The zone of that name, else UTC.
    package func zone(_ name: String) -> ZoneTable { self.zones[name] ?? .utc }
}
