/// The clocks and laws that may be a person's. Where hints disagree, all of them count: what is
/// sent is allowed by each.
package struct Whereabouts: Hashable, Sendable {
    /// IANA names, in the order in which they were found; never empty.
    package var zones: [String]
    /// ISO 3166-1 alpha-2.
    package var countries: [String]
    /// ISO 3166-2. Empty: any region of those countries that shares a clock with ``zones``.
    package var regions: [String]

    package init(zones: [String], countries: [String] = [], regions: [String] = []) {
        self.zones = zones
        self.countries = countries
        self.regions = regions
    }
}

extension ContactHours {
    /// From the profile's zone, country and region and from the places that telephone numbers were
    /// given out in. A country without a clock of the profile's adds its own clocks; where nothing
    /// is known the tenant's zone stands in.
    package func whereabouts(
        of profile: borrowing Profile, tenantZone: String, _ catalog: ZoneCatalog
    ) -> Whereabouts {
        // By far the most: one clock, and no law to ask.
        if profile.country.isEmpty, profile.region.isEmpty, self.rows.isEmpty,
            profile.contacts.allSatisfy(\.place.isEmpty)
        {
            let zone = catalog.contains(profile.zone) ? profile.zone : tenantZone
            return Whereabouts(zones: [zone])
        }
        var found = Whereabouts(zones: [])
        func add(zones: [String]) {
            for zone in zones where catalog.contains(zone) && !found.zones.contains(zone) {
                found.zones.append(zone)
            }
        }
        func add(country: String, region: String) {
            if !country.isEmpty, !found.countries.contains(country) {
                found.countries.append(country)
            }
            if !region.isEmpty, !found.regions.contains(region) { found.regions.append(region) }
        }
        if !profile.zone.isEmpty { add(zones: [profile.zone]) }
        if !profile.region.isEmpty {
            add(zones: self.zones(country: profile.country, region: profile.region))
        }
        for contact in profile.contacts where !contact.place.isEmpty {
            add(zones: contact.place.zones)
            add(country: contact.place.country, region: contact.place.region)
        }
        add(country: profile.country, region: profile.region)
        for country in found.countries {
            let own = self.zones(country: country)
            if !own.contains(where: found.zones.contains) { add(zones: own) }
        }
        // A clock says which countries may be meant.
        for country in self.countries(ofZones: found.zones)
        where !found.countries.contains(country) {
            found.countries.append(country)
        }
        if found.zones.isEmpty { found.zones = [tenantZone] }
        return found
    }

    /// The rows that hold for a message on `channel`.
    package func rows(
        for channel: Channel, at instant: Timestamp, in whereabouts: Whereabouts
    ) -> [Row] {
        guard self.channels.contains(channel) else { return [] }
        var found: [Row] = []
        var covered: [String] = []
        for row in self.rows
        where !row.country.isEmpty && row.channels.contains(channel)
            && row.isEffective(at: instant) && whereabouts.countries.contains(row.country)
        {
            if row.region.isEmpty { covered.append(row.country) }
            guard self.isPlausible(row, whereabouts) else { continue }
            found.append(row)
        }
        // What has no rule of its own has the one for everybody else.
        let isCovered =
            !whereabouts.countries.isEmpty
            && whereabouts.countries.allSatisfy(covered.contains)
        if !isCovered {
            found += self.rows.filter {
                $0.country.isEmpty && $0.channels.contains(channel) && $0.isEffective(at: instant)
            }
        }
        return found
    }

    private func isPlausible(_ row: Row, _ whereabouts: Whereabouts) -> Bool {
        guard !row.region.isEmpty else { return true }
        let named = whereabouts.regions.filter { $0.hasPrefix("\(row.country)-") }
        guard named.isEmpty else { return named.contains(row.region) }
        return self.zones(country: row.country, region: row.region)
            .contains(where: whereabouts.zones.contains)
    }

    /// Every condition on a message: each rule and the window on each clock.
    package func sendHours(
        for channel: Channel, at instant: Timestamp, in whereabouts: Whereabouts,
        within window: WeekHours = .always,
        _ catalog: ZoneCatalog
    ) -> (hours: SendHours, rules: [UInt32]) {
        let rows = self.rows(for: channel, at: instant, in: whereabouts)
        var week = window
        for row in rows { week = week.intersection(row.week) }
        let limits = whereabouts.zones.map {
            SendHours.Limit(zone: catalog.zone($0), week: week)
        }
        return (SendHours(limits: limits), rows.map(\.number))
    }
}
