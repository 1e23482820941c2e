import DunlinCore
import DunlinPolicy
import Foundation
import Testing

/// Random lives under random plans: whatever a planner wants, no attempt breaks a rule, as an
/// audit finds that counts again from the events alone.
///
/// `DUNLIN_HISTORIES` says how many; the long run has a million:
///
///     DUNLIN_HISTORIES=1000000 swift test -c release --filter RandomPlannerTests
@Suite("A random planner behind the gate")
struct RandomPlannerTests {
    private static let defaultHistories = 300

    private static var histories: Int {
        ProcessInfo.processInfo.environment["DUNLIN_HISTORIES"].flatMap { Int($0) }
            ?? Self.defaultHistories
    }

    @Test("breaks no rule", arguments: [true, false])
    func breaksNoRule(withCaution: Bool) throws {
        let rules = try BuiltInRules()
        let histories = Self.histories / 2
        var attempts: UInt64 = 0
        var lines: UInt64 = 0
        var debits: UInt64 = 0
        for number in 0..<histories {
            let seed = UInt64(number) << 1 | (withCaution ? 1 : 0)
            var life = RandomLife(seed: seed, rules, withCaution: withCaution)
            life.live()
            attempts += life.audit.attempts
            lines += life.audit.lines
            if life.isDebit { debits += life.audit.attempts }
            #expect(
                life.audit.violations.isEmpty, "seed \(seed): \(life.audit.violations)")
            if !life.audit.violations.isEmpty { return }
        }
        print(
            "\(histories) random histories \(withCaution ? "with" : "without") our caution:",
            "\(attempts) attempts, \(debits) of them debits, \(lines) permit lines, 0 violations")
        #expect(attempts > 3 * UInt64(histories))
        #expect(debits > 0)
    }

    @Test("is caught by the audit where the gate is given fewer rules than it should obey")
    func auditCatches() throws {
        let rules = try BuiltInRules()
        var caught: Set<PermitAudit.Violation.Kind> = []
        for number in 0..<200 {
            var life = RandomLife(
                seed: UInt64(number), rules, withCaution: false,
                gate: RuleBook(version: 1, budgets: []))
            life.live()
            caught.formUnion(life.audit.violations.map(\.kind))
        }
        #expect(caught.isSuperset(of: [.ruleMissing, .overdrawn, .demandUnmet]))
    }
}

/// One account's life by a seed: a method, a policy of random times, refusals of all kinds,
/// attempts by others, operators' wishes.
struct RandomLife {
    private(set) var audit: PermitAudit
    private var random: RandomSequence
    private let context: DecisionContext
    private var state = AccountState()
    private var now: Timestamp
    private var op: UInt64 = 0
    private let network: PaymentNetwork
    private let currency: Currency
    private let key: EntityKey

    var isDebit: Bool { self.network.isDirectDebit }

    private static let networks: [PaymentNetwork] = [
        .visa, .mastercard, .amex, .unknown, .ach, .sepa, .bacs, .ach, .sepa, .bacs,
    ]

