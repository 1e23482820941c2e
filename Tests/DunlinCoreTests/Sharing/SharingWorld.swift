import DunlinCore
import DunlinTesting

/// Accounts of one tenant and what they share, each in a shard of its own, with a post between them
/// that delays, repeats, reorders and loses letters, and is emptied by restarts.
struct SharingWorld {
    static let start = CivilTime(year: 2026, month: 1, day: 1).utc
    static let card = "fp_shared"
    static let address = "0123456789abcdef"

    struct Account {
        let key: EntityKey
        var state = AccountState()
        var nextOp: UInt64 = 1
        /// What its journal says of the reports that it has posted.
        var reports: [RecordPosition: (report: BudgetReport, at: Timestamp)] = [:]
    }

    enum Parcel {
        case report(Int, RecordPosition)
        case answer(Int, RecordPosition, BudgetWord)
        case word(Int, RecordPosition, BudgetWord)
        case taken(Int, RecordPosition)
    }

    /// One charge as the network sees it.
    struct Charge {
        var account: Int
        var caseNumber: UInt32
        var attempt: UInt32
        var at: Timestamp
    }

    var accounts: [Account]
    var budget = SharedBudget()
    var budgetOp: UInt64 = 1
    var now = Self.start
    var post: [Parcel] = []
    var ledger: [Charge] = []
    var random: SeededRandom
    private var events = 0
    let kind: EntityKind
    let bundle: Bundle
    private let context: DecisionContext

    /// `messages`: With them the accounts share an address, else a card.
    init(
        accounts: Int, rules: [BudgetRule] = [], ladderHours: [Int64], seed: UInt64,
        messages: [MessageStep] = [], caps: [FrequencyCap] = []
    ) {
        self.kind = messages.isEmpty ? .card : .contact
        self.random = SeededRandom(seed: seed)
        self.accounts = (0..<accounts).map { Account(key: EntityKey(key: "acct-\($0)")) }
        let policy = DunningPolicy(
            name: "ladder",
            retries: RetryRules(
                defaultLadder: RetryLadder(offsetsMs: ladderHours.map { $0 * Milliseconds.hour })),
            messages: messages, sending: SendingRules(caps: caps),
            ending: Ending(afterMs: nil))
        self.bundle = Bundle(
            id: BundleID(1), policies: [policy.name: policy], defaultPolicy: policy.name,
            declines: DeclineMap(byCode: [
                "insufficient_funds": .init(declineClass: .softFunds, advice: .wait),
                "stolen_card": .init(declineClass: .hardStolen, advice: .never),
            ]),
            rules: RuleBook(version: 20_260_101, budgets: rules), zones: ZoneCatalog())
        var tenant = TenantSettings(name: "main", mode: .live)
        tenant.channels = .email
        self.context = DecisionContext(
            current: self.bundle, bundles: [self.bundle.id: self.bundle], tenant: tenant,
            origin: ClusterOrigin(cluster: 7, generation: 1))
    }

    /// What is told of an account's plans.
    func reasons(_ index: Int, _ kind: PlannedSlot.Kind) -> [SlotReason] {
        AccountReasons.of(
            self.accounts[index].state, account: self.accounts[index].key, context: self.context,
            now: self.now
        ).slots.filter { $0.kind == kind }.flatMap(\.reasons)
    }

    private var key: String { self.kind == .card ? Self.card : Self.address }

    // MARK: Accounts

    @discardableResult
    mutating func give(_ index: Int, _ command: AccountCommand) -> [RecordedEvent] {
        let position = RecordPosition(op: self.accounts[index].nextOp, index: 0)
        self.accounts[index].nextOp += 1
        let decision = decide(
            self.accounts[index].state, account: self.accounts[index].key, command,
            context: self.context, now: self.now, at: position)
        self.accounts[index].state = decision.state
        for (place, recorded) in decision.events.enumerated() {
            let id = RecordPosition(op: position.op, index: UInt32(place))
            switch recorded.event {
            case .budgetReportPosted(let report):
                self.accounts[index].reports[id] = (report, recorded.at)
                self.post.append(.report(index, id))
            case .messageIntended(let message) where self.kind == .contact:
                self.ledger.append(
                    Charge(
                        account: index, caseNumber: message.update.caseNumber,
                        attempt: message.step, at: recorded.at))
            case .noticeIntended(let notice):
                self.ledger.append(
                    Charge(
                        account: index, caseNumber: 0, attempt: notice.step, at: recorded.at))
            case .attemptIntended(let intent) where self.kind == .card:
                self.ledger.append(
                    Charge(
                        account: index, caseNumber: intent.caseNumber, attempt: intent.attempt,
                        at: recorded.at))
            case .attemptSettled(let settled)
            where settled.verdict == .notSent || settled.verdict == .approved:
                // What was not sent, and what was approved, counts in no budget.
                self.ledger.removeAll {
                    $0.account == index && $0.caseNumber == settled.update.caseNumber
                        && $0.attempt == settled.attempt
                }
            default: break
            }
        }
        return decision.events
    }

