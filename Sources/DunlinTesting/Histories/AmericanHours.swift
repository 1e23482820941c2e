package import DunlinCore

/// Contact hours of a country with two clocks and one stricter region, and what they forbid,
/// worked out a second time from the clocks' own offsets.
package enum AmericanHours {
    static let east = "East"
    static let west = "West"
    static let strict = "US-FL"
    private static let country: Range<Int64> = 480..<1260

    /// The clocks of the United States change on 8 March and 1 November 2026.
    package static let zones: [String: ZoneTable] = [
        Self.east: Self.zone(Self.east, standardHours: -5),
        Self.west: Self.zone(Self.west, standardHours: -8),
    ]

    package static let hours = ContactHours(
        version: 1,
        rows: [
            .init(
                number: 1, name: "country", channels: ChannelSet([.sms, .voice]), country: "US",
                week: WeekHours(daily: Self.country), source: "test"),
            .init(
                number: 2, name: "region", channels: ChannelSet([.sms, .voice]), country: "US",
                region: Self.strict,
                week: WeekHours(weekday: 540..<1080, saturday: 600..<1020, sunday: 0..<0),
                source: "test"),
        ],
        places: [
            .init(country: "US", region: Self.strict, zones: [Self.east]),
            .init(country: "US", region: "US-CA", zones: [Self.west]),
        ])

    private static func zone(_ name: String, standardHours: Int64) -> ZoneTable {
        let standard = standardHours * Milliseconds.hour
        let summer = standard + Milliseconds.hour
        return ZoneTable(
            name: name, initialOffsetMs: standard,
            transitions: [
                .init(
                    at: CivilTime(year: 2026, month: 3, day: 8, hour: 2).utc
                        .advanced(byMs: -standard), offsetMs: summer),
                .init(
                    at: CivilTime(year: 2026, month: 11, day: 1, hour: 2).utc
                        .advanced(byMs: -summer), offsetMs: standard),
            ])
    }

    /// Which rule forbids a message at an instant; `nil` when none does. Minute by minute, on every
    /// clock that may be the customer's.
    static func breach(
        by channel: Channel, _ at: Timestamp, of profile: Profile, _ window: Range<Int64>?
    ) -> String? {
        let isTelephone = channel == .sms || channel == .voice
        let livesInStrict = profile.contacts.contains { $0.place.region == Self.strict }
        var clocks: Set<String> = livesInStrict ? [Self.east] : []
        if !profile.zone.isEmpty { clocks.insert(profile.zone) }
        if clocks.isEmpty { clocks = [Self.east] }
        let isSummer =
            at >= CivilTime(year: 2026, month: 3, day: 8, hour: 10).utc
            && at < CivilTime(year: 2026, month: 11, day: 1, hour: 6).utc
        for clock in clocks {
            let hours: Int64 = (clock == Self.east ? -5 : -8) + (isSummer ? 1 : 0)
            let local = at.advanced(byMs: hours * Milliseconds.hour)
            let minute = CivilTime(utc: local).minuteOfDay
            if let window, !window.contains(minute) { return "outside the window at \(minute)" }
            guard isTelephone else { continue }
            if livesInStrict || !profile.zone.isEmpty, !Self.country.contains(minute) {
                return "outside the country's hours at \(minute)"
            }
            guard livesInStrict || profile.zone == Self.east else { continue }
            let weekday = (local.ms.flooredDivision(by: Milliseconds.day) + 4) % 7
            let allowed: Range<Int64> =
                weekday == 0 ? 0..<0 : weekday == 6 ? 600..<1020 : 540..<1080
            if !allowed.contains(minute) { return "outside the region's hours at \(minute)" }
        }
        return nil
    }
}
