import DunlinCore
import DunlinPorts

/// A message before its address is opened.
struct MessageDraft: Sendable {
    var channel: Channel
    var template: String
    var locale: String
    var sealed: [UInt8]
    var facts: MessageFacts
    var at: Timestamp
}

/// Whether a message that was decided may leave, looked at right before it does.
enum MessageDeparture: Sendable {
    case leaves(MessageDraft)
    /// With a short reason.
    case stays(String)
}

/// What runners ask of the shard right before they act.
extension Shard {
    /// The order of a charge that may still leave, else why it may not.
    func departure(
        _ account: Account, caseNumber: UInt32, attempt: UInt32, committedMs: Int64
    ) -> Departure {
        guard self.state == .active else { return .stays(.superseded) }
        let age = self.environment.runtime.monotonicMs() - committedMs
        guard age <= self.environment.limits.sendWithinMs,
            self.isFresh(account, caseNumber: caseNumber, attempt: attempt)
        else { return .stays(.tooLate) }
        return self.departure(account, caseNumber: caseNumber, attempt: attempt, turn: nil)
    }

    /// The intent is not older than it may be when it leaves, however long its commit took: who
    /// looks for its charge later reckons from the intent (``NodeLimits/sendWithinMs``), and
    /// takes one that shows nowhere for one that was never made (Law 2).
    private func isFresh(_ account: Account, caseNumber: UInt32, attempt: UInt32) -> Bool {
        guard let state = self.state(of: account), let index = state.caseIndex(caseNumber),
            let inFlight = state.cases[index].inFlight, inFlight.number == attempt,
            inFlight.realAt.ms != 0
        else { return true }
        let age = self.environment.runtime.wallNow().ms.decreased(by: inFlight.realAt.ms)
        return (-Self.clockStepMsMax...self.environment.limits.sendWithinMs).contains(age)
    }

    /// The wall's clock may be set back by so much between an intent and its request.
    private static let clockStepMsMax: Int64 = 5000

    /// `turn`: of the intent, where it is known: nothing happened to the account since if it is
    /// still the newest.
    func departure(
        _ account: Account, caseNumber: UInt32, attempt: UInt32, turn: UInt32?
    ) -> Departure {
        guard let settings = self.context(of: account.tenant)?.tenant else {
            return .stays(.superseded)
        }
        if settings.mode == .observe { return .stays(.observing) }
        if settings.chargesPaused { return .stays(.paused) }
        do {
            return try self.departure(
                of: account, caseNumber: caseNumber, attempt: attempt, turn: turn)
        } catch {
            self.unreadable(error)
            return .stays(.superseded)
        }
    }

    /// The question about an attempt in flight; `nil` when there is none any more.
    func question(_ account: Account, _ effect: PendingEffect) -> ChargeLookUp? {
        guard self.state == .active, self.holds(account),
            var state = self.state(of: account),
            let index = state.caseIndex(effect.caseNumber),
            let inFlight = state.cases[index].inFlight, inFlight.number == effect.argument,
            let order = account.chargeOrder(caseNumber: effect.caseNumber, &state),
            let context = self.context(of: account.tenant)
        else { return nil }
        let dunningCase = state.cases[index]
        let age = self.environment.runtime.wallNow().ms.decreased(by: inFlight.realAt.ms)
        let mayResend =
            dunningCase.isOpen && !dunningCase.flags.contains(.paused)
            && context.tenant.mode == .live && !context.tenant.chargesPaused
            && inFlight.amountMinor <= dunningCase.obligation.openMinor
        // A wall clock that ran backwards says nothing about the age of a key.
        return ChargeLookUp(
            order: order, ageMs: age >= 0 && inFlight.realAt.ms != 0 ? age : nil,
            mayResend: mayResend, lookUps: inFlight.lookUps)
    }