    mutating func fail(_ index: Int) {
        self.events += 1
        self.give(
            index,
            .intake(
                IntakeFacts(
                    eventID: "e\(self.events)", occurredAt: self.now,
                    fact: .paymentFailed(
                        PaymentFailed(
                            obligation: Obligation(
                                id: "in_\(self.events)", amountMinor: 4200, currency: .eur),
                            codes: DeclineCodes(code: "insufficient_funds"))),
                    profile: self.kind == .contact ? Self.profile(index) : nil,
                    method: self.kind == .card
                        ? MethodChange(
                            method: PaymentMethod(
                                token: "pm_\(index)", fingerprint: Self.card, network: .visa))
                        : nil)))
    }

    /// A charge of the account is announced.
    mutating func announce(_ index: Int, inMs ms: Int64) {
        self.events += 1
        self.give(
            index,
            .intake(
                IntakeFacts(
                    eventID: "e\(self.events)", occurredAt: self.now,
                    fact: .upcomingCharge(
                        UpcomingCharge(
                            id: "up_\(self.events)", amountMinor: 4200, currency: .eur,
                            dueAt: self.now.advanced(byMs: ms))),
                    profile: Self.profile(index))))
    }

    private static func profile(_ index: Int) -> ProfileChange {
        ProfileChange(
            contacts: [
                SealedContact(channel: .email, sealed: [UInt8(index)], hash: Self.address)
            ])
    }

    /// Answers the account's messages under way.
    mutating func answerMessages(_ index: Int) {
        for effect in self.accounts[index].state.effects
        where effect.kind == .message || effect.kind == .notice {
            self.give(index, .effectAnswered(id: effect.id, outcome: .done(reference: "m")))
        }
    }

    mutating func settle(_ index: Int, _ outcome: AttemptOutcome) {
        for dunningCase in self.accounts[index].state.cases {
            guard let inFlight = dunningCase.inFlight else { continue }
            self.give(
                index,
                .attemptAnswered(
                    caseNumber: dunningCase.number, attempt: inFlight.number, outcome: outcome))
        }
    }

    var nextDue: Timestamp? { self.accounts.compactMap(\.state.dueAt).min() }

    mutating func fireDue() {
        for index in self.accounts.indices {
            guard let due = self.accounts[index].state.dueAt, due <= self.now else { continue }
            self.give(index, .timer(realNow: self.now))
        }
    }

    // MARK: Post

    /// Delivers one letter, any of those under way.
    mutating func deliver() {
        guard !self.post.isEmpty else { return }
        let place = Int(self.random.next() % UInt64(self.post.count))
        let parcel = self.random.oneIn(6) ? self.post[place] : self.post.remove(at: place)
        switch parcel {
        case .report(let index, let id): self.take(index, id)
        case .answer(let index, let id, let word):
            self.give(index, .budgetHeard(id: id, word: word))
        case .word(let index, let id, let word):
            self.give(index, .budgetHeard(id: .none, word: word))
            self.post.append(.taken(index, id))
        case .taken(let index, let id):
            self.journal(
                .wordTaken(BudgetWordTaken(account: self.accounts[index].key.key, word: id)))
        }
    }

    private mutating func take(_ index: Int, _ id: RecordPosition) {
        guard let (report, at) = self.accounts[index].reports[id] else { return }
        let account = self.accounts[index].key.key
        let bundle = self.bundle
        let event = self.budget.decide(report, from: account, id: id, now: at) {
            $0 == bundle.id ? bundle.rules : nil
        }
        if let event {
            self.journal(.reported(event))
            for owed in event.owed { self.tell(owed) }
        }
        self.post.append(
            .answer(
                index, id, self.budget.word(for: account, kind: self.kind, key: self.key)))
    }

    private mutating func tell(_ account: String) {
        guard let place = self.budget.place(of: account),
            self.budget.holders[place].owedWord != .none,
            let index = self.accounts.firstIndex(where: { $0.key.key == account })
        else { return }
        self.post.append(
            .word(
                index, self.budget.holders[place].owedWord,
                self.budget.word(for: account, kind: self.kind, key: self.key)))
    }

    private mutating func journal(_ event: SharedBudgetEvent) {
        let before = self.budget
        let position = RecordPosition(op: self.budgetOp, index: 0)
        self.budgetOp += 1
        self.budget.evolve(event, at: self.now, position: position)
        // What rests on disk is what is in memory.
        if let read = try? SharedBudget(packed: self.budget.packed()), read == self.budget {
            return
        }
        self.budget = before
    }

    /// Everything under way is lost, and what the journals list is sent again.
    mutating func restart() {
        self.post = []
        for index in self.accounts.indices {
            for effect in self.accounts[index].state.effects where effect.kind == .budgetReport {
                self.post.append(.report(index, effect.id))
            }
        }
        for holder in self.budget.holders where holder.owedWord != .none {
            self.tell(holder.account)
        }
    }

    mutating func deliverAll() {
        var left = 10_000
        while !self.post.isEmpty, left > 0 {
            left -= 1
            self.deliver()
        }
    }

    // MARK: The ledger

    /// The most charges that any window of a row holds.
    func most(in window: BudgetRule.Window) -> Int {
        let instants = self.ledger.map(\.at.ms).sorted()
        var most = 0
        for (place, first) in instants.enumerated() {
            var count = 0
            for later in instants[place...] {
                switch window {
                case .rolling(let ms): if later - first < ms { count += 1 }
                case .calendarDay:
                    if later / Milliseconds.day == first / Milliseconds.day { count += 1 }
                }
            }
            most = max(most, count)
        }
        return most
    }
}
