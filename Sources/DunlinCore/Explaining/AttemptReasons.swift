/// Why the next attempt of an open case is when it is: each rule is asked alone, and the plan is
/// made again without it.
struct AttemptReasons {
    private let base: LiftedCase
    /// What the case plans; zero for nothing.
    private let at: Timestamp
    /// What the planner comes to now: mostly ``at``.
    private let asked: Timestamp

    init(_ base: LiftedCase) {
        self.base = base
        self.at = base.dunningCase.plan.attemptAt
        self.asked = base.attempt()?.at ?? Timestamp(ms: 0)
    }

    /// What a switch holds back.
    private var planned: Timestamp { self.at.ms != 0 ? self.at : self.asked }

    private var dunningCase: DunningCase { self.base.dunningCase }
    private var now: Timestamp { self.base.now }

    var slot: PlannedSlot {
        let plan = self.dunningCase.plan
        let words =
            self.dunningCase.inFlight != nil
            ? "an attempt is out, and its outcome comes first" : plan.attemptReason.words
        var reasons = self.standstills
        if self.dunningCase.inFlight == nil, let shared = self.sharedReason {
            reasons.append(shared)
        }
        if self.dunningCase.inFlight == nil {
            for lift in self.lifts {
                if let reason = self.reason(lift) { reasons.append(reason) }
            }
            reasons += self.choices
        }
        return PlannedSlot(
            kind: .attempt, caseNumber: self.dunningCase.number, at: self.at, words: words,
            reasons: reasons)
    }

    // MARK: Rules that plans are made by

    /// Every rule that speaks about this attempt and that can be taken away.
    private var lifts: [LiftedCase.Lift] {
        var lifts: [LiftedCase.Lift] = []
        if self.base.state.flags.stopAttempts { lifts.append(.flags) }
        if !self.base.policy.costs.isEmpty { lifts.append(.costs) }
        if self.dunningCase.isMessagesOnly { lifts.append(.backlog) }
        if self.dunningCase.plan.attemptReason == .untold { lifts.append(.untold) }
        let terms = self.dunningCase.particulars.first
        if terms?.nextPart != nil { lifts.append(.agreement) }
        if let terms, terms.snoozedUntil > self.now { lifts.append(.snooze) }
        if self.dunningCase.plan.attemptReason == .technical, self.at > self.now {
            lifts.append(.technical)
        } else if self.base.followsLadder, terms?.nextPart == nil {
            lifts.append(.ladder)
        }
        let retries = self.base.policy.retries
        if retries.gapMinMs > 0 { lifts.append(.gap) }
        if !retries.calendar.isPlain { lifts.append(.calendar) }
        lifts.append(.window)
        if let terms, terms.nextBillingAt.ms != 0, retries.renewalGapMs > 0 {
            lifts.append(.renewal)
        }
        for method in self.methods { lifts += self.lifts(of: method) }
        return lifts
    }

    /// Number and network of each method that may be asked for; 0 for the gateway's default.
    private var methods: [HeldMethod] {
        guard self.base.state.methods.isEmpty else { return self.base.state.methods }
        return [
            HeldMethod(
                number: 0, method: PaymentMethod(token: ""),
                standing: self.base.state.unnamedStanding, isDefault: true,
                changedAt: Timestamp(ms: 0))
        ]
    }

    private func lifts(of held: HeldMethod) -> [LiftedCase.Lift] {
        let number = held.number
        guard held.isDefault || (held.isBackup && self.base.policy.retries.usesBackups) else {
            return [.backup(method: number)]
        }
        var lifts: [LiftedCase.Lift] = []
        if held.standing.blockedBy != nil || held.standing.triesLeft == 0 {
            lifts.append(.credential(method: number))
        }
        if let place = self.base.sharePlace(ofMethod: number),
            self.base.state.shares[place].bar != CredentialStanding()
        {
            lifts.append(.shared(method: number))
        }
        if held.standing.notBefore.ms != 0 { lifts.append(.delay(method: number)) }
        let currency = self.dunningCase.obligation.currency
        let rules = self.base.bundle.rules
        for rule in rules.budgets
        where rule.applies(to: held.method.network)
            && (rule.currency ?? currency) == currency
        {
            lifts.append(.budget(rule.number, method: number))
        }
        for rule in rules.schemes where rule.applies(to: held.method.network, currency) {
            lifts.append(.scheme(rule.number, method: number))
        }
        return lifts
    }

