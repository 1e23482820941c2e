/// What happened to an account. Each carries every fact that the decision used or made, so that
/// ``AccountState/evolve(_:)`` needs no policy, rule, zone or key.
///
/// Indirect, since events are handed on a lot: unboxed they are 277 bytes, and reading a small
/// record took 1,600 ns instead of 180 (`dunlin-bench codec`).
package indirect enum AccountEvent: Hashable, Sendable {
    case caseOpened(CaseOpened)
    case attemptIntended(AttemptIntended)
    case attemptSettled(AttemptSettled)
    case attemptWithheld(CaseUpdate)
    case lookUpIntended(LookUpIntended)
    case attemptReported(AttemptReported)
    case paymentRecorded(PaymentRecorded)
    case caseUpdated(CaseUpdated)
    case caseClosed(CaseClosed)
    case methodRecorded(HeldMethod)
    case methodRemoved(number: UInt32)
    case profileChanged(Profile)
    case messageIntended(MessageIntended)
    case messageSettled(MessageSettled)
    case messageSkipped(MessageSkipped)
    case accessChanged(AccessChanged)
    case endActionIntended(EndActionIntended)
    case effectSettled(EffectSettled)
    case keyCreated
    case keyDestroyed
    case intakeNoted(IntakeNoted)
    case debitPending(DebitPending)
    case consentChanged(ConsentChanged)
    case accountFlagged(AccountFlagged)
    case receiptNoted(ReceiptNoted)
    case replyNoted(ReplyNoted)
    case upcomingChargeNoted(UpcomingChargeNoted)
    case noticePlanned(NoticePlanned)
    case noticeIntended(NoticeIntended)
    case noticeSkipped(NoticeSkipped)
    case budgetReportPosted(BudgetReport)
    case budgetHeard(BudgetHeard)
}

/// An event with its place: what a journal record says.
package struct RecordedEvent: Hashable, Sendable {
    package var at: Timestamp
    package var event: AccountEvent
    /// The merchant's app is told by webhook: evolving lists the announcement.
    package var isAnnounced: Bool
    /// FNV-1a of the sender's event id that caused it; 0 when none did.
    package var eventHash: UInt64

    package init(
        at: Timestamp, event: AccountEvent, isAnnounced: Bool = false, eventHash: UInt64 = 0
    ) {
        self.at = at
        self.event = event
        self.isAnnounced = isAnnounced
        self.eventHash = eventHash
    }
}

/// The case's phase, plan and flags after an event.
package struct CaseUpdate: Hashable, Sendable {
    package var caseNumber: UInt32
    package var phase: CasePhase
    package var plan: CasePlan
    package var flags: DunningCase.Flags
    package var rung: UInt32
    /// What else changed; mostly nothing, else one element.
    package var amendment: [CaseAmendment]

    package init(
        caseNumber: UInt32, phase: CasePhase, plan: CasePlan, flags: DunningCase.Flags,
        rung: UInt32, amendment: [CaseAmendment] = []
    ) {
        self.caseNumber = caseNumber
        self.phase = phase
        self.plan = plan
        self.flags = flags
        self.rung = rung
        self.amendment = amendment
    }
}

package struct CaseOpened: Hashable, Sendable {
    package var update: CaseUpdate
    package var obligation: Obligation
    package var bundle: BundleID
    package var policy: String
    package var anchor: Timestamp
    package var decline: Decline
    /// The failure that opened the case and, for a backlog, those before it; oldest first.
    package var marks: [AttemptMark]
    /// What the decline did to the credential.
    package var standing: CredentialStanding?
    /// The money had come, and the bank took it back.
    package var isReturn: Bool
    /// Of the method that failed, as it was known then.
    package var network: PaymentNetwork
    /// ``PaymentMethod/bin`` of the card that failed; 0 when not known.
    package var bin: UInt32

    package init(
        update: CaseUpdate, obligation: Obligation, bundle: BundleID, policy: String,
        anchor: Timestamp, decline: Decline, marks: [AttemptMark], standing: CredentialStanding?,
        isReturn: Bool = false, network: PaymentNetwork = .unknown, bin: UInt32 = 0
    ) {
        self.update = update
        self.obligation = obligation
        self.bundle = bundle
        self.policy = policy
        self.anchor = anchor
        self.decline = decline
        self.marks = marks
        self.standing = standing
        self.isReturn = isReturn
        self.network = network
        self.bin = bin
    }
}

package struct CaseUpdated: Hashable, Sendable {
    package enum Reason: UInt8, Sendable, CaseIterable {
        case methodChanged = 1
        case paused = 2
        case resumed = 3
        case attemptRequested = 4
        case replanned = 5
        case unreachable = 6
        /// Money moved twice, or for a case that was closed.
        case overcharged = 7
        /// The tenant went live: what was only observed is taken up.
        case wentLive = 8
        /// The customer or an operator asked for time.
        case snoozed = 40
        /// The customer promised to pay, at once or in parts.
        case agreed = 41
        /// A promised day passed, or its charge was refused.
        case agreementBroken = 42
        /// Money is there now, somebody said.
        case fundsAvailable = 43
        /// Newer card facts are asked for: adds the effect.
        case cardLookUp = 44
        /// The bank took a collected debit back, and it may be tried again.
        case returned = 45
        /// The dispute was decided for the merchant.
        case disputeWon = 46
        /// The dispute was decided for the customer.
        case disputeLost = 47
        /// An operator moved it to another policy.
        case migrated = 48
        /// An invoice of several is no longer wanted.
        case invoiceLeft = 49
        /// A default's refusal lets an agreed backup be charged.
        case backupTried = 50
        /// Nobody took the word about a planned debit: it is told anew, and the debit moves.
        case debitUntold = 51
        /// A flag of the account was set or cleared.
        case flagged = 20

        package var name: String { "\(self)" }
    }

    package var update: CaseUpdate
    package var reason: Reason
    /// Ladder, messages and access count from here anew; zero when they go on as they were.
    package var restartsAt: Timestamp
    /// ``HeldMethod/number`` of the card that is asked about; else 0.
    package var method: UInt32
    /// Collected money that went back, in minor units.
    package var backMinor: Int64

    package init(
        update: CaseUpdate, reason: Reason, restartsAt: Timestamp = Timestamp(ms: 0),
        method: UInt32 = 0, backMinor: Int64 = 0
    ) {
        self.update = update
        self.reason = reason
        self.restartsAt = restartsAt
        self.method = method
        self.backMinor = backMinor
    }
}

package struct CaseClosed: Hashable, Sendable {
    package enum Reason: UInt8, Sendable, CaseIterable {
        case subscriptionCanceled = 1
        case obligationVoided = 2
        case endReached = 3
        case operatorCancelled = 4
        case operatorWroteOff = 5
        /// Money was given back: nothing is charged again by itself.
        case refunded = 40
        case disputed = 41
        case returned = 42

        package var name: String { "\(self)" }
    }

    package var update: CaseUpdate
    package var reason: Reason
    /// Collected money that went back, in minor units.
    package var backMinor: Int64

    package init(update: CaseUpdate, reason: Reason, backMinor: Int64 = 0) {
        self.update = update
        self.reason = reason
        self.backMinor = backMinor
    }
}
