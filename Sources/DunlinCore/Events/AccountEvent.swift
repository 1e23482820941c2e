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

    package init(
        update: CaseUpdate, obligation: Obligation, bundle: BundleID, policy: String,
        anchor: Timestamp, decline: Decline, marks: [AttemptMark], standing: CredentialStanding?,
        isReturn: Bool = false
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
    }
}

/// The intent: on disk before the gateway is called. Adds the charge effect.
package struct AttemptIntended: Hashable, Sendable {
    package var caseNumber: UInt32
    package var attempt: UInt32
    package var key: GatewayKey
    package var method: UInt32
    package var amountMinor: Int64
    package var currency: Currency
    package var reason: PlanReason
    package var permit: Permit
    /// The wall's time of the intent: a gateway remembers a key for so long in real time.
    package var realAt: Timestamp
    /// The agreed backup that is charged, as the customer knows it: `visa 4242`. Empty for the
    /// default method.
    package var backup: String

    package init(
        caseNumber: UInt32, attempt: UInt32, key: GatewayKey, method: UInt32, amountMinor: Int64,
        currency: Currency, reason: PlanReason, permit: Permit, realAt: Timestamp,
        backup: String = ""
    ) {
        self.caseNumber = caseNumber
        self.attempt = attempt
        self.key = key
        self.method = method
        self.amountMinor = amountMinor
        self.currency = currency
        self.reason = reason
        self.permit = permit
        self.realAt = realAt
        self.backup = backup
    }
}

/// An answer about the attempt in flight, final or not.
package struct AttemptSettled: Hashable, Sendable {
    package enum Verdict: UInt8, Sendable, CaseIterable {
        case approved = 1
        case declined = 2
        case technicalFailure = 3
        case notSent = 4
        case unknown = 5
        case pending = 6
        /// Asked about too often or too late: a person must decide.
        case parked = 7

        /// The attempt is over: nothing is in flight any more.
        package var isFinal: Bool {
            switch self {
            case .approved, .declined, .technicalFailure, .notSent: true
            case .unknown, .pending, .parked: false
            }
        }
    }

    package var update: CaseUpdate
    package var attempt: UInt32
    package var verdict: Verdict
    /// What was collected, in minor units; 0 unless approved.
    package var collectedMinor: Int64
    package var chargeID: String
    /// For a decline or technical failure; else `nil`.
    package var decline: Decline?
    package var notSentReason: AttemptOutcome.NotSentReason?
    /// Did not reach the network: counts in no budget.
    package var notSentToNetwork: Bool
    /// The credential's standing afterwards; `nil` leaves it.
    package var standing: CredentialStanding?
    /// When the outcome is asked about next; zero when it is final.
    package var nextLookUpAt: Timestamp

    package init(
        update: CaseUpdate, attempt: UInt32, verdict: Verdict, collectedMinor: Int64 = 0,
        chargeID: String = "", decline: Decline? = nil,
        notSentReason: AttemptOutcome.NotSentReason? = nil, notSentToNetwork: Bool = false,
        standing: CredentialStanding? = nil, nextLookUpAt: Timestamp = Timestamp(ms: 0)
    ) {
        self.update = update
        self.attempt = attempt
        self.verdict = verdict
        self.collectedMinor = collectedMinor
        self.chargeID = chargeID
        self.decline = decline
        self.notSentReason = notSentReason
        self.notSentToNetwork = notSentToNetwork
        self.standing = standing
        self.nextLookUpAt = nextLookUpAt
    }
}

/// The outcome of the attempt in flight is asked about. Adds the look-up effect.
package struct LookUpIntended: Hashable, Sendable {
    package var caseNumber: UInt32
    package var attempt: UInt32

    package init(caseNumber: UInt32, attempt: UInt32) {
        self.caseNumber = caseNumber
        self.attempt = attempt
    }
}

