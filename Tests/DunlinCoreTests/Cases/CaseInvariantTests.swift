import DunlinCore
import DunlinTesting
import Testing

/// Random lives with everything that cases can be asked for, judged from the record alone: the
/// checker knows invoices, payments and charges, and nothing of how decisions are made.
///
/// I1 no attempt after the case is closed · I2 one charge in flight for an invoice · I7 the amount
/// charged is at most what is open when the charge leaves, by a book of dues and payments · I10 a
/// clock that goes back or jumps 40 days brings at most one overdue attempt of each case, however
/// often it is asked and whatever the answers are · I12 arms never change.
@Suite struct CaseInvariantTests {
    @Test(arguments: LawSeeds.of(300))
    func `no life breaks an invariant`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var bench = try Self.bench(&random)
        var checker = CaseChecker()
        for step in 0..<150 {
            bench.now = bench.now.advanced(byMs: Int64(random.below(UInt64(Milliseconds.day))))
            let hasJumped = random.below(40) == 0
            if hasJumped { bench.now = bench.now.advanced(byMs: 40 * Milliseconds.day) }
            if random.below(60) == 0 {
                // Backwards: the account's own clock stays.
                bench.now = bench.now.advanced(byMs: -Int64(random.below(90)) * Milliseconds.day)
            }
            let logged = bench.log.count
            let now = bench.now
            if hasJumped {
                Self.catchUp(&bench, &random)
            } else {
                Self.act(&bench, &random, step: step)
            }
            checker.take(bench.log[logged...], now: now)
            checker.take(bench.state)
        }
        #expect(checker.findings == [])
        #expect(checker.attempts > 0 || seed > 0)
    }

    private static func bench(_ random: inout SplitMix64) throws -> AccountBench {
        var bench = AccountBench()
        bench.policy = AccessLawTests.policy()
        bench.policy.bundling = random.chance(permille: 500) ? .perCurrency : .perInvoice
        bench.policy.retries.calendar.weekdaysOnly = random.chance(permille: 300)
        if random.chance(permille: 500) {
            bench.policy.retries.partial = PartialCollection(
                afterRefusals: 1 + UInt32(random.below(3)), askBp: 1000 + Int64(random.below(9000)),
                floorBp: 1 + Int64(random.below(900)), floorMinor: Int64(random.below(700)),
                partsMax: 2 + UInt32(random.below(4)))
        }
        bench.policy.wishes = CustomerWishes(partsMax: 4)
        bench.readsCards = true
        bench.announces = random.chance(permille: 500)
        var other = bench.policy
        other.name = "other"
        other.retries.defaultLadder = RetryLadder(offsetsMs: [Milliseconds.day])
        bench.otherPolicies = [other]
        bench.experiments = [
            Experiment(
                name: "x", subject: random.chance(permille: 500) ? .retries : .messages,
                arms: [.init(name: "a", policy: ""), .init(name: "b", policy: "other")])
        ]
        bench.segments = [
            Segment(
                name: "s", when: try SegmentExpression("amount_minor > 5000"), policy: "other")
        ]
        return bench
    }

    private static func act(
        _ bench: inout AccountBench, _ random: inout SplitMix64, step: Int
    ) {
        let invoice = "in_\(random.below(4))"
        switch random.below(16) {
        case 0, 1:
            _ = bench.open(
                random.chance(permille: 200) ? "expired_card" : "insufficient_funds",
                invoice: invoice, amountMinor: 1 + Int64(random.below(9000)),
                currency: random.chance(permille: 800) ? .eur : .usd,
                nextBillingAt: random.chance(permille: 300)
                    ? bench.now.advanced(byMs: 9 * Milliseconds.day) : Timestamp(ms: 0),
                profile: AccountBench.email)
        case 2: _ = bench.pay(invoice: invoice, event: "p\(step)")
        case 3: _ = bench.changeMethod("pm_\(random.below(3))", event: "m\(step)")
        case 4: bench.settle(AccountBench.declined)
        case 5: bench.settle(.approved(chargeID: "ours\(step)"))
        case 6:
            bench.settle(
                .approvedInPart(chargeID: "part\(step)", amountMinor: Int64(random.below(3000))))
        case 7: bench.settle(random.chance(permille: 500) ? .unknown : .notSent(.rateLimited))
        case 8:
            let kind = CaseNotice.Kind.allCases[Int(random.below(8))]
            let first = bench.now.advanced(byMs: Milliseconds.day)
            let part = AgreedPart(at: first, amountMinor: Int64(random.below(2000)))
            let second = AgreedPart(
                at: first.advanced(byMs: Milliseconds.day),
                amountMinor: 1 + Int64(random.below(2000)))
            _ = bench.notice(
                kind, invoice: invoice, code: "insufficient_funds", until: first,
                parts: random.chance(permille: 500) ? [part] : [part, second], event: "n\(step)")
        case 9:
            _ = bench.tell(.obligationVoided(obligation: invoice), event: "v\(step)")
        case 10:
            for effect in bench.state.effects {
                if effect.kind == .cardLookUp {
                    bench.give(.cardLookedUp(id: effect.id, found: nil))
                } else {
                    bench.give(.effectAnswered(id: effect.id, outcome: .done(reference: "r")))
                }
            }
        case 11:
            let verbs = OperatorRequest.Verb.allCases
            let verb = verbs[Int(random.below(UInt64(verbs.count)))]
            bench.give(
                .operate(
                    OperatorRequest(
                        verb: verb, until: bench.now.advanced(byMs: 3 * Milliseconds.day),
                        parts: [
                            AgreedPart(
                                at: bench.now.advanced(byMs: Milliseconds.day), amountMinor: 0)
                        ], policy: random.chance(permille: 500) ? "other" : bench.policy.name)))
        default: Self.fireDue(&bench)
        }
    }

    /// Fires and answers until nothing is due any more: a refusal must not bring the next overdue
    /// rung, however many a jump ran past.
    private static func catchUp(_ bench: inout AccountBench, _ random: inout SplitMix64) {
        for _ in 0..<20 {
            bench.settle(random.chance(permille: 800) ? AccountBench.declined : .unknown)
            guard let due = bench.state.dueAt, due <= bench.now else { break }
            bench.give(.timer(realNow: bench.now))
        }
        Self.fireDue(&bench)
    }

    private static func fireDue(_ bench: inout AccountBench) {
        for _ in 0..<10 {
            guard let due = bench.state.dueAt, due <= bench.now else { return }
            bench.give(.timer(realNow: bench.now))
            guard bench.state.dueAt != due else { break }
        }
        let due = bench.state.dueAt
        #expect(due.map { $0 > bench.now } ?? true, "still due")
    }
}

