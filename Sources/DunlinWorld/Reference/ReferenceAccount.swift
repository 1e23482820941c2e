import DunlinCore
import DunlinPorts

/// One account under the pure core: a queue of effects instead of a node around it, and time that
/// jumps from one due instant to the next.
///
/// It does what a shard and its runners do, in the order in which they do it when nothing goes
/// wrong: a timer fires at its own instant, its charges are answered first, then its messages.
struct ReferenceAccount {
    let key: EntityKey
    let bank: WorldBank
    let context: DecisionContext
    private(set) var state = AccountState()
    /// What the account's address knows, where it is shared with other accounts.
    private var budget = SharedBudget()
    private var op: UInt64 = 0
    private var waiting: [(effect: PendingEffect, report: BudgetReport?)] = []
    /// Durable transitions so far.
    private(set) var transitions: UInt64 = 0
    /// Where the clock stands.
    private var clock: Timestamp
    /// Told when an attempt leaves.
    var onAttempt: (Timestamp) -> Void

    init(
        key: EntityKey, bank: WorldBank, context: DecisionContext, at start: Timestamp,
        onAttempt: @escaping (Timestamp) -> Void
    ) {
        self.key = key
        self.bank = bank
        self.context = context
        self.clock = start
        self.onAttempt = onAttempt
    }

    /// Moves the clock, by whole hours: what is due within one sees it at the hour's end.
    mutating func advance(to instant: Timestamp) {
        while let due = self.state.dueAt, due <= instant {
            let hour = Milliseconds.hour
            let end = (due.ms + hour - 1).flooredDivision(by: hour) * hour
            self.clock = max(self.clock, min(instant, Timestamp(ms: end)))
            guard self.fire(due) else { break }
            self.performAll()
        }
        self.clock = max(self.clock, instant)
    }

    /// Tells one event at the present instant and does all that follows from it at once.
    mutating func take(_ event: IntakeEvent) {
        var facts = event.facts
        if !event.personal.isEmpty {
            let isShared =
                self.context.current.policy(forTenant: self.key.tenant)?.sending.caps.isEmpty
                == false
            var change = facts.profile ?? ProfileChange()
            for contact in event.personal {
                let place =
                    contact.channel.isTelephone
                    ? self.context.current.hours.place(ofNumber: contact.address) : nil
                change.contacts.append(
                    SealedContact(
                        channel: contact.channel, sealed: [1], place: place ?? .unknown,
                        hash: isShared && contact.channel.needsContact ? "h" : ""))
            }
            facts.profile = change
        }
        self.decide(.intake(facts), at: self.clock)
        while true {
            if let due = self.state.dueAt, due <= self.clock, self.waiting.isEmpty {
                guard self.fire(due) else { break }
            } else if self.waiting.isEmpty {
                break
            }
            self.performAll()
        }
    }

    /// Answers whether anything came of it.
    private mutating func fire(_ due: Timestamp) -> Bool {
        let before = self.transitions
        self.decide(.timer(realNow: Timestamp(ms: 0)), at: due)
        return self.transitions > before
    }

    private mutating func decide(_ command: AccountCommand, at now: Timestamp) {
        self.op += 1
        let position = RecordPosition(op: self.op, index: 0)
        let held = self.state
        self.state = AccountState()
        let decision = DunlinCore.decide(
            held, account: self.key, command, context: self.context, now: now, at: position)
        self.state = decision.state
        guard !decision.events.isEmpty else { return }
        self.transitions += 1
        for effect in self.state.effects where effect.id >= position {
            var report: BudgetReport?
            if effect.kind == .budgetReport,
                case .budgetReportPosted(let posted) = decision.events[Int(effect.id.index)].event
            {
                report = posted
            }
            self.waiting.append((effect, report))
        }
    }

    // MARK: Effects

    private mutating func performAll() {
        while !self.waiting.isEmpty {
            // A gateway that answers at once is asked before anything else leaves.
            let next = self.waiting.firstIndex { $0.effect.kind == .charge } ?? 0
            let (effect, report) = self.waiting.remove(at: next)
            self.perform(effect, report)
        }
    }

