package import DunlinCore
package import DunlinPorts

/// Workload W4's storm: N payments that failed at one instant, so that all their first retries fall
/// due at another, 00:01 on the 1st.
package struct StormWorkload: Sendable {
    package let accounts: Int
    package let tenant: String

    /// All payments fail at this instant; the policy `ladder` retries them a day later.
    package static let start = CivilTime(year: 2026, month: 1, day: 31, hour: 0, minute: 1).utc
    package static let due = Self.start.advanced(byMs: Milliseconds.day)

    package init(accounts: Int, tenant: String = EntityKey.mainTenant) {
        self.accounts = accounts
        self.tenant = tenant
    }

    /// `storm-%d`.
    package func key(_ index: Int) -> EntityKey {
        EntityKey(tenant: self.tenant, key: "storm-\(index)")
    }

    package func failure(_ index: Int) -> IntakeEvent {
        self.failure(of: self.key(index), at: Self.start)
    }

    /// Another customer's failure while the storm is on: durable when it is answered, and charged a
    /// day after the storm.
    package func probe(_ index: Int) -> IntakeEvent {
        self.failure(of: EntityKey(tenant: self.tenant, key: "probe-\(index)"), at: Self.due)
    }

    /// Attempts of each account, in their order; 0 for one that is missing.
    package func attempts(_ node: any NodeService) async throws -> [Int] {
        var attempts: [Int] = []
        while attempts.count < self.accounts {
            let last = min(self.accounts, attempts.count + 4096)
            let views = try await node.accounts((attempts.count..<last).map { self.key($0) })
            attempts += views.map { Int($0?.state.cases.first?.attempts ?? 0) }
        }
        return attempts
    }

    private func failure(of key: EntityKey, at instant: Timestamp) -> IntakeEvent {
        IntakeEvent(
            key: key,
            facts: IntakeFacts(
                eventID: "", occurredAt: instant,
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: "in-" + key.key, amountMinor: 4200, currency: .usd),
                        codes: DeclineCodes(code: "insufficient_funds")))))
    }
}

/// When requests arrived at a gateway, and the most that arrived in a while.
package struct ArrivalRates: Sendable, Equatable {
    /// Real time of each arrival, in ms; ascending.
    private let instants: [Int64]

    package init(_ instants: [Int64]) {
        self.instants = instants.sorted()
    }

    package var count: Int { self.instants.count }
    /// From the first to the last one, in ms.
    package var spanMs: Int64 { (self.instants.last ?? 0) - (self.instants.first ?? 0) }

    /// The most arrivals in any span of so many ms.
    package func most(withinMs span: Int64) -> Int {
        var most = 0
        var first = 0
        for last in self.instants.indices {
            while self.instants[first] <= self.instants[last] - span { first += 1 }
            most = max(most, last - first + 1)
        }
        return most
    }
}
