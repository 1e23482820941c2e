/// What kind of rule keeps an attempt, a message or a loss of access from an earlier time.
package enum SlotRule: UInt8, Sendable, CaseIterable {
    // What networks, schemes and laws ask.
    case networkBudget = 1
    /// Our own head-room below the network's budget.
    case softCap = 2
    /// The delay that an advice code or the decline map asks for.
    case adviceDelay = 3
    /// The credential is blocked, or has no try left.
    case credential = 4
    /// The scheme settles on its banking days only.
    case bankingDay = 5
    /// The scheme's cut-off of the day has passed.
    case cutOff = 6
    /// The scheme limits re-presentations.
    case scheme = 7
    /// The customer must know of a debit long enough before.
    case debitNotice = 8
    /// Only the customer may start a payment of that amount.
    case customerOnly = 9
    case contactHours = 10
    case consent = 11
    /// Other accounts hold the same card: they use its budget, or have learnt what forbids it.
    case sharedCard = 12
    /// Other accounts have the same address.
    case sharedContact = 13

    // What the policy asks.
    case ladder = 20
    case retryGap = 21
    case retryCalendar = 22
    case retryWindow = 23
    /// Too near to the subscription's next renewal.
    case renewal = 24
    case technicalWait = 25
    /// The policy charges no backups, or the customer agreed to none.
    case backup = 26
    case sendWindow = 27
    case frequencyCap = 28
    case silentFirst = 29
    case oneSequence = 30
    case trigger = 31
    case timeline = 32
    case noticeBeforeLoss = 33
    /// What attempts cost is more than they are likely to bring.
    case costs = 34

    // How the case and the account stand.
    case inFlight = 40
    case agreement = 41
    case snooze = 42
    case casePaused = 43
    case accountFlag = 44
    case suppression = 45
    case noContact = 46
    case refusedByProvider = 47
    case noProvider = 48

    // What the merchant set up.
    case tenantPause = 60
    case observing = 61
    case holdout = 62
    case experiment = 63
    /// The policy tells the owners of old invoices and charges nothing.
    case backlog = 64

    package var name: String { "\(self)" }
}

/// One rule that keeps something planned from an earlier time, or from any.
package struct SlotReason: Hashable, Sendable {
    package var rule: SlotRule
    /// The rule's own name: of a row (`visa-reattempts-30d`), of a policy's field
    /// (`retries.gap_min`), of a switch (`pause charges`).
    package var name: String
    /// The number of a row of rule data; 0 for anything else.
    package var number: UInt32
    /// What the rule is part of: `rules 20260101`, `policy standard@00c0ffee00c0ffee`.
    package var version: String
    /// Where a law or a network says so; empty for what the merchant chose.
    package var source: String
    /// What the rule says here, as a part of a sentence.
    package var words: String
    /// The first instant that this rule alone allows; zero where only the world can change it.
    package var freesAt: Timestamp
    /// When it would happen without this rule and with all others; zero for still never.
    package var withoutAt: Timestamp
    /// Taking this rule away changes the plan; else another one holds it as well.
    package var isDecisive: Bool

    package init(
        rule: SlotRule, name: String, number: UInt32 = 0, version: String = "",
        source: String = "", words: String, freesAt: Timestamp = Timestamp(ms: 0),
        withoutAt: Timestamp = Timestamp(ms: 0), isDecisive: Bool = true
    ) {
        self.rule = rule
        self.name = name
        self.number = number
        self.version = version
        self.source = source
        self.words = words
        self.freesAt = freesAt
        self.withoutAt = withoutAt
        self.isDecisive = isDecisive
    }
}

/// Something that a case plans, or would plan, with every rule that speaks about its time.
package struct PlannedSlot: Hashable, Sendable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        case attempt = 1
        case message = 2
        case access = 3
        case end = 4

        package var name: String { "\(self)" }
    }

    package var kind: Kind
    package var caseNumber: UInt32
    /// The message's step, the access state, the end's actions; empty for an attempt.
    package var name: String
    /// Zero when it is not planned.
    package var at: Timestamp
    /// Why then, or why not at all; a part of a sentence.
    package var words: String
    package var reasons: [SlotReason]

    package init(
        kind: Kind, caseNumber: UInt32, name: String = "", at: Timestamp, words: String,
        reasons: [SlotReason]
    ) {
        self.kind = kind
        self.caseNumber = caseNumber
        self.name = name
        self.at = at
        self.words = words
        self.reasons = reasons
    }
}

/// Why an account's cases plan what they plan: told by planning again without each rule.
package struct AccountReasons: Hashable, Sendable {
    package var key: EntityKey
    package var asOf: Timestamp
    /// How each case stands, as sentences.
    package var standing: [String]
    /// By case, attempts first; at most ``slotsMax``.
    package var slots: [PlannedSlot]

    package static let slotsMax = 2_000
    package static let reasonsMax = 64

    package init(key: EntityKey, asOf: Timestamp, standing: [String], slots: [PlannedSlot]) {
        self.key = key
        self.asOf = asOf
        self.standing = standing
        self.slots = slots
    }
}