    init(seed: UInt64, _ rules: BuiltInRules, withCaution: Bool, gate: RuleBook? = nil) {
        var random = RandomSequence(seed: seed)
        let network = Self.networks[random.below(Self.networks.count)]
        self.network = network
        let currencies: [Currency] = network.isDirectDebit ? [.eur] : [.usd, GateTable.inr]
        self.currency = currencies[random.below(currencies.count)]
        // Over the change of Visa's rule, and over the years that the calendars know.
        let days = Int64(random.below(1200))
        self.now = instant("2025-04-20T00:00:00Z").advanced(byMs: days * Milliseconds.day)
        let book = withCaution ? rules.book : rules.book.withoutCaution
        let policy = Self.policy(&random)
        var bundle = rules.bundle
        bundle.policies = [policy.name: policy]
        bundle.defaultPolicy = policy.name
        bundle.rules = book
        var gated = bundle
        gated.rules = gate ?? book
        self.context = DecisionContext(
            current: gated, bundles: [gated.id: gated],
            tenant: TenantSettings(name: "main", mode: .live),
            origin: ClusterOrigin(cluster: 1, generation: 1))
        self.audit = PermitAudit { $0 == bundle.id ? bundle : nil }
        self.random = random
        self.key = EntityKey(key: "acct-\(seed)")
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
        return DunningPolicy(
            name: "random",
            retries: RetryRules(
                defaultLadder: RetryLadder(offsetsMs: offsets), windowMs: 80 * Milliseconds.day,
                gapMinMs: random.below(2) == 0 ? 0 : Milliseconds.hour,
                agreedNoticeDays: random.below(2) == 0 ? [:] : [.sepa: UInt32(1 + random.below(10))]
            ),
            ending: Ending(afterMs: nil))
    }

    mutating func live() {
        self.give(.intake(self.failure(event: 0, method: self.method)))
        for step in 1..<80 {
            self.chance(step)
            guard let due = self.state.dueAt else {
                self.now = self.now.advanced(byMs: Int64(self.random.below(50)) * Milliseconds.hour)
                continue
            }
            self.now = max(self.now, due)
            self.give(.timer(realNow: self.now))
            self.answer()
        }
    }

    private var method: MethodChange {
        MethodChange(method: PaymentMethod(token: "pm_1", network: self.network))
    }

    /// What else happens now and then: others try, an operator asks, news repeat.
    private mutating func chance(_ step: Int) {
        switch self.random.below(12) {
        case 0, 1: self.give(.intake(self.failure(event: step, method: nil)))
        case 2:
            var facts = self.failure(event: step, method: nil)
            if case .paymentFailed(var failed) = facts.fact {
                failed.obligation.id = "elsewhere"
                failed.wasApproved = self.random.below(4) == 0
                facts.fact = .externalAttempt(failed)
            }
            self.give(.intake(facts))
        case 3: self.give(.operate(OperatorRequest(verb: .attemptNow)))
        case 4:
            guard self.isDebit else { return }
            self.give(
                .intake(
                    IntakeFacts(
                        eventID: "p\(step)", occurredAt: self.now,
                        fact: .paymentPending(
                            PaymentPending(
                                obligation: "in_\(self.random.below(4))", chargeID: "ch_\(step)"))))
            )
        case 5:
            guard self.random.below(8) == 0 else { return }
            self.give(
                .intake(
                    IntakeFacts(
                        eventID: "m\(step)", occurredAt: self.now, fact: .paymentMethodUpdated,
                        method: MethodChange(
                            method: PaymentMethod(token: "pm_\(step)", network: self.network)))))
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
            failed.presentedAt = self.now.advanced(
                byMs: -Int64(self.random.below(8)) * Milliseconds.day)
        }
        let late = Int64(self.random.below(20)) * Milliseconds.hour
        return IntakeFacts(
            eventID: "e\(event)", occurredAt: self.now.advanced(byMs: -late),
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

    private mutating func answer() {
        for dunningCase in self.state.cases {
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
            self.give(
                .attemptAnswered(
                    caseNumber: dunningCase.number, attempt: inFlight.number, outcome: outcome))
        }
    }

    private mutating func give(_ command: AccountCommand) {
        self.op += 1
        let decision = decide(
            self.state, account: self.key, command, context: self.context, now: self.now,
            at: RecordPosition(op: self.op, index: 0))
        self.state = decision.state
        for event in decision.events { self.audit.take(event) }
    }
}

/// A seeded sequence: the same seed gives the same life on every machine.
struct RandomSequence {
    private var state: UInt64

    init(seed: UInt64) { self.state = splitmix64(seed) }

    mutating func below(_ count: Int) -> Int {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        return Int(splitmix64(self.state) % UInt64(max(1, count)))
    }
}
