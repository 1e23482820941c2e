import DunlinCore
import Testing

/// One account on a bench: commands go in at a clock that the test moves, and every step checks
/// that evolving the recorded events alone gives the same state (Law 4).
struct AccountBench {
    static let start = CivilTime(year: 2026, month: 1, day: 1).utc
    static let key = EntityKey(key: "acct-00000001")

    var state = AccountState()
    var now = Self.start
    var mode = TenantSettings.Mode.live
    var chargesPaused = false
    var messagesPaused = false
    var announces = false
    var policy = Self.ladder()
    var zone = "UTC"
    var account = Self.key
    var readsCards = false
    var takesParts = true
    /// Beside ``policy``, in the same bundle.
    var otherPolicies: [DunningPolicy] = []
    var segments: [Segment] = []
    var experiments: [Experiment] = []
    var holdout: Holdout?
    var bundleNumber: UInt64 = 1
    /// Bundles that cases may still name.
    var olderBundles: [Bundle] = []
    var zones = ZoneCatalog()
    var hours = ContactHours()
    var channels = ChannelSet.email
    var declines = Self.declines
    var rules = RuleBook(version: 20_260_101, budgets: [])
    /// What is ahead of the whole cluster, where load is shaped.
    var load: LoadForecast?
    private(set) var log: [RecordedEvent] = []
    private var nextOp: UInt64 = 1

    static func ladder(_ days: [Int64] = [1, 3, 5, 7]) -> DunningPolicy {
        DunningPolicy(
            name: "ladder",
            retries: RetryRules(
                defaultLadder: RetryLadder(offsetsMs: days.map { $0 * Milliseconds.day })),
            ending: Ending(afterMs: nil))
    }

    static let declines = DeclineMap(byCode: [
        "insufficient_funds": .init(declineClass: .softFunds, advice: .wait),
        "stolen_card": .init(declineClass: .hardStolen, advice: .never),
        "expired_card": .init(declineClass: .lifecycle, advice: .afterCredentialChange),
        "processing_error": .init(declineClass: .technicalNetwork, advice: .backOff),
    ])

    private var context: DecisionContext {
        let bundle = self.bundle
        var bundles = [bundle.id: bundle]
        for older in self.olderBundles { bundles[older.id] = older }
        var tenant = TenantSettings(
            name: "main", mode: self.mode, announces: self.announces, zone: self.zone)
        tenant.chargesPaused = self.chargesPaused
        tenant.messagesPaused = self.messagesPaused
        tenant.readsCards = self.readsCards
        tenant.takesParts = self.takesParts
        tenant.channels = self.channels
        return DecisionContext(
            current: bundle, bundles: bundles, tenant: tenant,
            origin: ClusterOrigin(cluster: 7, generation: 1), forecast: self.load)
    }

    /// What an event would lead to.
    func forecast(_ facts: IntakeFacts, state: inout AccountState) -> IntakeForecast {
        IntakeForecast.of(
            IntakeEvent(key: self.account, facts: facts), state: &state, context: self.context,
            now: self.now)
    }

    /// Why the account's cases plan what they plan.
    var reasons: AccountReasons {
        AccountReasons.of(
            self.state, account: self.account, context: self.context, now: self.now)
    }

    var bundle: Bundle {
        var policies = [self.policy.name: self.policy]
        for other in self.otherPolicies { policies[other.name] = other }
        var bundle = Bundle(
            id: BundleID(self.bundleNumber), policies: policies, defaultPolicy: self.policy.name,
            declines: self.declines, rules: self.rules, zones: self.zones, hours: self.hours)
        bundle.segments = self.segments
        bundle.experiments = self.experiments
        bundle.holdout = self.holdout
        return bundle
    }

    @discardableResult
    mutating func give(_ command: AccountCommand) -> CommandAnswer {
        let position = RecordPosition(op: self.nextOp, index: 0)
        self.nextOp += 1
        let decision = decide(
            self.state, account: self.account, command, context: self.context, now: self.now,
            at: position)
        var replayed = self.state
        for (index, event) in decision.events.enumerated() {
            replayed.evolve(
                event, at: RecordPosition(op: position.op, index: UInt32(index)))
        }
        #expect(replayed == decision.state, "evolving the events must give the decided state")
        self.state = decision.state
        self.log += decision.events
        return decision.answer
    }

    /// Moves the clock from due instant to due instant and fires each.
    mutating func advance(days: Int64, settling outcome: AttemptOutcome? = nil) {
        let end = self.now.advanced(byMs: days * Milliseconds.day)
        var turns = 0
        while let due = self.state.dueAt, due <= end, turns < 1000 {
            turns += 1
            self.now = max(self.now, due)
            let before = self.state
            self.give(.timer(realNow: self.now))
            if let outcome { self.settle(outcome) }
            guard self.state != before else { break }
        }
        self.now = end
    }

    /// Answers the attempt in flight, if there is one.
    mutating func settle(_ outcome: AttemptOutcome) {
        for dunningCase in self.state.cases {
            guard let inFlight = dunningCase.inFlight, inFlight.phase != .parked else { continue }
            self.give(
                .attemptAnswered(
                    caseNumber: dunningCase.number, attempt: inFlight.number, outcome: outcome))
        }
    }

    mutating func fail(
        _ code: String = "insufficient_funds", invoice: String = "in_1", event: String = "e1",
        charge: String = "", method: MethodChange? = nil, profile: ProfileChange? = nil,
        occurredAt: Timestamp? = nil
    ) -> CommandAnswer {
        self.give(
            .intake(
                IntakeFacts(
                    eventID: event, occurredAt: occurredAt ?? self.now,
                    fact: .paymentFailed(
                        PaymentFailed(
                            obligation: Obligation(
                                id: invoice, subscription: "sub_1", amountMinor: 4200,
                                currency: .eur),
                            codes: DeclineCodes(code: code), chargeID: charge)),
                    profile: profile, method: method)))
    }

    mutating func pay(invoice: String = "in_1", event: String = "paid") -> CommandAnswer {
        self.give(
            .intake(
                IntakeFacts(
                    eventID: event, occurredAt: self.now,
                    fact: .paymentSucceeded(PaymentSucceeded(obligation: invoice)))))
    }

    mutating func changeMethod(
        _ token: String, event: String, occurredAt: Timestamp? = nil, makeDefault: Bool = true
    ) -> CommandAnswer {
        self.give(
            .intake(
                IntakeFacts(
                    eventID: event, occurredAt: occurredAt ?? self.now, fact: .paymentMethodUpdated,
                    method: MethodChange(
                        method: PaymentMethod(token: token), makeDefault: makeDefault))))
    }

    /// How many events of the log satisfy `matches`.
    func count(_ matches: (AccountEvent) -> Bool) -> Int {
        self.log.filter { matches($0.event) }.count
    }

    var intents: [AttemptIntended] {
        self.log.compactMap { record in
            if case .attemptIntended(let intent) = record.event { intent } else { nil }
        }
    }

    static let declined = AttemptOutcome.declined(
        DeclineCodes(code: "insufficient_funds"), chargeID: "")
    static let email = ProfileChange(contacts: [SealedContact(channel: .email, sealed: [1, 2, 3])])
}
