/// Who set an attempt off: networks count the two apart.
package enum Initiator: UInt8, Sendable {
    /// Merchant-initiated: a stored credential without the customer present.
    case merchant = 0
    /// Customer-initiated: a checkout or a payment page.
    case customer = 1
}

/// One attempt on a credential that network budgets count, ours or somebody else's.
package struct AttemptMark: Hashable, Sendable {
    package var at: Timestamp
    /// ``HeldMethod/number``; 0 for the gateway's default.
    package var method: UInt32
    /// With which code the bank refused a debit. None for cards.
    package var returnCode: ReturnCode
    package var amountMinor: Int64
    package var currency: Currency
    package var initiator: Initiator
    /// FNV-1a of the gateway's charge id; 0 when not known. Recognises a repeat.
    package var chargeHash: UInt64
    /// FNV-1a of the obligation's id. Recognises a repeat.
    package var obligationHash: UInt64
    package var flags: Flags

    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Not made by us: reported by the billing system or an operator.
        package static let external = Flags(rawValue: 1)
        /// Approved: it counts in no budget of declines.
        package static let approved = Flags(rawValue: 2)
        /// It never reached the network and counts nowhere.
        package static let notSentToNetwork = Flags(rawValue: 4)
        /// The failure that opened the case: not a reattempt.
        package static let original = Flags(rawValue: 8)
        /// A failure of the machinery: it counts in networks' budgets, and in no caution of ours.
        package static let technical = Flags(rawValue: 16)
    }

    package init(
        at: Timestamp, method: UInt32, amountMinor: Int64, currency: Currency,
        initiator: Initiator = .merchant, chargeHash: UInt64 = 0, obligationHash: UInt64,
        flags: Flags = [], returnCode: ReturnCode = .none
    ) {
        self.at = at
        self.method = method
        self.returnCode = returnCode
        self.amountMinor = amountMinor
        self.currency = currency
        self.initiator = initiator
        self.chargeHash = chargeHash
        self.obligationHash = obligationHash
        self.flags = flags
    }

    /// Longest time that a mark is kept: the longest window of any budget, in milliseconds.
    package static let keptForMs = 35 * Milliseconds.day
    /// Longest time that the mark of a refused debit is kept: schemes look back 180 days from a
    /// collection, which may lie ahead.
    package static let returnKeptForMs = 200 * Milliseconds.day
    /// Most marks that an account keeps; the oldest go first.
    package static let countMax = 128
}

/// The one attempt that may be at the gateway for an obligation (Law 2).
package struct InFlightAttempt: Hashable, Sendable {
    /// Counted from 1 over the obligation's life; part of the key. 0 for a debit that somebody
    /// else handed in and that is pending.
    package var number: UInt32
    package var key: GatewayKey
    /// ``HeldMethod/number``; 0 for the gateway's default.
    package var method: UInt32
    /// Frozen: re-sent as it was.
    package var amountMinor: Int64
    package var currency: Currency
    package var intendedAt: Timestamp
    /// The wall's time of the intent.
    package var realAt: Timestamp
    package var phase: Phase
    /// How often the outcome was asked about.
    package var lookUps: UInt32
    /// When it is asked about next; zero while the first answer is awaited.
    package var nextLookUpAt: Timestamp
    /// FNV-1a of the charge id of a pending debit; 0 when the gateway named none.
    package var chargeHash: UInt64
    /// The least that the gateway may charge instead, in minor units; 0 for all or nothing.
    package var floorMinor: Int64 = 0

    package enum Phase: UInt8, Sendable {
        /// Journaled; the gateway's answer is awaited.
        case intended = 0
        /// The answer was lost: it may or may not have happened.
        case unknown = 1
        /// The gateway took it and will tell later (direct debit).
        case pending = 2
        /// A look-up is on its way.
        case lookingUp = 3
        /// Every look-up failed: a person must decide.
        case parked = 4
    }

    package init(
        number: UInt32, key: GatewayKey, method: UInt32, amountMinor: Int64, currency: Currency,
        intendedAt: Timestamp, realAt: Timestamp, phase: Phase = .intended, lookUps: UInt32 = 0,
        nextLookUpAt: Timestamp = Timestamp(ms: 0), chargeHash: UInt64 = 0, floorMinor: Int64 = 0
    ) {
        self.number = number
        self.key = key
        self.method = method
        self.amountMinor = amountMinor
        self.currency = currency
        self.intendedAt = intendedAt
        self.realAt = realAt
        self.phase = phase
        self.lookUps = lookUps
        self.nextLookUpAt = nextLookUpAt
        self.chargeHash = chargeHash
        self.floorMinor = floorMinor
    }
}

extension InFlightAttempt {
    /// A debit that was taken: the bank's verdict comes days later.
    var isPendingDebit: Bool { self.chargeHash != 0 || self.phase == .pending }

    /// How it counts until its outcome is known: as refused.
    func mark(of obligation: Obligation) -> AttemptMark {
        AttemptMark(
            at: self.intendedAt, method: self.method, amountMinor: self.amountMinor,
            currency: self.currency, chargeHash: self.key.low,
            obligationHash: FNV1a64.hash(obligation.id))
    }

    /// The hash of the charge that an answer names; of the pending one, or of the key, where it
    /// names none.
    func chargeHash(named chargeID: String) -> UInt64 {
        guard chargeID.isEmpty else { return FNV1a64.hash(chargeID) }
        return self.chargeHash == 0 ? self.key.low : self.chargeHash
    }
}

/// The gateway's verdict on one attempt or look-up.
package enum AttemptOutcome: Hashable, Sendable {
    /// `chargeID` may be empty where the gateway names none.
    case approved(chargeID: String)
    /// Approved for less than was asked; only where the order allowed it. In minor units.
    case approvedInPart(chargeID: String, amountMinor: Int64)
    case declined(DeclineCodes, chargeID: String)
    /// The gateway or the way to it failed, and the money surely did not move.
    case technicalFailure(DeclineCodes)
    /// It certainly was not sent: counts nowhere.
    case notSent(NotSentReason)
    /// The answer was lost. Never guessed, never sent as new.
    case unknown
    /// Taken; the verdict comes later.
    case pending(chargeID: String)

    package enum NotSentReason: UInt8, Sendable {
        case superseded = 0
        case paused = 1
        case tooLate = 2
        case rateLimited = 3
        case gatewayUnreachable = 4
        case notFound = 5
        case observing = 6
    }
}
