import DunlinCore
import Foundation
import Testing

@testable import DunlinPolicy

@Suite("The zone loader")
struct ZoneLoaderTests {
    private static let loaded = Result { () throws(ZoneLoader.Failure) in try ZoneLoader.load() }

    private static func zone(_ name: String) throws -> ZoneTable {
        try #require(try Self.loaded.get().catalog.zones[name])
    }

    private static let known: [(zone: String, at: String, offsetS: Int64)] = [
        // Summer time in the European Union changes at 01:00 UTC.
        ("Europe/Madrid", "2026-03-29T00:59:59Z", 3600),
        ("Europe/Madrid", "2026-03-29T01:00:00Z", 7200),
        ("Europe/Madrid", "2026-10-25T00:59:59Z", 7200),
        ("Europe/Madrid", "2026-10-25T01:00:00Z", 3600),
        ("Europe/Madrid", "2044-07-01T00:00:00Z", 7200),
        ("America/New_York", "2026-03-08T06:59:59Z", -5 * 3600),
        ("America/New_York", "2026-03-08T07:00:00Z", -4 * 3600),
        ("America/New_York", "2026-11-01T05:59:59Z", -4 * 3600),
        ("America/New_York", "2026-11-01T06:00:00Z", -5 * 3600),
        // Before 2007 the United States changed in April.
        ("America/New_York", "2006-03-20T12:00:00Z", -5 * 3600),
        ("America/New_York", "2045-07-01T00:00:00Z", -4 * 3600),
        ("Asia/Tokyo", "2026-07-01T00:00:00Z", 9 * 3600),
        ("Asia/Tokyo", "2045-01-01T00:00:00Z", 9 * 3600),
        // Lord Howe Island moves its clocks by half an hour.
        ("Australia/Lord_Howe", "2026-04-04T14:59:59Z", 11 * 3600),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z", 10 * 3600 + 1800),
        ("Australia/Lord_Howe", "2026-10-03T15:29:59Z", 10 * 3600 + 1800),
        ("Australia/Lord_Howe", "2026-10-03T15:30:00Z", 11 * 3600),
        ("Asia/Kathmandu", "2026-01-01T00:00:00Z", 5 * 3600 + 2700),
        ("Asia/Calcutta", "2026-01-01T00:00:00Z", 5 * 3600 + 1800),
        // Samoa skipped 2011-12-30.
        ("Pacific/Apia", "2011-12-30T09:59:59Z", -10 * 3600),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", 14 * 3600),
        ("UTC", "2026-01-01T00:00:00Z", 0),
        ("Etc/GMT+5", "2026-01-01T00:00:00Z", -5 * 3600),
    ]

    @Test("knows the offset of every place at known instants", arguments: ZoneLoaderTests.known)
    func offsets(name: String, instant: String, offsetS: Int64) throws {
        let at = try #require(Timestamp(iso8601: instant))
        #expect(try Self.zone(name).offsetMs(at: at) == offsetS * 1000)
    }

    @Test("opens a window that a day skips at the jump")
    func gap() throws {
        // Madrid has no 02:00-03:00 on 2026-03-29.
        let midnight = try #require(Timestamp(iso8601: "2026-03-28T23:00:00Z"))
        let found = try Self.zone("Europe/Madrid").firstInstant(
            from: midnight, inMinutes: 150..<240)
        #expect(found == Timestamp(iso8601: "2026-03-29T01:00:00Z"))
    }

    @Test("names a release, has every place of the database, and none of the copies")
    func catalog() throws {
        let loaded = try Self.loaded.get()
        let names = loaded.catalog.zones.keys
        #expect(names.count > 400)
        #expect(names.contains("America/Argentina/Buenos_Aires"))
        #expect(!names.contains { $0.hasPrefix("posix") || $0.hasPrefix("right") })
        #expect(!names.contains("localtime"))
        #expect(loaded.catalog.zones.allSatisfy { $0.key == $0.value.name || $0.key == "UTC" })
    }

    @Test("keeps transitions in the order of time, each a change of the offset")
    func ordered() throws {
        for zone in try Self.loaded.get().catalog.zones.values {
            var before = (at: Timestamp(ms: .min), offset: zone.initialOffsetMs)
            for transition in zone.transitions {
                #expect(transition.at > before.at)
                #expect(transition.offsetMs != before.offset)
                before = (transition.at, transition.offsetMs)
            }
        }
    }

    // Foundation brings its own release of the database: the two agree on what is long past.
    @Test("agrees with Foundation on random past instants of random zones")
    func agreesWithFoundation() throws {
        let zones = try Self.loaded.get().catalog.zones.values.sorted { $0.name < $1.name }
        var random = Sequence64(seed: 5)
        var compared = 0
        for _ in 0..<20_000 {
            guard let zone = zones.randomElement(using: &random),
                let other = TimeZone(identifier: zone.name)
            else { continue }
            let seconds = Int64.random(in: 946_684_800..<1_704_067_200, using: &random)
            let expected = other.secondsFromGMT(
                for: Date(timeIntervalSince1970: TimeInterval(seconds)))
            let found = zone.offsetMs(at: Timestamp(ms: seconds * 1000)) / 1000
            #expect(found == Int64(expected), "\(zone.name) at \(seconds)")
            compared += 1
        }
        #expect(compared > 10_000)
    }

