import DunlinCore
import DunlinPorts

/// What a turn leaves for the shard to record and to hold back.
struct TurnResult: Sendable {
    var answer: CommandAnswer
    var events: [RecordedEvent]
    /// The account's newest record before the turn.
    var previous: RecordPosition
    var effects: [EffectTask]
    /// The new due instant when it changed, else `nil`.
    var newDueMs: Int64?
}

extension Account {
    /// Decides one command and keeps the evolved state, speculatively: nothing of it leaves before
    /// the shard has committed the records.
    func turn(
        _ command: AccountCommand, context: DecisionContext, now: Timestamp,
        at position: RecordPosition
    ) throws(RecordError) -> TurnResult {
        let state = self.packed.isEmpty ? AccountState() : try AccountState(packed: self.packed)
        let previous = state.lastRecord
        let effectsBefore = state.effects.isEmpty
        let decision = decide(
            state, account: self.key, command, context: context, now: now, at: position)
        guard !decision.events.isEmpty else {
            return TurnResult(
                answer: decision.answer, events: [], previous: previous, effects: [],
                newDueMs: nil)
        }
        var packed: [UInt8] = []
        packed.reserveCapacity(self.packed.count + 48)
        decision.state.packed(into: &packed)
        self.packed = packed
        self.lastOp = position.op
        self.turns &+= 1
        let due = decision.state.dueAt?.ms ?? Self.never
        let newDue = due == self.dueMs ? nil : due
        self.dueMs = due
        let effects =
            effectsBefore && decision.state.effects.isEmpty
            ? [] : self.tasks(of: decision.state, from: position)
        return TurnResult(
            answer: decision.answer, events: decision.events, previous: previous,
            effects: effects, newDueMs: newDue)
    }

    /// The effects that records from `position` on have listed.
    private func tasks(of state: AccountState, from position: RecordPosition) -> [EffectTask] {
        var tasks: [EffectTask] = []
        for effect in state.effects where effect.id >= position {
            switch effect.kind {
            case .charge:
                if let task = self.chargeTask(effect, state) { tasks.append(task) }
            case .lookUp: tasks.append(.lookUp(effect))
            case .message: tasks.append(.message(effect))
            case .announcement:
                // One at a time and in order: a later one follows when the earlier is answered.
                let first = state.effects.first { $0.kind == .announcement }
                if first?.id == effect.id { tasks.append(.announcement(effect)) }
            case .endAction: tasks.append(.endAction(effect))
            }
        }
        return tasks
    }

    private func chargeTask(_ effect: PendingEffect, _ state: AccountState) -> EffectTask? {
        guard let order = self.chargeOrder(caseNumber: effect.caseNumber, state) else { return nil }
        return .charge(
            caseNumber: effect.caseNumber, attempt: effect.argument, order: order,
            turn: self.turns)
    }

    /// The charge of a case's attempt in flight; `nil` when there is none.
    func chargeOrder(caseNumber: UInt32, _ state: AccountState) -> ChargeOrder? {
        guard let index = state.caseIndex(caseNumber), let inFlight = state.cases[index].inFlight
        else { return nil }
        let method = state.methods.first { $0.number == inFlight.method }
        return ChargeOrder(
            account: self.key, obligation: state.cases[index].obligation.id,
            attempt: state.cases[index].attempts, key: inFlight.key,
            amount: Money(minor: inFlight.amountMinor, currency: inFlight.currency),
            methodToken: method?.method.token ?? "", intendedAt: inFlight.intendedAt)
    }

    /// Whether a charge that was decided may still leave: the last look before the call.
    func mayCharge(caseNumber: UInt32, attempt: UInt32, amountMinor: Int64) -> Bool {
        guard let state = try? AccountState(packed: self.packed),
            let index = state.caseIndex(caseNumber)
        else { return false }
        let dunningCase = state.cases[index]
        return dunningCase.isOpen && dunningCase.inFlight?.number == attempt
            && !dunningCase.flags.contains(.paused)
            && amountMinor <= dunningCase.obligation.openMinor
    }

    func state() throws(RecordError) -> AccountState {
        self.packed.isEmpty ? AccountState() : try AccountState(packed: self.packed)
    }
}
