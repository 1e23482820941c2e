/// When the law lets somebody be contacted, by channel and place, and which places a person may be
/// in: data of a bundle, with the source of each row.
package struct ContactHours: Sendable, Equatable {
    /// One rule.
    package struct Row: Sendable, Equatable {
        /// Never reused: events name it.
        package var number: UInt32
        package var name: String
        package var channels: ChannelSet
        /// ISO 3166-1 alpha-2; empty for every country that has no row of its own.
        package var country: String
        /// ISO 3166-2 (`US-FL`); empty for the whole country.
        package var region: String
        package var week: WeekHours
        package var effectiveFrom: Timestamp
        /// The first instant at which it no longer holds; `nil` while it does.
        package var effectiveUntil: Timestamp?
        package var source: String

        package init(
            number: UInt32, name: String, channels: ChannelSet, country: String = "",
            region: String = "", week: WeekHours, effectiveFrom: Timestamp = Timestamp(ms: 0),
            effectiveUntil: Timestamp? = nil, source: String
        ) {
            self.number = number
            self.name = name
            self.channels = channels
            self.country = country
            self.region = region
            self.week = week
            self.effectiveFrom = effectiveFrom
            self.effectiveUntil = effectiveUntil
            self.source = source
        }

        func isEffective(at instant: Timestamp) -> Bool {
            instant >= self.effectiveFrom && self.effectiveUntil.map { instant < $0 } ?? true
        }
    }

    /// A country or region with the clocks in it.
    package struct Place: Hashable, Sendable {
        package var country: String
        /// Empty for the whole country.
        package var region: String
        /// IANA names.
        package var zones: [String]

        /// Nowhere in particular.
        package static let unknown = Place(country: "", zones: [])

        package var isEmpty: Bool { self.country.isEmpty && self.zones.isEmpty }

        package init(country: String, region: String = "", zones: [String]) {
            self.country = country
            self.region = region
            self.zones = zones
        }
    }

    /// `yyyymmdd` of the newest row.
    package var version: UInt32
    package var rows: [Row] {
        didSet { self.listChannels() }
    }
    /// Those that some row is about.
    private(set) var channels: ChannelSet = []
    package var places: [Place] {
        didSet { self.index() }
    }
    /// The clocks of each country, and the places of each clock: asked for every message.
    private var zonesByCountry: [String: [String]] = [:]
    private var placesByZone: [String: [Int]] = [:]
    /// Where numbers of a North American area code are given out.
    package var areas: [UInt32: Place]
    /// Countries by calling code, North America apart.
    package var callingCodes: [UInt32: String]

    package init(
        version: UInt32 = 0, rows: [Row] = [], places: [Place] = [], areas: [UInt32: Place] = [:],
        callingCodes: [UInt32: String] = [:]
    ) {
        self.version = version
        self.rows = rows
        self.places = places
        self.areas = areas
        self.callingCodes = callingCodes
        self.index()
        self.listChannels()
    }

    private mutating func listChannels() {
        self.channels = self.rows.reduce(into: []) { $0.formUnion($1.channels) }
    }

    private mutating func index() {
        self.zonesByCountry = [:]
        self.placesByZone = [:]
        for (number, place) in self.places.enumerated() {
            var own = self.zonesByCountry[place.country] ?? []
            for zone in place.zones {
                if !own.contains(zone) { own.append(zone) }
                self.placesByZone[zone, default: []].append(number)
            }
            self.zonesByCountry[place.country] = own
        }
    }

    /// The countries that use one of these clocks, in the order of the file.
    func countries(ofZones zones: [String]) -> [String] {
        var numbers = zones.flatMap { self.placesByZone[$0] ?? [] }
        if zones.count > 1 { numbers.sort() }
        var found: [String] = []
        for number in numbers {
            let country = self.places[number].country
            if found.last != country, !found.contains(country) { found.append(country) }
        }
        return found
    }

    /// The clocks of a place, in the order of the file; none for one that is not known.
    package func zones(country: String, region: String = "") -> [String] {
        guard !region.isEmpty else { return self.zonesByCountry[country] ?? [] }
        var found: [String] = []
        for place in self.places where place.country == country && place.region == region {
            for zone in place.zones where !found.contains(zone) { found.append(zone) }
        }
        return found
    }

    /// Where a telephone number in international form (`+13055550100`) was given out.
    ///
    /// Answers `nil` when its beginning is not known. A number may have moved with its owner:
    /// it is one hint among others.
    package func place(ofNumber number: String) -> Place? {
        let digits = number.utf8.filter { $0 >= 0x30 && $0 <= 0x39 }
        guard number.utf8.first == UInt8(ascii: "+"), let first = digits.first else { return nil }
        if first == UInt8(ascii: "1") {
            guard digits.count == 11 else { return nil }
            let area = digits[1...3].reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 0x30) }
            return self.areas[area] ?? Place(country: "US", zones: self.zones(country: "US"))
        }
        var code: UInt32 = 0
        for digit in digits.prefix(3) {
            code = code * 10 + UInt32(digit - 0x30)
            if let country = self.callingCodes[code] {
                return Place(country: country, zones: self.zones(country: country))
            }
        }
        return nil
    }
}
