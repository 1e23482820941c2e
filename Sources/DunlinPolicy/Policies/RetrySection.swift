import DunlinCore
import Yams

/// `retries:` of a policy.
struct RetrySection {
    private(set) var rules: RetryRules
    /// Names of the fields that the file gives.
    private(set) var given: Set<String>

    private static let known = [
        "mode", "ladder", "ladders", "tries", "within", "window", "gap_min", "jitter",
        "on_method_change", "technical", "intervals", "at", "days", "renewal_gap", "backup",
        "notice_days", "notice_by", "partial", "worth",
    ]
    private static let rungBounds = Milliseconds.minute...DurationText.msMax

    init?(_ node: Node, path: String, log: FindingLog) {
        guard let fields = Fields(node, path: path, known: Self.known, log: log) else { return nil }
        self.given = Set(fields.keys)
        self.rules = RetryRules(defaultLadder: RetryLadder(offsetsMs: []))
        self.rules.windowMs = fields.duration(
            "window", default: self.rules.windowMs, in: Milliseconds.hour...DurationText.msMax)
        self.rules.gapMinMs = fields.duration("gap_min", default: self.rules.gapMinMs)
        self.rules.jitterMs = fields.duration("jitter", default: self.rules.jitterMs)
        self.rules.attemptOnMethodChange = fields.flag("on_method_change", default: true)
        self.readTechnical(fields)
        self.readCalendar(fields)
        self.readCharges(fields)
        self.readNotice(fields)
        self.rules.partial = PartialSection.partial(fields)
        self.rules.worth = CostSection.worth(fields)
        let modes = ["ladder", "window"]
        let mode =
            fields.node("mode").map {
                fields.choice($0, path: fields.path("mode"), of: modes, what: "modes") {
                    modes.contains($0) ? $0 : nil
                }
            } ?? "ladder"
        switch mode {
        case "ladder":
            Self.refuse(["tries", "within"], in: fields, mode: "window")
            self.readLadders(fields)
        case "window":
            Self.refuse(["ladder", "ladders", "intervals"], in: fields, mode: "ladder")
            self.readWindow(fields)
        default: break
        }
    }

    /// A field of the other mode would be ignored, which its author cannot have meant.
    private static func refuse(_ keys: [String], in fields: Fields, mode: String) {
        for key in keys where fields.has(key) {
            fields.log.error(
                fields.path(key), "`\(key)` belongs to mode \(mode)",
                remedy: "Write `mode: \(mode)` or remove `\(key)`")
        }
    }

    private mutating func readLadders(_ fields: Fields) {
        self.rules.mode = .ladder
        if fields.required("ladder", example: "[1d, 3d, 5d, 7d]") != nil {
            self.rules.defaultLadder = Self.ladder(fields, "ladder")
        }
        self.rules.ladders = Self.byClass(fields)
        self.readIntervals(fields)
    }

    private static func byClass(_ fields: Fields) -> [DeclineClass: RetryLadder] {
        guard let node = fields.node("ladders"),
            let byClass = Fields(node, path: fields.path("ladders"), log: fields.log)
        else { return [:] }
        var ladders: [DeclineClass: RetryLadder] = [:]
        for name in byClass.keys {
            guard let declineClass = DeclineClass(name: name) else {
                fields.log.error(
                    byClass.path(name), "`\(shown(name))` is none of the decline classes",
                    remedy: nearest(
                        name, of: DeclineClass.allCases.map(\.name), what: "decline classes"))
                continue
            }
            ladders[declineClass] = Self.ladder(byClass, name)
        }
        return ladders
    }

