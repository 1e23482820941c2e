/// How an account stands with a budget that others may share.
package enum ShareStanding: UInt8, Sendable, CaseIterable {
    /// It has asked how it stands, and may not draw.
    case asked = 1
    /// It is alone and draws without asking.
    case sole = 2
    /// It may not draw before another account has learnt that it is not alone.
    case waiting = 3
    /// It needs a permit for each use.
    case shared = 4
    /// Too many accounts share it: it may not draw.
    case full = 5

    package var name: String { "\(self)" }
}

/// What an account tells a card or an address: all that it has used, and all that it asks for.
package struct BudgetReport: Hashable, Sendable {
    /// ``EntityKind/card`` or ``EntityKind/contact``.
    package var kind: EntityKind
    /// The card's fingerprint, or the address's keyed hash.
    package var key: String
    /// ``BudgetShare/number`` in the account.
    package var share: UInt32
    /// It knows that it is not alone: from here on it draws by permits only.
    package var knowsShared: Bool
    /// The account is forgotten.
    package var leaves: Bool
    package var uses: [BudgetUse]
    /// What it has learnt that binds the others: for an address, that nothing is to be sent there.
    package var bar: CredentialStanding
    package var asks: [BudgetAsk]

    package init(
        kind: EntityKind, key: String, share: UInt32 = 0, knowsShared: Bool = false,
        leaves: Bool = false, uses: [BudgetUse] = [],
        bar: CredentialStanding = CredentialStanding(), asks: [BudgetAsk] = []
    ) {
        self.kind = kind
        self.key = key
        self.share = share
        self.knowsShared = knowsShared
        self.leaves = leaves
        self.uses = uses
        self.bar = bar
        self.asks = asks
    }
}

/// What a card or an address tells an account: the answer to a report, or a letter of its own.
package struct BudgetWord: Hashable, Sendable {
    package var kind: EntityKind
    package var key: String
    package var standing: ShareStanding
    /// Accounts that share it, this one counted.
    package var holders: UInt32
    /// The report that ``permits`` answers.
    package var report: RecordPosition
    /// What the others have learnt.
    package var bar: CredentialStanding
    package var permits: [BudgetPermit]

    package init(
        kind: EntityKind, key: String, standing: ShareStanding, holders: UInt32 = 1,
        report: RecordPosition = .none, bar: CredentialStanding = CredentialStanding(),
        permits: [BudgetPermit] = []
    ) {
        self.kind = kind
        self.key = key
        self.standing = standing
        self.holders = holders
        self.report = report
        self.bar = bar
        self.permits = permits
    }
}

/// A message from one entity to another. It is delivered until it is answered, so it may come
/// several times.
package struct EntityLetter: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case report(BudgetReport)
        case word(BudgetWord)
    }

    package var from: EntityKey
    package var to: EntityKey
    /// The sender's record that lists it: its name, and its order among the sender's letters.
    package var id: RecordPosition
    /// The sender's domain time.
    package var at: Timestamp
    package var content: Content

    package init(
        from: EntityKey, to: EntityKey, id: RecordPosition, at: Timestamp, content: Content
    ) {
        self.from = from
        self.to = to
        self.id = id
        self.at = at
        self.content = content
    }
}

/// What the receiver says once everything that the answer reflects is durable.
package enum EntityReply: Hashable, Sendable {
    case word(BudgetWord)
    /// It was taken.
    case taken
}

/// What happened to a shared budget.
package enum SharedBudgetEvent: Hashable, Sendable {
    case reported(BudgetReported)
    case wordTaken(BudgetWordTaken)

    package var kind: EventKind {
        switch self {
        case .reported: .budgetReportTaken
        case .wordTaken: .budgetWordTaken
        }
    }
}

/// An account's report was taken, with what was decided about it.
package struct BudgetReported: Hashable, Sendable {
    package var account: String
    /// The report's record in the account's shard.
    package var report: RecordPosition
    package var mode: BudgetHolder.Mode
    package var leaves: Bool
    package var uses: [BudgetUse]
    package var bar: CredentialStanding
    package var permits: [BudgetPermit]
    /// Accounts that must be told.
    package var owed: [String]

    package init(
        account: String, report: RecordPosition, mode: BudgetHolder.Mode, leaves: Bool = false,
        uses: [BudgetUse] = [], bar: CredentialStanding = CredentialStanding(),
        permits: [BudgetPermit] = [], owed: [String] = []
    ) {
        self.account = account
        self.report = report
        self.mode = mode
        self.leaves = leaves
        self.uses = uses
        self.bar = bar
        self.permits = permits
        self.owed = owed
    }
}

/// An account has durably taken the word that was owed to it.
package struct BudgetWordTaken: Hashable, Sendable {
    package var account: String
    /// ``BudgetHolder/owedWord`` as it was when the word left.
    package var word: RecordPosition

    package init(account: String, word: RecordPosition) {
        self.account = account
        self.word = word
    }
}
