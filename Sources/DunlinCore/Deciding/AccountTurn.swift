/// Decides one command for one account. Total: late, early and repeated commands are answered.
///
/// `state` is consumed and comes back evolved. `position` is the place that the first event's
/// record will have in the shard's journal; the following events take the following places.
package func decide(
    _ state: consuming AccountState, account: EntityKey, _ command: AccountCommand,
    context: DecisionContext, now: Timestamp, at position: RecordPosition
) -> Decision {
    var turn = AccountTurn(of: state, account: account, context: context)
    var log = EventLog(keepsEvents: true)
    let answer = turn.decide(command, now: now, at: position, into: &log)
    return Decision(state: turn.leave(), events: log.kept, answer: answer)
}

/// One command's turn at one account: the state as it evolves, and the events so far.
///
/// Events are applied as they are emitted, by the same `evolve` that a replay uses, so a later
/// part of the turn sees what an earlier one did.
///
/// A turn may be kept for the next command of its account, or seat another account: its arrays
/// keep their room.
package struct AccountTurn {
    package private(set) var state: AccountState
    /// Of the command under way, in order.
    private(set) var events = EventLog()
    private(set) var account: EntityKey
    private(set) var context: DecisionContext
    /// Never before the account's last event.
    private(set) var now = Timestamp(ms: 0)
    /// FNV-1a of the event id that caused this turn; 0 when none did.
    var eventHash: UInt64 = 0
    /// Something may not be drawn from a shared budget yet: the turn is to ask for it.
    var asksForPermit = false
    /// Of the next event.
    private(set) var position = RecordPosition.none
    /// The account's newest record.
    private var previous = RecordPosition.none

    package init(
        of state: consuming AccountState = AccountState(), account: EntityKey,
        context: DecisionContext
    ) {
        self.state = state
        self.account = account
        self.context = context
    }

    /// A turn that is only asked what it would plan at `now`; nothing is decided.
    init(
        asking state: AccountState, account: EntityKey, context: DecisionContext, at now: Timestamp
    ) {
        self.init(of: state, account: account, context: context)
        self.now = now
    }

    /// Seats an account by its resting state; none is an account that nothing happened to yet.
    package mutating func seat(
        resting: [UInt8], _ lexicon: borrowing Lexicon, account: EntityKey,
        context: DecisionContext
    ) throws(RecordError) {
        self.account = account
        self.context = context
        if resting.isEmpty {
            self.state.reset()
        } else {
            try self.state.read(resting: resting, lexicon)
        }
    }

    /// Hands the state over; a new account's is seated instead.
    mutating func leave() -> AccountState {
        var state = AccountState()
        swap(&state, &self.state)
        return state
    }

    /// Decides one command of the seated account. See ``decide(_:account:_:context:now:at:)``.
    ///
    /// `log` has the command's events afterwards, and nothing else; none when it changed nothing.
    package mutating func decide(
        _ command: AccountCommand, now: Timestamp, at position: RecordPosition,
        into log: inout EventLog
    ) -> CommandAnswer {
        swap(&log, &self.events)
        defer { swap(&log, &self.events) }
        self.now = max(now, self.state.lastAt)
        self.position = position
        self.eventHash = 0
        self.asksForPermit = false
        self.events.clear()
        self.previous = self.state.lastRecord
        return self.take(command)
    }

    // What follows is `mutating` only so that the state is looked at where it lies: a turn in a
    // class would be copied for it.

    /// Replaces `bytes` by the resting state, with little room to spare: millions of them rest in
    /// memory. `scratch` is where it is made ready.
    package mutating func rest(
        into bytes: inout [UInt8], _ lexicon: inout Lexicon, scratch: inout [UInt8]
    ) {
        self.state.rest(into: &scratch, &lexicon)
        let room = bytes.capacity
        if room >= scratch.count, room <= scratch.count + Self.roomToSpare {
            bytes.removeAll(keepingCapacity: true)
            bytes.append(contentsOf: scratch)
        } else {
            bytes = scratch.exactCopy()
        }
    }

    /// Bytes that a resting state may have too many before it is moved.
    private static let roomToSpare = 48

    /// The next instant at which the account needs a turn, in ms; `nil` for never.
    package mutating func dueMs() -> Int64? { self.state.nextDue()?.ms }

    /// Applies an event that was recorded; decides nothing.
    package mutating func replay(_ event: RecordedEvent, at position: RecordPosition) {
        self.state.evolve(event, at: position)
    }

    /// Lends the state to `body`, which is to change nothing.
    package mutating func lend(_ body: (inout AccountState) -> Void) {
        body(&self.state)
    }

    private mutating func take(_ command: AccountCommand) -> CommandAnswer {
        self.takeUpWithheld()
        let lead = self.state.cases.count > 1 ? self.leadCase : nil
        let answer = self.act(on: command)
        if let lead { self.followSequence(after: lead) }
        if self.mayShare { self.reportShares() }
        return answer
    }

    private mutating func act(on command: AccountCommand) -> CommandAnswer {
        switch command {
        case .timer(let realNow): self.timer(realNow: realNow)
        case .intake(let facts): self.intake(facts)
        case .attemptAnswered(let caseNumber, let attempt, let outcome):
            self.attemptAnswered(caseNumber: caseNumber, attempt: attempt, outcome: outcome)
        case .effectAnswered(let id, let outcome): self.effectAnswered(id: id, outcome: outcome)
        case .operate(let request): self.operate(request)
        case .cardLookedUp(let id, let found): self.cardLookedUp(id: id, found: found)
        case .budgetHeard(let id, let word): self.heard(word, id: id)
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
        self.events.append(consume record, of: self.account, previous: self.previous)
        self.previous = self.position
        self.position.index += 1
    }

    /// Adds already what the event that will carry a plan brings with it, so that the plan sees it.
    ///
    /// Evolving by that event changes nothing more: a mark of the same charge takes its place.
    mutating func foresee(_ mark: AttemptMark, standing: CredentialStanding?) {
        guard mark.chargeHash != 0 else { return }
        self.state.add(mark, now: self.now)
        if let standing { self.state.setStanding(standing, ofMethod: mark.method) }
    }

    /// As above, for a message that the next event will intend.
    mutating func foresee(_ touch: Touch) { self.state.remember(touch) }

    /// As above, for a message whose answer the next event will carry.
    mutating func foresee(
        answerTo effect: RecordPosition, on channel: Channel, wasAccepted: Bool, reference: String,
        isDead: Bool
    ) {
        self.state.settleTouch(effect, wasAccepted: wasAccepted, reference: reference)
        if isDead { self.state.suppress(channel) }
    }

    /// Plans with marks that the event which will carry the plan brings with it. Afterwards the
    /// marks are as before: several may displace one another, and are to do so once.
    mutating func foreseeing(
        _ marks: [AttemptMark], standing: CredentialStanding?,
        _ plan: (inout AccountTurn) -> CaseUpdate
    ) -> CaseUpdate {
        let before = self.state.marks
        for mark in marks { self.foresee(mark, standing: standing) }
        let update = plan(&self)
        self.state.marks = before
        return update
    }

    /// Whether this tenant only watches: nothing that is decided leaves.
    var isObserving: Bool { self.context.tenant.mode == .observe }

    /// The case's present update, to be changed in part.
    func update(of dunningCase: DunningCase) -> CaseUpdate {
        CaseUpdate(
            caseNumber: dunningCase.number, phase: dunningCase.phase, plan: dunningCase.plan,
            flags: dunningCase.flags, rung: dunningCase.rung,
            amendment: self.amendment(of: dunningCase))
    }

    /// What is particular about the case and differs from what is known; mostly nothing.
    private func amendment(of dunningCase: DunningCase) -> [CaseAmendment] {
        guard let terms = dunningCase.particulars.first else { return [] }
        guard let index = self.state.caseIndex(dunningCase.number) else {
            return [CaseAmendment(particulars: terms)]
        }
        let known = self.state.cases[index]
        let obligation = known.obligation == dunningCase.obligation ? nil : dunningCase.obligation
        guard obligation != nil || known.particulars != dunningCase.particulars else { return [] }
        return [CaseAmendment(particulars: terms, obligation: obligation)]
    }

    /// An update that closes the case and plans nothing.
    func closing(_ dunningCase: DunningCase, as phase: CasePhase) -> CaseUpdate {
        CaseUpdate(
            caseNumber: dunningCase.number, phase: phase, plan: CasePlan(),
            flags: dunningCase.flags, rung: dunningCase.rung,
            amendment: self.amendment(of: dunningCase))
    }
}
