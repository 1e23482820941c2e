/// A case with the rules that it is planned by, some of which may be taken away: what the planner
/// then answers is what would happen without them.
///
/// It asks the planner that decides, on copies; nothing is decided here.
struct LiftedCase {
    /// One rule that can be taken away.
    enum Lift: Hashable {
        case budget(UInt32, method: UInt32)
        case scheme(UInt32, method: UInt32)
        case delay(method: UInt32)
        case credential(method: UInt32)
        /// A method that is not tried although it is held.
        case backup(method: UInt32)
        case ladder
        case technical
        case gap
        case calendar
        case window
        case renewal
        case agreement
        case snooze
        case flags
        case backlog
        case costs
        /// The customer is to be told of a debit, and nobody can be.
        case untold
        /// What other accounts have learnt of the card.
        case shared(method: UInt32)

        /// The method that the rule speaks about; `nil` for all of them.
        var method: UInt32? {
            switch self {
            case .budget(_, let method), .scheme(_, let method), .delay(let method),
                .credential(let method), .backup(let method), .shared(let method):
                method
            default: nil
            }
        }
    }

    let account: EntityKey
    let context: DecisionContext
    let now: Timestamp
    var state: AccountState
    var dunningCase: DunningCase
    var policy: DunningPolicy
    var bundle: Bundle
    var wish: AccountTurn.Wish

    /// `nil` where the bundle that the case was opened under is not at hand.
    init?(
        _ state: AccountState, _ dunningCase: DunningCase, account: EntityKey,
        context: DecisionContext, now: Timestamp
    ) {
        guard let pinned = context.pinned(dunningCase) else { return nil }
        self.account = account
        self.context = context
        self.now = max(now, state.lastAt)
        self.state = state
        self.dunningCase = dunningCase
        self.policy = pinned.policy
        self.bundle = pinned.bundle
        self.wish = .ladder(fromRung: dunningCase.rung)
        self.wish = self.likelyWish()
    }

    var turn: AccountTurn {
        AccountTurn(asking: self.state, account: self.account, context: self.context, at: self.now)
    }

    var pinned: PinnedPolicy { PinnedPolicy(self.policy, in: self.bundle) }

    /// The attempt that the planner would choose; `nil` for none.
    func attempt() -> AccountTurn.PlannedAttempt? {
        self.turn.planAttempt(self.dunningCase, self.wish, policy: self.pinned).attempt
    }

    /// The wish under which the planner comes to the plan that the case has.
    private func likelyWish() -> AccountTurn.Wish {
        let plan = self.dunningCase.plan
        let rung = self.dunningCase.rung
        guard self.dunningCase.inFlight == nil else {
            return .ladder(fromRung: rung.increased())
        }
        guard plan.attemptAt.ms != 0 else {
            let isFresh = self.dunningCase.lastAttempt == 0
            let likely: [AccountTurn.Wish] =
                isFresh
                ? [.ladder(fromRung: rung), .ladder(fromRung: rung.increased())]
                : [.ladder(fromRung: rung.increased())]
            // No rung is left after the last: that always comes to nothing.
            return self.first(of: likely, coming: nil) ?? .ladder(fromRung: .max)
        }
        guard plan.attemptReason != .technical else { return .now(.technical) }
        let likely: [AccountTurn.Wish] = [.ladder(fromRung: rung), .resumed(fromRung: rung)]
        // Without the others who hold the card it would have been then.
        let aim = self.cardPermit.map { $0.grantedAt == plan.attemptAt ? $0.wantedAt : nil }
        return self.first(of: likely, coming: (aim ?? nil) ?? plan.attemptAt)
            ?? .now(plan.attemptReason)
    }

    /// What a card that other accounts hold, too, has answered about the case; `nil` for none.
    var cardPermit: BudgetPermit? { self.share(of: .card)?.permit(self.dunningCase.number) }

    /// The card or address of which something was asked for the case.
    func share(of kind: EntityKind) -> BudgetShare? {
        self.state.shares.first {
            $0.kind == kind && $0.standing != .sole
                && $0.permit(self.dunningCase.number)?.isUsed == false
        }
    }

    func sharePlace(ofMethod number: UInt32) -> Int? {
        guard let held = self.state.methods.first(where: { $0.number == number }),
            let card = held.method.sharedKey
        else { return nil }
        return self.state.sharePlace(.card, card)
    }

    private func first(
        of wishes: [AccountTurn.Wish], coming instant: Timestamp?
    ) -> AccountTurn.Wish? {
        wishes.first { wish in
            var asked = self
            asked.wish = wish
            return asked.attempt()?.at == instant
        }
    }

    /// Of an attempt that the ladder, or the tries of a window, chose.
    var followsLadder: Bool {
        switch self.wish {
        case .ladder, .resumed: true
        case .now, .from, .technical: false
        }
    }

    // MARK: Taking away

