import DunlinCore
import DunlinPolicy
import Testing

/// Debits and the word about them, by the rules that come with Dunlin: what counts is when a
/// provider took the message.
@Suite("A debit is announced before it is handed in")
struct DebitNoticeTests {
    /// A Monday, at nine in the morning.
    private static let start = "2026-01-05T09:00:00Z"

    @Test("SEPA: the days count from the acceptance, however long that took")
    func sepa() throws {
        var story = try DebitStory(.sepa, code: "AM04", at: Self.start, noticeDays: 5)
        try story.fire()
        #expect(story.messages.map(\.name) == ["debit-notice"])
        #expect(story.plan.noticeState == .sent)
        // Eight days in which no provider answers: the rung of the tenth day is not to be kept.
        story.wait(until: "2026-01-13T09:00:00Z")
        #expect(story.attempts == [])
        story.answer(.done(reference: "m1"))
        #expect(story.plan.noticeAt == instant("2026-01-13T09:00:00Z"))
        story.live(days: 12)
        // Told on Tuesday the 13th: collected on Monday the 19th at the earliest, the first TARGET
        // day from the 18th on, and so handed in on Friday the 16th.
        let attempt = try #require(story.attempts.first)
        #expect(attempt >= instant("2026-01-15T23:00:00Z"))
        #expect(attempt < instant("2026-01-16T10:00:00Z"))
    }

    @Test("SEPA: the scheme's own fourteen days without an agreement")
    func sepaFourteen() throws {
        var story = try DebitStory(.sepa, code: "AM04", at: Self.start)
        story.live(days: 30)
        let attempt = try #require(story.attempts.first)
        // Told on Monday the 5th: collected on Monday the 19th, handed in on Friday the 16th.
        #expect(attempt >= instant("2026-01-15T23:00:00Z"))
        #expect(story.messages.first?.at == instant(Self.start))
    }

    @Test("Bacs: five working days from the acceptance, over Easter")
    func bacs() throws {
        var story = try DebitStory(
            .bacs, code: "0", at: "2026-03-25T10:00:00Z", ladder: [1, 9])
        try story.fire()
        // Maundy Thursday; Good Friday and Easter Monday are no working days.
        story.wait(until: "2026-04-02T10:00:00Z")
        story.answer(.done(reference: "m1"))
        story.live(days: 14)
        // The fifth working day after is Monday the 13th; it is handed in two working days before.
        let attempt = try #require(story.attempts.first)
        #expect(attempt >= instant("2026-04-08T23:00:00Z"))
        #expect(attempt < instant("2026-04-09T14:00:00Z"))
    }

    @Test(
        "without an answer of any provider no debit ever leaves",
        arguments: [PaymentNetwork.sepa, .bacs])
    func unanswered(network: PaymentNetwork) throws {
        var story = try DebitStory(
            network, code: network == .sepa ? "AM04" : "0", at: Self.start, noticeDays: 5)
        try story.fire()
        story.wait(until: "2026-04-01T00:00:00Z")
        #expect(story.attempts == [])
        #expect(story.messages.count == 1)
    }

    @Test("a refusal moves the debit: again a day later, three times at most")
    func refused() throws {
        var story = try DebitStory(.sepa, code: "AM04", at: Self.start, noticeDays: 5)
        try story.fire()
        let planned = story.plan.attemptAt
        for number in 1...3 {
            story.answer(.failed(reason: "mailbox full"))
            #expect(story.count(.debitUntold) == number)
            if number < 3 {
                #expect(story.plan.noticeState == .planned)
                #expect(story.plan.noticeAt >= story.now.advanced(byMs: Milliseconds.day))
                try story.fire()
            }
        }
        #expect(story.messages.count == 3)
        #expect(story.plan.attemptAt.ms == 0 && story.plan.attemptReason == .untold)
        #expect(planned.ms != 0)
        #expect(story.flags.contains(.unreachable))
        story.live(days: 40)
        #expect(story.attempts == [])
        // Another address opens the way again.
        var other = try DebitStory(.sepa, code: "AM04", at: Self.start, noticeDays: 5)
        try other.fire()
        other.answer(.refused(reason: "dead: no such mailbox"))
        #expect(other.plan.attemptReason == .untold)
        other.changeAddress()
        other.live(days: 30)
        #expect(!other.attempts.isEmpty)
    }

