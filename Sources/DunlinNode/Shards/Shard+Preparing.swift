import DunlinCore
import DunlinPorts

/// A message before its address is opened.
struct MessageDraft: Sendable {
    var channel: Channel
    var template: String
    var locale: String
    var sealed: [UInt8]
    var facts: MessageFacts
}

/// What runners ask of the shard right before they act.
extension Shard {
    /// The order of a charge that may still leave, else why it may not.
    func departure(
        _ account: Account, caseNumber: UInt32, attempt: UInt32, committedMs: Int64
    ) -> Departure {
        guard self.state == .active else { return .stays(.superseded) }
        let age = self.environment.runtime.monotonicMs() - committedMs
        guard age <= self.environment.limits.sendWithinMs else { return .stays(.tooLate) }
        return self.departure(account, caseNumber: caseNumber, attempt: attempt, turn: nil)
    }

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

    /// The message that an effect asks for; `nil` when the account is gone.
    func draft(_ account: Account, _ effect: PendingEffect) -> MessageDraft? {
        guard self.state == .active, self.holds(account),
            let state = self.state(of: account),
            let index = state.caseIndex(effect.caseNumber),
            let context = self.context(of: account.tenant)
        else { return nil }
        let dunningCase = state.cases[index]
        guard let bundle = context.bundles[dunningCase.bundle],
            let policy = bundle.messagePolicy(of: dunningCase),
            Int(effect.argument) < policy.messages.count
        else { return nil }
        let step = policy.messages[Int(effect.argument)]
        guard let contact = state.profile.contact(for: step.channel) else { return nil }
        let facts = MessageFacts(
            dunningCase, state: state, policy: policy, tenant: account.tenant.parts,
            zone: bundle.zones.zone(
                state.profile.zone.isEmpty ? context.tenant.zone : state.profile.zone))
        return MessageDraft(
            channel: step.channel, template: step.template, locale: state.profile.locale,
            sealed: contact.sealed, facts: facts)
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
