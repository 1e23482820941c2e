import DunlinCore
import DunlinPolicy
import Foundation
import Testing

/// The hours of the law as they come with Dunlin, on the real clocks of the world.
@Suite("Contact hours")
struct ContactHoursTests {
    private static let zones = try? ZoneLoader.load().catalog
    private static let compiled = zones.flatMap { zones in
        try? BundleCompiler.compile(BundleSource(zones: zones)).bundle
    }

    private func bundle() throws -> DunlinCore.Bundle { try #require(Self.compiled) }

    private static func profile(
        zone: String = "", country: String = "", region: String = "", number: String = "",
        _ hours: ContactHours
    ) -> Profile {
        var contacts: [SealedContact] = []
        if let place = hours.place(ofNumber: number) {
            contacts = [SealedContact(channel: .sms, sealed: [1], place: place)]
        }
        return Profile(contacts: contacts, zone: zone, country: country, region: region)
    }

    /// The allowed times of a day, read every quarter of an hour, as `11:00-20:00` on `clock`.
    private func allowed(
        _ profile: Profile, day: String, clock: String, channel: Channel = .sms
    ) throws -> String {
        let bundle = try self.bundle()
        let noon = try #require(Timestamp(iso8601: "\(day)T12:00:00Z"))
        let zone = bundle.zones.zone(clock)
        let midnight = noon.advanced(byMs: -zone.local(noon).millisecondOfDay)
        let whereabouts = bundle.hours.whereabouts(
            of: profile, tenantZone: "UTC", bundle.zones)
        let (hours, _) = bundle.hours.sendHours(
            for: channel, at: noon, in: whereabouts, bundle.zones)
        let open = (0..<96).filter { quarter in
            let at = midnight.advanced(byMs: Int64(quarter) * 15 * Milliseconds.minute)
            return hours.first(from: at) == at
        }
        guard let first = open.first, let last = open.last else { return "never" }
        #expect(open.count == last - first + 1, "one stretch")
        return "\(first / 4):\(first % 4 * 15)-\((last + 1) / 4):\((last + 1) % 4 * 15)"
    }

    @Test("a Florida number of somebody in California: only 11 to 20 hours in Florida")
    func twoClocks() throws {
        let hours = try self.bundle().hours
        let profile = Self.profile(
            zone: "America/Los_Angeles", number: "+13055550100", hours)
        #expect(
            try self.allowed(profile, day: "2026-07-01", clock: "America/New_York")
                == "11:0-20:0")
        #expect(
            try self.allowed(profile, day: "2026-01-14", clock: "America/New_York")
                == "11:0-20:0")
    }

    @Test(
        "each rule is kept where it holds, on working days and Sundays",
        arguments: [
            ("US-CA", "America/Los_Angeles", "8:0-21:0", "8:0-21:0"),
            ("US-CT", "America/New_York", "9:0-20:0", "9:0-20:0"),
            ("US-MD", "America/New_York", "8:0-20:0", "8:0-20:0"),
            ("US-MS", "America/Chicago", "8:0-20:0", "8:0-20:0"),
            ("US-NJ", "America/New_York", "8:0-20:0", "8:0-20:0"),
            ("US-OK", "America/Chicago", "8:0-20:0", "8:0-20:0"),
            ("US-RI", "America/New_York", "9:0-18:0", "10:0-17:0"),
            ("US-NY", "America/New_York", "8:0-21:0", "8:0-21:0"),
            ("ES-MD", "Europe/Madrid", "9:0-20:0", "9:0-20:0"),
        ])
    func regions(region: String, zone: String, weekday: String, sunday: String) throws {
        let hours = try self.bundle().hours
        let profile = Self.profile(
            zone: zone, country: String(region.prefix(2)), region: region, hours)
        #expect(try self.allowed(profile, day: "2026-07-01", clock: zone) == weekday)
        #expect(try self.allowed(profile, day: "2026-07-05", clock: zone) == sunday)
    }

    @Test("Texas begins at noon on Sundays; its west keeps another clock")
    func texas() throws {
        let hours = try self.bundle().hours
        let dallas = Self.profile(zone: "America/Chicago", number: "+12145550100", hours)
        #expect(
            try self.allowed(dallas, day: "2026-07-01", clock: "America/Chicago") == "9:0-21:0")
        #expect(
            try self.allowed(dallas, day: "2026-07-05", clock: "America/Chicago") == "12:0-21:0")
        let elPaso = Self.profile(number: "+19155550100", hours)
        #expect(
            try self.allowed(elPaso, day: "2026-07-01", clock: "America/Chicago") == "10:0-21:0")
    }

    @Test("a clock without a region keeps the rules of every state that has that clock")
    func clockOnly() throws {
        let hours = try self.bundle().hours
        let east = Self.profile(zone: "America/New_York", country: "US", hours)
        #expect(
            try self.allowed(east, day: "2026-07-01", clock: "America/New_York") == "9:0-18:0")
        #expect(
            try self.allowed(east, day: "2026-07-05", clock: "America/New_York") == "10:0-17:0")
        // E-mail has no hours by law.
        #expect(
            try self.allowed(
                east, day: "2026-07-01", clock: "America/New_York", channel: .email) == "0:0-24:0")
    }

    @Test("clocks that share no hour leave no time, and nothing is sent outside")
    func emptyIntersection() throws {
        let bundle = try self.bundle()
        let whereabouts = Whereabouts(zones: ["Pacific/Auckland", "Europe/London"])
        let (hours, _) = bundle.hours.sendHours(
            for: .email, at: Timestamp(ms: 0), in: whereabouts,
            within: WeekHours(daily: 600..<660), bundle.zones)
        let start = try #require(Timestamp(iso8601: "2026-07-01T00:00:00Z"))
        #expect(hours.first(from: start) == nil)
    }

    @Test("numbers tell where they were given out")
    func numbers() throws {
        let hours = try self.bundle().hours
        #expect(hours.place(ofNumber: "+13055550100")?.region == "US-FL")
        #expect(hours.place(ofNumber: "+34600123456")?.country == "ES")
        #expect(hours.place(ofNumber: "+35312345678")?.country == "IE")
        #expect(hours.place(ofNumber: "+14165550100")?.country == "CA")
        #expect(hours.place(ofNumber: "+18005550100")?.country == "US")
        #expect(hours.place(ofNumber: "+99912345") == nil)
        #expect(hours.place(ofNumber: "3055550100") == nil)
    }

    /// One hundred thousand (zones, instant) over two years: what is said to be allowed is, by
    /// Foundation's calendar, on every clock; and nothing allowed was passed over before it.
    @Test("no time outside the hours, on any clock, across every change of clocks")
    func fuzz() throws {
        let bundle = try self.bundle()
        let names = [
            "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
            "America/Phoenix", "America/Anchorage", "Pacific/Honolulu", "Europe/Madrid",
            "Europe/London", "Australia/Sydney", "Asia/Kolkata", "America/St_Johns",
        ]
        var calendars: [String: Calendar] = [:]
        for name in names {
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = try #require(TimeZone(identifier: name))
            calendars[name] = calendar
        }
        let week = WeekHours(weekday: 540..<1080, saturday: 600..<1020, sunday: 720..<1260)
        func isOpen(_ at: Timestamp, _ zones: [String]) -> Bool {
            let date = Date(timeIntervalSince1970: Double(at.ms) / 1000)
            return zones.allSatisfy { name in
                let parts = calendars[name]?.dateComponents(
                    [.weekday, .hour, .minute], from: date)
                guard let parts, let weekday = parts.weekday, let hour = parts.hour,
                    let minute = parts.minute
                else { return false }
                let hours =
                    weekday == 1 ? week.sunday : weekday == 7 ? week.saturday : week.weekday
                return hours.contains(Int64(hour * 60 + minute))
            }
        }
        var seed: UInt64 = 42
        func draw(_ below: UInt64) -> UInt64 {
            seed = splitmix64(seed)
            return seed % below
        }
        let start = try #require(Timestamp(iso8601: "2026-01-01T00:00:00Z"))
        var outside = 0
        var missed = 0
        var never = 0
        for _ in 0..<100_000 {
            let from = start.advanced(byMs: Int64(draw(UInt64(730 * Milliseconds.day))))
            var zones = [names[Int(draw(12))]]
            if draw(3) == 0 { zones.append(names[Int(draw(6))]) }
            let hours = SendHours(
                limits: zones.map { .init(zone: bundle.zones.zone($0), week: week) })
            guard let at = hours.first(from: from) else {
                never += 1
                continue
            }
            if at < from || !isOpen(at, zones) { outside += 1 }
            // A moment between the two that would have done.
            if at > from {
                let between = from.advanced(byMs: Int64(draw(UInt64(at.ms - from.ms))))
                if isOpen(between, zones) { missed += 1 }
            }
        }
        #expect(outside == 0)
        #expect(missed == 0)
        #expect(never < 20_000)
    }

    @Test("the file is read without a finding, and every state has its clocks and codes")
    func file() throws {
        let bundle = try self.bundle()
        #expect(bundle.hours.version == 20_261_122)
        #expect(bundle.hours.rows.count == 10)
        #expect(bundle.hours.rows.allSatisfy { !$0.source.isEmpty })
        #expect(Set(bundle.hours.places.map(\.region)).filter { $0.hasPrefix("US-") }.count == 51)
        #expect(bundle.hours.areas.count > 350)
    }
}
