package import DunlinCore

/// One account's life by a seed, with everything that cases can be asked for: invoices in two
/// currencies, alone or bundled, parts and promises, refunds and disputes, pauses and moves to
/// another policy, experiments and segments, clocks that jump and run back.
package struct RandomCases {
    package private(set) var bench: LifeBench
    private var random: SplitMix64
    private let policy: String
    private let network: PaymentNetwork

    private static let steps = 150
    private static let networks: [PaymentNetwork] = [.visa, .mastercard, .amex, .unknown]
    private static let profile = ProfileChange(
        contacts: [SealedContact(channel: .email, sealed: [1, 2, 3])])
    private static let noticeMs = 72 * Milliseconds.hour
    private static let writingHours: Range<Int64> = 8 * 60..<20 * 60

    package init(seed: UInt64, _ rules: Bundle) {
        var random = SplitMix64(seed: seed)
        let policy = Self.policy(&random)
        var other = policy
        other.name = "other"
        other.retries.defaultLadder = RetryLadder(offsetsMs: [Milliseconds.day])
        var bundle = rules
        bundle.policies = [policy.name: policy, other.name: other]
        bundle.defaultPolicy = policy.name
        bundle.rules =
            random.chance(permille: 500) ? rules.rules : rules.rules.withoutCaution
        bundle.experiments = [
            Experiment(
                name: "x", subject: random.chance(permille: 500) ? .retries : .messages,
                arms: [.init(name: "a", policy: ""), .init(name: "b", policy: "other")])
        ]
        if let large = try? SegmentExpression("amount_minor > 5000") {
            bundle.segments = [Segment(name: "s", when: large, policy: "other")]
        }
        var tenant = TenantSettings(
            name: "main", mode: .live, announces: random.chance(permille: 500), zone: "UTC")
        tenant.readsCards = true
        tenant.takesParts = true
        tenant.channels = .email
        let context = DecisionContext(
            current: bundle, bundles: [bundle.id: bundle], tenant: tenant,
            origin: ClusterOrigin(cluster: 7, generation: 1))
        var terms = ContactLaws.Terms()
        terms.windows = [.email: Self.writingHours]
        terms.noticeMs = Self.noticeMs
        let held = bundle
        let key = EntityKey(key: "acct-\(seed)")
        let laws = LifeLaws(of: key, terms) { $0 == held.id ? held : nil }
        self.bench = LifeBench(
            of: key, context, laws, now: CivilTime(year: 2026, month: 1, day: 1).utc)
        self.network = Self.networks[Int(random.below(4))]
        self.policy = policy.name
        self.random = random
    }

    private static func policy(_ random: inout SplitMix64) -> DunningPolicy {
        var policy = DunningPolicy(
            name: "ladder",
            retries: RetryRules(
                defaultLadder: RetryLadder(offsetsMs: [Milliseconds.day, 3 * Milliseconds.day])),
            ending: Ending(
                afterMs: 10 * Milliseconds.day, actions: [.cancelSubscription],
                access: .terminated))
        policy.messages = [
            MessageStep(
                name: "first", template: "payment_failed", trigger: .afterOpen(ms: 0),
                windowMinutes: Self.writingHours)
        ]
        policy.access = AccessTimeline(
            steps: [
                AccessTimeline.Step(state: .warned, afterMs: 0),
                AccessTimeline.Step(state: .suspended, afterMs: 5 * Milliseconds.day),
            ], noticeMinMs: Self.noticeMs)
        policy.bundling = random.chance(permille: 500) ? .perCurrency : .perInvoice
        policy.retries.calendar.weekdaysOnly = random.chance(permille: 300)
        if random.chance(permille: 500) {
            policy.retries.partial = PartialCollection(
                afterRefusals: 1 + UInt32(random.below(3)), askBp: 1000 + Int64(random.below(9000)),
                floorBp: 1 + Int64(random.below(900)), floorMinor: Int64(random.below(700)),
                partsMax: 2 + UInt32(random.below(4)))
        }
        policy.wishes = CustomerWishes(partsMax: 4)
        return policy
    }

    package mutating func live() {
        for step in 0..<Self.steps {
            self.advance(byMs: Int64(self.random.below(UInt64(Milliseconds.day))))
            let hasJumped = self.random.below(40) == 0
            if hasJumped { self.advance(byMs: 40 * Milliseconds.day) }
            if self.random.below(60) == 0 {
                // Backwards: the account's own clock stays.
                self.advance(byMs: -Int64(self.random.below(90)) * Milliseconds.day)
            }
            if hasJumped { self.catchUp() } else { self.act(step) }
        }
    }

    private mutating func advance(byMs milliseconds: Int64) {
        self.bench.now = self.bench.now.advanced(byMs: milliseconds)
    }

    /// Fires and answers until nothing is due any more: a refusal must not bring the next overdue
    /// rung, however many a jump ran past.
    private mutating func catchUp() {
        for _ in 0..<20 {
            self.bench.settle(
                self.random.chance(permille: 800) ? LifeBench.declined : .unknown)
            guard let due = self.bench.state.dueAt, due <= self.bench.now else { break }
            self.bench.give(.timer(realNow: self.bench.now))
        }
        self.bench.fireDue()
    }

    private mutating func act(_ step: Int) {
        switch self.random.below(64) {
        case 0..<8: self.fail(step)
        case 8..<12:
            self.bench.hear(
                .paymentSucceeded(PaymentSucceeded(obligation: self.invoice())), event: "p\(step)")
        case 12..<16: self.changeMethod(step)
        case 16..<20: self.bench.settle(LifeBench.declined)
        case 20..<23: self.bench.settle(.approved(chargeID: "ours\(step)"))
        case 23..<27:
            self.bench.settle(
                .approvedInPart(
                    chargeID: "part\(step)", amountMinor: Int64(self.random.below(3000))))
        case 27..<31:
            self.bench.settle(
                self.random.chance(permille: 500) ? .unknown : .notSent(.rateLimited))
        case 31..<35: self.notice(step)
        case 35..<38:
            self.bench.hear(.obligationVoided(obligation: self.invoice()), event: "v\(step)")
        case 38..<43: self.answerEffects()
        case 43..<46: self.operate()
        case 46:
            self.bench.settle(
                .declined(DeclineCodes(code: "stolen_card"), chargeID: "stolen\(step)"))
        case 47: if self.random.below(4) == 0 { self.bench.forget() }
        default: self.bench.fireDue()
        }
    }

    private mutating func invoice() -> String { "in_\(self.random.below(4))" }

    private mutating func fail(_ step: Int) {
        let invoice = self.invoice()
        let code = self.random.chance(permille: 200) ? "expired_card" : "insufficient_funds"
        var failed = PaymentFailed(
            obligation: Obligation(
                id: invoice, subscription: "sub_1",
                amountMinor: 1 + Int64(self.random.below(9000)),
                currency: self.random.chance(permille: 800) ? .eur : .usd),
            codes: DeclineCodes(code: code))
        if self.random.chance(permille: 300) {
            failed.nextBillingAt = self.bench.now.advanced(byMs: 9 * Milliseconds.day)
        }
        self.bench.hear(
            .paymentFailed(failed), event: "fail-\(invoice)-\(self.bench.now.ms)",
            profile: Self.profile)
    }

    private mutating func changeMethod(_ step: Int) {
        let token = "pm_\(self.random.below(3))"
        self.bench.hear(
            .paymentMethodUpdated, event: "m\(step)",
            method: MethodChange(
                method: PaymentMethod(token: token, network: self.network),
                makeDefault: self.random.chance(permille: 700),
                isBackup: self.random.chance(permille: 300) ? true : nil))
    }

    private mutating func notice(_ step: Int) {
        let kind = CaseNotice.Kind.allCases[Int(self.random.below(8))]
        let first = self.bench.now.advanced(byMs: Milliseconds.day)
        let part = AgreedPart(at: first, amountMinor: Int64(self.random.below(2000)))
        let second = AgreedPart(
            at: first.advanced(byMs: Milliseconds.day),
            amountMinor: 1 + Int64(self.random.below(2000)))
        let parts = self.random.chance(permille: 500) ? [part] : [part, second]
        self.bench.hear(
            .noticed(
                CaseNotice(
                    kind: kind, obligation: self.invoice(), amountMinor: nil,
                    codes: DeclineCodes(code: "insufficient_funds"), until: first, parts: parts)),
            event: "n\(step)")
    }

    private mutating func answerEffects() {
        for effect in self.bench.state.effects {
            if effect.kind == .cardLookUp {
                self.bench.give(.cardLookedUp(id: effect.id, found: nil))
            } else {
                self.bench.give(.effectAnswered(id: effect.id, outcome: .done(reference: "r")))
            }
        }
    }

    private mutating func operate() {
        let verbs = OperatorRequest.Verb.ofCases
        self.bench.operate(
            OperatorRequest(
                verb: verbs[Int(self.random.below(UInt64(verbs.count)))],
                until: self.bench.now.advanced(byMs: 3 * Milliseconds.day),
                parts: [
                    AgreedPart(
                        at: self.bench.now.advanced(byMs: Milliseconds.day), amountMinor: 0)
                ], policy: self.random.chance(permille: 500) ? "other" : self.policy))
    }
}