/// What is open and in flight, told from the records alone.
private struct CaseChecker {
    var findings: [String] = []
    var attempts = 0
    private var isOpen: [UInt32: Bool] = [:]
    private var inFlight: [UInt32: UInt32] = [:]
    private var assignments: [UInt32: [Assignment]] = [:]
    private var attemptsAtOnce: [UInt32: Int] = [:]
    private var dues: [UInt32: Dues] = [:]

    /// What each invoice of a case still owes, by what events say that was due and came.
    private struct Dues {
        /// The invoice that is attempted next.
        var front: String
        /// The one that is being charged.
        var charged = ""
        var openMinor: [String: Int64]

        mutating func follow(_ amendment: CaseAmendment, invoiceLeft: Bool) {
            for further in amendment.particulars.further where self.openMinor[further.id] == nil {
                self.openMinor[further.id] = further.openMinor
            }
            guard let obligation = amendment.obligation else { return }
            self.front = obligation.id
            if invoiceLeft || self.openMinor[obligation.id] == nil {
                self.openMinor[obligation.id] = obligation.openMinor
            }
        }
    }

    mutating func take(_ records: ArraySlice<RecordedEvent>, now: Timestamp) {
        self.attemptsAtOnce = [:]
        for record in records { self.take(record.event, now: now) }
        // Several attempts of one instant are those of a case's further invoices only, and each
        // of them waits for the answer of the one before.
        for (number, count) in self.attemptsAtOnce where count > 1 {
            self.findings.append("I10: \(count) attempts of case \(number) in one turn")
        }
    }