    @Test("a message that bounces after it was accepted has told nobody")
    func bounced() throws {
        var story = try DebitStory(
            .sepa, code: "AM04", at: Self.start, noticeDays: 5, channels: [.email, .sms])
        try story.fire()
        story.answer(.done(reference: "m1"))
        #expect(story.plan.noticeState == .accepted)
        story.wait(until: "2026-01-09T09:00:00Z")
        story.bounce("m1")
        #expect(story.plan.noticeState == .planned)
        #expect(story.count(.debitUntold) == 1)
        try story.fire()
        #expect(story.messages.map(\.channel) == [.email, .sms])
        story.answer(.done(reference: "m2"))
        story.live(days: 20)
        let attempt = try #require(story.attempts.first)
        // Told on Friday the 9th: collected from Wednesday the 14th on, as the tenth day allows.
        #expect(attempt >= instant("2026-01-13T00:00:00Z"))
    }

    @Test("another account is announced anew")
    func otherAccount() throws {
        var story = try DebitStory(.sepa, code: "AM04", at: Self.start, noticeDays: 5)
        try story.fire()
        story.answer(.done(reference: "m1"))
        story.wait(until: "2026-01-08T09:00:00Z")
        story.changeMethod()
        story.live(days: 20)
        #expect(story.messages.count >= 2)
        let attempt = try #require(story.attempts.first)
        // Told on the 8th: collected on Tuesday the 13th, handed in on Monday, by Berlin's clock.
        #expect(attempt >= instant("2026-01-11T23:00:00Z"))
    }

    @Test("where the merchant tells, nothing is sent and the days count from the plan")
    func merchant() throws {
        var story = try DebitStory(
            .sepa, code: "AM04", at: Self.start, noticeDays: 5, announces: false)
        story.live(days: 30)
        #expect(story.messages.isEmpty)
        #expect(!story.attempts.isEmpty)
    }

    @Test("the issuer tells of India's mandates, and cards are announced to nobody")
    func issuer() throws {
        for currency in [GateTable.inr, .usd] {
            var story = try DebitStory(
                .visa, code: "insufficient_funds", at: Self.start, currency: currency)
            story.live(days: 30)
            #expect(story.messages.isEmpty)
            #expect(!story.attempts.isEmpty)
        }
    }
}

/// One case of a debit, on a clock that the test moves.
private struct DebitStory {
    private(set) var state = AccountState()
    private(set) var now: Timestamp
    private(set) var attempts: [Timestamp] = []
    private(set) var messages: [(at: Timestamp, name: String, channel: Channel)] = []
    private var updates: [CaseUpdated.Reason] = []
    private let context: DecisionContext
    private let code: String
    private let network: PaymentNetwork
    private var audit: PermitAudit
    private var op: UInt64 = 0

    init(
        _ network: PaymentNetwork, code: String, at start: String, noticeDays: UInt32? = nil,
        ladder: [Int64] = [10, 24], channels: [Channel] = [.email], announces: Bool = true,
        currency: Currency = .eur
    ) throws {
        var bundle = try BuiltInRules().bundle
        var retries = RetryRules(
            defaultLadder: RetryLadder(offsetsMs: ladder.map { $0 * Milliseconds.day }),
            windowMs: 60 * Milliseconds.day)
        retries.announcesDebits = announces
        if let noticeDays { retries.agreedNoticeDays = [.sepa: noticeDays] }
        let policy = DunningPolicy(
            name: "debits", retries: retries, ending: Ending(afterMs: 90 * Milliseconds.day))
        bundle.policies = [policy.name: policy]
        bundle.defaultPolicy = policy.name
        bundle.tenantPolicies = [:]
        var tenant = TenantSettings(name: "main", mode: .live)
        tenant.channels = ChannelSet(channels)
        let compiled = bundle
        self.context = DecisionContext(
            current: compiled, bundles: [compiled.id: compiled], tenant: tenant,
            origin: ClusterOrigin(cluster: 1, generation: 1))
        self.audit = PermitAudit { $0 == compiled.id ? compiled : nil }
        self.now = instant(start)
        self.code = code
        self.network = network
        let contacts = channels.map { SealedContact(channel: $0, sealed: [1]) }
        self.give(
            .intake(
                IntakeFacts(
                    eventID: "first", occurredAt: self.now,
                    fact: .paymentFailed(
                        PaymentFailed(
                            obligation: Obligation(
                                id: "in_1", subscription: "sub_1", amountMinor: 4200,
                                currency: currency),
                            codes: DeclineCodes(
                                code: network.isDirectDebit ? "" : code,
                                networkCode: network.isDirectDebit ? code : ""),
                            chargeID: "py_0")),
                    profile: ProfileChange(contacts: contacts, zone: "UTC", country: "DE"),
                    method: MethodChange(method: PaymentMethod(token: "pm_1", network: network)))))
    }

