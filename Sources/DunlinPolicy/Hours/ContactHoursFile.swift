import DunlinCore
import Yams

/// A file of contact hours, read: when somebody may be contacted, and where people are.
///
///     dunlin: contact-hours/1
///     version: 2026-11-22                # date of the newest row
///     rules:
///       - number: 3                      # never reused: events name it
///         name: us-florida
///         channels: [sms, voice]
///         country: US                    # left out: countries without a rule of their own
///         region: US-FL                  # left out: the whole country
///         hours: {daily: "08:00-20:00"}  # or weekday, saturday, sunday; `none` for a day without
///         effective_from: 2021-07-01     # left out: always
///         effective_until: 2030-01-01    # the first day on which it no longer holds
///         source: https://…
///     places:
///       - {region: US-FL, zones: [America/New_York], area_codes: [305]}
///       - {country: ES, zones: [Europe/Madrid, Atlantic/Canary], calling_code: 34}
struct ContactHoursFile {
    static let format = "contact-hours/1"
    static let rowsMax = 512
    static let placesMax = 1024
    static let zonesMax = 32
    static let areaCodesMax = 128

    /// As far as the file can be read.
    let hours: ContactHours
    let log: FindingLog

    private static let ruleFields = [
        "number", "name", "channels", "country", "region", "hours", "effective_from",
        "effective_until", "source",
    ]
    private static let placeFields = ["country", "region", "zones", "area_codes", "calling_code"]

    /// `zones`: The catalog that the file's zones must be in; `nil` leaves them unchecked.
    init(text: String, file: String, zones: ZoneCatalog?) {
        let log = FindingLog(file: file)
        self.log = log
        guard let document = YAMLDocument(text, log: log),
            let top = Fields(
                document.root, path: "", known: ["dunlin", "version", "rules", "places"], log: log),
            hasFormat(Self.format, top)
        else {
            self.hours = ContactHours()
            return
        }
        var hours = ContactHours()
        if let node = top.required("version", example: "2026-11-22"),
            let day = top.day(node, path: "version")
        {
            let date = CivilTime(utc: day)
            hours.version = UInt32(clamping: date.year * 10_000 + date.month * 100 + date.day)
        }
        _ = top.required("rules", example: "[{…}]")
        for item in top.items("rules", max: Self.rowsMax) ?? [] {
            guard let fields = Fields(item.node, path: item.path, known: Self.ruleFields, log: log),
                let row = Self.row(fields)
            else { continue }
            if hours.rows.contains(where: { $0.number == row.number }) {
                log.error(
                    fields.path("number"), "the number \(row.number) is taken by an earlier rule",
                    remedy: "Give each rule its own number; events name rules by it")
            }
            hours.rows.append(row)
        }
        for item in top.items("places", max: Self.placesMax) ?? [] {
            guard let fields = Fields(item.node, path: item.path, known: Self.placeFields, log: log)
            else { continue }
            Self.read(fields, zones: zones, into: &hours)
        }
        Self.check(hours, log)
        self.hours = hours
    }

    // MARK: Rules

    private static func row(_ fields: Fields) -> ContactHours.Row? {
        let number = fields.required("number", example: "1").flatMap {
            fields.count($0, path: fields.path("number"), in: 1...100_000)
        }
        let name = fields.required("name", example: "us-florida").flatMap {
            fields.name($0, path: fields.path("name"))
        }
        let source = fields.required("source", example: "https://…").flatMap {
            fields.scalar($0, path: fields.path("source"))
        }
        _ = fields.required("channels", example: "[sms, voice]")
        let channels = fields.channels("channels")
        let region = fields.node("region").flatMap { self.region($0, fields) }
        let country = fields.node("country").flatMap { self.country($0, fields) }
        let week = fields.required("hours", example: "{daily: \"08:00-20:00\"}").flatMap {
            self.week($0, fields)
        }
        let from = fields.node("effective_from").map {
            fields.day($0, path: fields.path("effective_from"))
        }
        let until = fields.node("effective_until").map {
            fields.day($0, path: fields.path("effective_until"))
        }
        if let region, country.map({ !region.hasPrefix("\($0)-") }) ?? true {
            fields.log.error(
                fields.path("region"), "the region does not lie in the rule's country",
                remedy: "Give the country that the region's code begins with")
        }
        guard let number, let name, let source, let week, !channels.isEmpty,
            region != nil || !fields.has("region"), country != nil || !fields.has("country")
        else { return nil }
        let row = ContactHours.Row(
            number: number, name: name, channels: ChannelSet(channels), country: country ?? "",
            region: region ?? "", week: week, effectiveFrom: (from ?? nil) ?? Timestamp(ms: .min),
            effectiveUntil: until ?? nil, source: source)
        if let end = row.effectiveUntil, end <= row.effectiveFrom {
            fields.log.error(
                fields.path("effective_until"), "the rule ends before it begins",
                remedy: "Give a later day or remove the rule")
        }
        return row
    }

