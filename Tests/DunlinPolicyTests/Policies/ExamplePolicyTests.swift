import DunlinCore
import DunlinPolicy
import Testing

/// The example policies, lived through: cases of customers who never pay, on a clock that jumps
/// from one due instant to the next.
@Suite("The example policies")
struct ExamplePolicyTests {
    private static let templates: Set<String> = [
        "access_suspended", "authentication_needed", "card_update_needed", "final_notice",
        "payment_failed", "payment_recovered", "payment_reminder", "keep_or_cancel",
        "card_expiring", "upcoming_charge",
    ]
    /// A Thursday.
    private static let start = CivilTime(year: 2026, month: 1, day: 1).utc

    private static func bundle(_ name: String) throws -> CompiledBundle {
        let example = try #require(BuiltInSources.examples.first { $0.file == name + ".yaml" })
        return try BundleCompiler.compile(
            BundleSource(policies: [example], zones: ZoneCatalog()), templates: Self.templates)
    }

    @Test("are read without a finding", arguments: ["streaming", "saas", "direct-debit-eu"])
    func clean(name: String) throws {
        #expect(try Self.bundle(name).findings.map(\.description) == [])
    }

    @Test("A streaming service: in the small hours, silent at first, told before anything is lost")
    func streaming() throws {
        let life = try ExampleLife(
            Self.bundle("streaming").bundle, code: "insufficient_funds", network: .visa,
            attributes: [], at: Self.start)
        #expect(life.policy == "monthly")
        #expect((5...7).contains(life.attempts.count))
        for attempt in life.attempts {
            let minute = (attempt.ms % Milliseconds.day) / Milliseconds.minute
            #expect((370..<400).contains(minute), "06:10 and half an hour of jitter")
        }
        let second = try #require(life.attempts.dropFirst().first)
        #expect(life.messages.allSatisfy { $0.at >= second }, "silent until the second try failed")
        let bundled = try #require(BuiltInSources.examples.first { $0.file == "streaming.yaml" })
        let parts = bundled.text.split(separator: "template: final_notice")
        #expect(parts.count == 2, "there is one last notice")
        #expect(life.losses.map(\.state) == [.limited, .suspended, .terminated])
        let told = try #require(life.messages.first?.at)
        #expect(life.losses.allSatisfy { $0.at.ms - told.ms >= 72 * Milliseconds.hour }, "Law 7")
        #expect(life.ends == [.cancelSubscription])
    }

    @Test("Software for companies: on weekdays at half past nine, handed to a person at the end")
    func saas() throws {
        let life = try ExampleLife(
            Self.bundle("saas").bundle, code: "do_not_honor", network: .mastercard,
            attributes: [.init(name: "plan", value: "team")], at: Self.start)
        #expect(life.policy == "business")
        #expect(!life.attempts.isEmpty)
        for attempt in life.attempts {
            #expect((attempt.ms % Milliseconds.day) == 570 * Milliseconds.minute)
            // 1970-01-01 was a Thursday.
            let weekday = (attempt.ms / Milliseconds.day + 3) % 7
            #expect(weekday < 5, "no weekend")
        }
        #expect(life.ends == [.handToCollections])
    }

    @Test(
        "Software for companies: a large customer's access is never taken",
        arguments: [("plan", "enterprise"), ("mrr_minor", "900000")])
    func enterprise(attribute: (name: String, value: String)) throws {
        let life = try ExampleLife(
            Self.bundle("saas").bundle, code: "do_not_honor", network: .visa,
            attributes: [.init(name: attribute.name, value: attribute.value)], at: Self.start)
        #expect(life.policy == "enterprise")
        #expect(life.losses.isEmpty)
        #expect(life.ends.allSatisfy { $0 == .keepOpen })
    }

