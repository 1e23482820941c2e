/// Everything that Dunlin remembers about one account. Only ``evolve(_:)`` changes it.
///
/// The key (tenant and account id) is not part of it: whoever holds the state knows it.
package struct AccountState: Hashable, Sendable {
    /// Time of the last event: the account's clock never runs backwards.
    package var lastAt: Timestamp
    /// The account's newest record; its timeline is read backwards from here.
    package var lastRecord: RecordPosition
    package var profile: Profile
    package var methods: [HeldMethod]
    /// Methods ever held: the number of the newest.
    package var methodsSeen: UInt32
    /// The standing of "whatever the gateway has as default", method number 0.
    package var unnamedStanding: CredentialStanding
    package var subscriptions: [SubscriptionAccess]
    /// Open cases and the newest closed ones, by number.
    package var cases: [DunningCase]
    /// Cases ever opened: the number of the newest.
    package var casesOpened: UInt32
    /// Attempts that budgets still count, oldest first.
    package var marks: [AttemptMark]
    /// What was decided and not yet done, by id.
    package var effects: [PendingEffect]
    /// The newest event ids as 64-bit hashes: a fast answer to repeats, not the proof.
    package var recentEvents: [UInt64]
    /// Obligations that were paid without a case, so that a late failure opens none.
    package var settled: [SettledObligation]
    /// A sealing key exists for this account.
    package var hasKey: Bool
    /// One, or none: most accounts have nothing that it holds.
    package var outreach: [Outreach]
    /// Cards and addresses that other accounts may hold, too; none for most.
    package var shares: [BudgetShare]

    package static let recentEventsMax = 16
    package static let settledMax = 16
    package static let closedCasesMax = 8
    package static let openCasesMax = 64
    package static let methodsMax = 16
    package static let effectsMax = 256
    package static let subscriptionsMax = 64

    package init() {
        self.lastAt = Timestamp(ms: 0)
        self.lastRecord = .none
        self.profile = Profile()
        self.methods = []
        self.methodsSeen = 0
        self.unnamedStanding = CredentialStanding()
        self.subscriptions = []
        self.cases = []
        self.casesOpened = 0
        self.marks = []
        self.effects = []
        self.recentEvents = []
        self.settled = []
        self.hasKey = false
        self.outreach = []
        self.shares = []
    }

    /// Reads a resting state of this process.
    package init(resting bytes: [UInt8], _ lexicon: borrowing Lexicon) throws(RecordError) {
        self.init()
        if !bytes.isEmpty { try self.read(resting: bytes, lexicon) }
    }

    /// Forgets everything and keeps the room of the arrays.
    mutating func reset() {
        self.lastAt = Timestamp(ms: 0)
        self.lastRecord = .none
        self.profile.reset()
        self.methods.clear()
        self.methodsSeen = 0
        self.unnamedStanding = CredentialStanding()
        self.subscriptions.clear()
        self.cases.clear()
        self.casesOpened = 0
        self.marks.clear()
        self.effects.clear()
        self.recentEvents.clear()
        self.settled.clear()
        self.hasKey = false
        self.outreach.clear()
        self.shares.clear()
    }

    /// The next instant at which this account needs a turn; `nil` for never.
    package var dueAt: Timestamp? {
        var state = self
        return state.nextDue()
    }

    /// ``dueAt``; `mutating` only so that no case is copied for it.
    package mutating func nextDue() -> Timestamp? {
        var due: Timestamp?
        for index in self.cases.indices {
            let own =
                self.shares.isEmpty
                ? self.cases[index].nextDue()
                : self.nextDue(awaitingPermits: self.cases[index])
            guard let own else { continue }
            due = due.map { min($0, own) } ?? own
        }
        guard let outreach = self.outreach.first else { return due }
        if outreach.noticeAt.ms != 0, !self.noticeAwaitsPermit {
            due = due.map { min($0, outreach.noticeAt) } ?? outreach.noticeAt
        }
        return due
    }

    /// The next message without a case waits for an address's answer: its instant says nothing.
    private var noticeAwaitsPermit: Bool {
        !self.shares.isEmpty && self.shares.contains { $0.kind == .contact && $0.awaits(0) }
    }

    /// What was said about the account; none for most.
    package var flags: AccountFlags { self.outreach.isEmpty ? [] : self.outreach[0].flags }

    /// Changes the outreach, made if there is none.
    mutating func changeOutreach(_ change: (inout Outreach) -> Void) {
        if self.outreach.isEmpty { self.outreach.append(Outreach()) }
        change(&self.outreach[0])
    }

    /// The worst access state of the account's subscriptions.
    package var access: AccessState {
        self.subscriptions.lazy.map(\.state).max() ?? .full
    }

    package func standing(ofMethod number: UInt32) -> CredentialStanding {
        guard number != 0 else { return self.unnamedStanding }
        return self.methods.first { $0.number == number }?.standing ?? CredentialStanding()
    }

    /// The network of a method; unknown for the gateway's default and for what is not held.
    func network(ofMethod number: UInt32) -> PaymentNetwork {
        self.methods.first { $0.number == number }?.method.network ?? .unknown
    }

    /// The backup that the newest approved attempt of ours on a case's invoice charged; 0 when it
    /// was the default or there was none.
    package func chargedBackup(of dunningCase: DunningCase) -> UInt32 {
        let obligation = FNV1a64.hash(dunningCase.obligation.id)
        let mark = self.marks.last { $0.obligationHash == obligation && $0.flags == .approved }
        guard let mark, let held = self.methods.first(where: { $0.number == mark.method }),
            !held.isDefault
        else { return 0 }
        return mark.method
    }

    package func caseIndex(_ number: UInt32) -> Int? {
        self.cases.firstIndex { $0.number == number }
    }

    package func caseIndex(obligation: String) -> Int? {
        // The newest first: an obligation may have been reopened, by an older case of several, too.
        self.cases.lastIndex { $0.isOpen && $0.covers(obligation: obligation) }
            ?? self.cases.lastIndex { $0.covers(obligation: obligation) }
    }
}

/// The access state of one subscription; an empty id stands for the account as a whole.
package struct SubscriptionAccess: Hashable, Sendable {
    package var subscription: String
    package var state: AccessState
    package var since: Timestamp

    package init(subscription: String, state: AccessState, since: Timestamp) {
        self.subscription = subscription
        self.state = state
        self.since = since
    }
}

/// An obligation that was paid or voided while no case was open for it.
package struct SettledObligation: Hashable, Sendable {
    /// FNV-1a of the obligation's id.
    package var obligationHash: UInt64
    package var at: Timestamp

    package init(obligationHash: UInt64, at: Timestamp) {
        self.obligationHash = obligationHash
        self.at = at
    }
}

extension Array {
    /// Empties a short array and keeps its room: `removeAll(keepingCapacity:)` takes fifty
    /// nanoseconds for nothing.
    @inlinable
    package mutating func clear() {
        while !self.isEmpty { self.removeLast() }
    }

    /// Drops what a short array has beyond `count` elements.
    mutating func shorten(to count: Int) {
        while self.count > count { self.removeLast() }
    }

    /// Removes what matches from a short array, keeping the order.
    mutating func removeEach(where matches: (Element) -> Bool) {
        var index = self.count - 1
        while index >= 0 {
            if matches(self[index]) { self.remove(at: index) }
            index -= 1
        }
    }
}
