package import DunlinCore
package import DunlinPorts

/// Workload W4's storm: N payments that failed at one instant, so that all their first retries fall
/// due at another, as at 00:01 on the 1st of a month.
package struct StormWorkload: Sendable {
    package let accounts: Int
    package let tenant: String

    /// All payments fail at this instant.
    package let start: Timestamp

    /// When the policy `ladder` retries all of them: a day later.
    package var due: Timestamp { self.start.advanced(byMs: Milliseconds.day) }

    package init(accounts: Int, start: Timestamp, tenant: String = EntityKey.mainTenant) {
        self.accounts = accounts
        self.start = start
        self.tenant = tenant
    }

    package enum Customers: String, Sendable {
        case storm
        case probe
    }

    /// `storm-%d`, `probe-%d`.
    package func key(_ customers: Customers, _ index: Int) -> EntityKey {
        EntityKey(tenant: self.tenant, key: "\(customers.rawValue)-\(index)")
    }

    package func failure(_ index: Int) -> IntakeEvent {
        Self.failure(of: self.key(.storm, index), at: self.start)
    }

    /// Another customer's failure while the storm is on: durable when it is answered, and charged a
    /// day after the storm.
    package func probe(_ index: Int) -> IntakeEvent {
        Self.failure(of: self.key(.probe, index), at: self.due)
    }

    /// Attempts of each of the first `count` accounts, in their order; 0 for one that is missing.
    package func attempts(
        of customers: Customers, _ count: Int, _ node: any NodeService
    ) async throws -> [Int] {
        var attempts: [Int] = []
        while attempts.count < count {
            let last = min(count, attempts.count + 4096)
            let keys = (attempts.count..<last).map { self.key(customers, $0) }
            let views = try await node.accounts(keys)
            attempts += views.map { Int($0?.state.cases.first?.attempts ?? 0) }
        }
        return attempts
    }

    static func failure(of key: EntityKey, at instant: Timestamp) -> IntakeEvent {
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