    private mutating func readIntervals(_ fields: Fields) {
        guard let node = fields.node("intervals"),
            let byInterval = Fields(node, path: fields.path("intervals"), log: fields.log)
        else { return }
        let known = BillingInterval.allCases.filter { $0 != .unknown }
        for name in byInterval.keys {
            guard let interval = known.first(where: { $0.name == name }) else {
                fields.log.error(
                    byInterval.path(name), "`\(shown(name))` is none of the billing intervals",
                    remedy: nearest(name, of: known.map(\.name), what: "billing intervals"))
                continue
            }
            guard let value = byInterval.node(name),
                let own = Fields(
                    value, path: byInterval.path(name), known: ["ladder", "ladders"],
                    log: fields.log)
            else { continue }
            var set = LadderSet(
                standard: self.rules.defaultLadder, byClass: self.rules.ladders)
            if own.has("ladder") {
                set = LadderSet(standard: Self.ladder(own, "ladder"))
            }
            set.byClass.merge(Self.byClass(own)) { _, own in own }
            self.rules.byInterval[interval] = set
        }
    }

    private mutating func readCalendar(_ fields: Fields) {
        if let node = fields.node("at"), let text = fields.text("at", of: node) {
            if let minute = minuteOfDay(text) {
                self.rules.calendar.minuteOfDay = minute
            } else {
                fields.log.error(
                    fields.path("at"), at: node.position, "`\(shown(text))` is not a time of day",
                    remedy: "Write the customer's local time as \"06:10\", in quotes")
            }
        }
        guard let node = fields.node("days") else { return }
        let names = ["all", "weekdays"]
        let days = fields.choice(node, path: fields.path("days"), of: names, what: "days") {
            names.contains($0) ? $0 : nil
        }
        self.rules.calendar.weekdaysOnly = days == "weekdays"
    }

    private mutating func readCharges(_ fields: Fields) {
        self.rules.renewalGapMs = fields.duration(
            "renewal_gap", default: self.rules.renewalGapMs, in: 0...7 * Milliseconds.day)
        guard let node = fields.node("backup") else { return }
        let names = ["on", "off"]
        let choice = fields.choice(
            node, path: fields.path("backup"), of: names, what: "choices"
        ) { names.contains($0) ? $0 : nil }
        self.rules.usesBackups = choice != "off"
    }

    private static func ladder(_ fields: Fields, _ key: String) -> RetryLadder {
        let items = fields.items(key, max: PolicyFile.rungsMax) ?? []
        return RetryLadder(
            offsetsMs: items.compactMap {
                fields.duration($0.node, path: $0.path, in: Self.rungBounds)
            })
    }

    private mutating func readWindow(_ fields: Fields) {
        _ = fields.required("tries", example: "8")
        _ = fields.required("within", example: "24d")
        let tries = fields.count("tries", default: 1, in: 1...PolicyFile.triesMax)
        let within = fields.duration(
            "within", default: self.rules.windowMs, in: Milliseconds.hour...DurationText.msMax)
        self.rules.mode = .window(tries: tries, withinMs: within)
    }

    /// Fewer days of notice than a scheme's own, by the merchant's contract.
    private mutating func readNotice(_ fields: Fields) {
        if let node = fields.node("notice_by") {
            let names = ["dunlin", "merchant"]
            let teller = fields.choice(
                node, path: fields.path("notice_by"), of: names, what: "tellers"
            ) { names.contains($0) ? $0 : nil }
            self.rules.announcesDebits = teller != "merchant"
        }
        guard let node = fields.node("notice_days"),
            let days = Fields(
                node, path: fields.path("notice_days"), known: ["sepa"], log: fields.log)
        else { return }
        if days.has("sepa") {
            self.rules.agreedNoticeDays[.sepa] = days.count("sepa", default: 14, in: 1...14)
        }
    }

    private mutating func readTechnical(_ fields: Fields) {
        guard let node = fields.node("technical"),
            let technical = Fields(
                node, path: fields.path("technical"), known: ["first_delay", "tries_max"],
                log: fields.log)
        else { return }
        self.rules.technical.firstDelayMs = technical.duration(
            "first_delay", default: self.rules.technical.firstDelayMs,
            in: Milliseconds.second...7 * Milliseconds.day)
        self.rules.technical.triesMax = technical.count(
            "tries_max", default: self.rules.technical.triesMax, in: 0...20)
    }
}
