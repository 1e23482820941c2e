/// Deals the gateways' limits out to nodes, in expiring parts, so that their sum never passes a
/// limit in any second, whoever is partitioned from whom.
///
/// A part is counted against the limit from when it is dealt until a second after it has surely
/// ended at its node, whatever was dealt to that node since: a smaller part may have been lost on
/// its way. So, for any second, take the latest part that was in force in it when it was dealt: all
/// the others were counted at that instant, and the sum was within the limit.
package struct RateLedger: Sendable {
    /// The span in which a limit counts requests.
    package static let windowMs: Int64 = 1000
    /// When there is too little for everybody, those who get something change so often.
    package static let turnMs: Int64 = 10_000

    private struct Account: Hashable {
        var tenant: String
        var account: String
    }

    private struct Part {
        var perSecond: UInt32
        var countedUntilMs: Int64
    }

    private struct Holder {
        var node: NodeID
        var limit: UInt32 = 0
        var wanted: UInt32 = 0
        /// Its demand counts so long.
        var endsMs: Int64 = 0
        /// Later ones are smaller: a smaller earlier one says nothing more.
        var parts: [Part] = []

        var counted: UInt32 { self.parts.map(\.perSecond).max() ?? 0 }
    }

    /// In the order of the nodes' ids.
    private var holders: [Account: [Holder]] = [:]
    /// Before this, what a former coordinator dealt may be in force.
    private let dealsFromMs: Int64

    /// `dealsFromMs`: When the longest part that anybody else can have dealt has surely ended,
    /// ``windowMs`` included.
    package init(dealsFromMs: Int64) {
        self.dealsFromMs = dealsFromMs
    }

    /// Takes down what a node wants.
    ///
    /// `endsMs`: When its lease will surely have ended.
    package mutating func note(
        _ node: NodeID, _ demands: [RateDemand], endsMs: Int64, nowMs: Int64
    ) {
        for demand in demands {
            let account = Account(tenant: demand.tenant, account: demand.account)
            var holders = self.holders[account] ?? []
            let index = Self.place(of: node, in: &holders)
            holders[index].limit = demand.limitPerSecond
            holders[index].wanted = min(demand.wantedPerSecond, demand.limitPerSecond)
            holders[index].endsMs = endsMs
            self.holders[account] = holders
        }
        self.prune(nowMs: nowMs)
    }

    /// The node's parts, one for each demand, in their order.
    package mutating func deal(
        _ node: NodeID, _ demands: [RateDemand], endsMs: Int64, nowMs: Int64
    ) -> [RateShare] {
        demands.map { demand in
            let account = Account(tenant: demand.tenant, account: demand.account)
            let part = self.deal(node, account, endsMs: endsMs, nowMs: nowMs)
            return RateShare(tenant: demand.tenant, account: demand.account, perSecond: part)
        }
    }

    /// The node's process ended or was taken out: it wants nothing. What it was dealt still counts.
    package mutating func forget(_ node: NodeID) {
        for (account, holders) in self.holders {
            self.holders[account] = holders.map { holder in
                var holder = holder
                if holder.node == node { holder.endsMs = .min }
                return holder
            }
        }
    }

    /// What is counted against an account's limit at this moment, requests in a second.
    package func counted(tenant: String, account: String) -> UInt64 {
        let holders = self.holders[Account(tenant: tenant, account: account)] ?? []
        return holders.reduce(0) { $0 + UInt64($1.counted) }
    }

    private mutating func deal(
        _ node: NodeID, _ account: Account, endsMs: Int64, nowMs: Int64
    ) -> UInt32 {
        guard nowMs >= self.dealsFromMs, var holders = self.holders[account],
            let index = holders.firstIndex(where: { $0.node == node })
        else { return 0 }
        let active = holders.filter { $0.endsMs > nowMs }
        guard let limit = active.map(\.limit).min() else { return 0 }
        let parts = Self.even(
            active.map(\.wanted), limit: limit, turn: UInt64(max(0, nowMs / Self.turnMs)))
        let fair = zip(active, parts).first { $0.0.node == node }?.1 ?? 0
        let others = holders.reduce(0) { $0 + ($1.node == node ? 0 : UInt64($1.counted)) }
        let free = UInt64(limit) > others ? UInt64(limit) - others : 0
        let dealt = UInt32(min(UInt64(fair), free))
        holders[index].parts.removeAll { $0.perSecond <= dealt }
        holders[index].parts.append(
            Part(perSecond: dealt, countedUntilMs: endsMs + Self.windowMs))
        self.holders[account] = holders
        return dealt
    }

    /// Everybody what they want, or evenly less; what is left over evenly too, so that who begins to
    /// want something need not wait. Odd ones go round by turns.
    static func even(_ wanted: [UInt32], limit: UInt32, turn: UInt64) -> [UInt32] {
        guard !wanted.isEmpty else { return [] }
        var parts = Array(repeating: UInt32(0), count: wanted.count)
        var left = limit
        func fill(upTo isSatisfied: (Int, UInt32) -> Bool) {
            while left > 0 {
                let hungry = wanted.indices.filter { !isSatisfied($0, parts[$0]) }
                guard !hungry.isEmpty else { return }
                let each = left / UInt32(hungry.count)
                guard each > 0 else {
                    let first = Int(turn % UInt64(hungry.count))
                    for step in 0..<Int(left) {
                        parts[hungry[(first + step) % hungry.count]] += 1
                    }
                    left = 0
                    return
                }
                for index in hungry {
                    let most = wanted[index] > parts[index] ? wanted[index] - parts[index] : each
                    let given = min(each, most)
                    parts[index] += given
                    left -= given
                }
            }
        }
        fill { index, part in part >= wanted[index] }
        if left > 0 {
            let each = left / UInt32(wanted.count)
            var odd = left % UInt32(wanted.count)
            let first = Int(turn % UInt64(wanted.count))
            for step in wanted.indices {
                let index = (first + step) % wanted.count
                parts[index] += each + (odd > 0 ? 1 : 0)
                if odd > 0 { odd -= 1 }
            }
        }
        return parts
    }

    private static func place(of node: NodeID, in holders: inout [Holder]) -> Int {
        let index = holders.firstIndex { !($0.node < node) } ?? holders.count
        if index == holders.count || holders[index].node != node {
            holders.insert(Holder(node: node), at: index)
        }
        return index
    }

    private mutating func prune(nowMs: Int64) {
        for (account, holders) in self.holders {
            let left = holders.compactMap { holder -> Holder? in
                var holder = holder
                holder.parts.removeAll { $0.countedUntilMs <= nowMs }
                return holder.endsMs > nowMs || !holder.parts.isEmpty ? holder : nil
            }
            self.holders[account] = left.isEmpty ? nil : left
        }
    }
}