    /// The reason that a rule gives; `nil` where it keeps the attempt from nothing.
    private func reason(_ lift: LiftedCase.Lift) -> SlotReason? {
        if lift == .technical { return self.technicalReason }
        var without = self.base
        without.lift(lift)
        let withoutAt = without.attempt()?.at ?? Timestamp(ms: 0)
        let alone = self.alone(lift)
        let isDecisive = withoutAt != self.asked
        guard isDecisive || alone == nil || alone.map({ $0 > self.now }) == true else {
            return nil
        }
        // A rule that is free now, and yet decides, held where the others would have put it.
        let freesAt: Timestamp
        switch lift {
        case .window, .renewal: freesAt = Timestamp(ms: 0)
        default:
            freesAt = alone.map { $0 > self.now ? $0 : self.planned } ?? Timestamp(ms: 0)
        }
        var reason = AttemptRuleWords(self.base, self.now).reason(lift)
        reason.freesAt = freesAt
        reason.withoutAt = withoutAt
        reason.isDecisive = isDecisive
        return reason
    }

    /// The first instant that one rule allows when no other holds; `nil` for never.
    private func alone(_ lift: LiftedCase.Lift) -> Timestamp? {
        var world = self.base
        if let method = lift.method { world.keepOnly(method: method) }
        switch lift {
        case .backup, .backlog: return nil
        default: break
        }
        for other in self.lifts where other != lift {
            // The days that a scheme counts are those of its calendar.
            if case .scheme = lift, case .scheme(let number, _) = other,
                self.isSubmission(number)
            {
                continue
            }
            world.lift(other)
        }
        if lift != .ladder { world.lift(.ladder) }
        return world.attempt()?.at
    }

    private func isSubmission(_ number: UInt32) -> Bool {
        let rule = self.base.bundle.rules.schemes.first { $0.number == number }
        if case .submission = rule?.demand { return true }
        return false
    }

    private var technicalReason: SlotReason {
        let now = self.base.turn.planAttempt(
            self.dunningCase, .now(.technical), policy: self.base.pinned
        ).attempt?.at
        return SlotReason(
            rule: .technicalWait, name: "retries.technical",
            version: self.base.policyVersion,
            words: "failures of the machinery are repeated with doubling waits; this was number "
                + "\(self.dunningCase.technicalTries) in a row",
            freesAt: self.at, withoutAt: now ?? Timestamp(ms: 0), isDecisive: now != self.at)
    }

    // MARK: What holds a plan back although it is made

    private var standstills: [SlotReason] {
        var reasons: [SlotReason] = []
        if let inFlight = self.dunningCase.inFlight {
            reasons.append(
                SlotReason(
                    rule: .inFlight, name: "one charge in flight",
                    words: "an invoice has one charge in flight at most; attempt "
                        + "\(inFlight.number) \(inFlight.phase.words)",
                    freesAt: inFlight.nextLookUpAt,
                    withoutAt: self.base.attempt()?.at ?? Timestamp(ms: 0)))
        }
        return reasons
            + self.base.switches(pausing: \.chargesPaused, "pause charges", at: self.planned)
    }

    /// The card's budget is used by other accounts, too.
    private var sharedReason: SlotReason? {
        guard self.at.ms != 0, let share = self.base.share(of: .card),
            let permit = self.base.cardPermit
        else { return nil }
        let holders = "\(share.holders) accounts hold the card"
        guard permit.grantedAt.ms != 0 else {
            return SlotReason(
                rule: .sharedCard, name: "a card of several accounts",
                words: "other accounts may hold the card: what it has left is being asked",
                withoutAt: self.at)
        }
        guard permit.grantedAt > permit.wantedAt, self.at >= permit.grantedAt else { return nil }
        return SlotReason(
            rule: .sharedCard, name: "a card of several accounts",
            words: "\(holders), and their attempts count together: until then it has no room",
            freesAt: permit.grantedAt, withoutAt: max(permit.wantedAt, self.now))
    }

    // MARK: What the policy was chosen by

    /// The holdout and experiments that replaced the retries.
    private var choices: [SlotReason] {
        guard let terms = self.dunningCase.particulars.first else { return [] }
        var reasons: [SlotReason] = []
        for assignment in terms.assignments {
            let isHeld =
                assignment.experiment == Assignment.holdoutName
                && assignment.arm == Holdout.heldArm
            let isArm =
                !terms.retryPolicy.isEmpty
                && self.base.replacesRetries(assignment)
            guard isHeld || isArm, let own = self.base.withoutArms(isHeld: isHeld) else { continue }
            let withoutAt = own.attempt()?.at ?? Timestamp(ms: 0)
            reasons.append(
                SlotReason(
                    rule: isHeld ? .holdout : .experiment, name: assignment.experiment,
                    version: self.base.policyVersion,
                    words: isHeld
                        ? "the account is held out, so that what the rest brings can be proved: "
                            + "its cases follow the plain policy \(self.base.policy.name)"
                        : "arm \(assignment.arm) replaces the retries by those of "
                            + "\(terms.retryPolicy)",
                    withoutAt: withoutAt, isDecisive: withoutAt != self.asked))
        }
        return reasons
    }
}
