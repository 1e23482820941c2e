import DunlinCore
import Yams

/// `retries:` of a policy.
struct RetrySection {
    private(set) var rules: RetryRules
    /// Names of the fields that the file gives.
    private(set) var given: Set<String>

    private static let known = [
        "mode", "ladder", "ladders", "tries", "within", "window", "gap_min", "jitter",
        "on_method_change", "technical", "notice_days",
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
        self.readNotice(fields)
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
            Self.refuse(["ladder", "ladders"], in: fields, mode: "ladder")
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
        guard let node = fields.node("ladders"),
            let byClass = Fields(node, path: fields.path("ladders"), log: fields.log)
        else { return }
        for name in byClass.keys {
            guard let declineClass = DeclineClass(name: name) else {
                fields.log.error(
                    byClass.path(name), "`\(shown(name))` is none of the decline classes",
                    remedy: nearest(
                        name, of: DeclineClass.allCases.map(\.name), what: "decline classes"))
                continue
            }
            self.rules.ladders[declineClass] = Self.ladder(byClass, name)
        }
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
