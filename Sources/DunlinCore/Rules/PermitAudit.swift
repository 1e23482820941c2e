/// Checks one account's attempts against the rules, by counting again from its events alone.
///
/// It shares nothing with the gate but the rule data: it is written to be obvious, not quick, and
/// forgets nothing. One audit takes all events of one account, in order.
package struct PermitAudit {
    /// One thing that an attempt should not have done.
    package struct Violation: Hashable, Sendable, CustomStringConvertible {
        package enum Kind: String, Sendable, CaseIterable {
            /// The rules of the case's bundle are not at hand.
            case rulesUnknown
            /// A rule that was in force has no line in the permit.
            case ruleMissing
            /// The permit has a line of a rule that was not in force for it.
            case ruleUnknown
            /// The permit's counter is not what the events give.
            case counterWrong
            /// More attempts than the rule allows.
            case overdrawn
            /// A demand of a scheme or country was not met.
            case demandUnmet
            /// The credential was blocked, or had no try left.
            case credentialBlocked
            /// Before the delay that a decline asked for was over.
            case tooEarly
            /// Another attempt of the same case was on its way.
            case secondInFlight
            /// More than was open.
            case moreThanOpen
        }

        package var kind: Kind
        /// The row's number; 0 where it is about none.
        package var rule: UInt32
        package var at: Timestamp

        package var description: String {
            self.rule == 0
                ? "\(self.at): \(self.kind.rawValue)"
                : "\(self.at): rule \(self.rule): \(self.kind.rawValue)"
        }
    }

    package private(set) var attempts: UInt64 = 0
    /// Lines of permits that were checked.
    package private(set) var lines: UInt64 = 0
    package private(set) var violations: [Violation] = []
    /// Beyond these only their number is kept.
    package static let violationsMax = 100
    package private(set) var violationCount: UInt64 = 0

    struct Known {
        var bundle: BundleID
        var policy: String
        var plan: CasePlan
        /// The attempt on its way; number 0 for somebody else's debit.
        var inFlight: AttemptIntended?
        var foreignDebit = false
        /// When providers took words about its debits.
        var toldAt: [Timestamp] = []
        var pendingCharge: UInt64 = 0
    }

    private(set) var marks: [AttemptMark] = []
    private(set) var cases: [UInt32: Known] = [:]
    private var networks: [UInt32: PaymentNetwork] = [:]
    private var standings: [UInt32: CredentialStanding] = [:]
    /// The fingerprints of methods, and what other accounts have learnt about those cards.
    private var cards: [UInt32: String] = [:]
    private var bars: [String: CredentialStanding] = [:]
    private var dues = DuesBook()
    private let bundle: (BundleID) -> Bundle?

    /// `bundle`: The bundle of that name, where it is at hand.
    package init(bundle: @escaping (BundleID) -> Bundle?) {
        self.bundle = bundle
    }

    package mutating func take(_ record: RecordedEvent) {
        switch record.event {
        case .caseOpened(let event): self.open(event)
        case .attemptIntended(let event): self.audit(event, at: record.at)
        case .attemptSettled(let event): self.settle(event)
        case .attemptReported(let event): self.report(event)
        case .debitPending(let event):
            let number = event.update.caseNumber
            if self.cases[number]?.inFlight == nil { self.cases[number]?.foreignDebit = true }
        case .paymentRecorded(let event):
            guard let number = event.update?.caseNumber else { break }
            if event.endsPending { self.cases[number]?.foreignDebit = false }
        case .messageSettled(let event)
        where event.step == MessageStep.debitNoticeNumber && event.wasAccepted:
            self.cases[event.update.caseNumber]?.toldAt.append(record.at)
        case .methodRecorded(let held):
            self.networks[held.number] = held.method.network
            self.standings[held.number] = held.standing
            self.cards[held.number] = held.method.sharedKey
            // Another default: nothing is known of the gateway's own choice.
            if held.isDefault { self.standings[0] = CredentialStanding() }
        case .attemptWithheld, .lookUpIntended, .methodRemoved, .caseUpdated, .caseClosed,
            .profileChanged, .messageIntended, .messageSettled, .messageSkipped, .accessChanged,
            .endActionIntended, .effectSettled, .keyCreated, .keyDestroyed, .intakeNoted,
            .consentChanged, .accountFlagged, .receiptNoted, .replyNoted, .upcomingChargeNoted,
            .noticePlanned, .noticeIntended, .noticeSkipped, .budgetReportPosted:
            break
        case .budgetHeard(let event):
            if event.word.kind == .card { self.bars[event.word.key] = event.word.bar }
        }
        if let update = record.event.update { self.cases[update.caseNumber]?.plan = update.plan }
        self.dues.take(record.event)
    }

    // MARK: What happened

    private mutating func open(_ event: CaseOpened) {
        self.cases[event.update.caseNumber] = Known(
            bundle: event.bundle, policy: event.policy, plan: event.update.plan)
        for mark in event.marks { self.remember(mark) }
        if let standing = event.standing {
            self.standings[event.marks.last?.method ?? 0] = standing
        }
    }

    private mutating func report(_ event: AttemptReported) {
        self.remember(event.mark)
        if let standing = event.standing { self.standings[event.mark.method] = standing }
        if event.endsPending, let number = event.update?.caseNumber {
            self.cases[number]?.foreignDebit = false
        }
    }

    private mutating func settle(_ event: AttemptSettled) {
        let number = event.update.caseNumber
        guard let known = self.cases[number] else { return }
        guard let intent = known.inFlight, intent.attempt == event.attempt else {
            if known.foreignDebit, event.attempt == 0, event.verdict.isFinal {
                self.cases[number]?.foreignDebit = false
            }
            return
        }
        if event.verdict == .pending, !event.chargeID.isEmpty {
            self.cases[number]?.pendingCharge = FNV1a64.hash(event.chargeID)
        }
        guard event.verdict.isFinal else { return }
        self.cases[number]?.inFlight = nil
        self.cases[number]?.pendingCharge = 0
        if let standing = event.standing { self.standings[intent.method] = standing }
        guard event.verdict != .notSent else { return }
        var flags: AttemptMark.Flags = []
        if event.verdict == .approved { flags.insert(.approved) }
        if event.verdict == .technicalFailure { flags.insert(.technical) }
        if event.notSentToNetwork { flags.insert(.notSentToNetwork) }
        var charge = known.pendingCharge == 0 ? intent.key.low : known.pendingCharge
        if !event.chargeID.isEmpty { charge = FNV1a64.hash(event.chargeID) }
        let code = ReturnCode(
            code: event.decline?.code ?? "", networkCode: event.decline?.networkCode ?? "",
            on: self.networks[intent.method] ?? .unknown)
        self.remember(
            AttemptMark(
                at: self.intendedAt[number] ?? Timestamp(ms: 0), method: intent.method,
                amountMinor: intent.amountMinor, currency: intent.currency, chargeHash: charge,
                obligationHash: FNV1a64.hash(self.dues.charged(ofCase: number)), flags: flags,
                returnCode: event.decline == nil ? .none : code))
    }

    /// When each case's attempt on its way was intended.
    private var intendedAt: [UInt32: Timestamp] = [:]

    /// The same charge, told twice, is one.
    private mutating func remember(_ mark: AttemptMark) {
        if mark.chargeHash != 0 { self.marks.removeAll { $0.chargeHash == mark.chargeHash } }
        self.marks.append(mark)
    }

    // MARK: The audit

    private mutating func audit(_ intent: AttemptIntended, at instant: Timestamp) {
        self.attempts += 1
        guard let known = self.cases[intent.caseNumber] else {
            self.note(.rulesUnknown, at: instant)
            return
        }
        if known.inFlight != nil || known.foreignDebit { self.note(.secondInFlight, at: instant) }
        let openMinor = self.dues.openMinor(ofCase: intent.caseNumber) ?? 0
        if intent.amountMinor > openMinor { self.note(.moreThanOpen, at: instant) }
        var standing = self.standings[intent.method] ?? CredentialStanding()
        if let bar = self.cards[intent.method].flatMap({ self.bars[$0] }) {
            standing = standing.joined(with: bar)
        }
        switch standing.blockedBy {
        case .wait, .once, .backOff, nil: break
        default: self.note(.credentialBlocked, at: instant)
        }
        if standing.triesLeft == 0 { self.note(.credentialBlocked, at: instant) }
        if instant < standing.notBefore { self.note(.tooEarly, at: instant) }
        if let bundle = self.bundle(known.bundle) {
            self.audit(intent, known, bundle, standing, at: instant)
        } else {
            self.note(.rulesUnknown, at: instant)
        }
        self.cases[intent.caseNumber]?.inFlight = intent
        self.intendedAt[intent.caseNumber] = instant
    }

    private mutating func audit(
        _ intent: AttemptIntended, _ known: Known, _ bundle: Bundle,
        _ standing: CredentialStanding, at instant: Timestamp
    ) {
        let network = self.networks[intent.method] ?? .unknown
        var lines: [UInt32: Permit.Line] = [:]
        for line in intent.permit.lines { lines[line.rule] = line }
        self.lines += UInt64(intent.permit.lines.count)
        for rule in bundle.rules.budgets
        where Self.speaks(rule, of: network, intent.currency, at: instant) {
            let count = self.count(rule, intent, at: instant)
            if count >= rule.attemptsMax { self.note(.overdrawn, rule: rule.number, at: instant) }
            guard let line = lines.removeValue(forKey: rule.number) else {
                self.note(.ruleMissing, rule: rule.number, at: instant)
                continue
            }
            if line.used != count || line.cap != rule.attemptsMax {
                self.note(.counterWrong, rule: rule.number, at: instant)
            }
        }
        let invoice = FNV1a64.hash(self.dues.front(ofCase: intent.caseNumber))
        let debit = DebitAudit(
            intent: intent, network: network, at: instant, plan: known.plan,
            toldAt: known.toldAt,
            isToldByMerchant: bundle.policies[known.policy]?.retries.announcesDebits == false,
            presentations: self.marks.filter {
                $0.method == intent.method && !$0.flags.contains(.notSentToNetwork)
                    && !$0.flags.contains(.approved)
                    && $0.obligationHash == invoice
            }.sorted { $0.at < $1.at },
            rules: bundle.rules,
            agreedNoticeDays: bundle.policies[known.policy]?.retries.agreedNoticeDays[network])
        for rule in debit.rules(in: bundle.rules) {
            if lines.removeValue(forKey: rule.number) == nil {
                self.note(.ruleMissing, rule: rule.number, at: instant)
            }
            if !debit.meets(rule) { self.note(.demandUnmet, rule: rule.number, at: instant) }
        }
        let delayed = lines.removeValue(forKey: Permit.Line.advisedDelay) != nil
        if delayed != (standing.notBefore.ms != 0) {
            self.note(.ruleMissing, rule: Permit.Line.advisedDelay, at: instant)
        }
        for number in lines.keys.sorted() { self.note(.ruleUnknown, rule: number, at: instant) }
    }

    private static func speaks(
        _ rule: BudgetRule, of network: PaymentNetwork, _ currency: Currency,
        at instant: Timestamp
    ) -> Bool {
        if instant.ms < rule.effectiveFrom.ms { return false }
        if let end = rule.effectiveUntil, instant.ms >= end.ms { return false }
        if let own = rule.currency, own != currency { return false }
        guard let own = rule.network else { return true }
        return own == network || network == .unknown && rule.appliesToUnknown
    }

    /// Attempts that share a window of the rule with one at `instant`.
    private func count(
        _ rule: BudgetRule, _ intent: AttemptIntended, at instant: Timestamp
    ) -> UInt32 {
        var count: UInt32 = 0
        for mark in self.marks + self.charges(but: intent.caseNumber) {
            if mark.method != intent.method { continue }
            if mark.flags.contains(.approved) || mark.flags.contains(.notSentToNetwork) { continue }
            if mark.flags.contains(.original), !rule.countsOriginal { continue }
            if mark.flags.contains(.technical), rule.isSoftCap { continue }
            if rule.sameInitiator, mark.initiator != .merchant { continue }
            if rule.sameAmount, mark.amountMinor != intent.amountMinor { continue }
            if rule.sameAmount, mark.currency != intent.currency { continue }
            let isNear: Bool
            switch rule.window {
            case .rolling(let ms): isNear = abs(mark.at.ms - instant.ms) < ms
            case .calendarDay:
                isNear =
                    CivilTime(utc: mark.at).dayNumber == CivilTime(utc: instant).dayNumber
            }
            if isNear { count += 1 }
        }
        return count
    }

    /// Charges of other cases whose outcome is not known yet: they count as refused.
    private func charges(but number: UInt32) -> [AttemptMark] {
        self.cases.compactMap { other, known in
            guard other != number, let intent = known.inFlight else { return nil }
            return AttemptMark(
                at: self.intendedAt[other] ?? Timestamp(ms: 0), method: intent.method,
                amountMinor: intent.amountMinor, currency: intent.currency, obligationHash: 0)
        }
    }

    private mutating func note(_ kind: Violation.Kind, rule: UInt32 = 0, at instant: Timestamp) {
        self.violationCount += 1
        guard self.violations.count < Self.violationsMax else { return }
        self.violations.append(Violation(kind: kind, rule: rule, at: instant))
    }
}
