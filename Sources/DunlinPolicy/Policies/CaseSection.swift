import DunlinCore
import Yams

/// `cases:` and `customer:` of a policy.
struct CaseSection {
    private(set) var bundling = CaseBundling.perInvoice
    private(set) var wishes = CustomerWishes()

    init(_ policy: Fields) {
        if let node = policy.node("cases") {
            let names = ["per_invoice", "per_currency"]
            let chosen = policy.choice(
                node, path: policy.path("cases"), of: names, what: "ways to make cases"
            ) { names.contains($0) ? $0 : nil }
            self.bundling = chosen == "per_currency" ? .perCurrency : .perInvoice
        }
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
}