    mutating func lift(_ lift: Lift) {
        switch lift {
        case .budget(let number, _):
            self.setRules(
                budgets: self.bundle.rules.budgets.filter { $0.number != number },
                schemes: self.bundle.rules.schemes)
        case .scheme(let number, _): self.lift(scheme: number)
        case .delay(let method):
            self.change(method) { $0.notBefore = Timestamp(ms: 0) }
        case .credential(let method):
            self.change(method) {
                $0.blockedBy = nil
                $0.triesLeft = nil
            }
        case .backup(let method):
            self.policy.retries.usesBackups = true
            for index in self.state.methods.indices
            where self.state.methods[index].number == method {
                self.state.methods[index].isBackup = true
            }
        case .ladder:
            self.wish = .now(self.followsLadder ? .ladder : self.dunningCase.plan.attemptReason)
        case .technical: break
        case .gap: self.policy.retries.gapMinMs = 0
        case .calendar: self.policy.retries.calendar = RetryCalendar()
        case .window: self.liftWindow()
        case .renewal: self.policy.retries.renewalGapMs = 0
        case .agreement: self.dunningCase.amendIfAny { $0.agreement = [] }
        case .snooze: self.dunningCase.amendIfAny { $0.snoozedUntil = Timestamp(ms: 0) }
        case .flags: self.state.liftFlags()
        case .costs: self.policy.costs = [:]
        case .untold: self.policy.retries.announcesDebits = false
        case .shared(let method):
            if let place = self.sharePlace(ofMethod: method) {
                self.state.shares[place].bar = CredentialStanding()
            }
        case .backlog: self.dunningCase.amendIfAny { $0.flags.remove(.messagesOnly) }
        }
    }

    /// Leaves only one method to be charged.
    mutating func keepOnly(method: UInt32) {
        guard method != 0 else { return }
        self.state.methods.removeAll { $0.number != method }
        for index in self.state.methods.indices { self.state.methods[index].isDefault = true }
    }

    private mutating func change(
        _ method: UInt32, _ body: (inout CredentialStanding) -> Void
    ) {
        if method == 0 { body(&self.state.unnamedStanding) }
        for index in self.state.methods.indices where self.state.methods[index].number == method {
            body(&self.state.methods[index].standing)
        }
    }

    /// A submission is taken away by a calendar that never closes: other demands count its days.
    private mutating func lift(scheme number: UInt32) {
        var calendars = self.bundle.rules.calendars
        var schemes: [SchemeRule] = []
        for var rule in self.bundle.rules.schemes {
            guard rule.number == number else {
                schemes.append(rule)
                continue
            }
            guard case .submission(var submission) = rule.demand,
                var open = calendars.first(where: { $0.name == submission.calendar })
            else { continue }
            open.name = "open-\(number)"
            open.neverCloses = true
            calendars.append(open)
            submission.calendar = open.name
            submission.cutOffMinute = 24 * 60
            rule.demand = .submission(submission)
            schemes.append(rule)
        }
        self.setRules(
            budgets: self.bundle.rules.budgets, schemes: schemes, calendars: calendars)
    }

    private mutating func setRules(
        budgets: [BudgetRule], schemes: [SchemeRule], calendars: [BankCalendar]? = nil
    ) {
        self.bundle.rules = RuleBook(
            version: self.bundle.rules.version, budgets: budgets, schemes: schemes,
            calendars: calendars ?? self.bundle.rules.calendars)
    }

    /// Tries that are spread over a window keep their places where the window's end goes.
    private mutating func liftWindow() {
        if case .window(let tries, let withinMs) = self.policy.retries.mode, tries > 0 {
            let offsets = (1...Int64(tries)).map { withinMs / Int64(tries) * $0 }
            self.policy.retries.mode = .ladder
            self.policy.retries.defaultLadder = RetryLadder(offsetsMs: offsets)
            self.policy.retries.ladders = [:]
            self.policy.retries.byInterval = [:]
        }
        self.policy.retries.windowMs = Self.farMs
    }

    /// A thousand years: farther than any plan.
    private static let farMs = 365_000 * Milliseconds.day
}

extension AccountState {
    /// As if nobody had said anything that stops the account.
    mutating func liftFlags() {
        if !self.outreach.isEmpty { self.outreach[0].flags = [] }
    }
}

extension DunningCase {
    /// Changes what is particular about a case that has something of the kind.
    mutating func amendIfAny(_ body: (inout CaseParticulars) -> Void) {
        if !self.particulars.isEmpty { body(&self.particulars[0]) }
    }
}

extension PinnedPolicy {
    /// What it was made of, the arms of experiments included.
    var policy: DunningPolicy {
        var policy = DunningPolicy(
            name: self.name, retries: self.retries, messages: self.messages,
            sending: self.sending, access: self.access, ending: self.ending,
            bundling: self.bundling, wishes: self.wishes, backlog: self.backlog)
        policy.costs = self.costs
        return policy
    }
}
