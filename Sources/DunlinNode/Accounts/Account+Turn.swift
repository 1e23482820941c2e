import DunlinCore
import DunlinPorts

/// What a turn leaves for the shard to record and to hold back.
struct TurnResult: Sendable {
    var answer: CommandAnswer
    /// `nil` when the command changed nothing. Its events and effects are in the pool.
    var seat: TurnSeat?
    /// The account keeps the seat; else it goes back to the pool.
    var isKept: Bool
    /// The due instant when it changed, else `nil`.
    var newDueMs: Int64?
}

/// What came of a timer.
enum TimerResult: Sendable {
    /// It was left behind, or must wait for an effect.
    case stale
    case fired(TurnResult, isDueStill: Bool)
}

extension Account {
    /// Decides one command and keeps the evolved state, speculatively: nothing of it leaves before
    /// the shard has committed the records.
    func turn(
        _ command: AccountCommand, context: DecisionContext, now: Timestamp,
        at position: RecordPosition, seats: SeatPool
    ) throws(RecordError) -> TurnResult {
        // It was let go meanwhile: what it is told now is found again from what is on disk.
        guard self.isResident else {
            return TurnResult(
                answer: .ignored(.unknownAttempt), seat: nil, isKept: false, newDueMs: nil)
        }
        let held = self.seat
        let seat: TurnSeat
        if let held {
            seat = held
        } else {
            seat = try seats.seat(resting: self.resting, account: self.key, context: context)
        }
        let answer = seat.turn.decide(
            command, now: now, at: position, into: &seats.log)
        guard !seats.log.isEmpty else {
            if held == nil { seats.giveBack(seat) }
            return TurnResult(
                answer: answer, seat: nil, isKept: held != nil, newDueMs: nil)
        }
        self.lastOp = position.op
        self.turns &+= 1
        let due = seat.turn.dueMs() ?? Self.never
        let newDue = due == self.dueMs ? nil : due
        self.dueMs = due
        let awaitsAnswer = self.listTasks(seat, from: position, seats)
        let isKept = self.settle(seat, wasKept: held != nil, awaitsAnswer: awaitsAnswer, seats)
        self.isDirty = true
        return TurnResult(
            answer: answer, seat: seat, isKept: isKept, newDueMs: newDue)
    }

    /// Gives the account its turn when `entry` is its timer and may fire.
    ///
    /// `now`: `nil` gives the timer its own instant, as a manual clock wants.
    func fire(
        _ entry: TimerHeap.Entry, context: DecisionContext, now: Timestamp?, realNow: Timestamp,
        at position: RecordPosition, seats: SeatPool
    ) throws(RecordError) -> TimerResult {
        // An entry that is no longer the account's instant was left behind by a change of plan.
        guard self.isResident, entry.isFor(dueMs: self.dueMs) else { return .stale }
        if now == nil, self.running > 0 {
            self.isHeld = true
            return .stale
        }
        let due = self.dueMs
        let result = try self.turn(
            .timer(realNow: realNow), context: context, now: now ?? Timestamp(ms: due),
            at: position, seats: seats)
        return .fired(result, isDueStill: self.dueMs == due)
    }

    /// One thing less is under way. Answers the instant of a timer that waited for it.
    func released() -> Int64? {
        if self.running > 0 { self.running -= 1 }
        guard self.isHeld, self.running == 0 else { return nil }
        self.isHeld = false
        return self.dueMs == Self.never ? nil : self.dueMs
    }

    /// Keeps the account decoded while an answer is about to come, else puts it to rest.
    ///
    /// Answers whether the account keeps the seat. One that it lets go is free for others only
    /// when the shard has recorded its events.
    private func settle(
        _ seat: TurnSeat, wasKept: Bool, awaitsAnswer: Bool, _ seats: SeatPool
    ) -> Bool {
        if awaitsAnswer, wasKept || seats.keep() {
            self.seat = seat
            return true
        }
        seat.turn.rest(into: &self.resting, &seats.lexicon, scratch: &seats.scratch)
        guard wasKept else { return false }
        self.seat = nil
        seats.letGo()
        return false
    }

    /// Leaves the seat for `seats`, putting to rest what it holds.
    func leaveSeat(_ seats: SeatPool) {
        guard let seat = self.seat else { return }
        self.seat = nil
        seat.turn.rest(into: &self.resting, &seats.lexicon, scratch: &seats.scratch)
        seats.letGo()
        seats.giveBack(seat)
    }

    /// Gives the account the state that the journal or a row says.
    func replace(_ state: AccountState, at op: UInt64, _ seats: SeatPool) {
        var bytes: [UInt8] = []
        var state = state
        state.rest(into: &bytes, &seats.lexicon)
        self.resting = bytes.exactCopy()
        self.dueMs = state.dueAt?.ms ?? Self.never
        self.hasEffects = !state.effects.isEmpty
        self.lastOp = op
    }