/// Somebody else tried to charge: it counts in the budgets, and for an open case in its ladder.
package struct AttemptReported: Hashable, Sendable {
    /// `nil` when no open case is touched.
    package var update: CaseUpdate?
    package var mark: AttemptMark
    package var decline: Decline?
    package var standing: CredentialStanding?
    /// The first attempt beside ours on this case: operators are warned.
    package var warnsOfForeignRetries: Bool
    /// It is what became of the pending debit for which the case waited.
    package var endsPending: Bool

    package init(
        update: CaseUpdate?, mark: AttemptMark, decline: Decline?, standing: CredentialStanding?,
        warnsOfForeignRetries: Bool, endsPending: Bool = false
    ) {
        self.update = update
        self.mark = mark
        self.decline = decline
        self.standing = standing
        self.warnsOfForeignRetries = warnsOfForeignRetries
        self.endsPending = endsPending
    }
}

/// Money arrived that no attempt of ours brought.
package struct PaymentRecorded: Hashable, Sendable {
    /// `nil` when no open case is touched: the obligation is remembered as settled.
    package var update: CaseUpdate?
    package var obligation: String
    package var collectedMinor: Int64
    package var occurredAt: Timestamp
    /// It is what became of the pending debit for which the case waited.
    package var endsPending: Bool

    package init(
        update: CaseUpdate?, obligation: String, collectedMinor: Int64, occurredAt: Timestamp,
        endsPending: Bool = false
    ) {
        self.update = update
        self.obligation = obligation
        self.collectedMinor = collectedMinor
        self.occurredAt = occurredAt
        self.endsPending = endsPending
    }
}

