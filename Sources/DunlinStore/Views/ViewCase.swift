import DunlinCore

/// One dunning case as lists and totals see it, folded from the account's events alone.
///
/// It follows ``AccountState/evolve(_:at:)``: where that ignores an event, so does this. Unlike the
/// account it forgets no case. Sums wrap, so that a damaged record cannot stop a node.
struct ViewCase: Equatable {
    struct ID: Hashable {
        var tenant: String
        var account: String
        /// Counted from 1 in the account.
        var number: UInt32
    }

    var id: ID
    var phase: CasePhase
    var flags: DunningCase.Flags
    var obligation: String
    var currency: Currency
    /// What was due at the opening, in minor units.
    var amountMinor: Int64
    /// What attempts of ours brought, in minor units.
    var collectedByUsMinor: Int64 = 0
    /// What arrived otherwise, in minor units.
    var collectedElsewhereMinor: Int64 = 0
    /// Of the failure that opened the case.
    var openingClass: DeclineClass
    /// Of the last decline.
    var latestClass: DeclineClass
    var openedAt: Timestamp
    /// Zero while open.
    var closedAt: Timestamp
    /// Zero when none is planned.
    var nextAttemptAt: Timestamp
    /// Attempts that reached the gateway, one in flight included.
    var attempts: UInt32 = 0
    /// Number of the attempt in flight; 0 for none, ``foreignDebit`` for somebody else's debit.
    var inFlight: UInt32 = 0
    /// Attempts are never counted so far.
    static let foreignDebit = UInt32.max
    /// Messages that a provider accepted.
    var messages: UInt32 = 0
    /// Arms of experiments, a line each: experiment, arm and propensity with tabs between.
    var arms = ""
    /// Of the failure that opened the case, as the gateway gave it.
    var code = ""
    var segment = ""
    /// Of the last message that a provider took; 0 for none.
    var channel: UInt8 = 0
    /// What attempts and messages cost, in thousandths of the minor unit.
    var costMilli: Int64 = 0
    /// Collected money that went back, in minor units.
    var backMinor: Int64 = 0
    /// What the invoice comes to in a month, in minor units.
    var mrrMinor: Int64 = 0
    /// Of the method that failed.
    var network = PaymentNetwork.unknown
    /// ``PaymentMethod/bin`` of the card that failed; 0 when not known.
    var bin: UInt32 = 0
}

extension ViewCase {
    init(_ event: CaseOpened, of account: EntityKey, at instant: Timestamp) {
        self.init(
            id: ID(
                tenant: account.tenant, account: account.key, number: event.update.caseNumber),
            phase: event.update.phase, flags: event.update.flags,
            obligation: event.obligation.id, currency: event.obligation.currency,
            amountMinor: event.obligation.amountMinor,
            openingClass: event.decline.declineClass, latestClass: event.decline.declineClass,
            openedAt: instant,
            closedAt: event.update.phase.isOpen ? Timestamp(ms: 0) : instant,
            nextAttemptAt: event.update.plan.attemptAt)
        self.collectedElsewhereMinor = event.obligation.collectedMinor
        self.code = event.decline.code
        self.network = event.network
        self.bin = event.bin
        let terms = event.update.amendment.first?.particulars
        self.segment = terms?.segment ?? ""
        self.mrrMinor = (terms?.interval ?? .unknown).monthly(event.obligation.amountMinor)
        if let assignments = terms?.assignments {
            self.arms = assignments.map { "\($0.experiment)\t\($0.arm)\t\($0.propensityPpm)" }
                .joined(separator: "\n")
        }
    }

