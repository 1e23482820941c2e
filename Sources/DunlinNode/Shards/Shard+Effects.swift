import DunlinCore
import DunlinPorts

/// An effect on its way to a runner.
struct EffectWork: Sendable {
    let shard: Shard
    let account: Account
    let task: EffectTask
    /// The shard's memory that it belongs to: an answer for dropped memory is not counted.
    let generation: UInt64
    /// Real time of the commit, in monotonic ms.
    let committedMs: Int64
    /// What it says to a card or an address, as long as that is at hand.
    var posted: PostedReport?
    var tries = 0
}

extension Shard {
    /// Performs effects whose batch is committed. Those of a gateway that answers at once are
    /// performed here, in batches; all others go to the runner.
    ///
    /// `reports`: what those among them say that go to cards and addresses, in order.
    func perform(_ effects: [OpenEffect], _ reports: [OpenReport] = []) {
        guard !effects.isEmpty else { return }
        guard self.mayAct else {
            // They wait for the lease at the runner.
            for effect in effects {
                self.submit(effect.account, effect.task)
                if case .charge = effect.task, effect.account.tenant.immediate != nil {
                    self.release(effect.account)
                }
            }
            return
        }
        var asked: [OpenCharge] = []
        var orders: [ChargeOrder] = []
        var messages: [OpenMessage] = []
        var letters: [OpenLetter] = []
        var tenant: TenantHandle?
        for index in effects.indices {
            let account = effects[index].account
            guard case .charge(let caseNumber, let attempt, let turn) = effects[index].task,
                account.tenant.immediate != nil
            else {
                if account.tenant.sendsAtOnce, case .message(let effect) = effects[index].task {
                    messages.append(OpenMessage(account: account, effect: effect))
                } else if case .budgetReport(let effect) = effects[index].task,
                    let posted = Self.report(of: effect, in: reports)
                {
                    letters.append(self.letter(of: account, effect, posted))
                } else {
                    self.submit(account, effects[index].task)
                }
                continue
            }
            if tenant !== account.tenant {
                if let tenant { self.charge(&orders, of: &asked, at: tenant) }
                tenant = account.tenant
            }
            switch self.departure(account, caseNumber: caseNumber, attempt: attempt, turn: turn) {
            case .leaves(let order):
                if orders.isEmpty {
                    orders.reserveCapacity(effects.count)
                    asked.reserveCapacity(effects.count)
                }
                asked.append(
                    OpenCharge(account: account, caseNumber: caseNumber, attempt: attempt))
                orders.append(order)
            case .stays(let reason):
                self.answeredAtOnce(
                    account, caseNumber: caseNumber, attempt: attempt, outcome: .notSent(reason))
            }
        }
        if let tenant { self.charge(&orders, of: &asked, at: tenant) }
        if !messages.isEmpty { self.send(messages) }
        if !letters.isEmpty { self.post(letters) }
    }

    private struct OpenCharge {
        let account: Account
        let caseNumber: UInt32
        let attempt: UInt32
    }

    /// Charges at a gateway that answers at once.
    private func charge(
        _ orders: inout [ChargeOrder], of asked: inout [OpenCharge], at tenant: TenantHandle
    ) {
        guard let gateway = tenant.immediate, !orders.isEmpty else { return }
        let outcomes = gateway.chargeNow(orders)
        for (place, outcome) in outcomes.enumerated() {
            self.answeredAtOnce(
                asked[place].account, caseNumber: asked[place].caseNumber,
                attempt: asked[place].attempt, outcome: outcome)
        }
        asked.removeAll(keepingCapacity: true)
        orders.removeAll(keepingCapacity: true)
    }

    func submit(_ account: Account, _ task: EffectTask) {
        self.environment.effects.submit(self.work(account, task))
    }

    /// Counts an effect as under way.
    func work(_ account: Account, _ task: EffectTask) -> EffectWork {
        self.runningEffects += 1
        account.assumeIsolated { $0.running += 1 }
        return EffectWork(
            shard: self, account: account, task: task, generation: self.generation,
            committedMs: self.environment.runtime.monotonicMs())
    }

    /// Whether the account is the one that the shard still holds.
    func holds(_ account: Account) -> Bool {
        self.isResident(account)
    }

    /// A runner has let go of an effect, answered or not.
    func finished(_ work: EffectWork) {
        guard work.generation == self.generation else { return }
        self.runningEffects -= 1
        self.release(work.account)
    }

    /// One thing less is under way at the account: a timer that waited for it may fire.
    func release(_ account: Account) {
        if let due = self.released(account) { self.heap.push(account, dueMs: due) }
    }

    /// An answer that came with the commit of its intent.
    private func answeredAtOnce(
        _ account: Account, caseNumber: UInt32, attempt: UInt32, outcome: AttemptOutcome
    ) {
        self.answered(account, caseNumber: caseNumber, attempt: attempt, outcome: outcome)
        if self.waiting.isEmpty {
            self.release(account)
        } else {
            self.whenRoom { $0.release(account) }
        }
    }

