/// One recovery effort for one obligation.
///
///     from               happening                          to
///     –                  payment failed                     retrying, or waitingCustomer
///     retrying           attempt intended                   retrying, in flight
///     retrying           declined, a slot is left           retrying
///     retrying           declined, no slot, end later       waitingCustomer
///     retrying           declined, no slot, no end later    exhausted
///     waitingCustomer    payment method changed             retrying
///     any open           paid, by us or elsewhere           recovered
///     any open           subscription cancelled             cancelled
///     any open           invoice voided or written off      writtenOff
///     any open           end reached                        exhausted
///
/// Invariants: an attempt is in flight only while the case is open, or was when it left; a closed
/// case plans nothing but the message that says it is recovered; `rung` never falls, unless the
/// case moves to another ladder.
package struct DunningCase: Hashable, Sendable {
    /// Counted from 1 in the account.
    package var number: UInt32
    package var phase: CasePhase
    package var bundle: BundleID
    package var policy: String
    package var obligation: Obligation
    package var openedAt: Timestamp
    /// When the first failure happened, or the opening if that was too long ago: rungs count
    /// from here.
    package var anchor: Timestamp
    /// Zero while open.
    package var closedAt: Timestamp
    package var decline: Decline
    /// Attempts of ours that reached the gateway and have an outcome, plus one in flight.
    package var attempts: UInt32
    /// Ladder rungs used, by our attempts and by others'.
    package var rung: UInt32
    /// Declines so far, the first failure included.
    package var declines: UInt32
    /// Technical failures in a row.
    package var technicalTries: UInt32
    /// Number of the last intended attempt; numbers are never used twice.
    package var lastAttempt: UInt32
    package var inFlight: InFlightAttempt?
    package var plan: CasePlan
    /// Bit n is set when message step n was intended, skipped or withheld.
    package var stepsDone: UInt64
    /// Messages that a provider accepted.
    package var touches: UInt32
    /// When the first message that warns of the loss was accepted (Law 7); zero for never.
    package var toldAt: Timestamp
    /// Access steps of the timeline that were taken.
    package var accessSteps: UInt32
    package var flags: Flags
    /// Empty for the plain case, else one element.
    package var particulars: [CaseParticulars]

    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// An operator stopped it: no attempt, no message, no loss of access.
        package static let paused = Flags(rawValue: 1)
        /// Attempts that are not ours appeared.
        package static let foreignRetries = Flags(rawValue: 2)
        /// No reachable contact: on the operators' list.
        package static let unreachable = Flags(rawValue: 4)
        /// Money moved twice or for a closed case: an operator must look.
        package static let overcharged = Flags(rawValue: 8)
        /// Recovered by an attempt of ours, not elsewhere.
        package static let recoveredByUs = Flags(rawValue: 16)
        /// Observing: the end was journaled as what would have happened.
        package static let endObserved = Flags(rawValue: 32)
        /// Something was withheld while the tenant observed: it is taken up anew in live.
        package static let withheld = Flags(rawValue: 64)
        /// A flag of the account stops it whole, or a reply asked to cancel: operators must look.
        package static let flagged = Flags(rawValue: 128)
    }

    package init(
        number: UInt32, phase: CasePhase, bundle: BundleID, policy: String, obligation: Obligation,
        openedAt: Timestamp, anchor: Timestamp, decline: Decline, plan: CasePlan
    ) {
        self.number = number
        self.phase = phase
        self.bundle = bundle
        self.policy = policy
        self.obligation = obligation
        self.openedAt = openedAt
        self.anchor = anchor
        self.closedAt = Timestamp(ms: 0)
        self.decline = decline
        self.attempts = 0
        self.rung = 0
        self.declines = 1
        self.technicalTries = 0
        self.lastAttempt = 0
        self.inFlight = nil
        self.plan = plan
        self.stepsDone = 0
        self.touches = 0
        self.toldAt = Timestamp(ms: 0)
        self.accessSteps = 0
        self.flags = []
        self.particulars = []
    }

    package var isOpen: Bool { self.phase.isOpen }

    /// A promise that we cannot charge ourselves is broken this long after its day.
    package static let promiseGraceMs = Milliseconds.day

    /// The next instant at which this case needs a turn; `nil` when only the world can move it.
    package var dueAt: Timestamp? {
        var dunningCase = self
        return dunningCase.nextDue()
    }

    /// ``dueAt``; `mutating` only so that the case is looked at where it lies.
    mutating func nextDue() -> Timestamp? {
        var due: Timestamp?
        func consider(_ instant: Timestamp) {
            guard instant.ms != 0 else { return }
            due = due.map { min($0, instant) } ?? instant
        }
        if let inFlight = self.inFlight {
            consider(inFlight.nextLookUpAt)
        } else if self.isOpen, !self.flags.contains(.paused), self.plan.isAttemptReady {
            consider(self.plan.attemptAt)
        }
        if self.phase == .recovered { consider(self.plan.messageAt) }
        guard self.isOpen, !self.flags.contains(.paused) else { return due }
        if self.plan.noticeState == .planned, self.inFlight == nil { consider(self.plan.noticeAt) }
        consider(self.plan.messageAt)
        // A charge that is out may make a loss needless: its answer comes first.
        if self.inFlight?.phase != .intended { consider(self.plan.accessAt) }
        if self.inFlight == nil { consider(self.plan.endAt) }
        if !self.particulars.isEmpty, let part = self.particulars[0].nextPart,
            self.inFlight == nil, self.plan.attemptAt.ms == 0
        {
            consider(part.at.advanced(byMs: Self.promiseGraceMs))
        }
        return due
    }
}