    /// Applies an event that ``AccountEvent/viewedCase`` says is about this case.
    mutating func apply(_ event: AccountEvent, at instant: Timestamp) {
        switch event {
        case .attemptIntended(let intended):
            self.attempts &+= 1
            self.inFlight = intended.attempt
            self.nextAttemptAt = Timestamp(ms: 0)
        case .attemptSettled(let settled):
            let number = settled.attempt == 0 ? Self.foreignDebit : settled.attempt
            guard self.inFlight != 0, self.inFlight == number else { return }
            self.settle(settled)
            self.apply(settled.update, at: instant)
        case .attemptReported(let reported):
            if let decline = reported.decline { self.latestClass = decline.declineClass }
            // Another invoice joined the case.
            if reported.update != nil, reported.mark.flags.contains(.original) {
                self.amountMinor &+= reported.mark.amountMinor
            }
            if reported.endsPending { self.inFlight = 0 }
            self.apply(reported.update, at: instant)
        case .paymentRecorded(let payment):
            self.collectedElsewhereMinor &+= payment.collectedMinor
            if payment.endsPending { self.inFlight = 0 }
            self.apply(payment.update, at: instant)
        case .debitPending(let pending):
            guard self.inFlight == 0 else { return }
            self.inFlight = Self.foreignDebit
            self.apply(pending.update, at: instant)
        case .messageSettled(let settled):
            if settled.wasAccepted {
                self.messages &+= 1
                self.channel = settled.channel.rawValue
            }
            self.costMilli &+= settled.costMilli
            self.apply(settled.update, at: instant)
        case .attemptWithheld(let update): self.apply(update, at: instant)
        case .caseUpdated(let updated):
            self.backMinor &+= updated.backMinor
            self.apply(updated.update, at: instant)
        case .caseClosed(let closed):
            self.backMinor &+= closed.backMinor
            self.apply(closed.update, at: instant)
        case .messageIntended(let intended): self.apply(intended.update, at: instant)
        case .messageSkipped(let skipped): self.apply(skipped.update, at: instant)
        case .accessChanged(let changed): self.apply(changed.update, at: instant)
        case .caseOpened, .lookUpIntended, .methodRecorded, .methodRemoved, .profileChanged,
            .endActionIntended, .effectSettled, .keyCreated, .keyDestroyed, .intakeNoted,
            .consentChanged, .accountFlagged, .receiptNoted, .replyNoted,
            .upcomingChargeNoted, .noticePlanned, .noticeIntended, .noticeSkipped,
            .budgetReportPosted, .budgetHeard:
            break
        }
    }

    private mutating func settle(_ settled: AttemptSettled) {
        if settled.verdict.isFinal { self.inFlight = 0 }
        self.costMilli &+= settled.costMilli
        switch settled.verdict {
        case .approved: self.collectedByUsMinor &+= settled.collectedMinor
        case .notSent: if settled.attempt != 0 { self.attempts &-= 1 }
        case .declined, .technicalFailure, .unknown, .pending, .parked: break
        }
        if let decline = settled.decline { self.latestClass = decline.declineClass }
    }

    private mutating func apply(_ update: CaseUpdate?, at instant: Timestamp) {
        guard let update else { return }
        if self.phase.isOpen != update.phase.isOpen {
            self.closedAt = update.phase.isOpen ? Timestamp(ms: 0) : instant
        }
        self.phase = update.phase
        self.flags = update.flags
        self.nextAttemptAt = update.plan.attemptAt
    }
}

extension ViewCase {
    var assignments: [Assignment] {
        guard !self.arms.isEmpty else { return [] }
        return self.arms.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard parts.count == 3, let propensity = UInt32(parts[2]) else { return nil }
            return Assignment(
                experiment: String(parts[0]), arm: String(parts[1]), propensityPpm: propensity)
        }
    }
}

extension AccountEvent {
    /// The case whose row this event may change; 0 for none.
    var viewedCase: UInt32 {
        switch self {
        case .caseOpened(let event): event.update.caseNumber
        case .attemptIntended(let event): event.caseNumber
        case .attemptSettled(let event): event.update.caseNumber
        case .attemptWithheld(let update): update.caseNumber
        case .attemptReported(let event): event.update?.caseNumber ?? 0
        case .paymentRecorded(let event): event.update?.caseNumber ?? 0
        case .debitPending(let event): event.update.caseNumber
        case .caseUpdated(let event): event.update.caseNumber
        case .caseClosed(let event): event.update.caseNumber
        case .messageIntended(let event): event.update.caseNumber
        case .messageSettled(let event): event.update.caseNumber
        case .messageSkipped(let event): event.update.caseNumber
        case .accessChanged(let event): event.update?.caseNumber ?? 0
        case .lookUpIntended, .methodRecorded, .methodRemoved, .profileChanged,
            .endActionIntended, .effectSettled, .keyCreated, .keyDestroyed, .intakeNoted,
            .consentChanged, .accountFlagged, .receiptNoted, .replyNoted,
            .upcomingChargeNoted, .noticePlanned, .noticeIntended, .noticeSkipped,
            .budgetReportPosted, .budgetHeard:
            0
        }
    }
}

extension BillingInterval {
    /// What an amount of each interval comes to in a month, rounded down; unknown ones are taken
    /// as monthly.
    fileprivate func monthly(_ minor: Int64) -> Int64 {
        switch self {
        case .unknown, .monthly: minor
        case .daily: minor.multipliedReportingOverflow(by: 30).partialValue
        // 52 weeks in twelve months.
        case .weekly: minor.multipliedReportingOverflow(by: 13).partialValue / 3
        case .quarterly: minor / 3
        case .yearly: minor / 12
        }
    }
}
