import DunlinCore
import Yams

/// A row of `schemes:`: besides what every row has, exactly one demand.
///
///     after_returns: [R01, R09]          # presented again only after one of these codes
///     representations_max: 2             # beside the original
///     within: 180 days                   # or `1 month`, from the original to the collection
///     same_amount: true                  # as the original's
///     submit:                            # handed in on banking days before the cut-off
///       {calendar: fed, cut_off: "17:00", lead: 1, returned_within: 2}
///     notice: {days: 14, by_contract: true}     # the policy may say fewer
///     notice: {banking_days: 5, first: false}   # not before the first presentation
///     notice: {hours: 24, by: issuer}           # before the attempt itself, and by the bank
///     customer_above: 1500000            # minor units: above, only the customer may pay
enum SchemeSection {
    private static let demands = [
        "after_returns", "representations_max", "within", "same_amount", "submit", "notice",
        "customer_above",
    ]
    static let known =
        ["number", "name", "network", "currency", "effective_from", "effective_until", "source"]
        + Self.demands
    private static let codesMax = 64

    static func row(_ fields: Fields) -> SchemeRule? {
        let head = RowHead(fields)
        let given = Self.demands.filter { fields.has($0) }
        guard given.count == 1, let key = given.first else {
            fields.log.error(
                fields.path(given.last ?? "after_returns"),
                given.isEmpty ? "the row asks for nothing" : "the row asks for several things",
                remedy:
                    "Give each row one of \(Self.demands.map { "`\($0)`" }.joined(separator: ", "))"
            )
            return nil
        }
        guard let head, let node = fields.node(key), let demand = self.demand(key, node, fields)
        else { return nil }
        return SchemeRule(
            number: head.number, name: head.name, network: head.network, currency: head.currency,
            demand: demand, effectiveFrom: head.from, effectiveUntil: head.until,
            source: head.source)
    }

    private static func demand(
        _ key: String, _ node: Node, _ fields: Fields
    ) -> SchemeRule.Demand? {
        let path = fields.path(key)
        switch key {
        case "after_returns":
            let codes = (fields.items(key, max: self.codesMax) ?? []).compactMap {
                fields.scalar($0.node, path: $0.path)
            }
            return .returnCodes(codes)
        case "representations_max":
            return fields.count(node, path: path, in: 0...100).map { .representations(max: $0) }
        case "within": return self.within(node, path: path, fields)
        case "same_amount":
            guard fields.flag(key, default: false) else {
                fields.log.error(
                    path, "a row that asks for nothing", remedy: "Write `true` or remove the row")
                return nil
            }
            return .sameAmount
        case "submit": return self.submission(node, path: path, fields.log).map { .submission($0) }
        case "notice": return self.notice(node, path: path, fields.log).map { .notice($0) }
        default:
            return fields.count(node, path: path, in: 1...1_000_000_000).map {
                .customerAbove(minor: Int64($0))
            }
        }
    }

    private static func within(
        _ node: Node, path: String, _ fields: Fields
    ) -> SchemeRule.Demand? {
        guard let text = fields.scalar(node, path: path) else { return nil }
        let words = text.split(separator: " ")
        if words.count == 2, let number = UInt32(words[0]), number > 0 {
            switch words[1] {
            // No longer than the marks of refused debits are kept.
            case "day", "days": if number <= 180 { return .withinDays(number) }
            case "month", "months": if number <= 5 { return .withinMonths(number) }
            default: break
            }
        }
        fields.log.error(
            path, at: node.position, "`\(shown(text))` is not a span that is allowed here",
            remedy: "Write `180 days` (at most that) or `1 month` (at most 5)")
        return nil
    }

    private static func submission(
        _ node: Node, path: String, _ log: FindingLog
    ) -> SchemeRule.Submission? {
        guard
            let fields = Fields(
                node, path: path, known: ["calendar", "cut_off", "lead", "returned_within"],
                log: log)
        else { return nil }
        let calendar = fields.required("calendar", example: "target").flatMap {
            fields.name($0, path: fields.path("calendar"))
        }
        let cutOff = fields.required("cut_off", example: "\"17:00\"").flatMap {
            self.minute($0, path: fields.path("cut_off"), fields)
        }
        let lead = fields.required("lead", example: "1").flatMap {
            fields.count($0, path: fields.path("lead"), in: 0...10)
        }
        let returned = fields.required("returned_within", example: "2").flatMap {
            fields.count($0, path: fields.path("returned_within"), in: 0...60)
        }
        guard let calendar, let cutOff, let lead, let returned else { return nil }
        return SchemeRule.Submission(
            calendar: calendar, cutOffMinute: cutOff, leadDays: Int64(lead),
            returnDays: Int64(returned))
    }

    /// `17:00` as minutes after midnight.
    private static func minute(_ node: Node, path: String, _ fields: Fields) -> Int64? {
        guard let text = fields.scalar(node, path: path) else { return nil }
        let parts = text.split(separator: ":")
        if text.utf8.count == 5, parts.count == 2, let hour = Int64(parts[0]),
            let minute = Int64(parts[1]), (0...24).contains(hour), (0...59).contains(minute),
            (1...1440).contains(hour * 60 + minute)
        {
            return hour * 60 + minute
        }
        fields.log.error(
            path, at: node.position, "`\(shown(text))` is no time of day",
            remedy: "Write hours and minutes in quotes, \"17:00\"")
        return nil
    }

    private static func notice(
        _ node: Node, path: String, _ log: FindingLog
    ) -> SchemeRule.Notice? {
        let known = ["days", "banking_days", "hours", "first", "by_contract", "by"]
        guard let fields = Fields(node, path: path, known: known, log: log) else { return nil }
        var spans: [SchemeRule.Notice.Span] = []
        if fields.has("days") {
            spans.append(.days(Int64(fields.count("days", default: 0, in: 1...90))))
        }
        if fields.has("banking_days") {
            spans.append(.bankingDays(Int64(fields.count("banking_days", default: 0, in: 1...60))))
        }
        if fields.has("hours") {
            let hours = Int64(fields.count("hours", default: 0, in: 1...2160))
            spans.append(.ms(hours * Milliseconds.hour))
        }
        guard spans.count == 1, let span = spans.first else {
            log.error(
                path, "a notice has one length",
                remedy: "Give one of `days`, `banking_days` and `hours`")
            return nil
        }
        let tellers = ["merchant", "issuer"]
        let teller = fields.node("by").flatMap {
            fields.choice($0, path: fields.path("by"), of: tellers, what: "tellers") {
                tellers.contains($0) ? $0 : nil
            }
        }
        return SchemeRule.Notice(
            span: span, isForFirst: fields.flag("first", default: true),
            mayBeShorter: fields.flag("by_contract", default: false),
            isByIssuer: teller == "issuer")
    }
}
