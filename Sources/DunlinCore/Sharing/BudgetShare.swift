/// What an account knows of a card or an address that others may hold, too.
package struct BudgetShare: Hashable, Sendable {
    /// Counted from 1 in the account; its letters are named by it.
    package var number: UInt32
    /// ``EntityKind/card`` or ``EntityKind/contact``.
    package var kind: EntityKind
    /// The card's fingerprint, or the address's keyed hash.
    package var key: String
    package var standing: ShareStanding
    /// Accounts that share it, this one counted; 0 while not known.
    package var holders: UInt32
    /// What the others have learnt.
    package var bar: CredentialStanding
    /// The account's newest report; none while it draws alone.
    package var reported: RecordPosition
    /// A digest of the uses and the bar that were reported; 0 for none.
    package var told: UInt64
    /// Of a card, the numbers of the account's methods that it is or was.
    package var methods: [UInt32]
    /// What was asked for, with the answers.
    package var permits: [BudgetPermit]

    /// Most cards and addresses of an account that are followed.
    package static let countMax = 24

    package init(
        number: UInt32, kind: EntityKind, key: String, standing: ShareStanding = .asked,
        holders: UInt32 = 0, bar: CredentialStanding = CredentialStanding(),
        reported: RecordPosition = .none, told: UInt64 = 0, methods: [UInt32] = [],
        permits: [BudgetPermit] = []
    ) {
        self.number = number
        self.kind = kind
        self.key = key
        self.standing = standing
        self.holders = holders
        self.bar = bar
        self.reported = reported
        self.told = told
        self.methods = methods
        self.permits = permits
    }

    /// The key of the entity that keeps the budget.
    package func entity(tenant: String) -> EntityKey {
        EntityKey(tenant: tenant, kind: self.kind, key: self.key)
    }

    /// The answer about a case, or about what needs no case.
    package func permit(_ number: UInt32) -> BudgetPermit? {
        self.permits.first { $0.number == number }
    }

    /// Whether the account may draw for `number` at `instant`.
    package func allows(_ number: UInt32, at instant: Timestamp) -> Bool {
        switch self.standing {
        case .sole: true
        case .shared: self.permit(number).map { !$0.isUsed && $0.covers(instant) } ?? false
        case .asked, .waiting, .full: false
        }
    }

    /// Nobody must be told what the report says.
    func saysNothingNew(in report: BudgetReport) -> Bool {
        guard self.standing != .shared || self.told == report.digest,
            self.permits.count == report.asks.count
        else { return false }
        return zip(self.permits, report.asks).allSatisfy { $0.isFor($1) && $0.refusal == .none }
    }

    /// An ask for `number` is not granted: its instant says nothing yet.
    func awaits(_ number: UInt32) -> Bool {
        self.standing != .sole
            && self.permits.contains { $0.number == number && $0.grantedAt.ms == 0 }
    }
}

extension BudgetReport {
    /// A digest of the uses and the bar; never 0.
    var digest: UInt64 {
        var hash = FNV1a64()
        func combine(_ value: UInt64) {
            var left = value
            for _ in 0..<8 {
                hash.combine(UInt8(truncatingIfNeeded: left))
                left >>= 8
            }
        }
        for use in self.uses {
            combine(UInt64(bitPattern: use.at.ms))
            combine(UInt64(bitPattern: use.amountMinor))
            combine(UInt64(use.currency.packed))
            hash.combine(use.initiator.rawValue)
            hash.combine(use.flags.rawValue)
        }
        combine(UInt64(bitPattern: self.bar.notBefore.ms))
        hash.combine(self.bar.blockedBy.map { $0.rawValue + 1 } ?? 0)
        return max(1, hash.value)
    }
}

extension InFlightAttempt {
    /// What is told of it while its outcome is not known.
    func ask(ofCase number: UInt32) -> BudgetAsk {
        BudgetAsk(
            number: number, wantedAt: self.intendedAt, latestAt: self.intendedAt, isUsed: true,
            amountMinor: self.amountMinor, currency: self.currency)
    }
}

extension AccountState {
    /// The account's share in a budget.
    package func share(_ kind: EntityKind, _ key: String) -> BudgetShare? {
        self.shares.first { $0.kind == kind && $0.key.hasSameBytes(as: key) }
    }

    func sharePlace(_ kind: EntityKind, _ key: String) -> Int? {
        self.shares.firstIndex { $0.kind == kind && $0.key.hasSameBytes(as: key) }
    }