    @Test("Direct debits: two collections at most, announced five days before, on TARGET days")
    func debits() throws {
        let life = try ExampleLife(
            Self.bundle("direct-debit-eu").bundle, code: "AM04", network: .sepa,
            attributes: [], at: Self.start)
        #expect((1...2).contains(life.attempts.count))
        for attempt in life.attempts {
            let weekday = (attempt.ms / Milliseconds.day + 3) % 7
            #expect(weekday < 5)
            #expect(attempt.ms - Self.start.ms >= 5 * Milliseconds.day)
        }
        #expect(life.losses.map(\.state).starts(with: [.limited, .suspended]))
        // Each collection has a word of its own, taken at least five days before it.
        let words = life.messages.filter { $0.name == "debit-notice" }
        #expect(words.count == life.attempts.count)
        for (word, attempt) in zip(words, life.attempts) {
            #expect(attempt.ms - word.at.ms >= 4 * Milliseconds.day)
        }
        let told = try #require(life.messages.first { $0.name != "debit-notice" }?.at)
        #expect(life.losses.allSatisfy { $0.at.ms - told.ms >= 7 * Milliseconds.day }, "Law 7")
        #expect(life.ends == [.markUncollectible])
    }
}

/// One case from its failure to its end: every charge refused, every message accepted.
private struct ExampleLife {
    private(set) var policy = ""
    private(set) var attempts: [Timestamp] = []
    private(set) var messages: [(at: Timestamp, name: String)] = []
    private(set) var losses: [(at: Timestamp, state: AccessState)] = []
    private(set) var ends: [EndAction] = []

    init(
        _ bundle: Bundle, code: String, network: PaymentNetwork,
        attributes: [Profile.Attribute], at start: Timestamp
    ) throws {
        let context = DecisionContext(
            current: bundle, bundles: [bundle.id: bundle],
            tenant: TenantSettings(name: "main", mode: .live),
            origin: ClusterOrigin(cluster: 1, generation: 1))
        let account = EntityKey(key: "cus_1")
        let contact = SealedContact(channel: .email, sealed: [1])
        var next = AccountCommand.intake(
            IntakeFacts(
                eventID: "e", occurredAt: start,
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: "in_1", subscription: "sub_1", amountMinor: 4200, currency: .eur),
                        codes: DeclineCodes(code: code))),
                profile: ProfileChange(
                    contacts: [contact], zone: "UTC", country: "ES", attributes: attributes),
                method: MethodChange(method: PaymentMethod(token: "pm_1", network: network))))
        var state = AccountState()
        var now = start
        for op in 1...500 as ClosedRange<UInt64> {
            let decision = decide(
                state, account: account, next, context: context, now: now,
                at: RecordPosition(op: op, index: 0))
            state = decision.state
            for recorded in decision.events { self.note(recorded) }
            if let effect = state.effects.first {
                next = Self.answer(effect, code: code)
            } else if let due = state.dueAt {
                now = max(now, due)
                next = .timer(realNow: now)
            } else {
                break
            }
        }
        #expect(state.cases.allSatisfy { !$0.isOpen } || self.ends.isEmpty)
    }

    private static func answer(_ effect: PendingEffect, code: String) -> AccountCommand {
        switch effect.kind {
        case .charge, .lookUp:
            .attemptAnswered(
                caseNumber: effect.caseNumber, attempt: effect.argument,
                outcome: .declined(DeclineCodes(code: code), chargeID: "ch_\(effect.id.op)"))
        default: .effectAnswered(id: effect.id, outcome: .done(reference: "accepted"))
        }
    }

    private mutating func note(_ recorded: RecordedEvent) {
        switch recorded.event {
        case .caseOpened(let event): self.policy = event.policy
        case .attemptIntended: self.attempts.append(recorded.at)
        case .messageIntended(let event): self.messages.append((recorded.at, event.name))
        case .accessChanged(let event):
            if event.state.isLoss { self.losses.append((recorded.at, event.state)) }
        case .endActionIntended(let event): self.ends.append(event.action)
        default: break
        }
    }
}