    /// Puts to rest what a replay has made of the account.
    func restReplayed(_ seats: SeatPool) {
        guard let seat = self.seat else { return }
        self.seat = nil
        seat.turn.rest(into: &self.resting, &seats.lexicon, scratch: &seats.scratch)
        self.dueMs = seat.turn.dueMs() ?? Self.never
        var hasEffects = false
        seat.turn.lend { hasEffects = !$0.effects.isEmpty }
        self.hasEffects = hasEffects
        self.isDirty = true
        seats.giveBack(seat)
    }

    /// Nothing happened to it yet.
    var isBlank: Bool { self.resting.isEmpty && self.seat == nil }

    /// The snapshot as of the last turn; empty for an account that nothing happened to yet.
    func snapshot(_ seats: SeatPool) throws(RecordError) -> [UInt8] {
        self.isBlank ? [] : try self.state(seats).packed()
    }

    /// Lists the effects that records from `position` on have added.
    ///
    /// Answers whether a gateway that answers at once is asked.
    private func listTasks(
        _ seat: TurnSeat, from position: RecordPosition, _ seats: SeatPool
    ) -> Bool {
        seats.tasks.clear()
        var hasEffects = false
        var awaitsAnswer = false
        var asked: UInt16 = 0
        seat.turn.lend { state in
            hasEffects = !state.effects.isEmpty
            // The newest are at the end.
            var first = state.effects.count
            while first > 0, state.effects[first - 1].id >= position { first -= 1 }
            for index in first..<state.effects.count {
                let effect = state.effects[index]
                switch effect.kind {
                case .charge:
                    seats.tasks.append(
                        .charge(
                            caseNumber: effect.caseNumber, attempt: effect.argument,
                            turn: self.turns))
                    awaitsAnswer = self.tenant.immediate != nil
                    if awaitsAnswer { asked += 1 }
                case .lookUp: seats.tasks.append(.lookUp(effect))
                case .message: seats.tasks.append(.message(effect))
                case .announcement:
                    // One at a time, in order: a later one follows when the earlier is answered.
                    let first = state.effects.first { $0.kind == .announcement }
                    if first?.id == effect.id { seats.tasks.append(.announcement(effect)) }
                case .endAction: seats.tasks.append(.endAction(effect))
                case .cardLookUp: seats.tasks.append(.cardLookUp(effect))
                case .notice: seats.tasks.append(.notice(effect))
                case .budgetReport: seats.tasks.append(.budgetReport(effect))
                }
            }
        }
        self.hasEffects = hasEffects
        // Under a manual clock no timer comes between an attempt and its answer.
        self.running += asked
        return awaitsAnswer
    }

    /// The last look before a charge: nothing has happened to the account since `turn`, or what
    /// happened still wants it.
    func departure(
        caseNumber: UInt32, attempt: UInt32, turn: UInt32?, _ seats: SeatPool
    ) throws(RecordError) -> Departure {
        guard self.isResident else { return .stays(.superseded) }
        var departure = Departure.stays(.superseded)
        let isNewest = self.turns == turn
        func look(_ state: inout AccountState) {
            guard let index = state.caseIndex(caseNumber), !state.flags.stopAttempts,
                isNewest || Self.wants(attempt, of: state.cases[index]),
                let order = self.chargeOrder(caseNumber: caseNumber, &state)
            else { return }
            departure = .leaves(order)
        }
        if let seat = self.seat {
            seat.turn.lend(look)
        } else {
            var state = try AccountState(resting: self.resting, seats.lexicon)
            look(&state)
        }
        return departure
    }

    private static func wants(_ attempt: UInt32, of dunningCase: borrowing DunningCase) -> Bool {
        guard dunningCase.isOpen, !dunningCase.flags.contains(.paused),
            let inFlight = dunningCase.inFlight, inFlight.number == attempt
        else { return false }
        return inFlight.amountMinor <= dunningCase.obligation.openMinor
    }

    /// The charge of a case's attempt in flight; `nil` when there is none. Changes nothing.
    nonisolated func chargeOrder(
        caseNumber: UInt32, _ state: inout AccountState
    ) -> ChargeOrder? {
        guard let index = state.caseIndex(caseNumber), let inFlight = state.cases[index].inFlight
        else { return nil }
        var token = ""
        for held in state.methods.indices where state.methods[held].number == inFlight.method {
            token = state.methods[held].method.token
        }
        return ChargeOrder(
            account: self.key, obligation: state.cases[index].obligation.id,
            attempt: state.cases[index].attempts, key: inFlight.key,
            amount: Money(minor: inFlight.amountMinor, currency: inFlight.currency),
            methodToken: token, intendedAt: inFlight.intendedAt,
            floorMinor: inFlight.floorMinor)
    }

    func state(_ seats: SeatPool) throws(RecordError) -> AccountState {
        if let seat = self.seat { return seat.turn.state }
        return try AccountState(resting: self.resting, seats.lexicon)
    }
}
