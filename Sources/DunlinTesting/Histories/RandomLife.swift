package import DunlinCore

/// One account's life by a seed: a method, a policy of random times, refusals of all kinds,
/// attempts by others, operators' wishes.
package struct RandomLife {
    package private(set) var bench: LifeBench
    private var random: RandomSequence
    /// Draws what disturbs a life, so that an undisturbed one of the same seed stays as it is.
    private var disturbances: RandomSequence?
    private let network: PaymentNetwork
    private let currency: Currency

    package var audit: PermitAudit { self.bench.laws.permits }
    package var isDebit: Bool { self.network.isDirectDebit }

    private static let networks: [PaymentNetwork] = [
        .visa, .mastercard, .amex, .unknown, .ach, .sepa, .bacs, .ach, .sepa, .bacs,
    ]

    /// `rules`: With the rules that hold; `gate`: what the planner is held to instead of them;
    /// `isDisturbed`: clocks jump, and the person may want to be forgotten.
    package init(
        seed: UInt64, _ rules: Bundle, withCaution: Bool, isDisturbed: Bool = false,
        gate: RuleBook? = nil
    ) {
        var random = RandomSequence(seed: seed)
        let network = Self.networks[random.below(Self.networks.count)]
        self.network = network
        let currencies: [Currency] = network.isDirectDebit ? [.eur] : [.usd, Self.rupee]
        self.currency = currencies[random.below(currencies.count)]
        // Over the change of Visa's rule, and over the years that the calendars know.
        let days = Int64(random.below(1200))
        let start = CivilTime(year: 2025, month: 4, day: 20).utc.advanced(
            byMs: days * Milliseconds.day)
        let book = withCaution ? rules.rules : rules.rules.withoutCaution
        let policy = Self.policy(&random)
        var bundle = rules
        bundle.policies = [policy.name: policy]
        bundle.defaultPolicy = policy.name
        bundle.rules = book
        var gated = bundle
        gated.rules = gate ?? book
        let context = DecisionContext(
            current: gated, bundles: [gated.id: gated],
            tenant: Self.tenant,
            origin: ClusterOrigin(cluster: 1, generation: 1))
        let held = bundle
        let key = EntityKey(key: "acct-\(seed)")
        let laws = LifeLaws(of: key, ContactLaws.Terms()) { $0 == held.id ? held : nil }
        self.bench = LifeBench(of: key, context, laws, now: start)
        self.random = random
        self.disturbances = isDisturbed ? RandomSequence(seed: ~seed) : nil
    }

    /// Attempts wherever chance puts them, as many as a policy may name.
    private static func policy(_ random: inout RandomSequence) -> DunningPolicy {
        let count = 1 + random.below(24)
        let unit = [Milliseconds.hour, Milliseconds.hour * 7, Milliseconds.day]
        let step = unit[random.below(unit.count)]
        var offset: Int64 = 0
        let offsets = (0..<count).map { _ in
            offset += Int64(1 + random.below(3)) * step - Int64(random.below(2)) * 1_234_567
            return offset
        }
        var retries = RetryRules(
            defaultLadder: RetryLadder(offsetsMs: offsets), windowMs: 80 * Milliseconds.day,
            gapMinMs: random.below(2) == 0 ? 0 : Milliseconds.hour,
            agreedNoticeDays: random.below(2) == 0 ? [:] : [.sepa: UInt32(1 + random.below(10))])
        retries.announcesDebits = random.below(8) != 0
        return DunningPolicy(name: "random", retries: retries, ending: Ending(afterMs: nil))
    }

    package mutating func live() {
        var first = self.failure(event: 0, method: self.method)
        first.profile = ProfileChange(
            contacts: [
                SealedContact(channel: .email, sealed: [1]),
                SealedContact(channel: .sms, sealed: [2]),
            ], zone: "UTC", country: "DE")
        self.bench.give(.intake(first))
        for step in 1..<80 {
            self.disturb()
            self.chance(step)
            guard let due = self.bench.state.dueAt else {
                self.answerMessages()
                self.bench.now = self.bench.now.advanced(
                    byMs: Int64(self.random.below(50)) * Milliseconds.hour)
                continue
            }
            self.bench.now = max(self.bench.now, due)
            self.bench.give(.timer(realNow: self.bench.now))
            self.answer()
        }
    }

    /// Whatever nobody plans for.
    private mutating func disturb() {
        guard var random = self.disturbances else { return }
        switch random.below(160) {
        case 0, 1:
            self.bench.now = self.bench.now.advanced(byMs: 40 * Milliseconds.day)
            // Fired and answered until nothing is due: no refusal brings the next overdue rung.
            for _ in 0..<6 {
                self.bench.fireDue(turnsMax: 1)
                self.bench.settle(LifeBench.declined)
            }
        case 2: self.bench.forget()
        case 3:
            self.bench.now = self.bench.now.advanced(
                byMs: -Int64(random.below(90)) * Milliseconds.day)
        default: break
        }
        self.disturbances = random
    }

    private static let rupee = Currency("INR") ?? .usd

    private static var tenant: TenantSettings {
        var tenant = TenantSettings(name: "main", mode: .live)
        tenant.channels = ChannelSet([.email, .sms])
        return tenant
    }

    private var method: MethodChange {
        MethodChange(method: PaymentMethod(token: "pm_1", network: self.network))
    }

    /// What else happens now and then: others try, an operator asks, news repeat.
    private mutating func chance(_ step: Int) {
        switch self.random.below(12) {
        case 0, 1: self.hear(self.failure(event: step, method: nil))
        case 2:
            var facts = self.failure(event: step, method: nil)
            if case .paymentFailed(var failed) = facts.fact {
                failed.obligation.id = "elsewhere"
                failed.wasApproved = self.random.below(4) == 0
                facts.fact = .externalAttempt(failed)
            }
            self.hear(facts)
        case 3: self.bench.operate(OperatorRequest(verb: .attemptNow))
        case 4:
            guard self.isDebit else { return }
            self.bench.hear(
                .paymentPending(
                    PaymentPending(
                        obligation: "in_\(self.random.below(4))", chargeID: "ch_\(step)")),
                event: "p\(step)")
        case 5:
            guard self.random.below(8) == 0 else { return }
            self.bench.hear(
                .paymentMethodUpdated, event: "m\(step)",
                method: MethodChange(
                    method: PaymentMethod(token: "pm_\(step)", network: self.network)))
        default: break
        }
    }

    private mutating func failure(event: Int, method: MethodChange?) -> IntakeFacts {
        // A charge id that may be one of a pending debit.
        let charge =
            self.random.below(3) == 0 ? "ch_\(self.random.below(event + 2))" : "ch_\(event)"
        var failed = PaymentFailed(
            obligation: Obligation(
                id: "in_\(event == 0 ? 0 : self.random.below(4))", amountMinor: 5000,
                currency: self.currency),
            codes: self.codes(), initiator: self.random.below(4) == 0 ? .customer : .merchant,
            chargeID: charge)
        if self.isDebit, self.random.below(2) == 0 {
            failed.presentedAt = self.bench.now.advanced(
                byMs: -Int64(self.random.below(8)) * Milliseconds.day)
        }
        let late = Int64(self.random.below(20)) * Milliseconds.hour
        return IntakeFacts(
            eventID: "e\(event)", occurredAt: self.bench.now.advanced(byMs: -late),
            fact: .paymentFailed(failed), method: method)
    }

    /// Mostly refusals after which more may be tried; now and then any other.
    private mutating func codes() -> DeclineCodes {
        let soft: [PaymentNetwork: [String]] = [
            .ach: ["R01", "R09"], .sepa: ["AM04", "MS03", "TM01"], .bacs: ["0"],
        ]
        let hard: [PaymentNetwork: [String]] = [
            .ach: ["R02", "R08", "R10", "R99"], .sepa: ["MD06", "AM05", "MD01"], .bacs: ["1", "B"],
        ]
        let isHard = self.random.below(24) == 0
        if let words = isHard ? hard[self.network] : soft[self.network] {
            return DeclineCodes(code: "", networkCode: words[self.random.below(words.count)])
        }
        let cards = [
            "insufficient_funds", "insufficient_funds", "do_not_honor", "processing_error",
        ]
        let stops = ["stolen_card", "expired_card", "never_heard_of"]
        let advices = ["", "", "", "02", "24", "27", "01"]
        return DeclineCodes(
            code: isHard ? stops[self.random.below(3)] : cards[self.random.below(4)],
            adviceCode: advices[self.random.below(advices.count)])
    }

    /// Providers take most messages, some of them late.
    private mutating func answerMessages() {
        for effect in self.bench.state.effects where effect.kind == .message {
            switch self.random.below(12) {
            case 0:
                self.bench.give(
                    .effectAnswered(id: effect.id, outcome: .failed(reason: "greylisted")))
            case 1:
                let reason = self.random.below(6) == 0 ? "dead: no such user" : EffectOutcome.notNow
                self.bench.give(.effectAnswered(id: effect.id, outcome: .refused(reason: reason)))
            case 2: break
            default: self.bench.give(.effectAnswered(id: effect.id, outcome: .done(reference: "m")))
            }
        }
    }

    private mutating func answer() {
        self.answerMessages()
        for dunningCase in self.bench.state.cases {
            guard let inFlight = dunningCase.inFlight, inFlight.number != 0,
                inFlight.phase == .intended || inFlight.phase == .lookingUp
            else { continue }
            let charge = "own_\(dunningCase.number)_\(inFlight.number)"
            let outcome: AttemptOutcome
            switch self.random.below(16) {
            case 0: outcome = .approved(chargeID: charge)
            case 1: outcome = .unknown
            case 2: outcome = .notSent(.rateLimited)
            case 3: outcome = .technicalFailure(DeclineCodes(code: "api_error"))
            case 4...6 where self.isDebit: outcome = .pending(chargeID: charge)
            default: outcome = .declined(self.codes(), chargeID: charge)
            }
            self.bench.give(
                .attemptAnswered(
                    caseNumber: dunningCase.number, attempt: inFlight.number, outcome: outcome))
        }
    }

    /// As the bench's own, with facts that are whole.
    private mutating func hear(_ facts: IntakeFacts) {
        let late = self.bench.now.ms - facts.occurredAt.ms
        self.bench.hear(
            facts.fact, event: facts.eventID, profile: facts.profile, method: facts.method,
            lateMs: late)
    }
}

extension RuleBook {
    /// The networks' and schemes' own rules, without our caution.
    package var withoutCaution: RuleBook {
        RuleBook(
            version: self.version, budgets: self.budgets.filter { !$0.isSoftCap },
            schemes: self.schemes, calendars: self.calendars)
    }
}
