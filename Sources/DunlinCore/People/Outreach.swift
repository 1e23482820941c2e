/// What governs messages to the people behind an account: flags, consent, what was sent lately and
/// what lies ahead. Accounts that have none of it have no such value.
package struct Outreach: Hashable, Sendable {
    package var flags: AccountFlags
    /// The newest word for each channel and purpose.
    package var consents: [Consent]
    /// Messages of the last weeks, oldest first.
    package var touches: [Touch]
    /// Charges that the billing system announced.
    package var upcoming: [UpcomingCharge]
    /// Steps done about the card that expires.
    package var expiry: ExpiryNotices
    /// When a message that needs no case is due; zero for never.
    package var noticeAt: Timestamp

    package static let consentsMax = 2 * Channel.allCases.count
    package static let touchesMax = 64
    package static let upcomingMax = 16
    /// How long a touch is remembered, in milliseconds.
    package static let touchesKeptMs = FrequencyCap.withinMsMax

    package init() {
        self.flags = []
        self.consents = []
        self.touches = []
        self.upcoming = []
        self.expiry = ExpiryNotices()
        self.noticeAt = Timestamp(ms: 0)
    }

    /// The ledger's word about a channel and purpose; `nil` when none was ever said.
    package func consent(_ channel: Channel, _ purpose: MessagePurpose) -> Consent? {
        self.consents.first { $0.channel == channel && $0.purpose == purpose }
    }
}

/// What somebody said about being written to.
package struct Consent: Hashable, Sendable {
    package var channel: Channel
    package var purpose: MessagePurpose
    package var isGranted: Bool
    /// When it was said.
    package var at: Timestamp
    /// How it is known: `checkout`, `reply STOP`. At most ``sourceBytesMax`` bytes.
    package var source: String

    package static let sourceBytesMax = 128

    package init(
        channel: Channel, purpose: MessagePurpose, isGranted: Bool, at: Timestamp, source: String
    ) {
        self.channel = channel
        self.purpose = purpose
        self.isGranted = isGranted
        self.at = at
        self.source = source
    }
}

/// One message of the last weeks.
package struct Touch: Hashable, Sendable {
    package enum Outcome: UInt8, Sendable, CaseIterable {
        case awaited = 0
        case accepted = 1
        /// It did not leave: it counts in no cap, and its channel is not tried again for its step.
        case refused = 2
    }

    /// When it was intended.
    package var at: Timestamp
    package var channel: Channel
    /// 0 for a message that needs no case.
    package var caseNumber: UInt32
    /// Index of the step in the policy.
    package var step: UInt32
    /// The effect that sent it.
    package var effect: RecordPosition
    package var outcome: Outcome
    /// FNV-1a of the provider's reference; 0 when there is none.
    package var referenceHash: UInt64
    /// When it was first opened or clicked; zero for not yet.
    package var seenAt: Timestamp

    package init(
        at: Timestamp, channel: Channel, caseNumber: UInt32, step: UInt32, effect: RecordPosition,
        outcome: Outcome = .awaited, referenceHash: UInt64 = 0,
        seenAt: Timestamp = Timestamp(ms: 0)
    ) {
        self.at = at
        self.channel = channel
        self.caseNumber = caseNumber
        self.step = step
        self.effect = effect
        self.outcome = outcome
        self.referenceHash = referenceHash
        self.seenAt = seenAt
    }
}

/// A charge that the billing system will make.
package struct UpcomingCharge: Hashable, Sendable {
    /// The billing system's id of the invoice or schedule. 1…255 bytes.
    package var id: String
    /// Empty when it belongs to none.
    package var subscription: String
    package var amountMinor: Int64
    package var currency: Currency
    package var dueAt: Timestamp
    /// Bit n is set when step n of the policy was sent or skipped for it.
    package var stepsDone: UInt64

    package init(
        id: String, subscription: String = "", amountMinor: Int64, currency: Currency,
        dueAt: Timestamp, stepsDone: UInt64 = 0
    ) {
        self.id = id
        self.subscription = subscription
        self.amountMinor = amountMinor
        self.currency = currency
        self.dueAt = dueAt
        self.stepsDone = stepsDone
    }
}

/// Steps done about the expiry of one card.
package struct ExpiryNotices: Hashable, Sendable {
    /// ``HeldMethod/number``; 0 while nothing was done.
    package var method: UInt32
    /// ``PaymentMethod/expiryMonth``.
    package var expiryMonth: UInt32
    package var stepsDone: UInt64

    package init(method: UInt32 = 0, expiryMonth: UInt32 = 0, stepsDone: UInt64 = 0) {
        self.method = method
        self.expiryMonth = expiryMonth
        self.stepsDone = stepsDone
    }
}

/// What the merchant or an operator said about an account.
package struct AccountFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package init(_ flag: AccountFlag) {
        self.init(rawValue: 1 << UInt16(flag.rawValue - 1))
    }

    package func contains(_ flag: AccountFlag) -> Bool { self.contains(AccountFlags(flag)) }

    private static let stops = AccountFlags(
        [AccountFlag.neverDun, .deceased, .bankrupt, .vulnerable].map { AccountFlags($0) })

    /// Nothing is done at all: access stays as it is.
    package var stopEverything: Bool { !self.isDisjoint(with: Self.stops) }
    package var stopAttempts: Bool { self.stopEverything || self.contains(.noRetry) }
    package var stopMessages: Bool { self.stopEverything || self.contains(.noMessages) }
    package var stopLosses: Bool { self.stopEverything || self.contains(.overdueEnforcementOff) }

    /// One of them belongs on the operators' list.
    package var needOperator: Bool {
        !self.isEmpty && self.each.contains(where: \.needsOperator)
    }

    /// Each flag that is set, in the order of their numbers.
    package var each: [AccountFlag] { AccountFlag.allCases.filter { self.contains($0) } }
}

/// One thing that may be said about an account. Raw values are in records and never change.
package enum AccountFlag: UInt8, Sendable, CaseIterable {
    /// No attempt, no message, no loss of access.
    case neverDun = 1
    case noRetry = 2
    case noMessages = 3
    /// Access is not reduced and the case does not end by itself.
    case overdueEnforcementOff = 4
    case deceased = 5
    case bankrupt = 6
    case vulnerable = 7
    /// A reply asked to cancel: a person must look. It stops nothing by itself.
    case wantsToCancel = 8

    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// It belongs on the operators' list.
    package var needsOperator: Bool {
        switch self {
        case .deceased, .bankrupt, .vulnerable, .wantsToCancel: true
        case .neverDun, .noRetry, .noMessages, .overdueEnforcementOff: false
        }
    }
}
