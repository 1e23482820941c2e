package import DunlinCore

/// One account under the laws: commands go in at a clock that the life moves.
package struct LifeBench {
    package private(set) var state = AccountState()
    package private(set) var laws: LifeLaws
    package var now: Timestamp {
        didSet { if self.now != oldValue { self.laws.endMoment() } }
    }
    private let context: DecisionContext
    private let key: EntityKey
    private var op: UInt64 = 0

    package init(
        of key: EntityKey, _ context: DecisionContext, _ laws: LifeLaws, now: Timestamp
    ) {
        self.key = key
        self.context = context
        self.laws = laws
        self.now = now
    }

    package mutating func give(_ command: AccountCommand) {
        self.op += 1
        let decision = decide(
            self.state, account: self.key, command, context: self.context, now: self.now,
            at: RecordPosition(op: self.op, index: 0))
        self.laws.take(decision, op: self.op)
        self.state = decision.state
    }

    /// Something that somebody outside wants or says: what is overdue may have another try.
    package mutating func hear(
        _ fact: IntakeFacts.Fact, event: String, profile: ProfileChange? = nil,
        method: MethodChange? = nil, lateMs: Int64 = 0
    ) {
        self.laws.endMoment()
        self.give(
            .intake(
                IntakeFacts(
                    eventID: event, occurredAt: self.now.advanced(byMs: -lateMs), fact: fact,
                    profile: profile, method: method)))
    }

    package mutating func operate(_ request: OperatorRequest) {
        self.laws.endMoment()
        self.give(.operate(request))
    }

    /// Answers every attempt that waits for the gateway's word.
    package mutating func settle(_ outcome: AttemptOutcome) {
        for dunningCase in self.state.cases {
            guard let inFlight = dunningCase.inFlight, inFlight.phase != .parked else { continue }
            self.give(
                .attemptAnswered(
                    caseNumber: dunningCase.number, attempt: inFlight.number, outcome: outcome))
        }
    }

    /// Fires what is due, at most `turnsMax` times: an instant that stays due is fired once.
    package mutating func fireDue(turnsMax: Int = 10) {
        for _ in 0..<turnsMax {
            guard let due = self.state.nextDue(), due <= self.now else { return }
            self.give(.timer(realNow: self.now))
            guard self.state.nextDue() != due else { return }
        }
    }

    /// The person wants to be forgotten.
    package mutating func forget() {
        let before = self.state
        self.operate(OperatorRequest(verb: .erase))
        self.laws.judgeForgetting(before, self.state)
    }

    package static let declined = AttemptOutcome.declined(
        DeclineCodes(code: "insufficient_funds"), chargeID: "")
}
