import DunlinCore
import DunlinPolicy

/// The life of one case of the built-in policy, `standard`: a failed payment of a card that is
/// refused at every attempt, e-mails, access lost step by step, the end after 28 days. What the
/// world answers is answered at once.
struct CaseLife {
    static let start = CivilTime(year: 2026, month: 1, day: 1).utc

    let context: DecisionContext
    private let account = EntityKey(key: "cus_NffrFeUfNV2Hib")

    init() throws {
        let compiled = try BundleCompiler.compile(
            BundleSource(
                policies: [BuiltInSources.defaultPolicy, BuiltInSources.ladderPolicy],
                tenantPolicies: [EntityKey.mainTenant: "standard"], zones: ZoneCatalog()))
        self.context = DecisionContext(
            current: compiled.bundle, bundles: [compiled.bundle.id: compiled.bundle],
            tenant: TenantSettings(name: EntityKey.mainTenant, mode: .live),
            origin: ClusterOrigin(cluster: 1, generation: 1))
    }

    /// The event that opens the case, with what a billing system tells along.
    var failure: AccountCommand {
        .intake(
            IntakeFacts(
                eventID: "evt_1NG8Du2eZvKYlo2CUI79vXWy", occurredAt: Self.start,
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: "in_1MtHbELkdIwHu7ixl4OzzPMv",
                            subscription: "sub_1MowQVLkdIwHu7ixeRlqHVzs", amountMinor: 4200,
                            currency: .eur, dueAt: Self.start),
                        codes: DeclineCodes(code: "insufficient_funds"))),
                profile: ProfileChange(
                    contacts: [
                        SealedContact(channel: .email, sealed: [UInt8](repeating: 7, count: 48))
                    ],
                    locale: "en", zone: "UTC", country: "DE"),
                method: MethodChange(
                    method: PaymentMethod(
                        token: "pm_1MqLiJLkdIwHu7ixUEgbFdYF", network: .visa,
                        lastFour: "4242", expiryMonth: 2030 * 12))))
    }

    /// Decides one command and answers the state after it; counts commands and events.
    private func step(
        _ state: AccountState, _ command: AccountCommand, at now: Timestamp,
        _ count: inout Count
    ) -> AccountState {
        count.commands += 1
        let decision = decide(
            state, account: self.account, command, context: self.context, now: now,
            at: RecordPosition(op: UInt64(count.commands), index: 0))
        count.events += decision.events.count
        return decision.state
    }

    struct Count {
        var commands = 0
        var events = 0
        var days: Int64 = 0
    }

    /// From the failure until nothing is due and nothing waits for an answer.
    func live() -> Count {
        var count = Count()
        var now = Self.start
        var state = self.step(AccountState(), self.failure, at: now, &count)
        while count.commands < Self.commandsMax {
            if let effect = state.effects.first {
                state = self.step(state, self.answer(effect), at: now, &count)
            } else if let due = state.dueAt {
                now = max(now, due)
                state = self.step(state, .timer(realNow: now), at: now, &count)
            } else {
                break
            }
        }
        count.days = (now.ms - Self.start.ms) / Milliseconds.day
        return count
    }

    /// More commands than any life of the policy takes.
    private static let commandsMax = 1000

    private func answer(_ effect: PendingEffect) -> AccountCommand {
        switch effect.kind {
        case .charge, .lookUp:
            .attemptAnswered(
                caseNumber: effect.caseNumber, attempt: effect.argument,
                outcome: .declined(
                    DeclineCodes(code: "insufficient_funds"), chargeID: "ch_\(effect.id.op)"))
        default: .effectAnswered(id: effect.id, outcome: .done(reference: "accepted"))
        }
    }

    /// An account with an open case whose attempt is on its way, and the refusal that comes back.
    func refusal() -> (state: AccountState, command: AccountCommand, now: Timestamp) {
        var count = Count()
        var state = self.step(AccountState(), self.failure, at: Self.start, &count)
        var now = Self.start
        while !state.effects.contains(where: { $0.kind == .charge }), let due = state.dueAt {
            now = max(now, due)
            state = self.step(state, .timer(realNow: now), at: now, &count)
            while let effect = state.effects.first(where: { $0.kind != .charge }) {
                state = self.step(state, self.answer(effect), at: now, &count)
            }
        }
        guard let charge = state.effects.first(where: { $0.kind == .charge }) else {
            return (state, .timer(realNow: now), now)
        }
        return (state, self.answer(charge), now)
    }
}