/// Where a case stands.
package enum CasePhase: UInt8, Sendable, CaseIterable {
    case retrying = 1
    /// No attempt is planned until the customer does something.
    case waitingCustomer = 2
    /// The network or gateway must answer first: an unknown outcome or a pending debit.
    case waitingNetwork = 3
    case recovered = 4
    case partiallyRecovered = 5
    case exhausted = 6
    case cancelled = 7
    case writtenOff = 8
    /// A dispute or a legal stop: nothing is done.
    case frozen = 9

    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    package var isOpen: Bool {
        switch self {
        case .retrying, .waitingCustomer, .waitingNetwork: true
        case .recovered, .partiallyRecovered, .exhausted, .cancelled, .writtenOff, .frozen: false
        }
    }
}

/// The chosen next instants of a case. Zero means that nothing of the kind is planned.
package struct CasePlan: Hashable, Sendable {
    package var attemptAt: Timestamp
    package var attemptReason: PlanReason
    /// The earliest unsent message step that has an instant.
    package var messageAt: Timestamp
    /// Index of that step in the policy.
    package var messageStep: UInt32
    package var accessAt: Timestamp
    package var endAt: Timestamp
    /// Of a debit that must be announced, by ``noticeState``: when its message is due, when it was
    /// intended, when it was accepted, or since when the debit is planned as it is. Zero for
    /// others.
    package var noticeAt: Timestamp
    /// ``HeldMethod/number`` of the announced debit.
    package var noticeMethod: UInt32
    package var noticeState: NoticeState
    /// Messages about this debit that nobody took; at most ``noticeTriesMax``.
    package var noticeTries: UInt8

    package static let noticeTriesMax: UInt8 = 3

    /// Nothing must be said, or has been taken, before the attempt.
    package var isAttemptReady: Bool {
        self.noticeState == .stated || self.noticeState == .accepted
    }

    /// How far the word about a planned debit has come. Raw values are in records.
    package enum NoticeState: UInt8, Sendable, CaseIterable {
        /// Somebody else tells the customer, as soon as the debit is planned; or nobody must.
        case stated = 0
        /// Our message is not sent yet.
        case planned = 1
        /// On its way to a provider.
        case sent = 2
        /// A provider took it: the days of notice count from here.
        case accepted = 3
    }

    package init(
        attemptAt: Timestamp = Timestamp(ms: 0), attemptReason: PlanReason = .none,
        messageAt: Timestamp = Timestamp(ms: 0), messageStep: UInt32 = 0,
        accessAt: Timestamp = Timestamp(ms: 0), endAt: Timestamp = Timestamp(ms: 0),
        noticeAt: Timestamp = Timestamp(ms: 0), noticeMethod: UInt32 = 0,
        noticeState: NoticeState = .stated, noticeTries: UInt8 = 0
    ) {
        self.attemptAt = attemptAt
        self.attemptReason = attemptReason
        self.messageAt = messageAt
        self.messageStep = messageStep
        self.accessAt = accessAt
        self.endAt = endAt
        self.noticeAt = noticeAt
        self.noticeMethod = noticeMethod
        self.noticeState = noticeState
        self.noticeTries = noticeTries
    }
}

/// Why the next attempt is when it is, or why there is none.
package enum PlanReason: UInt8, Sendable, CaseIterable {
    case none = 0
    /// The policy's ladder.
    case ladder = 1
    /// The policy's tries within a window.
    case window = 2
    /// The payment method changed.
    case methodChanged = 3
    /// The network's or the decline map's delay.
    case advisedDelay = 4
    /// A network budget or a soft cap.
    case budget = 5
    /// A technical failure is repeated.
    case technical = 6
    /// An operator asked for it.
    case operatorRequest = 7
    /// The policy's smallest gap between attempts.
    case gap = 8
    /// No attempt: the credential may not be tried again.
    case credentialBlocked = 9
    /// No attempt: the ladder or window is used up.
    case ladderSpent = 10
    /// No attempt: the next legal slot lies beyond the window.
    case windowClosed = 11
    /// No attempt: paused by an operator.
    case paused = 12
    /// No attempt: an operator must mend the configuration.
    case needsOperator = 13
    /// Somebody who may know said that money is there now.
    case fundedNow = 40
    /// No attempt: the next renewal is too near, and will bring an invoice of its own.
    case renewalNear = 41
    /// The policy's days or time of day.
    case calendar = 42
    /// The customer agreed to this day.
    case agreed = 43
    /// The method before it may not be charged, and the customer agreed to this one.
    case backupMethod = 44
    /// Another invoice of the case was paid a moment ago.
    case nextInvoice = 45
    /// Made up for once, after a pause or a snooze.
    case resumed = 46
    /// The scheme takes debits on banking days, until its cut-off.
    case bankingDay = 14
    /// The customer must know of the debit long enough before.
    case notice = 15
    /// No attempt: the scheme does not let the debit be presented again.
    case schemeForbids = 16
    /// No attempt: only the customer may start a payment of this amount.
    case needsCustomer = 17
    /// No attempt: the scheme's holidays of that year are not known here.
    case calendarUnknown = 18
    /// No attempt: it would cost more than it is likely to bring.
    case notWorth = 21
    /// No attempt: the customer cannot be told of the debit, or no provider took the message.
    case untold = 19
    /// No attempt: a flag of the account forbids it.
    case flagged = 20
    /// No attempt: it came in as backlog, and only messages are sent for it.
    case backlog = 47

    package var name: String { "\(self)" }
}