    private mutating func take(_ event: AccountEvent, now: Timestamp) {
        self.book(event)
        if let update = event.update { self.isOpen[update.caseNumber] = update.phase.isOpen }
        switch event {
        case .attemptIntended(let intent):
            self.attempts += 1
            self.attemptsAtOnce[intent.caseNumber, default: 0] += 1
            if self.isOpen[intent.caseNumber] != true {
                self.findings.append("I1: attempt of closed case \(intent.caseNumber)")
            }
            if self.inFlight[intent.caseNumber] != nil {
                self.findings.append("I2: second charge of case \(intent.caseNumber)")
            }
            self.inFlight[intent.caseNumber] = intent.attempt
            self.charge(intent)
        case .attemptSettled(let settled) where settled.verdict.isFinal:
            self.inFlight[settled.update.caseNumber] = nil
        default: break
        }
    }

    private mutating func charge(_ intent: AttemptIntended) {
        guard let dues = self.dues[intent.caseNumber] else {
            self.findings.append("I7: a charge of an unknown case")
            return
        }
        self.dues[intent.caseNumber]?.charged = dues.front
        let open = dues.openMinor[dues.front] ?? 0
        if intent.amountMinor <= 0 { self.findings.append("I7: a charge of nothing") }
        if intent.amountMinor > open {
            self.findings.append("I7: \(intent.amountMinor) charged, \(open) open")
        }
        if intent.floorMinor > intent.amountMinor { self.findings.append("I7: floor above amount") }
    }

    /// Adds up what was due and what came.
    private mutating func book(_ event: AccountEvent) {
        var invoiceLeft = false
        switch event {
        case .caseOpened(let opened):
            self.dues[opened.update.caseNumber] = Dues(
                front: opened.obligation.id,
                openMinor: [opened.obligation.id: opened.obligation.openMinor])
        case .attemptSettled(let settled) where settled.verdict == .approved:
            let number = settled.update.caseNumber
            let charged = self.dues[number]?.charged ?? ""
            self.dues[number]?.openMinor[charged, default: 0] -= settled.collectedMinor
        case .paymentRecorded(let payment):
            guard let number = payment.update?.caseNumber else { break }
            self.dues[number]?.openMinor[payment.obligation, default: 0] -= payment.collectedMinor
        case .caseUpdated(let updated):
            let front = self.dues[updated.update.caseNumber]?.front ?? ""
            self.dues[updated.update.caseNumber]?.openMinor[front, default: 0] += updated.backMinor
            invoiceLeft = updated.reason == .invoiceLeft
        case .caseClosed(let closed):
            let front = self.dues[closed.update.caseNumber]?.front ?? ""
            self.dues[closed.update.caseNumber]?.openMinor[front, default: 0] += closed.backMinor
        default: break
        }
        if let update = event.update, let amendment = update.amendment.first {
            self.dues[update.caseNumber]?.follow(amendment, invoiceLeft: invoiceLeft)
        }
    }

    mutating func take(_ state: AccountState) {
        for dunningCase in state.cases {
            if !dunningCase.isOpen, dunningCase.plan.attemptAt.ms != 0 {
                self.findings.append("I1: a closed case plans an attempt")
            }
            let terms = dunningCase.particulars.first
            if let parts = terms?.agreement,
                parts.contains(where: { $0.paidMinor > $0.amountMinor })
            {
                self.findings.append("a part is paid more than once")
            }
            if terms?.further.contains(where: { $0.openMinor == 0 }) ?? false {
                self.findings.append("a paid invoice stays in a case of several")
            }
            let assigned = terms?.assignments ?? []
            if let known = self.assignments[dunningCase.number], known != assigned {
                self.findings.append("I12: an assignment changed")
            }
            self.assignments[dunningCase.number] = assigned
        }
        var seen: Set<String> = []
        for dunningCase in state.cases where dunningCase.isOpen {
            for obligation in dunningCase.obligations where !seen.insert(obligation.id).inserted {
                let numbers = state.cases.filter {
                    $0.isOpen && $0.covers(obligation: obligation.id)
                }
                self.findings.append(
                    "I2: \(obligation.id) is in open cases \(numbers.map(\.number))")
            }
        }
    }
}
