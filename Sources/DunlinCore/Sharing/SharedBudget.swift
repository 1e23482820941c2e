// A budget that several accounts draw from: the card entity and the contact entity.
//
// One letter goes each way, and both say a whole standing, so that a repeat, a late one or a lost
// answer changes nothing: an account reports what it has used and what it asks for
// (``BudgetReport``), the budget says how the account stands (``BudgetWord``).
//
//     holder       happening                                  to
//     –            first account reports                      sole: it may draw without asking
//     –            a further account reports                  waiting, while a sole one is left
//     sole         told of the others, and reports again      shared
//     waiting      no sole one is left                        shared: told so
//
// Invariants: (1) a permit is given only while no holder is sole; (2) what a holder has used or may
// use by a permit counts until its own newer report says otherwise; (3) a report that is not newer
// than the holder's last one changes nothing; (4) nobody becomes sole again.

/// What a card or an address knows of the accounts that share it. Only ``evolve(_:at:position:)``
/// changes it.
package struct SharedBudget: Hashable, Sendable {
    /// Time of the last event.
    package var lastAt: Timestamp
    /// The entity's newest record.
    package var lastRecord: RecordPosition
    /// In the order in which they came.
    package var holders: [BudgetHolder]
    /// What accounts used that were forgotten since. It still counts; whose it was is not known.
    package var orphans: [BudgetUse]

    /// Most accounts that share one card or address. One more takes the place of a quiet one; while
    /// there is none it is refused, and draws nothing.
    package static let holdersMax = 1000
    /// Most uses that one account reports.
    package static let usesMax = 256
    /// Most permits that one account holds: one for each open case.
    package static let permitsMax = AccountState.openCasesMax + 1
    /// How long a use is kept: the longest window that counts one, in milliseconds.
    package static let keptForMs = max(AttemptMark.keptForMs, FrequencyCap.withinMsMax)
    /// How long after its instant a permit may be used, in milliseconds.
    package static let validForMs = 10 * Milliseconds.minute

    package init() {
        self.lastAt = Timestamp(ms: 0)
        self.lastRecord = .none
        self.holders = []
        self.orphans = []
    }

    /// The place of an account among the holders.
    package func place(of account: String) -> Int? {
        self.holders.firstIndex { $0.account.hasSameBytes(as: account) }
    }

    /// The place of a holder that can be forgotten without a loss: nothing that it did counts any
    /// more, and should it come back, it asks like a newcomer.
    var quietPlace: Int? {
        let oldest = self.lastAt.advanced(byMs: -Self.keptForMs)
        return self.holders.firstIndex { holder in
            holder.mode == .shared && holder.permits.isEmpty && holder.owedWord == .none
                && holder.bar == CredentialStanding()
                && holder.uses.allSatisfy { $0.at <= oldest }
        }
    }

    var isFull: Bool { self.holders.count >= Self.holdersMax }

    /// A letter to one of the accounts is not answered yet.
    package var owesWords: Bool { self.holders.contains { $0.owedWord != .none } }
}

/// One account that draws from a shared budget.
package struct BudgetHolder: Hashable, Sendable {
    package enum Mode: UInt8, Sendable, CaseIterable {
        /// It was told that it is alone, and may draw without asking.
        case sole = 1
        /// It may not draw yet: another one still thinks that it is alone.
        case waiting = 2
        /// It knows of the others, and asks.
        case shared = 3
    }

    /// The account's id; the tenant is the budget's.
    package var account: String
    package var mode: Mode
    /// The record of its newest report.
    package var lastReport: RecordPosition
    package var uses: [BudgetUse]
    /// What it has learnt that binds the others, too.
    package var bar: CredentialStanding
    package var permits: [BudgetPermit]
    /// The record since which a word is owed to it; none when it has heard all.
    package var owedWord: RecordPosition

    package init(
        account: String, mode: Mode, lastReport: RecordPosition = .none, uses: [BudgetUse] = [],
        bar: CredentialStanding = CredentialStanding(), permits: [BudgetPermit] = [],
        owedWord: RecordPosition = .none
    ) {
        self.account = account
        self.mode = mode
        self.lastReport = lastReport
        self.uses = uses
        self.bar = bar
        self.permits = permits
        self.owedWord = owedWord
    }
}

