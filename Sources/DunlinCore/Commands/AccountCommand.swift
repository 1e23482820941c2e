/// What an account is told. Every repeat, late or early arrival is answered, never trapped on.
package enum AccountCommand: Sendable {
    /// A due instant of the account has come. `realNow` is the wall's time, for the age of a key
    /// at a real gateway; it differs from domain time under a manual clock.
    case timer(realNow: Timestamp)
    case intake(IntakeFacts)
    /// The gateway answered a charge or a look-up.
    case attemptAnswered(caseNumber: UInt32, attempt: UInt32, outcome: AttemptOutcome)
    /// A message, announcement or end action was performed or refused.
    case effectAnswered(id: RecordPosition, outcome: EffectOutcome)
    case operate(OperatorRequest)
    /// The gateway was asked for newer card facts; `nil` when it knows none.
    case cardLookedUp(id: RecordPosition, found: PaymentMethod?)
    /// A card or an address said how the account stands, in answer to the report `id` or, where
    /// that is none, by itself.
    case budgetHeard(id: RecordPosition, word: BudgetWord)
}

/// What an operator may ask of one case, or of all cases of the account (`caseNumber` 0).
package struct OperatorRequest: Hashable, Sendable {
    package enum Verb: UInt8, Sendable, CaseIterable {
        case pause = 1
        case resume = 2
        /// Attempt as soon as the rules allow.
        case attemptNow = 3
        case cancel = 4
        case writeOff = 5
        /// Say what became of a parked attempt: it was charged.
        case confirmCharged = 6
        /// Say what became of a parked attempt: it was not charged.
        case confirmNotCharged = 7
        /// Do nothing until `until`.
        case snooze = 20
        /// Take down what the customer promised to pay, and when.
        case promise = 21
        /// Move to the policy that `policy` names.
        case migrate = 22
        /// A dispute or return is settled: go on where the case was frozen.
        case unfreeze = 23
        /// Forget the person: the account's sealing key is destroyed. Of the account, not of a case.
        case erase = 40

        /// The verbs that are said of cases.
        package static let ofCases = Self.allCases.filter { $0 != .erase }
    }

    package var verb: Verb
    package var caseNumber: UInt32
    /// For `snooze`; else zero.
    package var until: Timestamp
    /// For `promise`: what is paid when, in the order of time; an amount of 0 means all that is
    /// open. Else empty.
    package var parts: [AgreedPart]
    /// For `migrate`; else empty.
    package var policy: String
    /// For `migrate`; zero means the newest bundle.
    package var bundle: BundleID

    package init(
        verb: Verb, caseNumber: UInt32 = 0, until: Timestamp = Timestamp(ms: 0),
        parts: [AgreedPart] = [], policy: String = "", bundle: BundleID = BundleID(0)
    ) {
        self.verb = verb
        self.caseNumber = caseNumber
        self.until = until
        self.parts = parts
        self.policy = policy
        self.bundle = bundle
    }
}

/// A fact that came from outside, checked at the edge, personal fields sealed.
package struct IntakeFacts: Sendable {
    /// The sender's own id of the event; may be empty. Only a fast answer to repeats.
    package var eventID: String
    /// When it happened, as the sender says.
    package var occurredAt: Timestamp
    package var fact: Fact
    /// Facts about the customer that came along; `nil` when none did.
    package var profile: ProfileChange?
    /// A payment method that came along; `nil` when none did.
    package var method: MethodChange?

    package enum Fact: Sendable {
        case paymentFailed(PaymentFailed)
        case paymentSucceeded(PaymentSucceeded)
        case paymentMethodUpdated
        case paymentMethodRemoved(token: String)
        case subscriptionCanceled(subscription: String)
        case obligationVoided(obligation: String)
        /// An attempt by somebody else, for the budgets; it opens no case.
        case externalAttempt(PaymentFailed)
        case profileUpdated
        /// Something about money or time beside failures and payments.
        case noticed(CaseNotice)
        /// A debit was handed in by somebody else: its outcome comes days later.
        case paymentPending(PaymentPending)
        case consentChanged(ConsentChange)
        case messageReplied(Channel, ReplyMeaning)
        case messageReceipt(MessageReceipt)
        /// A charge that the billing system will make.
        case upcomingCharge(UpcomingCharge)
        case upcomingChargeCanceled(id: String)
        case accountFlagged(FlagChange)
    }

    package init(
        eventID: String, occurredAt: Timestamp, fact: Fact, profile: ProfileChange? = nil,
        method: MethodChange? = nil
    ) {
        self.eventID = eventID
        self.occurredAt = occurredAt
        self.fact = fact
        self.profile = profile
        self.method = method
    }
}

