import DunlinCore
import Yams

/// A rule file, read: rows of networks, schemes and countries, effective-dated, each with its
/// source. A bundle has several, one for each family.
///
///     dunlin: rules/1
///     version: 2025-05-19                # date of the newest row
///     calendars:                         # days on which a payment system settles
///       - name: target
///         zone: Europe/Berlin
///         holidays: [{name: good-friday, easter: -2}, …]
///         listed: {"2026": [01-01, …]}   # beside or instead of rules; other years are unknown
///         source: https://…
///     budgets:                           # so many attempts in a window
///       - number: 2                      # never reused, not even in another file
///         name: visa-reattempts-30d
///         network: visa                  # left out: every network
///         currency: INR                  # left out: every currency
///         unknown_cards: true            # also where the network is not known
///         window: 30d                    # a rolling window, or `calendar_day` (UTC)
///         attempts_max: 20
///         same_amount: true
///         same_initiator: true
///         counts_original: false
///         soft_cap: false
///         effective_from: 2025-05-19     # left out: always
///         effective_until: 2030-01-01    # the first day on which it no longer holds
///         source: https://…
///     schemes:                           # what else must hold: see `SchemeSection`
///       - {number: 200, name: ach-return-codes, network: ach, after_returns: [R01], source: …}
struct RuleFile {
    static let format = "rules/1"
    static let rowsMax = 256

    /// As far as the file can be read.
    private(set) var version: UInt32 = 0
    private(set) var budgets: [BudgetRule] = []
    private(set) var schemes: [SchemeRule] = []
    /// Where each of ``schemes`` stands in the file.
    private(set) var schemePaths: [String] = []
    private(set) var calendars: [BankCalendar] = []
    let log: FindingLog

    private static let known = [
        "number", "name", "network", "currency", "unknown_cards", "window", "attempts_max",
        "same_amount", "same_initiator", "counts_original", "soft_cap", "effective_from",
        "effective_until", "source",
    ]

    init(text: String, file: String) {
        let log = FindingLog(file: file)
        self.log = log
        let keys = ["dunlin", "version", "calendars", "budgets", "schemes"]
        guard let document = YAMLDocument(text, log: log),
            let top = Fields(document.root, path: "", known: keys, log: log),
            hasFormat(Self.format, top)
        else { return }
        self.version = top.version(isRequired: true)
        if !top.has("budgets"), !top.has("schemes"), !top.has("calendars") {
            log.error(
                "budgets", "the file has no rows",
                remedy: "Add rows below `budgets:` or `schemes:`, or remove the file")
        }
        for item in top.items("calendars", max: Self.rowsMax) ?? [] {
            if let calendar = CalendarSection.calendar(item.node, path: item.path, log: log) {
                self.calendars.append(calendar)
            }
        }
        for item in top.items("budgets", max: Self.rowsMax) ?? [] {
            guard let fields = Fields(item.node, path: item.path, known: Self.known, log: log),
                let row = Self.row(fields)
            else { continue }
            self.refuseRepeat(of: row.number, fields)
            self.budgets.append(row)
        }
        for item in top.items("schemes", max: Self.rowsMax) ?? [] {
            guard
                let fields = Fields(
                    item.node, path: item.path, known: SchemeSection.known, log: log),
                let row = SchemeSection.row(fields)
            else { continue }
            self.refuseRepeat(of: row.number, fields)
            self.schemes.append(row)
            self.schemePaths.append(item.path)
        }
    }

    private func refuseRepeat(of number: UInt32, _ fields: Fields) {
        guard
            self.budgets.contains(where: { $0.number == number })
                || self.schemes.contains(where: { $0.number == number })
        else { return }
        self.log.error(
            fields.path("number"), "the number \(number) is taken by an earlier row",
            remedy: "Give each row its own number; permits name rows by it")
    }