    var plan: CasePlan { self.state.cases.first?.plan ?? CasePlan() }
    var flags: DunningCase.Flags { self.state.cases.first?.flags ?? [] }

    func count(_ reason: CaseUpdated.Reason) -> Int { self.updates.filter { $0 == reason }.count }

    /// Moves the clock to the next due instant and fires it.
    mutating func fire() throws {
        self.now = max(self.now, try #require(self.state.dueAt))
        self.give(.timer(realNow: self.now))
    }

    /// Fires whatever falls due, with nobody answering messages.
    mutating func wait(until text: String) {
        let end = instant(text)
        for _ in 0..<500 {
            guard let due = self.state.dueAt, due <= end else { break }
            self.now = max(self.now, due)
            self.give(.timer(realNow: self.now))
            self.refuse()
        }
        self.now = end
    }

    /// The same with every message accepted at once.
    mutating func live(days: Int64) {
        let end = self.now.advanced(byMs: days * Milliseconds.day)
        for _ in 0..<500 {
            if self.state.effects.contains(where: { $0.kind == .message }) {
                self.answer(.done(reference: "accepted \(self.op)"))
            }
            guard let due = self.state.dueAt, due <= end else { break }
            self.now = max(self.now, due)
            self.give(.timer(realNow: self.now))
            self.refuse()
        }
        self.now = end
    }

    mutating func answer(_ outcome: EffectOutcome) {
        for effect in self.state.effects where effect.kind == .message {
            self.give(.effectAnswered(id: effect.id, outcome: outcome))
        }
    }

    mutating func bounce(_ reference: String) {
        self.hear(
            .messageReceipt(
                MessageReceipt(kind: .bounced, channel: .email, reference: reference)))
    }

    mutating func changeAddress() {
        self.hear(
            .profileUpdated,
            profile: ProfileChange(contacts: [SealedContact(channel: .email, sealed: [2])]))
    }

    mutating func changeMethod() {
        self.hear(
            .paymentMethodUpdated,
            method: MethodChange(method: PaymentMethod(token: "pm_2", network: self.network)))
    }

    private mutating func hear(
        _ fact: IntakeFacts.Fact, profile: ProfileChange? = nil, method: MethodChange? = nil
    ) {
        self.give(
            .intake(
                IntakeFacts(
                    eventID: "e\(self.op)", occurredAt: self.now, fact: fact, profile: profile,
                    method: method)))
    }

    private mutating func refuse() {
        for dunningCase in self.state.cases {
            guard let inFlight = dunningCase.inFlight else { continue }
            let codes = DeclineCodes(
                code: self.network.isDirectDebit ? "" : self.code,
                networkCode: self.network.isDirectDebit ? self.code : "")
            self.give(
                .attemptAnswered(
                    caseNumber: dunningCase.number, attempt: inFlight.number,
                    outcome: .declined(codes, chargeID: "py_\(self.op)")))
        }
    }

    private mutating func give(_ command: AccountCommand) {
        self.op += 1
        let decision = decide(
            self.state, account: EntityKey(key: "cus_1"), command, context: self.context,
            now: self.now, at: RecordPosition(op: self.op, index: 0))
        self.state = decision.state
        for record in decision.events {
            self.audit.take(record)
            switch record.event {
            case .attemptIntended: self.attempts.append(record.at)
            case .messageIntended(let event):
                self.messages.append((record.at, event.name, event.channel))
            case .caseUpdated(let event): self.updates.append(event.reason)
            default: break
            }
        }
        #expect(self.audit.violations == [])
    }
}