/// One use of a shared budget: an attempt on a card, or a message to an address.
package struct BudgetUse: Hashable, Sendable {
    package var at: Timestamp
    /// This and what follows speaks of attempts only.
    package var amountMinor: Int64
    package var currency: Currency
    package var initiator: Initiator
    package var flags: AttemptMark.Flags

    package init(
        at: Timestamp, amountMinor: Int64 = 0, currency: Currency = .usd,
        initiator: Initiator = .merchant, flags: AttemptMark.Flags = []
    ) {
        self.at = at
        self.amountMinor = amountMinor
        self.currency = currency
        self.initiator = initiator
        self.flags = flags
    }
}

/// What an account asks for: one more use, at an instant of its plan.
package struct BudgetAsk: Hashable, Sendable {
    /// The case; 0 for what needs no case. An account asks once for each.
    package var number: UInt32
    package var wantedAt: Timestamp
    /// Later is of no use to the account.
    package var latestAt: Timestamp
    /// It has happened already, and its outcome is not known yet: it counts whatever the caps say.
    package var isUsed: Bool
    /// For an attempt; else unknown.
    package var network: PaymentNetwork
    package var amountMinor: Int64
    package var currency: Currency
    /// Whose rules are asked for an attempt.
    package var bundle: BundleID
    /// For a message: the caps of the account's policy. Else empty.
    package var caps: [FrequencyCap]

    package init(
        number: UInt32, wantedAt: Timestamp, latestAt: Timestamp, isUsed: Bool = false,
        network: PaymentNetwork = .unknown, amountMinor: Int64 = 0, currency: Currency = .usd,
        bundle: BundleID = BundleID(0), caps: [FrequencyCap] = []
    ) {
        self.number = number
        self.wantedAt = wantedAt
        self.latestAt = latestAt
        self.isUsed = isUsed
        self.network = network
        self.amountMinor = amountMinor
        self.currency = currency
        self.bundle = bundle
        self.caps = caps
    }
}

/// An ask with its answer. It counts as a use from the moment it is granted.
package struct BudgetPermit: Hashable, Sendable {
    /// As ``BudgetAsk/number``.
    package var number: UInt32
    package var wantedAt: Timestamp
    /// From when on it may be used, for ``SharedBudget/validForMs``; zero while it may not.
    package var grantedAt: Timestamp
    /// Why it is not granted; ``PlanReason/none`` while it is not answered, or is granted.
    package var refusal: PlanReason
    package var isUsed: Bool
    package var amountMinor: Int64
    package var currency: Currency
    /// What the fullest row counted before it, and its cap: the evidence. Zero without a row.
    package var used: UInt32
    package var cap: UInt32

    package init(
        number: UInt32, wantedAt: Timestamp, grantedAt: Timestamp = Timestamp(ms: 0),
        refusal: PlanReason = .none, isUsed: Bool = false, amountMinor: Int64 = 0,
        currency: Currency = .usd, used: UInt32 = 0, cap: UInt32 = 0
    ) {
        self.number = number
        self.wantedAt = wantedAt
        self.grantedAt = grantedAt
        self.refusal = refusal
        self.isUsed = isUsed
        self.amountMinor = amountMinor
        self.currency = currency
        self.used = used
        self.cap = cap
    }

    /// An ask that is not answered yet.
    package init(_ ask: BudgetAsk) {
        self.init(
            number: ask.number, wantedAt: ask.wantedAt,
            grantedAt: ask.isUsed ? ask.wantedAt : Timestamp(ms: 0), isUsed: ask.isUsed,
            amountMinor: ask.amountMinor, currency: ask.currency)
    }

    /// It was granted, and has not run out at `instant`.
    package func covers(_ instant: Timestamp) -> Bool {
        self.grantedAt.ms != 0 && self.grantedAt <= instant
            && instant <= self.grantedAt.advanced(byMs: SharedBudget.validForMs)
    }

    /// What is asked is the same.
    func isFor(_ ask: BudgetAsk) -> Bool {
        self.number == ask.number && self.wantedAt == ask.wantedAt && self.isUsed == ask.isUsed
            && self.amountMinor == ask.amountMinor && self.currency == ask.currency
    }
}
