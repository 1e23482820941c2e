/// Decides one command for one account. Total: late, early and repeated commands are answered.
///
/// `state` is consumed and comes back evolved. `position` is the place that the first event's
/// record will have in the shard's journal; the following events take the following places.
package func decide(
    _ state: consuming AccountState, account: EntityKey, _ command: AccountCommand,
    context: DecisionContext, now: Timestamp, at position: RecordPosition
) -> Decision {
    var turn = AccountTurn(
        state: state, account: account, context: context, now: now, position: position)
    let answer = turn.take(command)
    return Decision(state: turn.state, events: turn.events, answer: answer)
}

/// One command's turn at one account: the state as it evolves, and the events so far.
///
/// Events are applied as they are emitted, by the same `evolve` that a replay uses, so a later
/// part of the turn sees what an earlier one did.
struct AccountTurn {
    private(set) var state: AccountState
    private(set) var events: [RecordedEvent] = []
    let account: EntityKey
    let context: DecisionContext
    /// Never before the account's last event.
    let now: Timestamp
    /// FNV-1a of the event id that caused this turn; 0 when none did.
    var eventHash: UInt64 = 0
    private var position: RecordPosition

    init(
        state: consuming AccountState, account: EntityKey, context: DecisionContext,
        now: Timestamp, position: RecordPosition
    ) {
        self.now = max(now, state.lastAt)
        self.state = state
        self.account = account
        self.context = context
        self.position = position
    }

    mutating func take(_ command: AccountCommand) -> CommandAnswer {
        switch command {
        case .timer(let realNow): self.timer(realNow: realNow)
        case .intake(let facts): self.intake(facts)
        case .attemptAnswered(let caseNumber, let attempt, let outcome):
            self.attemptAnswered(caseNumber: caseNumber, attempt: attempt, outcome: outcome)
        case .effectAnswered(let id, let outcome): self.effectAnswered(id: id, outcome: outcome)
        case .operate(let request): self.operate(request)
        }
    }

    /// Records an event and applies it.
    ///
    /// `announced`: the merchant's app would want to know. Never set for an event that adds an
    /// effect of its own: the record's position names one effect only.
    mutating func emit(_ event: AccountEvent, announced: Bool = false) {
        let record = RecordedEvent(
            at: self.now, event: event,
            isAnnounced: announced && self.context.tenant.announces
                && self.context.tenant.mode == .live,
            eventHash: self.eventHash)
        self.state.evolve(record, at: self.position)
        self.position.index += 1
        self.events.append(record)
    }

    /// Changes the state without an event, for a copy that only plans: what the event that will
    /// carry the plan brings with it.
    mutating func foresee(_ change: (inout AccountState) -> Void) {
        change(&self.state)
    }

    /// Whether this tenant only watches: nothing that is decided leaves.
    var isObserving: Bool { self.context.tenant.mode == .observe }

    /// The case's present update, to be changed in part.
    func update(of dunningCase: DunningCase) -> CaseUpdate {
        CaseUpdate(
            caseNumber: dunningCase.number, phase: dunningCase.phase, plan: dunningCase.plan,
            flags: dunningCase.flags, rung: dunningCase.rung)
    }

    /// An update that closes the case and plans nothing.
    func closing(_ dunningCase: DunningCase, as phase: CasePhase) -> CaseUpdate {
        CaseUpdate(
            caseNumber: dunningCase.number, phase: phase, plan: CasePlan(),
            flags: dunningCase.flags, rung: dunningCase.rung)
    }
}
