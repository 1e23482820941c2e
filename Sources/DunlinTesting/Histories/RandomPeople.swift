package import DunlinCore

/// One account's life by a seed, with everything that is said to people: three channels under two
/// clocks, consent given and taken back, replies, receipts, flags, announced charges, providers
/// that refuse.
package struct RandomPeople {
    package private(set) var bench: LifeBench
    private var random: SeededRandom

    private static let lifeSteps = 150
    private static let noticeMs = 48 * Milliseconds.hour
    private static let caps = [
        FrequencyCap(touchesMax: 2, withinMs: Milliseconds.day),
        FrequencyCap(touchesMax: 4, withinMs: 7 * Milliseconds.day),
    ]
    private static let windows: [Channel: Range<Int64>] = [.email: 480..<1200, .sms: 540..<1140]
    /// The step that needs consent for marketing.
    static let offerName = "offer"

    package init(seed: UInt64, _ rules: Bundle) {
        var random = SeededRandom(seed: seed)
        let policy = Self.policy(&random)
        var bundle = rules
        bundle.policies = [policy.name: policy]
        bundle.defaultPolicy = policy.name
        bundle.zones = ZoneCatalog(zones: AmericanHours.zones)
        bundle.hours = AmericanHours.hours
        var tenant = TenantSettings(name: "main", mode: .live, zone: "East")
        tenant.channels = ChannelSet(Channel.allCases)
        let context = DecisionContext(
            current: bundle, bundles: [bundle.id: bundle], tenant: tenant,
            origin: ClusterOrigin(cluster: 7, generation: 1))
        var terms = ContactLaws.Terms()
        terms.caps = Self.caps
        terms.windows = Self.windows
        terms.noticeMs = Self.noticeMs
        terms.isAmerican = true
        let held = bundle
        let key = EntityKey(key: "acct-\(seed)")
        let laws = LifeLaws(of: key, terms) { $0 == held.id ? held : nil }
        self.bench = LifeBench(
            of: key, context, laws,
            now: CivilTime(year: 2026, month: random.oneIn(2) ? 3 : 10, day: 1).utc)
        self.random = random
    }

    private static func policy(_ random: inout SeededRandom) -> DunningPolicy {
        var policy = DunningPolicy(
            name: "talking",
            retries: RetryRules(
                defaultLadder: RetryLadder(offsetsMs: [1, 3, 5].map { $0 * Milliseconds.day })),
            ending: Ending(
                afterMs: 16 * Milliseconds.day, actions: [.cancelSubscription],
                access: .terminated))
        policy.messages = Self.messages
        policy.sending = SendingRules(
            caps: Self.caps, oneSequence: random.oneIn(2),
            silentTries: UInt32(random.next() % 2), windows: Self.windows)
        policy.access = AccessTimeline(
            steps: [
                .init(state: .limited, afterMs: 6 * Milliseconds.day),
                .init(state: .suspended, afterMs: 10 * Milliseconds.day),
            ], noticeMinMs: Self.noticeMs)
        return policy
    }

    private static let messages: [MessageStep] = [
        Self.step("first", .afterOpen(ms: 0), [.email, .sms]),
        Self.step("tried", .afterAttempt(number: 1, ms: 0), [.sms, .email]),
        Self.step("reminder", .afterOpen(ms: 4 * Milliseconds.day), [.voice, .sms, .email]),
        Self.step(Self.offerName, .afterOpen(ms: 5 * Milliseconds.day), [.email], .marketing),
        Self.step("unopened", .unopened(step: 0, ms: Milliseconds.day), [.sms]),
        Self.step("notice", .beforeAccess(state: .suspended, ms: 4 * Milliseconds.day), [.email]),
        Self.step("end", .beforeEnd(ms: 3 * Milliseconds.day), [.inApp, .email]),
        Self.step("thanks", .onRecovered, [.email]),
        Self.step("expiry", .beforeExpiry(ms: 30 * Milliseconds.day), [.email]),
        Self.step("debit", .beforeCharge(ms: 5 * Milliseconds.day), [.sms, .email]),
    ]

    private static func step(
        _ name: String, _ trigger: MessageStep.Trigger, _ channels: [Channel],
        _ purpose: MessagePurpose = .transactional
    ) -> MessageStep {
        MessageStep(
            name: name, channels: channels, template: "template_\(name)", trigger: trigger,
            windowMinutes: 0..<1440, purpose: purpose)
    }

    package mutating func live() {
        for step in 0..<Self.lifeSteps { self.act(step) }
    }

    private mutating func act(_ step: Int) {
        switch self.random.next() % 23 {
        case 0, 1, 2: self.fail(step)
        case 3:
            guard self.random.oneIn(4) else { return }
            self.bench.hear(
                .paymentSucceeded(PaymentSucceeded(obligation: self.invoice())), event: "p\(step)")
        case 4: self.bench.hear(.profileUpdated, event: "u\(step)", profile: self.profile())
        case 5:
            let change = ConsentChange(
                channel: self.one(), purpose: self.random.oneIn(2) ? .transactional : .marketing,
                isGranted: !self.random.oneIn(3), source: "test")
            self.bench.hear(.consentChanged(change), event: "")
        case 6:
            guard self.random.oneIn(4) else { return }
            self.bench.hear(.messageReplied(self.one(), self.one()), event: "")
        case 7:
            guard self.random.oneIn(3) else { return }
            self.bench.hear(
                .messageReceipt(
                    MessageReceipt(kind: self.one(), channel: self.one(), reference: "")),
                event: "")
        case 8:
            let change = FlagChange(flag: self.one(), isSet: self.random.oneIn(4), reason: "")
            self.bench.hear(.accountFlagged(change), event: "")
        case 9: self.bench.operate(OperatorRequest(verb: self.random.oneIn(3) ? .pause : .resume))
        case 10:
            let days = Int64(self.random.next() % 20)
            self.bench.hear(
                .upcomingCharge(
                    UpcomingCharge(
                        id: "up_\(self.random.next() % 2)", amountMinor: 100, currency: .eur,
                        dueAt: self.bench.now.advanced(byMs: days * Milliseconds.day))), event: "")
        case 11: self.advance(byMs: Int64(self.random.next() % 12) * Milliseconds.day)
        case 12: if self.random.oneIn(16) { self.bench.forget() }
        default:
            self.advance(byMs: Int64(self.random.next() % UInt64(Milliseconds.day)))
            for _ in 0..<6 {
                guard let due = self.bench.state.dueAt, due <= self.bench.now else { break }
                self.bench.give(.timer(realNow: self.bench.now))
                self.bench.settle(LifeBench.declined)
                self.answer()
            }
        }
    }

    private mutating func advance(byMs milliseconds: Int64) {
        self.bench.now = self.bench.now.advanced(byMs: milliseconds)
    }

    private mutating func invoice() -> String { "in_\(self.random.next() % 3)" }

    private mutating func fail(_ step: Int) {
        let failed = PaymentFailed(
            obligation: Obligation(
                id: self.invoice(), subscription: "sub_1", amountMinor: 4200, currency: .eur),
            codes: DeclineCodes(code: "insufficient_funds"), chargeID: "ch\(step)")
        self.bench.hear(
            .paymentFailed(failed), event: "e\(step)",
            profile: self.random.oneIn(2) ? self.profile() : nil)
    }

    private mutating func answer() {
        for effect in self.bench.state.effects
        where effect.kind == .message || effect.kind == .notice {
            let outcomes: [EffectOutcome] = [
                .done(reference: "m"), .done(reference: "n"), .done(reference: ""),
                .refused(reason: "no"), .failed(reason: "gone"),
                .refused(reason: EffectOutcome.notNow), .refused(reason: "dead:550"),
            ]
            let which = Int(self.random.next() % 16)
            self.bench.give(
                .effectAnswered(id: effect.id, outcome: outcomes[which < 7 ? which : 0]))
        }
    }

    private mutating func profile() -> ProfileChange {
        let strict = ContactHours.Place(
            country: "US", region: AmericanHours.strict, zones: [AmericanHours.east])
        let number: ContactHours.Place = self.random.oneIn(2) ? strict : .unknown
        var contacts: [SealedContact] = []
        for channel in [Channel.email, .sms, .voice] where !self.random.oneIn(4) {
            contacts.append(
                SealedContact(
                    channel: channel, sealed: [UInt8(truncatingIfNeeded: self.random.next())],
                    place: channel == .email ? .unknown : number))
        }
        let zones = ["", AmericanHours.east, AmericanHours.west]
        return ProfileChange(contacts: contacts, zone: zones[Int(self.random.next() % 3)])
    }

    private mutating func one<Choice: CaseIterable>() -> Choice
    where Choice.AllCases == [Choice] {
        Choice.allCases[Int(self.random.next() % UInt64(Choice.allCases.count))]
    }
}