    @Test("never answers an instant outside the window, over 100,000 random questions")
    func windows() throws {
        let zones = try Self.loaded.get().catalog.zones.values.sorted { $0.name < $1.name }
        var random = Sequence64(seed: 11)
        for _ in 0..<100_000 {
            let zone = try #require(zones.randomElement(using: &random))
            let from = Timestamp(
                ms: Int64.random(in: 946_684_800_000..<2_398_377_600_000, using: &random))
            let opens = Int64.random(in: 0..<1440, using: &random)
            let window = opens..<Int64.random(in: (opens + 1)...1440, using: &random)
            let found = zone.firstInstant(from: from, inMinutes: window)
            let local = zone.local(found)
            #expect(window.contains(local.hour * 60 + local.minute), "\(zone.name) \(from)")
            #expect(found >= from)
            // A window opens every day, except where a place skips a whole day.
            #expect(found.ms - from.ms <= 50 * Milliseconds.hour, "\(zone.name) \(from)")
        }
    }

    // MARK: Damage

    @Test("says which file is damaged and what to do, wherever it is cut")
    func damaged() throws {
        let whole = Array(
            try Data(contentsOf: URL(filePath: "\(ZoneLoader.systemDirectory)/Europe/Madrid")))
        for length in stride(from: 0, to: whole.count, by: 7) {
            #expect(throws: ZoneInformationFile.Problem.self) {
                try ZoneInformationFile(Array(whole[..<length]))
            }
        }
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "dunlin-zones-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data(whole[..<200]).write(to: directory.appending(path: "Madrid"))
        let failure = #expect(throws: ZoneLoader.Failure.self) {
            try ZoneLoader.load(directory: directory.path)
        }
        #expect(failure?.message.contains("Madrid cannot be used: it ends too early") == true)
    }

    @Test("survives any single flipped byte of a zone file")
    func flipped() throws {
        let whole = Array(
            try Data(contentsOf: URL(filePath: "\(ZoneLoader.systemDirectory)/Asia/Tokyo")))
        for position in whole.indices {
            for bit in [0x01, 0x80, 0xFF] as [UInt8] {
                var bytes = whole
                bytes[position] ^= bit
                _ = try? ZoneLoader.table(name: "x", bytes: bytes)
            }
        }
    }

    @Test("says what to do where there is no database")
    func missing() {
        let failure = #expect(throws: ZoneLoader.Failure.self) {
            try ZoneLoader.load(directory: "/nonexistent/zones")
        }
        #expect(failure?.message.contains("Install the package tzdata") == true)
    }

    // MARK: Rules

    @Test(
        "reads the rules that zone files end with",
        arguments: [
            ("CET-1CEST,M3.5.0,M10.5.0/3", 2026, ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]),
            ("EST5EDT,M3.2.0,M11.1.0", 2027, ["2027-03-14T07:00:00Z", "2027-11-07T06:00:00Z"]),
            (
                "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2026,
                ["2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"]
            ),
            // Greenland counts hours from the day before.
            (
                "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026,
                ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]
            ),
            ("XYZ3ABC,J60,365/2", 2028, ["2028-03-01T05:00:00Z", "2028-12-31T04:00:00Z"]),
            ("JST-9", 2026, []),
        ])
    func rules(text: String, year: Int64, expected: [String]) throws {
        let rule = try #require(ZoneRule(Array(text.utf8)))
        let found = rule.transitions(inYear: year).map { Timestamp(ms: $0.atS * 1000).description }
        #expect(found == expected)
    }

    @Test(
        "refuses what is no rule",
        arguments: [
            "", "C", "CET", "CET-", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
            "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "<CET-1", "CET-999",
            "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1CEST,J0,J1",
        ])
    func badRules(text: String) {
        #expect(ZoneRule(Array(text.utf8)) == nil)
    }

    // MARK: Bytes

    @Test("writes a catalog as bytes and reads it back")
    func codec() throws {
        let catalog = try Self.loaded.get().catalog
        let bytes = ZoneCatalogCodec.encode(catalog)
        let back = try #require(ZoneCatalogCodec.decode(bytes))
        #expect(back.zones.count == catalog.zones.count)
        for (name, zone) in catalog.zones {
            let read = try #require(back.zones[name])
            #expect(read.transitions == zone.transitions)
            #expect(read.initialOffsetMs == zone.initialOffsetMs)
        }
        #expect(ZoneCatalogCodec.encode(back) == bytes)
        #expect(bytes.count < 200_000)
    }

    @Test("refuses bytes of a catalog that are cut or flipped, or reads a catalog, but never traps")
    func codecDamage() throws {
        let small = ZoneCatalog(zones: [
            "A": try Self.zone("Europe/Madrid"), "B": try Self.zone("Asia/Tokyo"),
        ])
        let bytes = ZoneCatalogCodec.encode(small)
        for length in bytes.indices {
            #expect(ZoneCatalogCodec.decode(Array(bytes[..<length])) == nil)
        }
        #expect(ZoneCatalogCodec.decode(bytes + [0]) == nil)
        for position in bytes.indices {
            var flipped = bytes
            flipped[position] ^= 0xFF
            _ = ZoneCatalogCodec.decode(flipped)
        }
    }
}

/// A seeded sequence: the same seed asks the same questions on every machine.
struct Sequence64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        return splitmix64(self.state)
    }
}