    /// The message that an effect asks for, if it is still wanted and may leave now; `nil` when
    /// the account or its contact is gone.
    func draft(_ account: Account, _ effect: PendingEffect) -> MessageDeparture? {
        guard self.state == .active, self.holds(account),
            let state = self.state(of: account),
            let index = state.caseIndex(effect.caseNumber),
            let context = self.context(of: account.tenant)
        else { return nil }
        let dunningCase = state.cases[index]
        guard let bundle = context.bundles[dunningCase.bundle],
            let policy = bundle.messagePolicy(of: dunningCase),
            let step = policy.step(effect.argument)
        else { return nil }
        let channel = state.touch(of: effect.id)?.channel ?? .email
        let isWanted =
            dunningCase.isOpen
            ? !dunningCase.flags.contains(.paused)
            : dunningCase.phase == .recovered && step.trigger == .onRecovered
        if step.trigger == .debitPlanned, dunningCase.plan.noticeState != .sent {
            return .stays("superseded")
        }
        guard isWanted, !context.tenant.messagesPaused,
            state.mayStillSend(on: channel, step.purpose)
        else { return .stays("superseded") }
        guard self.mayLeaveNow(channel, step, policy.sending, state, bundle, context.tenant) else {
            return .stays(EffectOutcome.notNow)
        }
        guard let sealed = Self.address(channel, state) else { return nil }
        var facts = MessageFacts(
            dunningCase, state: state, policy: policy, tenant: account.tenant.parts,
            zone: bundle.zones.zone(
                state.profile.zone.isEmpty ? context.tenant.zone : state.profile.zone))
        if step.trigger == .debitPlanned { facts.announce(dunningCase, state, bundle.rules) }
        return .leaves(
            MessageDraft(
                channel: channel, template: step.template(for: dunningCase.decline.declineClass),
                locale: state.profile.locale, sealed: sealed, facts: facts, at: self.now))
    }

    /// The sealed address of a channel, none for one that needs no address; `nil` when it has
    /// gone.
    private static func address(_ channel: Channel, _ state: AccountState) -> [UInt8]? {
        guard channel.needsContact else { return [] }
        return state.profile.contact(for: channel)?.sealed
    }

    /// A message may have waited, for a restart or for its provider: the hours are asked again.
    private func mayLeaveNow(
        _ channel: Channel, _ step: MessageStep, _ sending: SendingRules, _ state: AccountState,
        _ bundle: Bundle, _ tenant: TenantSettings
    ) -> Bool {
        let whereabouts = bundle.hours.whereabouts(
            of: state.profile, tenantZone: tenant.zone, bundle.zones)
        var window = WeekHours(daily: step.windowMinutes)
        if let own = sending.windows[channel] {
            window = window.intersection(WeekHours(daily: own))
        }
        let now = self.leavingNow(state)
        let (hours, _) = bundle.hours.sendHours(
            for: channel, at: now, in: whereabouts, within: window, bundle.zones)
        return hours.first(from: now) == now
    }

    /// When a message leaves. A manual clock goes ahead of its accounts by up to a quantum: what was
    /// allowed at the account's instant is not late for that.
    private func leavingNow(_ state: AccountState) -> Timestamp {
        let now = self.now
        guard self.environment.isManual,
            now <= state.lastAt.advanced(byMs: Node.clockQuantumMs)
        else { return now }
        return state.lastAt
    }

    /// The message about what lies ahead that a record asked for, if it is still wanted; `nil`
    /// when its contact is gone.
    func draft(_ account: Account, _ notice: NoticeIntended) -> MessageDeparture? {
        guard self.state == .active, self.holds(account),
            let state = self.state(of: account), let context = self.context(of: account.tenant)
        else { return nil }
        // The confirmation of a STOP is the one message that its consent does not cover.
        let isConfirmation = notice.subject.kind == .optOut
        guard !context.tenant.messagesPaused, self.isStanding(notice.subject, state),
            isConfirmation
                ? !state.flags.stopMessages
                : state.mayStillSend(on: notice.channel, .transactional)
        else { return .stays("superseded") }
        if !isConfirmation, let policy = context.current.policy(forTenant: account.tenant.name),
            let step = policy.messages.first(where: { $0.name == notice.name }),
            !self.mayLeaveNow(
                notice.channel, step, policy.sending, state, context.current, context.tenant)
        {
            return .stays(EffectOutcome.notNow)
        }
        guard let sealed = Self.address(notice.channel, state) else { return nil }
        let zone = context.current.zones.zone(
            state.profile.zone.isEmpty ? context.tenant.zone : state.profile.zone)
        return .leaves(
            MessageDraft(
                channel: notice.channel, template: notice.template, locale: state.profile.locale,
                sealed: sealed,
                facts: MessageFacts(
                    notice.subject, state: state, tenant: account.tenant.parts, zone: zone),
                at: self.now))
    }

    /// The card is still the default, the charge still ahead.
    private func isStanding(_ subject: NoticeSubject, _ state: AccountState) -> Bool {
        switch subject.kind {
        case .expiry:
            state.methods.contains {
                $0.isDefault && $0.number == subject.method
                    && $0.method.expiryMonth == subject.expiryMonth
            }
        case .charge:
            state.outreach.first?.upcoming.contains { $0.id == subject.charge?.id } ?? false
        case .optOut: true
        }
    }

