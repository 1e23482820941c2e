import DunlinCore
import Yams

/// `cases:`, `customer:` and `intake:` of a policy.
struct CaseSection {
    private(set) var bundling = CaseBundling.perInvoice
    private(set) var wishes = CustomerWishes()
    private(set) var backlog: BacklogRules?

    init(_ policy: Fields) {
        if let node = policy.node("cases") {
            let names = ["per_invoice", "per_currency"]
            let chosen = policy.choice(
                node, path: policy.path("cases"), of: names, what: "ways to make cases"
            ) { names.contains($0) ? $0 : nil }
            self.bundling = chosen == "per_currency" ? .perCurrency : .perInvoice
        }
        self.readIntake(policy)
        guard let node = policy.node("customer"),
            let fields = Fields(
                node, path: policy.path("customer"),
                known: ["snooze_max", "promise_max", "instalments_max"], log: policy.log)
        else { return }
        self.wishes.snoozeMaxMs = fields.duration(
            "snooze_max", default: self.wishes.snoozeMaxMs, in: 0...14 * Milliseconds.day)
        self.wishes.promiseMaxMs = fields.duration("promise_max", default: self.wishes.promiseMaxMs)
        self.wishes.partsMax = fields.count(
            "instalments_max", default: self.wishes.partsMax,
            in: 0...UInt32(CaseParticulars.partsMax))
    }

    private mutating func readIntake(_ policy: Fields) {
        guard let node = policy.node("intake"),
            let intake = Fields(
                node, path: policy.path("intake"), known: ["backlog"], log: policy.log),
            let inner = intake.required("backlog", example: "{older_than: 30d, mode: skip}"),
            let fields = Fields(
                inner, path: intake.path("backlog"), known: ["older_than", "mode", "spread"],
                log: policy.log)
        else { return }
        let olderThan = fields.required("older_than", example: "30d").flatMap {
            fields.duration(
                $0, path: fields.path("older_than"), in: Milliseconds.hour...DurationText.msMax)
        }
        let names = ["full", "messages_only", "skip"]
        let mode = fields.required("mode", example: "messages_only").flatMap {
            fields.choice($0, path: fields.path("mode"), of: names, what: "ways with a backlog") {
                names.contains($0) ? $0 : nil
            }
        }
        let spread = fields.duration("spread", default: 0, in: 0...BacklogRules.spreadMsMax)
        guard let olderThan, let mode else { return }
        let modes: [String: BacklogRules.Mode] = [
            "full": .full, "messages_only": .messagesOnly, "skip": .skip,
        ]
        self.backlog = BacklogRules(
            mode: modes[mode] ?? .full, olderThanMs: olderThan, spreadMs: spread)
    }
}