/// Somebody else's debit was handed in: the case waits for the bank's verdict.
package struct DebitPending: Hashable, Sendable {
    package var update: CaseUpdate
    /// FNV-1a of the charge's id; 0 when none was named.
    package var chargeHash: UInt64
    /// ``HeldMethod/number``; 0 for the gateway's default.
    package var method: UInt32
    package var amountMinor: Int64
    package var currency: Currency
    package var submittedAt: Timestamp
    /// When a person must look, if nothing was heard until then.
    package var expiresAt: Timestamp

    package init(
        update: CaseUpdate, chargeHash: UInt64, method: UInt32, amountMinor: Int64,
        currency: Currency, submittedAt: Timestamp, expiresAt: Timestamp
    ) {
        self.update = update
        self.chargeHash = chargeHash
        self.method = method
        self.amountMinor = amountMinor
        self.currency = currency
        self.submittedAt = submittedAt
        self.expiresAt = expiresAt
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

    package init(
        update: CaseUpdate, reason: Reason, restartsAt: Timestamp = Timestamp(ms: 0),
        method: UInt32 = 0
    ) {
        self.update = update
        self.reason = reason
        self.restartsAt = restartsAt
        self.method = method
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

    package init(update: CaseUpdate, reason: Reason) {
        self.update = update
        self.reason = reason
    }
}

/// Adds the message effect.
package struct MessageIntended: Hashable, Sendable {
    package var update: CaseUpdate
    package var step: UInt32
    /// The step's name and template at this moment, for the timeline.
    package var name: String
    package var template: String
    package var channel: Channel
    /// Why it may leave now, on this channel.
    package var permit: SendPermit

    package init(
        update: CaseUpdate, step: UInt32, name: String, template: String, channel: Channel,
        permit: SendPermit = SendPermit()
    ) {
        self.update = update
        self.step = step
        self.name = name
        self.template = template
        self.channel = channel
        self.permit = permit
    }
}

package struct MessageSettled: Hashable, Sendable {
    package var update: CaseUpdate
    package var effect: RecordPosition
    package var step: UInt32
    package var wasAccepted: Bool
    /// The provider's reference or the short reason of a refusal.
    package var reference: String
    /// The address is dead: no message goes there again.
    package var contactIsDead: Bool
    package var channel: Channel
    /// The step is planned anew, on its next channel.
    package var reopensStep: Bool

    package init(
        update: CaseUpdate, effect: RecordPosition, step: UInt32, wasAccepted: Bool,
        reference: String, contactIsDead: Bool, channel: Channel = .email,
        reopensStep: Bool = false
    ) {
        self.update = update
        self.effect = effect
        self.step = step
        self.wasAccepted = wasAccepted
        self.reference = reference
        self.contactIsDead = contactIsDead
        self.channel = channel
        self.reopensStep = reopensStep
    }
}

package struct MessageSkipped: Hashable, Sendable {
    package enum Reason: UInt8, Sendable, CaseIterable {
        case noContact = 1
        case observing = 2
        case classExcluded = 3
        /// Its moment passed long before the account had a turn.
        case stale = 4
        /// The customer revoked it, or never gave it where it is needed.
        case noConsent = 5
        /// The address bounced or its owner complained.
        case suppressed = 6
        /// No provider is configured for the channel.
        case notConfigured = 7
        /// The law and the policy's windows leave no hour on the clocks that may be the person's.
        case noLegalHours = 8
        /// A flag of the account forbids messages.
        case flagged = 9
        /// The provider refused it on that channel.
        case refused = 10
        /// The customer ended the agreement: they are not reminded to pay.
        case agreementEnded = 11

        package var name: String { "\(self)" }
    }

    package var update: CaseUpdate
    package var step: UInt32
    package var name: String
    package var reason: Reason
    /// Every channel of the step, and why it could not be used.
    package var passed: [PassedChannel]

    package init(
        update: CaseUpdate, step: UInt32, name: String, reason: Reason,
        passed: [PassedChannel] = []
    ) {
        self.update = update
        self.step = step
        self.name = name
        self.reason = reason
        self.passed = passed
    }
}

package struct AccessChanged: Hashable, Sendable {
    package enum Reason: UInt8, Sendable, CaseIterable {
        case timeline = 1
        case recovered = 2
        case ended = 3
        case closed = 4
        /// The customer could not be told; the policy allows it after a wait (Law 7).
        case unreachable = 5
        /// Observing: what would have happened. Nothing changed outside.
        case observed = 6

        package var name: String { "\(self)" }
    }

    /// `nil` when no open case is touched.
    package var update: CaseUpdate?
    /// Empty for the account as a whole.
    package var subscription: String
    package var state: AccessState
    package var reason: Reason
    /// Timeline steps taken so far.
    package var accessSteps: UInt32

    package init(
        update: CaseUpdate?, subscription: String, state: AccessState, reason: Reason,
        accessSteps: UInt32
    ) {
        self.update = update
        self.subscription = subscription
        self.state = state
        self.reason = reason
        self.accessSteps = accessSteps
    }
}

/// Adds the end action effect, unless observing.
package struct EndActionIntended: Hashable, Sendable {
    package var caseNumber: UInt32
    package var action: EndAction
    package var isWithheld: Bool
    /// The plan to change to, for ``EndAction/downgrade``; else empty.
    package var plan: String

    package init(caseNumber: UInt32, action: EndAction, isWithheld: Bool, plan: String = "") {
        self.caseNumber = caseNumber
        self.action = action
        self.isWithheld = isWithheld
        self.plan = plan
    }
}

/// Removes an announcement or end action.
package struct EffectSettled: Hashable, Sendable {
    package enum Verdict: UInt8, Sendable {
        case done = 1
        case refused = 2
        case failed = 3
    }

    package var effect: RecordPosition
    package var kind: EffectKind
    package var verdict: Verdict
    package var reference: String
    /// As ``PendingEffect/argument``: which end action it was.
    package var argument: UInt32

    package init(
        effect: RecordPosition, kind: EffectKind, verdict: Verdict, reference: String,
        argument: UInt32 = 0
    ) {
        self.effect = effect
        self.kind = kind
        self.verdict = verdict
        self.reference = reference
        self.argument = argument
    }
}

/// An event was taken that changed nothing by itself, for the timeline and for repeats.
package struct IntakeNoted: Hashable, Sendable {
    package enum Reason: UInt8, Sendable, CaseIterable {
        /// A failure that is older than the payment that settled the obligation.
        case alreadySettled = 1
        case caseIsClosed = 2
        case subscriptionUnknown = 3

        package var name: String { "\(self)" }
    }

    package var reason: Reason
    package var obligation: String

    package init(reason: Reason, obligation: String) {
        self.reason = reason
        self.obligation = obligation
    }
}
