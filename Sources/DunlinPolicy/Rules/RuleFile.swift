import DunlinCore
import Yams

/// A rule file, read: the networks' budgets as effective-dated rows.
///
///     dunlin: rules/1
///     version: 2025-05-19                # date of the newest row
///     budgets:
///       - number: 2                      # never reused: permits name it
///         name: visa-reattempts-30d
///         network: visa                  # left out: every network
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
struct RuleFile {
    static let format = "rules/1"
    static let rowsMax = 256

    /// As far as the file can be read.
    let book: RuleBook
    let log: FindingLog

    private static let known = [
        "number", "name", "network", "unknown_cards", "window", "attempts_max", "same_amount",
        "same_initiator", "counts_original", "soft_cap", "effective_from", "effective_until",
        "source",
    ]

    init(text: String, file: String) {
        let log = FindingLog(file: file)
        self.log = log
        guard let document = YAMLDocument(text, log: log),
            let top = Fields(
                document.root, path: "", known: ["dunlin", "version", "budgets"], log: log),
            hasFormat(Self.format, top)
        else {
            self.book = RuleBook(version: 0, budgets: [])
            return
        }
        var version: UInt32 = 0
        if let node = top.required("version", example: "2025-05-19"),
            let day = Self.day(node, path: "version", top)
        {
            let date = CivilTime(utc: day)
            version = UInt32(clamping: date.year * 10_000 + date.month * 100 + date.day)
        }
        var budgets: [BudgetRule] = []
        _ = top.required("budgets", example: "[{…}]")
        for item in top.items("budgets", max: Self.rowsMax) ?? [] {
            guard let fields = Fields(item.node, path: item.path, known: Self.known, log: log),
                let row = Self.row(fields)
            else { continue }
            if budgets.contains(where: { $0.number == row.number }) {
                log.error(
                    fields.path("number"), "the number \(row.number) is taken by an earlier row",
                    remedy: "Give each row its own number; permits name rows by it")
            }
            budgets.append(row)
        }
        self.book = RuleBook(version: version, budgets: budgets)
    }

    private static func row(_ fields: Fields) -> BudgetRule? {
        let number = fields.required("number", example: "1").flatMap {
            fields.count($0, path: fields.path("number"), in: 1...100_000)
        }
        let name = fields.required("name", example: "visa-reattempts-30d").flatMap {
            fields.name($0, path: fields.path("name"))
        }
        let window = fields.required("window", example: "30d").flatMap { self.window($0, fields) }
        let cap = fields.required("attempts_max", example: "20").flatMap {
            fields.count($0, path: fields.path("attempts_max"), in: 0...10_000)
        }
        let source = fields.required("source", example: "https://…").flatMap {
            fields.scalar($0, path: fields.path("source"))
        }
        let networks = CardNetwork.allCases.filter { $0 != .unknown }
        let network = fields.node("network").flatMap {
            fields.choice(
                $0, path: fields.path("network"), of: networks.map(\.name), what: "networks"
            ) { name in networks.first { $0.name == name } }
        }
        let from = fields.node("effective_from").map {
            self.day($0, path: fields.path("effective_from"), fields)
        }
        let until = fields.node("effective_until").map {
            self.day($0, path: fields.path("effective_until"), fields)
        }
        guard let number, let name, let window, let cap, let source,
            network != nil || !fields.has("network")
        else { return nil }
        let row = BudgetRule(
            number: number, name: name, network: network,
            appliesToUnknown: fields.flag("unknown_cards", default: false), window: window,
            attemptsMax: cap, sameAmount: fields.flag("same_amount", default: false),
            sameInitiator: fields.flag("same_initiator", default: false),
            countsOriginal: fields.flag("counts_original", default: false),
            isSoftCap: fields.flag("soft_cap", default: false),
            effectiveFrom: (from ?? nil) ?? Timestamp(ms: 0), effectiveUntil: until ?? nil,
            source: source)
        if let end = row.effectiveUntil, end <= row.effectiveFrom {
            fields.log.error(
                fields.path("effective_until"), "the row ends before it begins",
                remedy: "Give a later day or remove the row")
        }
        return row
    }

    /// `30d`, `24h`, or `calendar_day`. No longer than marks are kept, or the count would be short.
    private static func window(_ node: Node, _ fields: Fields) -> BudgetRule.Window? {
        if node.scalar?.string == "calendar_day" { return .calendarDay }
        return fields.duration(
            node, path: fields.path("window"), in: Milliseconds.minute...AttemptMark.keptForMs
        ).map { .rolling(ms: $0) }
    }

    /// `2025-05-19`: midnight UTC.
    static func day(_ node: Node, path: String, _ fields: Fields) -> Timestamp? {
        guard let text = fields.scalar(node, path: path) else { return nil }
        if let day = Timestamp(iso8601: "\(text)T00:00:00Z"), text.utf8.count == 10 { return day }
        fields.log.error(
            path, at: node.position, "`\(shown(text))` is not a day",
            remedy: "Write it as 2025-05-19")
        return nil
    }
}