    private mutating func perform(_ effect: PendingEffect, _ report: BudgetReport?) {
        // A moment of the past: answers are at the account's own time.
        let now = Timestamp(ms: 0)
        switch effect.kind {
        case .charge: self.charge(effect)
        case .message:
            self.decide(.effectAnswered(id: effect.id, outcome: self.send(effect)), at: now)
        case .endAction, .announcement:
            self.decide(
                .effectAnswered(id: effect.id, outcome: .done(reference: "simulated")), at: now)
        case .cardLookUp:
            self.decide(.cardLookedUp(id: effect.id, found: nil), at: now)
        case .budgetReport:
            guard let report, self.state.effects.contains(where: { $0.id == effect.id }) else {
                return
            }
            let at = max(self.state.lastAt, self.budget.lastAt)
            let rules = { (id: BundleID) in self.context.bundles[id]?.rules }
            let event = self.budget.decide(
                report, from: self.key.key, id: effect.id, now: at, rules: rules)
            if let event {
                self.budget.evolve(.reported(event), at: at, position: effect.id)
            }
            let word = self.budget.word(for: self.key.key, kind: report.kind, key: report.key)
            self.decide(.budgetHeard(id: effect.id, word: word), at: now)
        case .lookUp, .notice:
            self.decide(
                .effectAnswered(id: effect.id, outcome: .refused(reason: "not-simulated")), at: now)
        }
    }

    private mutating func charge(_ effect: PendingEffect) {
        guard let index = self.state.caseIndex(effect.caseNumber),
            let inFlight = self.state.cases[index].inFlight, inFlight.number == effect.argument
        else { return }
        let held = self.state.methods.first { $0.number == inFlight.method }
        let order = ChargeOrder(
            account: self.key, obligation: self.state.cases[index].obligation.id,
            attempt: self.state.cases[index].attempts, key: inFlight.key,
            amount: Money(minor: inFlight.amountMinor, currency: inFlight.currency),
            methodToken: held?.method.token ?? "", intendedAt: inFlight.intendedAt)
        self.onAttempt(inFlight.intendedAt)
        let outcome: AttemptOutcome =
            switch self.bank.verdict(on: order) {
            case .approved: .approved(chargeID: "ch_sim_" + hexadecimal(inFlight.key.low))
            case .declined(let code): .declined(DeclineCodes(code: code), chargeID: "")
            case nil: .notSent(.notFound)
            }
        self.decide(
            .attemptAnswered(
                caseNumber: effect.caseNumber, attempt: inFlight.number, outcome: outcome),
            at: Timestamp(ms: 0))
    }

    /// The last look at a message before it leaves, and the provider's answer.
    private func send(_ effect: PendingEffect) -> EffectOutcome {
        guard let index = self.state.caseIndex(effect.caseNumber) else {
            return .refused(reason: "no-contact")
        }
        let dunningCase = self.state.cases[index]
        guard let bundle = self.context.bundles[dunningCase.bundle],
            let policy = bundle.messagePolicy(of: dunningCase),
            let step = policy.step(effect.argument)
        else { return .refused(reason: "no-contact") }
        let channel = self.state.touch(of: effect.id)?.channel ?? .email
        let isWanted =
            dunningCase.isOpen
            ? !dunningCase.flags.contains(.paused)
            : dunningCase.phase == .recovered && step.trigger == .onRecovered
        guard isWanted, !self.context.tenant.messagesPaused,
            self.state.mayStillSend(on: channel, step.purpose)
        else { return .refused(reason: "superseded") }
        let whereabouts = bundle.hours.whereabouts(
            of: self.state.profile, tenantZone: self.context.tenant.zone, bundle.zones)
        var window = WeekHours(daily: step.windowMinutes)
        if let own = policy.sending.windows[channel] {
            window = window.intersection(WeekHours(daily: own))
        }
        let (hours, _) = bundle.hours.sendHours(
            for: channel, at: self.state.lastAt, in: whereabouts, within: window, bundle.zones)
        guard hours.first(from: self.state.lastAt) == self.state.lastAt else {
            return .refused(reason: EffectOutcome.notNow)
        }
        guard !channel.needsContact || self.state.profile.contact(for: channel) != nil else {
            return .refused(reason: "no-contact")
        }
        return .done(reference: "")
    }
}