    private static func row(_ fields: Fields) -> BudgetRule? {
        let head = RowHead(fields)
        let window = fields.required("window", example: "30d").flatMap { self.window($0, fields) }
        let cap = fields.required("attempts_max", example: "20").flatMap {
            fields.count($0, path: fields.path("attempts_max"), in: 0...10_000)
        }
        guard let head, let window, let cap else { return nil }
        return BudgetRule(
            number: head.number, name: head.name, network: head.network,
            appliesToUnknown: fields.flag("unknown_cards", default: false),
            currency: head.currency, window: window, attemptsMax: cap,
            sameAmount: fields.flag("same_amount", default: false),
            sameInitiator: fields.flag("same_initiator", default: false),
            countsOriginal: fields.flag("counts_original", default: false),
            isSoftCap: fields.flag("soft_cap", default: false),
            effectiveFrom: head.from, effectiveUntil: head.until, source: head.source)
    }

    /// `30d`, `24h`, or `calendar_day`. No longer than marks are kept, or the count would be short.
    private static func window(_ node: Node, _ fields: Fields) -> BudgetRule.Window? {
        if node.scalar?.string == "calendar_day" { return .calendarDay }
        return fields.duration(
            node, path: fields.path("window"), in: Milliseconds.minute...AttemptMark.keptForMs
        ).map { .rolling(ms: $0) }
    }
}

/// What every row has.
struct RowHead {
    var number: UInt32
    var name: String
    var network: PaymentNetwork?
    var currency: Currency?
    var from: Timestamp
    var until: Timestamp?
    var source: String

    /// Answers `nil` after a finding.
    init?(_ fields: Fields) {
        let number = fields.required("number", example: "1").flatMap {
            fields.count($0, path: fields.path("number"), in: 1...100_000)
        }
        let name = fields.required("name", example: "visa-reattempts-30d").flatMap {
            fields.name($0, path: fields.path("name"))
        }
        let source = fields.required("source", example: "https://…").flatMap {
            fields.scalar($0, path: fields.path("source"))
        }
        let network = fields.node("network").flatMap { fields.network($0, "network") }
        let currency = fields.node("currency").flatMap { fields.currency($0, "currency") }
        self.from =
            fields.node("effective_from").flatMap {
                fields.day($0, path: fields.path("effective_from"))
            } ?? Timestamp(ms: 0)
        self.until = fields.node("effective_until").flatMap {
            fields.day($0, path: fields.path("effective_until"))
        }
        guard let number, let name, let source, network != nil || !fields.has("network"),
            currency != nil || !fields.has("currency")
        else { return nil }
        (self.number, self.name, self.source) = (number, name, source)
        (self.network, self.currency) = (network, currency)
        if let end = self.until, end <= self.from {
            fields.log.error(
                fields.path("effective_until"), "the row ends before it begins",
                remedy: "Give a later day or remove the row")
        }
    }
}

extension Fields {
    func network(_ node: Node, _ key: String) -> PaymentNetwork? {
        let networks = PaymentNetwork.allCases.filter { $0 != .unknown }
        return self.choice(
            node, path: self.path(key), of: networks.map(\.name), what: "networks"
        ) { name in networks.first { $0.name == name } }
    }

    func currency(_ node: Node, _ key: String) -> Currency? {
        guard let text = self.scalar(node, path: self.path(key)) else { return nil }
        if let currency = Currency(active: text) { return currency }
        self.log.error(
            self.path(key), at: node.position, "`\(shown(text))` is no currency",
            remedy: "Write a present code of ISO 4217, INR for instance")
        return nil
    }

    /// `2025-05-19`: midnight UTC.
    func day(_ node: Node, path: String) -> Timestamp? {
        guard let text = self.scalar(node, path: path) else { return nil }
        if let day = Timestamp(iso8601: "\(text)T00:00:00Z"), text.utf8.count == 10 { return day }
        self.log.error(
            path, at: node.position, "`\(shown(text))` is not a day",
            remedy: "Write it as 2025-05-19")
        return nil
    }

    /// `version:` as `yyyymmdd`; 0 when it is not given.
    func version(isRequired: Bool) -> UInt32 {
        let node =
            isRequired
            ? self.required("version", example: "2025-05-19") : self.node("version")
        guard let node, let day = self.day(node, path: self.path("version")) else { return 0 }
        let date = CivilTime(utc: day)
        return UInt32(clamping: date.year * 10_000 + date.month * 100 + date.day)
    }
}