    mutating func report(_ event: BudgetReport, position: RecordPosition) {
        let number = event.share
        // A newer report says all that an older one said.
        self.effects.removeEach { $0.kind == .budgetReport && $0.argument == number }
        self.effects.append(
            PendingEffect(id: position, kind: .budgetReport, caseNumber: 0, argument: number))
        guard !event.leaves else {
            self.shares.removeEach { $0.number == number }
            return
        }
        let place: Int
        if let known = self.sharePlace(event.kind, event.key) {
            place = known
        } else {
            self.makeRoomForShare()
            place = self.shares.count
            self.shares.append(BudgetShare(number: number, kind: event.kind, key: event.key))
        }
        self.noteMethods(ofShare: place)
        let before = self.shares[place].permits
        self.shares[place].reported = position
        self.shares[place].told = event.digest
        self.shares[place].permits = event.asks.map { ask in
            before.first { $0.isFor(ask) && $0.grantedAt.ms != 0 } ?? BudgetPermit(ask)
        }
    }

    /// A card that the account no longer holds is followed no longer: what it used is reported.
    private mutating func makeRoomForShare() {
        guard self.shares.count >= BudgetShare.countMax else { return }
        let methods = self.methods
        let stale = self.shares.firstIndex { share in
            share.permits.isEmpty && share.kind == .card
                && !methods.contains { $0.method.fingerprint.hasSameBytes(as: share.key) }
        }
        self.shares.remove(at: stale ?? 0)
    }

    private mutating func noteMethods(ofShare place: Int) {
        guard self.shares[place].kind == .card else { return }
        for held in self.methods
        where held.method.fingerprint.hasSameBytes(as: self.shares[place].key)
            && !self.shares[place].methods.contains(held.number)
        {
            self.shares[place].methods.append(held.number)
        }
    }

    /// The case's next instant; one for which a permit is awaited says nothing.
    func nextDue(awaitingPermits dunningCase: DunningCase) -> Timestamp? {
        var waiting = dunningCase
        let never = Timestamp(ms: .max)
        for share in self.shares where share.awaits(dunningCase.number) {
            if share.kind == .card, waiting.plan.attemptAt.ms != 0 {
                waiting.plan.attemptAt = never
            } else if share.kind == .contact, waiting.plan.messageAt.ms != 0 {
                waiting.plan.messageAt = never
            }
        }
        let due = waiting.nextDue()
        return due == never ? nil : due
    }

    /// A permit serves one attempt.
    mutating func usePermit(of dunningCase: DunningCase) {
        guard let inFlight = dunningCase.inFlight else { return }
        let number = dunningCase.number
        for place in self.shares.indices where self.shares[place].kind == .card {
            for index in self.shares[place].permits.indices
            where self.shares[place].permits[index].number == number {
                self.shares[place].permits[index] = BudgetPermit(inFlight.ask(ofCase: number))
            }
        }
    }

    /// A permit serves one message.
    mutating func useContactPermit(ofCase number: UInt32) {
        for place in self.shares.indices where self.shares[place].kind == .contact {
            self.shares[place].permits.removeEach { $0.number == number }
        }
    }

    mutating func hear(_ event: BudgetHeard) {
        if event.effect != .none { self.removeEffect(event.effect) }
        let word = event.word
        guard let place = self.sharePlace(word.kind, word.key) else {
            guard event.share != 0 else { return }
            self.makeRoomForShare()
            self.shares.append(
                BudgetShare(
                    number: event.share, kind: word.kind, key: word.key, standing: word.standing,
                    holders: word.holders, bar: word.bar))
            self.noteMethods(ofShare: self.shares.count - 1)
            return
        }
        let before = self.shares[place].standing
        self.shares[place].holders = word.holders
        self.shares[place].bar = word.bar
        let isAnswer = word.report == self.shares[place].reported
        if before != .shared, before != word.standing, isAnswer || word.standing != .sole {
            self.shares[place].standing = word.standing
            // Who learns that it is not alone says what it has used.
            if word.standing == .shared { self.shares[place].told = 0 }
        }
        guard isAnswer, word.report != .none else { return }
        if self.shares[place].standing == .sole {
            self.shares[place].reported = .none
            self.shares[place].told = 0
            self.shares[place].permits.clear()
            return
        }
        for index in self.shares[place].permits.indices {
            let asked = self.shares[place].permits[index]
            let answer = word.permits.first {
                $0.number == asked.number && $0.wantedAt == asked.wantedAt
            }
            if let answer { self.shares[place].permits[index] = answer }
        }
    }
}

/// A card or an address said how the account stands.
package struct BudgetHeard: Hashable, Sendable {
    package var word: BudgetWord
    /// The report that it answers; none for a letter that came by itself.
    package var effect: RecordPosition
    /// The number of the share that this makes; 0 where there is one.
    package var share: UInt32

    package init(word: BudgetWord, effect: RecordPosition = .none, share: UInt32 = 0) {
        self.word = word
        self.effect = effect
        self.share = share
    }
}
