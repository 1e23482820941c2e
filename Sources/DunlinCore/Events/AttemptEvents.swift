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
    /// The least that may be charged instead of the amount, in minor units; 0 for all or nothing.
    package var floorMinor: Int64

    package init(
        caseNumber: UInt32, attempt: UInt32, key: GatewayKey, method: UInt32, amountMinor: Int64,
        currency: Currency, reason: PlanReason, permit: Permit, realAt: Timestamp,
        backup: String = "", floorMinor: Int64 = 0
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
        self.floorMinor = floorMinor
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
    /// What the attempt cost by the policy's table, in thousandths of the minor unit.
    package var costMilli: Int64

    package init(
        update: CaseUpdate, attempt: UInt32, verdict: Verdict, collectedMinor: Int64 = 0,
        chargeID: String = "", decline: Decline? = nil,
        notSentReason: AttemptOutcome.NotSentReason? = nil, notSentToNetwork: Bool = false,
        standing: CredentialStanding? = nil, nextLookUpAt: Timestamp = Timestamp(ms: 0),
        costMilli: Int64 = 0
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
        self.costMilli = costMilli
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
