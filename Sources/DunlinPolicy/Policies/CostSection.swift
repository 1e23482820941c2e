import DunlinCore
import Yams

/// `costs:` of a policy, and `worth:` of its retries. Amounts are thousandths of the minor unit.
///
///     costs:
///       EUR:
///         attempts:                          # the first row that matches
///           - {network: visa, after: [softGeneric], milli: 15000}
///           - {milli: 2000}
///         approval: {milli: 25000, share: 1.4%}
///         messages: {email: 40, sms: 7000}
///         annoyance: 3000                    # of each message, beside its price
///     retries:
///       worth: {chances: [24%, 15%, 12%], weight: 100%}
struct CostSection {
    private(set) var costs: [Currency: CostTable] = [:]

    private static let milliMax: UInt32 = 1_000_000_000

    init(_ policy: Fields) {
        guard let node = policy.node("costs"),
            let byCurrency = Fields(node, path: policy.path("costs"), log: policy.log)
        else { return }
        for code in byCurrency.keys {
            guard let currency = Currency(active: code), let value = byCurrency.node(code) else {
                policy.log.error(
                    byCurrency.path(code), "`\(shown(code))` is no currency",
                    remedy: "Write the three letters of ISO 4217, `EUR` for instance")
                continue
            }
            self.costs[currency] = Self.table(value, path: byCurrency.path(code), policy.log)
        }
    }

    private static func table(_ node: Node, path: String, _ log: FindingLog) -> CostTable? {
        let known = ["attempts", "approval", "messages", "annoyance"]
        guard let fields = Fields(node, path: path, known: known, log: log) else { return nil }
        var table = CostTable()
        for item in fields.items("attempts", max: CostTable.attemptFeesMax) ?? [] {
            if let fee = Self.fee(item.node, path: item.path, log) { table.attempts.append(fee) }
        }
        if let node = fields.node("approval"),
            let approval = Fields(
                node, path: fields.path("approval"), known: ["milli", "share"], log: log)
        {
            table.approvalMilli = Int64(
                approval.count("milli", default: 0, in: 0...Self.milliMax))
            table.approvalBp = approval.has("share") ? approval.share("share", default: 0) : 0
        }
        if let node = fields.node("messages"),
            let byChannel = Fields(
                node, path: fields.path("messages"), known: Channel.allCases.map(\.name), log: log)
        {
            for channel in Channel.allCases where byChannel.has(channel.name) {
                table.messages[channel] = Int64(
                    byChannel.count(channel.name, default: 0, in: 0...Self.milliMax))
            }
        }
        table.annoyanceMilli = Int64(fields.count("annoyance", default: 0, in: 0...Self.milliMax))
        return table
    }

    private static func fee(
        _ node: Node, path: String, _ log: FindingLog
    ) -> CostTable.AttemptFee? {
        guard
            let fields = Fields(
                node, path: path, known: ["network", "after", "milli"], log: log),
            let cost = fields.required("milli", example: "10000"),
            let milli = fields.count(cost, path: fields.path("milli"), in: 0...Self.milliMax)
        else { return nil }
        var fee = CostTable.AttemptFee(milli: Int64(milli))
        fee.after = fields.classes("after")
        guard let network = fields.node("network") else { return fee }
        let names = PaymentNetwork.allCases.map(\.name)
        fee.network = fields.choice(
            network, path: fields.path("network"), of: names, what: "networks"
        ) { name in PaymentNetwork.allCases.first { $0.name == name } }
        return fee
    }

    /// `worth:` of a policy's retries.
    static func worth(_ retries: Fields) -> AttemptWorth? {
        guard let node = retries.node("worth"),
            let fields = Fields(
                node, path: retries.path("worth"), known: ["chances", "weight"], log: retries.log)
        else { return nil }
        var chances: [Int64] = []
        for item in fields.items("chances", max: AttemptWorth.chancesMax) ?? [] {
            guard let text = fields.scalar(item.node, path: item.path) else { continue }
            if let bp = basisPoints(text), (0...10_000).contains(bp) {
                chances.append(bp)
            } else {
                fields.log.error(
                    item.path, at: item.node.position, "`\(shown(text))` is not a percentage",
                    remedy: "Write it with its sign and at most two decimals, as `24%`")
            }
        }
        if chances.isEmpty {
            fields.log.error(
                fields.path("chances"), "no chance is given",
                remedy: "List how likely each attempt is to be approved: `[24%, 15%]`")
        }
        return AttemptWorth(chancesBp: chances, weightBp: fields.weight("weight"))
    }
}

extension Fields {
    /// `0%` to `1000%`, in basis points; 100% when it is left out.
    fileprivate func weight(_ key: String) -> Int64 {
        guard let node = self.node(key), let text = self.scalar(node, path: self.path(key)) else {
            return 10_000
        }
        if let bp = basisPoints(text), (0...100_000).contains(bp) { return bp }
        self.log.error(
            self.path(key), at: node.position, "`\(shown(text))` is not a weight",
            remedy: "Write 0% to 1000%: 100% weighs a cost as much as money")
        return 10_000
    }
}