/// A charge that failed at the billing system or elsewhere.
package struct PaymentFailed: Sendable {
    package var obligation: Obligation
    package var codes: DeclineCodes
    package var initiator: Initiator
    /// The gateway's id of the charge; empty when not known.
    package var chargeID: String
    /// The token that was charged; empty for the default.
    package var methodToken: String
    /// Earlier failures of this obligation, for a backlog: they seed the budgets. Oldest first.
    package var earlierAttempts: [Timestamp]
    /// An approved attempt, for ``IntakeFacts/Fact/externalAttempt(_:)`` only.
    package var wasApproved: Bool
    /// How often the subscription is billed.
    package var interval: BillingInterval = .unknown
    /// When the subscription's next invoice will be charged; zero when not known.
    package var nextBillingAt = Timestamp(ms: 0)
    /// When the debit was presented that now came back; zero when not known, and for cards.
    package var presentedAt: Timestamp

    package init(
        obligation: Obligation, codes: DeclineCodes, initiator: Initiator = .merchant,
        chargeID: String = "", methodToken: String = "", earlierAttempts: [Timestamp] = [],
        wasApproved: Bool = false, presentedAt: Timestamp = Timestamp(ms: 0)
    ) {
        self.obligation = obligation
        self.codes = codes
        self.initiator = initiator
        self.chargeID = chargeID
        self.methodToken = methodToken
        self.earlierAttempts = earlierAttempts
        self.wasApproved = wasApproved
        self.presentedAt = presentedAt
    }
}

/// A debit that was handed in and that the bank has not answered yet.
package struct PaymentPending: Sendable {
    package var obligation: String
    /// `nil` for all that is open.
    package var amountMinor: Int64?
    /// The gateway's id of the charge; empty when not known.
    package var chargeID: String
    /// The token that is charged; empty for the default.
    package var methodToken: String

    package init(
        obligation: String, amountMinor: Int64? = nil, chargeID: String = "",
        methodToken: String = ""
    ) {
        self.obligation = obligation
        self.amountMinor = amountMinor
        self.chargeID = chargeID
        self.methodToken = methodToken
    }
}

/// An obligation that was paid, in part or whole, by whatever way.
package struct PaymentSucceeded: Sendable {
    package var obligation: String
    /// What was paid; `nil` means all of it.
    package var amountMinor: Int64?
    package var chargeID: String

    package init(obligation: String, amountMinor: Int64? = nil, chargeID: String = "") {
        self.obligation = obligation
        self.amountMinor = amountMinor
        self.chargeID = chargeID
    }
}

/// A new or changed payment method.
package struct MethodChange: Sendable {
    package var method: PaymentMethod
    package var makeDefault: Bool
    /// `nil` leaves what was agreed.
    package var isBackup: Bool?

    package init(method: PaymentMethod, makeDefault: Bool = true, isBackup: Bool? = nil) {
        self.method = method
        self.makeDefault = makeDefault
        self.isBackup = isBackup
    }
}

/// What changed about the customer; `nil` leaves a field as it was.
package struct ProfileChange: Sendable {
    /// Replaces the contact of its channel.
    package var contacts: [SealedContact]
    package var locale: String?
    package var zone: String?
    package var country: String?
    package var region: String?
    /// Each replaces the attribute of its name; an empty value removes it.
    package var attributes: [Profile.Attribute]

    package init(
        contacts: [SealedContact] = [], locale: String? = nil, zone: String? = nil,
        country: String? = nil, region: String? = nil, attributes: [Profile.Attribute] = []
    ) {
        self.contacts = contacts
        self.locale = locale
        self.zone = zone
        self.country = country
        self.region = region
        self.attributes = attributes
    }
}
