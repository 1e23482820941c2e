import DunlinCore

/// Short forms for the gate's tests.
enum Gate {
    /// An instant that the test wrote down; the epoch when the text is no instant, which no
    /// expectation survives.
    static func instant(_ text: String) -> Timestamp {
        Timestamp(iso8601: text) ?? Timestamp(ms: 0)
    }

    static func proposal(standing: CredentialStanding = CredentialStanding()) -> AttemptProposal {
        AttemptProposal(
            network: .visa, method: 1, amountMinor: 4200, currency: .eur, standing: standing)
    }

    static func mark(_ at: Timestamp, flags: AttemptMark.Flags = []) -> AttemptMark {
        AttemptMark(
            at: at, method: 1, amountMinor: 4200, currency: .eur, obligationHash: 7, flags: flags)
    }

    static func rule(
        _ number: UInt32, max: UInt32, window: BudgetRule.Window, sameAmount: Bool = false,
        sameInitiator: Bool = false, countsOriginal: Bool = false
    ) -> BudgetRule {
        BudgetRule(
            number: number, name: "row-\(number)", network: nil, window: window, attemptsMax: max,
            sameAmount: sameAmount, sameInitiator: sameInitiator, countsOriginal: countsOriginal,
            source: "test")
    }
}

extension GateAnswer {
    var slot: Timestamp? {
        if case .slot(let at, reason: _, permit: _) = self { return at }
        return nil
    }

    var reason: PlanReason {
        switch self {
        case .slot(_, let reason, permit: _): reason
        case .never(let reason): reason
        }
    }

    var permit: Permit? {
        if case .slot(_, reason: _, let permit) = self { return permit }
        return nil
    }
}

/// A seeded sequence: the same seed gives the same history on every machine.
struct GateSequence: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        return splitmix64(self.state)
    }
}