    /// The gateway's answer becomes a command of the same account.
    func answered(
        _ account: Account, caseNumber: UInt32, attempt: UInt32, outcome: AttemptOutcome
    ) {
        let answer = AccountCommand.attemptAnswered(
            caseNumber: caseNumber, attempt: attempt, outcome: outcome)
        if self.hasRoom, self.waiting.isEmpty, self.state == .active {
            self.take(answer, of: account)
        } else {
            self.whenRoom { if $0.holds(account) { $0.take(answer, of: account) } }
        }
    }

    private func take(_ answer: AccountCommand, of account: Account) {
        _ = self.turn(account, answer, now: self.isNotNow(answer) ? self.now : self.effectNow)
    }

    /// A message found the hours closed: planned at an instant before that, it would be said again
    /// at once, for ever.
    private func isNotNow(_ answer: AccountCommand) -> Bool {
        guard case .effectAnswered(_, .refused(let reason)) = answer else { return false }
        return reason == EffectOutcome.notNow
    }

    /// Domain time of an answer: under a manual clock the account's own, so that the end state
    /// does not depend on how far the clock was moved at once.
    var effectNow: Timestamp {
        self.environment.isManual ? Timestamp(ms: 0) : self.now
    }

    /// An outcome from a runner, with its book-keeping, from any thread.
    nonisolated func deliver(
        _ work: EffectWork, outcome: AttemptOutcome, attempt: UInt32, caseNumber: UInt32
    ) {
        self.post { shard in
            guard shard.holds(work.account) else { return }
            shard.answered(
                work.account, caseNumber: caseNumber, attempt: attempt, outcome: outcome)
            shard.finished(work)
            shard.afterWork()
        }
    }

    /// The outcome of a message, announcement or end action, from any thread.
    nonisolated func deliver(_ work: EffectWork, id: RecordPosition, outcome: EffectOutcome) {
        self.post { shard in
            guard shard.holds(work.account) else { return }
            shard.whenRoom { shard in
                guard shard.holds(work.account) else { return }
                _ = shard.turn(
                    work.account, .effectAnswered(id: id, outcome: outcome), now: shard.effectNow)
                if case .announcement = work.task { shard.announceNext(work.account) }
            }
            shard.finished(work)
            shard.afterWork()
        }
    }

    /// What the gateway knows of a card now, from any thread.
    nonisolated func deliver(_ work: EffectWork, id: RecordPosition, card: PaymentMethod?) {
        self.post { shard in
            guard shard.holds(work.account) else { return }
            shard.whenRoom { shard in
                guard shard.holds(work.account) else { return }
                _ = shard.turn(
                    work.account, .cardLookedUp(id: id, found: card), now: shard.effectNow)
            }
            shard.finished(work)
            shard.afterWork()
        }
    }

    /// A runner will try again later by itself: the clock need not wait for it.
    nonisolated func letGo(_ work: EffectWork) {
        self.post { shard in
            shard.finished(work)
            shard.afterWork()
        }
    }

    /// Hands an effect that is under way to its runner again.
    nonisolated func tryAgain(_ work: EffectWork) {
        self.post { shard in
            if work.generation == shard.generation, shard.holds(work.account) {
                shard.environment.effects.submit(work)
            } else {
                shard.finished(work)
            }
        }
    }

    /// Takes an effect up again that was let go.
    nonisolated func takeUp(_ work: EffectWork) {
        self.post { shard in
            guard work.generation == shard.generation, shard.holds(work.account) else { return }
            shard.runningEffects += 1
            work.account.assumeIsolated { $0.running += 1 }
            shard.environment.effects.submit(work)
        }
    }

    /// The next announcement of an account, once the one before it is answered.
    private func announceNext(_ account: Account) {
        guard let state = self.state(of: account),
            let next = state.effects.first(where: { $0.kind == .announcement })
        else { return }
        if next.id.op <= self.committedOp {
            self.submit(account, .announcement(next))
        } else if !self.open.effects.contains(where: { entry in
            guard entry.account === account, case .announcement(let listed) = entry.task else {
                return false
            }
            return listed.id == next.id
        }) {
            self.open.effects.append(OpenEffect(account: account, task: .announcement(next)))
        }
    }

    /// What follows any work that a runner or a caller brought.
    func afterWork() {
        self.fireDue()
        self.flush()
    }

    /// Lists again what a restart or a load from disk found undone, in order.
    func resumeEffects(of account: Account) {
        guard account.assumeIsolated({ $0.hasEffects }), let state = self.state(of: account) else {
            return
        }
        var hasAnnouncement = false
        for effect in state.effects {
            switch effect.kind {
            case .charge: self.submit(account, .resumedCharge(effect))
            case .lookUp: self.submit(account, .lookUp(effect))
            case .message: self.submit(account, .message(effect))
            case .announcement:
                if !hasAnnouncement { self.submit(account, .announcement(effect)) }
                hasAnnouncement = true
            case .endAction: self.submit(account, .endAction(effect))
            case .cardLookUp: self.submit(account, .cardLookUp(effect))
            case .notice: self.submit(account, .notice(effect))
            case .budgetReport: self.submit(account, .budgetReport(effect))
            }
        }
    }
}
