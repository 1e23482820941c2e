import DunlinCore
import Yams

/// A row of `calendars:`: the days on which a payment system does not settle, beside weekends.
///
///     name: fed
///     zone: America/New_York             # in which its days begin and end
///     holidays:
///       - {name: new-year, month: 1, day: 1, sunday_moves: true}
///       - {name: labor, month: 9, weekday: monday, nth: 1}     # `last` for the last
///       - {name: good-friday, easter: -2, from_year: 1999}
///     listed: {"2026": [01-01, 12-25]}   # then every other year is unknown
///     source: https://…
enum CalendarSection {
    private static let holidaysMax = 64
    private static let yearsMax = 100

    static func calendar(_ node: Node, path: String, log: FindingLog) -> BankCalendar? {
        let known = ["name", "zone", "holidays", "listed", "source"]
        guard let fields = Fields(node, path: path, known: known, log: log) else { return nil }
        let name = fields.required("name", example: "target").flatMap {
            fields.name($0, path: fields.path("name"))
        }
        let zone = fields.required("zone", example: "Europe/Berlin").flatMap {
            fields.scalar($0, path: fields.path("zone"))
        }
        let source = fields.required("source", example: "https://…").flatMap {
            fields.scalar($0, path: fields.path("source"))
        }
        let rules = (fields.items("holidays", max: self.holidaysMax) ?? []).compactMap {
            self.rule($0.node, path: $0.path, log: log)
        }
        let (days, years) = self.listed(fields)
        if rules.isEmpty, years.isEmpty {
            log.error(
                fields.path("holidays"), "the calendar has no holidays",
                remedy: "Give rules below `holidays:` or lists below `listed:`")
        }
        guard let name, let zone, let source else { return nil }
        return BankCalendar(
            name: name, zoneName: zone, rules: rules, listed: days, listedYears: years,
            source: source)
    }

    private static func rule(_ node: Node, path: String, log: FindingLog) -> HolidayRule? {
        let known = [
            "name", "month", "day", "sunday_moves", "weekday", "nth", "easter", "from_year",
        ]
        guard let fields = Fields(node, path: path, known: known, log: log) else { return nil }
        let name = fields.required("name", example: "new-year").flatMap {
            fields.name($0, path: fields.path("name"))
        }
        let from = Int64(fields.count("from_year", default: 0, in: 1900...2200))
        guard let name, let pattern = self.pattern(fields) else { return nil }
        return HolidayRule(name: name, pattern: pattern, fromYear: from)
    }

    private static func pattern(_ fields: Fields) -> HolidayRule.Pattern? {
        if let node = fields.node("easter") {
            guard let text = fields.scalar(node, path: fields.path("easter")),
                let offset = Int64(text), (-60...60).contains(offset)
            else {
                fields.log.error(
                    fields.path("easter"), "the distance from Easter Sunday is not understood",
                    remedy: "Give days, -2 for Good Friday")
                return nil
            }
            return .easter(offsetDays: offset)
        }
        guard let node = fields.required("month", example: "1"),
            let month = fields.count(node, path: fields.path("month"), in: 1...12)
        else { return nil }
        guard let weekdayNode = fields.node("weekday") else {
            guard let dayNode = fields.required("day", example: "1"),
                let day = fields.count(dayNode, path: fields.path("day"), in: 1...31)
            else { return nil }
            return .date(
                month: Int64(month), day: Int64(day),
                sundayMoves: fields.flag("sunday_moves", default: false))
        }
        let weekday = fields.choice(
            weekdayNode, path: fields.path("weekday"), of: Weekday.allCases.map(\.name),
            what: "weekdays", read: Weekday.init(name:))
        guard let weekday, let nthNode = fields.required("nth", example: "1") else { return nil }
        if nthNode.scalar?.string == "last" {
            return .weekday(weekday, nth: -1, month: Int64(month))
        }
        return fields.count(nthNode, path: fields.path("nth"), in: 1...4).map {
            .weekday(weekday, nth: Int64($0), month: Int64(month))
        }
    }

    /// Days and the years that they cover. A year left out between two others is a mistake: debits
    /// would be refused in it.
    private static func listed(_ fields: Fields) -> (days: [Int64], years: [Int64]) {
        guard let node = fields.node("listed"),
            let years = Fields(node, path: fields.path("listed"), log: fields.log)
        else { return ([], []) }
        var days: [Int64] = []
        var covered: [Int64] = []
        for key in years.keys.prefix(self.yearsMax) {
            guard key.utf8.count == 4, let year = Int64(key), (1900...2200).contains(year) else {
                fields.log.error(
                    years.path(key), "`\(shown(key))` is no year", remedy: "Write \"2026\"")
                continue
            }
            covered.append(year)
            let items = years.items(key, max: self.holidaysMax) ?? []
            if items.isEmpty {
                fields.log.error(
                    years.path(key), "the year has no holidays",
                    remedy: "List them, or remove the year: it is then taken as unknown")
            }
            for item in items {
                guard let text = fields.scalar(item.node, path: item.path) else { continue }
                guard let day = Timestamp(iso8601: "\(year)-\(text)T00:00:00Z") else {
                    fields.log.error(
                        item.path, at: item.node.position, "`\(shown(text))` is no day of a year",
                        remedy: "Write month and day, 12-25")
                    continue
                }
                days.append(CivilTime(utc: day).dayNumber)
            }
        }
        let sorted = covered.sorted()
        for (year, next) in zip(sorted, sorted.dropFirst()) where next > year + 1 {
            fields.log.error(
                years.path("\(next)"), "the holidays of \(year + 1) are missing",
                remedy: "List that year too: until then no debit is made in it")
        }
        return (days, sorted)
    }
}
