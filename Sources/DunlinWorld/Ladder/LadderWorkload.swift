package import DunlinCore
package import DunlinPorts

/// Workload W1: N accounts fail at once and are retried after 1, 3, 5 and 7 days.
///
/// Exact: which attempt is approved is a formula over account, attempt and seed, so that any two
/// runs of one seed end in the same digest, whatever was killed in between.
package struct LadderWorkload: Sendable {
    package let accounts: Int
    package let seed: UInt64
    /// The token that the simulated gateway knows W1 by; empty where W1 is its default.
    package let methodToken: String
    package let tenant: String

    /// All payments fail at this instant.
    package static let start = CivilTime(year: 2026, month: 1, day: 1).utc
    /// The last attempt is made at this instant.
    package static let end = Self.start.advanced(byMs: 7 * Milliseconds.day)
    /// Events of one call.
    package static let chunkCount = 16_384

    package init(
        accounts: Int, seed: UInt64, methodToken: String = "",
        tenant: String = EntityKey.mainTenant
    ) {
        self.accounts = accounts
        self.seed = seed
        self.methodToken = methodToken
        self.tenant = tenant
    }

    /// `acct-%08d`.
    package func key(_ index: Int) -> EntityKey {
        let digits = String(index)
        let zeros = String(repeating: "0", count: max(0, 8 - digits.count))
        return EntityKey(tenant: self.tenant, key: "acct-" + zeros + digits)
    }

    /// What account `index` owes, in US cents.
    package static func amountMinor(_ index: Int) -> Int64 {
        1000 + (Int64(index) * 7919) % 9000
    }

    /// The failure that opens the account's case.
    package func failure(_ index: Int) -> IntakeEvent {
        let key = self.key(index)
        let method =
            self.methodToken.isEmpty
            ? nil : MethodChange(method: PaymentMethod(token: self.methodToken))
        return IntakeEvent(
            key: key,
            facts: IntakeFacts(
                eventID: "", occurredAt: Self.start,
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: "in-" + key.key, amountMinor: Self.amountMinor(index),
                            currency: .usd),
                        codes: DeclineCodes(code: "insufficient_funds"))),
                method: method))
    }

    /// Opens a case for every account. Sending all of them again is safe. A node over the wire takes
    /// smaller calls, `eventsPerCall`, and more of them at once, `callsMax`.
    ///
    /// Throws ``LadderError`` when an event is refused, ``NodeError`` when the node fails.
    package func open(
        _ node: any EventIntake, eventsPerCall: Int = LadderWorkload.chunkCount, callsMax: Int = 2
    ) async throws {
        try await EventSender(to: node, eventsPerCall: eventsPerCall, callsMax: callsMax).send(
            count: self.accounts, key: self.key
        ) { self.failure($0) }
    }

    /// Reads every account back and sums up.
    package func result(_ node: any NodeService) async throws -> LadderResult {
        var result = LadderResult()
        var first = 0
        while first < self.accounts {
            let last = min(self.accounts, first + 4096)
            let views = try await node.accounts((first..<last).map { self.key($0) })
            for (index, view) in zip(first..<last, views) {
                guard let view, let dunningCase = view.state.cases.first else {
                    throw LadderError.missing(index)
                }
                result.add(index: index, dunningCase)
            }
            first = last
        }
        return result
    }
}

/// What a run came to.
package struct LadderResult: Sendable, Equatable {
    package var recovered = 0
    package var exhausted = 0
    package var attempts = 0
    package var recoveredMinor: Int64 = 0
    package var digest: UInt64 = 0

    package init() {}

    mutating func add(index: Int, _ dunningCase: DunningCase) {
        let isRecovered = dunningCase.phase == .recovered
        if isRecovered {
            self.recovered += 1
            self.recoveredMinor += dunningCase.obligation.amountMinor
        }
        if dunningCase.phase == .exhausted { self.exhausted += 1 }
        self.attempts += Int(dunningCase.attempts)
        let mark = UInt64(dunningCase.attempts) + (isRecovered ? 4096 : 0)
        self.digest &+= splitmix64(UInt64(index) &* 8 &+ mark)
    }
}

/// Why a run could not be finished.
package enum LadderError: Error, Equatable, Sendable, CustomStringConvertible {
    case refused(String, String)
    case overloaded
    case missing(Int)

    package var description: String {
        switch self {
        case .refused(let code, let message): "the node refused an event: \(code): \(message)"
        case .overloaded: "the node stayed overloaded"
        case .missing(let index): "account number \(index) or its case is missing"
        }
    }
}