    private static func week(_ node: Node, _ fields: Fields) -> WeekHours? {
        let path = fields.path("hours")
        let known = ["daily", "weekday", "saturday", "sunday"]
        guard let days = Fields(node, path: path, known: known, log: fields.log) else { return nil }
        func range(_ key: String) -> Range<Int64>? {
            guard let node = days.node(key) else { return nil }
            if node.scalar?.string == "none" { return 0..<0 }
            return days.dayWindow(node, path: days.path(key))
        }
        if days.has("daily") {
            guard days.keys.count == 1 else {
                fields.log.error(
                    path, "`daily` stands alone: it says all days",
                    remedy: "Write `daily`, or `weekday`, `saturday` and `sunday`")
                return nil
            }
            return range("daily").map(WeekHours.init(daily:))
        }
        for key in ["weekday", "saturday", "sunday"] {
            _ = days.required(key, example: "\"09:00-20:00\"")
        }
        guard let weekday = range("weekday"), let saturday = range("saturday"),
            let sunday = range("sunday")
        else { return nil }
        return WeekHours(weekday: weekday, saturday: saturday, sunday: sunday)
    }

    // MARK: Places

    private static func country(_ node: Node, _ fields: Fields) -> String? {
        self.code(node, fields, "country", "two capital letters (ISO 3166-1), ES say") {
            $0.utf8.count == 2 && $0.utf8.allSatisfy(isCapital)
        }
    }

    private static func region(_ node: Node, _ fields: Fields) -> String? {
        self.code(node, fields, "region", "an ISO 3166-2 code, US-FL say") { text in
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            return parts.count == 2 && parts[0].utf8.count == 2
                && parts[0].utf8.allSatisfy(isCapital) && (1...3).contains(parts[1].utf8.count)
                && parts[1].utf8.allSatisfy { isCapital($0) || (0x30...0x39).contains($0) }
        }
    }

    private static func code(
        _ node: Node, _ fields: Fields, _ key: String, _ form: String, _ isGood: (String) -> Bool
    ) -> String? {
        let path = fields.path(key)
        guard let text = fields.scalar(node, path: path) else { return nil }
        if isGood(text) { return text }
        fields.log.error(
            path, at: node.position, "`\(shown(text))` is no \(key) code",
            remedy: "Write \(form)")
        return nil
    }

    private static func read(
        _ fields: Fields, zones: ZoneCatalog?, into hours: inout ContactHours
    ) {
        let region = fields.node("region").flatMap { self.region($0, fields) }
        let named = fields.node("country").flatMap { self.country($0, fields) }
        guard let country = named ?? region.map({ String($0.prefix(2)) }) else {
            if !fields.has("country"), !fields.has("region") {
                _ = fields.required("country", example: "ES")
            }
            return
        }
        var names: [String] = []
        _ = fields.required("zones", example: "[Europe/Madrid]")
        for item in fields.items("zones", max: Self.zonesMax) ?? [] {
            guard let name = fields.scalar(item.node, path: item.path) else { continue }
            if let zones, !zones.contains(name) {
                fields.log.error(
                    item.path, "there is no time zone `\(shown(name))`",
                    remedy: "Write an IANA name such as Europe/Madrid")
            }
            names.append(name)
        }
        let place = ContactHours.Place(country: country, region: region ?? "", zones: names)
        hours.places.append(place)
        for item in fields.items("area_codes", max: Self.areaCodesMax) ?? [] {
            guard let code = fields.count(item.node, path: item.path, in: 200...999) else {
                continue
            }
            if hours.areas[code] != nil {
                fields.log.error(
                    item.path, "the area code \(code) is listed more than once",
                    remedy: "Keep it where its numbers are given out")
            }
            hours.areas[code] = place
        }
        if let node = fields.node("calling_code"),
            let code = fields.count(node, path: fields.path("calling_code"), in: 2...999)
        {
            if hours.callingCodes[code] != nil {
                fields.log.error(
                    fields.path("calling_code"), "the calling code \(code) is listed before",
                    remedy: "Keep one of them")
            }
            hours.callingCodes[code] = country
        }
    }

    /// A rule about a place that is not listed would hold for nobody.
    private static func check(_ hours: ContactHours, _ log: FindingLog) {
        for (number, row) in hours.rows.enumerated() {
            let path = "rules[\(number)]"
            if row.week.isEmpty {
                log.warning(
                    "\(path).hours", "the rule allows no hour at all",
                    remedy: "Give hours, unless the channel is forbidden there")
            }
            guard !row.country.isEmpty,
                !hours.places.contains(where: {
                    $0.country == row.country && (row.region.isEmpty || $0.region == row.region)
                })
            else { continue }
            log.error(
                row.region.isEmpty ? "\(path).country" : "\(path).region",
                "no place of the file is there, so the rule would hold for nobody",
                remedy: "Add it to `places` with its time zones")
        }
    }
}

private func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