    /// The plan that the case's policy names for a downgrade; empty for none.
    func downgradePlan(of dunningCase: DunningCase, _ account: Account) -> String {
        let bundle = self.context(of: account.tenant)?.bundles[dunningCase.bundle]
        return bundle?.policies[dunningCase.policy]?.ending.downgradePlan ?? ""
    }

    /// The account's state once everything that it reflects is committed.
    func committedState(of account: Account) async -> AccountState? {
        let state = self.presentState(of: account)
        guard await self.commitment() == nil else { return nil }
        return state
    }

    private func presentState(of account: Account) -> AccountState? {
        guard self.state == .active, self.holds(account) else { return nil }
        return self.state(of: account)
    }
}

extension MessageFacts {
    /// What a message about a case may say.
    fileprivate init(
        _ dunningCase: DunningCase, state: AccountState, policy: DunningPolicy,
        tenant: TenantParts, zone: ZoneTable
    ) {
        // Where a backup is charged, the customer is told which one (the card networks' rules ask
        // for it).
        let charged = dunningCase.inFlight?.method ?? state.chargedBackup(of: dunningCase)
        let method =
            state.methods.first { $0.number == charged && charged != 0 }?.method
            ?? state.methods.first { $0.isDefault }?.method
        let link = dunningCase.obligation.link
        let loss = Self.nextLoss(dunningCase, policy)
        self.init(
            tenant: tenant.settings.name,
            amount: Money(
                minor: dunningCase.phase == .recovered
                    ? dunningCase.obligation.amountMinor : dunningCase.openMinor,
                currency: dunningCase.obligation.currency),
            obligation: dunningCase.obligation.id, dueAt: dunningCase.obligation.dueAt,
            declineClass: dunningCase.decline.declineClass, lastFour: method?.lastFour ?? "",
            network: method?.network ?? .unknown, link: link.isEmpty ? tenant.paymentLink : link,
            nextAttemptAt: dunningCase.plan.attemptAt, nextAccess: loss?.access,
            nextAccessAt: loss?.at ?? Timestamp(ms: 0), zone: zone)
        self.cancelLink = tenant.cancelLink
        self.isBackup =
            dunningCase.phase == .recovered && state.chargedBackup(of: dunningCase) != 0
    }

    /// Says the amount of the planned debit, and the day on which the bank takes it.
    fileprivate mutating func announce(
        _ dunningCase: DunningCase, _ state: AccountState, _ rules: RuleBook
    ) {
        let plan = dunningCase.plan
        let held = state.methods.first { $0.number == plan.noticeMethod }
        self.network = held?.method.network ?? .unknown
        self.lastFour = held?.method.lastFour ?? ""
        self.amount = Money(
            minor: dunningCase.chargeMinor, currency: dunningCase.obligation.currency)
        self.dueAt = rules.collection(of: self.network, handedInAt: plan.attemptAt)
        self.nextAttemptAt = self.dueAt
    }

    /// What a message about something ahead may say.
    fileprivate init(
        _ subject: NoticeSubject, state: AccountState, tenant: TenantParts, zone: ZoneTable
    ) {
        let method = state.methods.first { $0.isDefault }?.method
        let charge = subject.charge
        self.init(
            tenant: tenant.settings.name,
            amount: Money(minor: charge?.amountMinor ?? 0, currency: charge?.currency ?? .usd),
            obligation: charge?.id ?? "", dueAt: charge?.dueAt ?? Timestamp(ms: 0),
            declineClass: .unmapped, lastFour: method?.lastFour ?? "",
            network: method?.network ?? .unknown, link: tenant.paymentLink,
            nextAttemptAt: charge?.dueAt ?? Timestamp(ms: 0), nextAccess: nil,
            nextAccessAt: Timestamp(ms: 0), zone: zone)
        self.expiryMonth = subject.expiryMonth
    }

    /// What access is lost next: by the policy's timeline, or when the case ends without payment.
    private static func nextLoss(
        _ dunningCase: DunningCase, _ policy: DunningPolicy
    ) -> (access: AccessState, at: Timestamp)? {
        let plan = dunningCase.plan
        let taken = Int(dunningCase.accessSteps)
        if plan.accessAt.ms != 0, taken < policy.access.steps.count,
            plan.endAt.ms == 0 || plan.accessAt <= plan.endAt
        {
            return (policy.access.steps[taken].state, plan.accessAt)
        }
        guard plan.endAt.ms != 0, let access = policy.ending.access else { return nil }
        return (access, plan.endAt)
    }
}
