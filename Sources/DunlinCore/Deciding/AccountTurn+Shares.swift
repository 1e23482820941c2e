// What an account shares with others: the end of a turn tells the cards what changed, and nothing
// is drawn that the card has not granted (Law 3 over all accounts of a card).

extension AccountTurn {
    /// Whether the turn may have something to tell to others who share with the account.
    @inline(__always)
    var mayShare: Bool {
        guard !self.events.isEmpty || self.asksForPermit else { return false }
        if !self.state.shares.isEmpty { return true }
        if !self.context.tenant.usesTestCards {
            for index in self.state.methods.indices
            where !self.state.methods[index].method.fingerprint.isEmpty {
                return true
            }
        }
        for index in self.state.profile.contacts.indices
        where !self.state.profile.contacts[index].hash.isEmpty {
            return true
        }
        return false
    }

    /// Reports to every card and address of which something changed that others who share it may
    /// have to know.
    mutating func reportShares() {
        self.reportContacts()
        for card in self.cards {
            if let share = self.state.share(.card, card) { self.keepToPermits(of: share) }
            let share = self.state.share(.card, card)
            // Alone, nobody must know.
            if share?.standing == .sole { continue }
            let asks = self.asks(for: card, share)
            if share == nil, asks.isEmpty || self.isObserving { continue }
            var report = BudgetReport(
                kind: .card, key: card, share: share?.number ?? self.nextShareNumber,
                knowsShared: share?.standing == .shared)
            report.uses = self.uses(of: card, share)
            report.bar = self.bar(of: card)
            report.asks = asks
            if let share, share.saysNothingNew(in: report) { continue }
            self.emit(.budgetReportPosted(report))
        }
    }

    var nextShareNumber: UInt32 {
        var last: UInt32 = 0
        for share in self.state.shares { last = max(last, share.number) }
        for effect in self.state.effects where effect.kind == .budgetReport {
            last = max(last, effect.argument)
        }
        return last.increased()
    }

    // MARK: Cards

    /// `nil` as well where equal fingerprints say nothing of equal cards.
    private func sharedKey(_ method: PaymentMethod) -> String? {
        self.context.tenant.usesTestCards ? nil : method.sharedKey
    }

    /// The fingerprints of the cards that the account holds, and of those that it shares.
    private var cards: [String] {
        var cards: [String] = []
        for held in self.state.methods {
            guard let card = self.sharedKey(held.method),
                !cards.contains(where: { $0.hasSameBytes(as: card) })
            else { continue }
            cards.append(card)
        }
        for share in self.state.shares where share.kind == .card {
            if !cards.contains(where: { $0.hasSameBytes(as: share.key) }) {
                cards.append(share.key)
            }
        }
        return cards
    }

    private func isMethod(_ number: UInt32, of card: String, _ share: BudgetShare?) -> Bool {
        if share?.methods.contains(number) == true { return true }
        return self.state.methods.contains {
            $0.number == number && $0.method.fingerprint.hasSameBytes(as: card)
        }
    }

    private func uses(of card: String, _ share: BudgetShare?) -> [BudgetUse] {
        let oldest = self.now.advanced(byMs: -SharedBudget.keptForMs)
        var uses: [BudgetUse] = []
        for mark in self.state.marks
        where mark.at > oldest && mark.flags.isDisjoint(with: [.approved, .notSentToNetwork])
            && self.isMethod(mark.method, of: card, share)
        {
            uses.append(
                BudgetUse(
                    at: mark.at, amountMinor: mark.amountMinor, currency: mark.currency,
                    initiator: mark.initiator, flags: mark.flags))
        }
        return uses
    }

    /// What declines have told this account about the card.
    private func bar(of card: String) -> CredentialStanding {
        var bar = CredentialStanding()
        for held in self.state.methods where held.method.fingerprint.hasSameBytes(as: card) {
            bar = bar.joined(with: held.standing.bindingOthers)
        }
        return bar
    }

    private func asks(for card: String, _ share: BudgetShare?) -> [BudgetAsk] {
        var asks: [BudgetAsk] = []
        for dunningCase in self.state.cases {
            let known = share?.permit(dunningCase.number)
            if let inFlight = dunningCase.inFlight {
                let isOurs = inFlight.number != 0 && !inFlight.isPendingDebit
                if isOurs, known != nil || self.isMethod(inFlight.method, of: card, share) {
                    asks.append(inFlight.ask(ofCase: dunningCase.number))
                }
            } else if let ask = self.ask(for: dunningCase, card, known) {
                asks.append(ask)
            }
        }
        return asks
    }

    /// The ask for a planned attempt; `nil` when none is planned on that card.
    private func ask(
        for dunningCase: DunningCase, _ card: String, _ known: BudgetPermit?
    ) -> BudgetAsk? {
        guard dunningCase.isOpen, !dunningCase.flags.contains(.paused), !self.isObserving,
            dunningCase.plan.attemptAt.ms != 0, let policy = self.context.pinned(dunningCase)
        else { return nil }
        let planned = self.planAttempt(
            dunningCase, .now(dunningCase.plan.attemptReason), policy: policy
        ).attempt
        guard
            let held = self.state.methods.first(where: {
                planned.map { $0.method } == $0.number || planned == nil && $0.isDefault
            }),
            self.sharedKey(held.method)?.hasSameBytes(as: card) == true
        else { return nil }
        var ask = BudgetAsk(
            number: dunningCase.number, wantedAt: max(dunningCase.plan.attemptAt, self.now),
            latestAt: self.lastSlot(
                dunningCase, dunningCase.plan.attemptReason, policy: policy
            ).at,
            network: held.method.network,
            amountMinor: self.asked(
                of: dunningCase, method: held.number, held.method.network, policy
            ).minor,
            currency: dunningCase.obligation.currency, bundle: dunningCase.bundle)
        guard let known, !known.isUsed else { return ask }
        let stillFits =
            known.grantedAt.ms == 0
            ? known.wantedAt >= dunningCase.plan.attemptAt && known.wantedAt <= ask.wantedAt
            : known.covers(ask.wantedAt)
        if stillFits { ask.wantedAt = known.wantedAt }
        return ask
    }

    // MARK: Drawing

    /// Whether a charge of that method may leave for the case now, as far as others matter.
    func mayDraw(method number: UInt32, for caseNumber: UInt32) -> Bool {
        guard let held = self.state.methods.first(where: { $0.number == number }),
            let card = self.sharedKey(held.method)
        else { return true }
        return self.state.share(.card, card)?.allows(caseNumber, at: self.now) ?? false
    }

    /// The turn's end will ask; the attempt is planned for now, if it is overdue.
    mutating func askForPermit(ofCase dunningCase: DunningCase) {
        self.asksForPermit = true
        guard dunningCase.plan.attemptAt < self.now else { return }
        var changed = dunningCase
        changed.plan.attemptAt = self.now
        self.emit(
            .caseUpdated(CaseUpdated(update: self.update(of: changed), reason: .replanned)))
    }

    /// What is known against a credential, by this account and by others that hold the card.
    func standing(of held: HeldMethod) -> CredentialStanding {
        guard !self.state.shares.isEmpty, let card = self.sharedKey(held.method),
            let share = self.state.share(.card, card)
        else { return held.standing }
        return held.standing.joined(with: share.bar)
    }

    // MARK: Hearing

    mutating func heard(_ word: BudgetWord, id: RecordPosition) -> CommandAnswer {
        if id != .none {
            guard self.state.effects.contains(where: { $0.id == id && $0.kind == .budgetReport })
            else { return .ignored(.unknownAttempt) }
        }
        var event = BudgetHeard(word: word, effect: id)
        if let share = self.state.share(word.kind, word.key) {
            if id == .none, share.knows(word) { return .repeated }
        } else if id == .none {
            event.share = self.nextShareNumber
        }
        self.emit(.budgetHeard(event))
        guard let share = self.state.share(word.kind, word.key) else { return .accepted }
        if share.kind == .contact {
            self.followContact(share)
        } else {
            for permit in share.permits { self.follow(permit) }
        }
        return .accepted
    }

    /// A plan that was made anew forgets that the card has no room before its permit.
    private mutating func keepToPermits(of share: BudgetShare) {
        for permit in share.permits where permit.grantedAt.ms != 0 && !permit.isUsed {
            guard let index = self.state.caseIndex(permit.number) else { continue }
            var changed = self.state.cases[index]
            let wanted = max(changed.plan.attemptAt, self.now)
            guard permit.wantedAt <= wanted, wanted < permit.grantedAt,
                self.ask(for: changed, share.key, permit) != nil
            else { continue }
            changed.plan.attemptAt = permit.grantedAt
            changed.plan.attemptReason = .budget
            self.emit(
                .caseUpdated(CaseUpdated(update: self.update(of: changed), reason: .replanned)))
        }
    }

    /// Moves a plan to where the card has room, or to the next rung where it has none.
    private mutating func follow(_ permit: BudgetPermit) {
        guard !permit.isUsed, permit.grantedAt.ms != 0 || permit.refusal != .none,
            let index = self.state.caseIndex(permit.number)
        else { return }
        var changed = self.state.cases[index]
        guard changed.isOpen, changed.inFlight == nil, changed.plan.attemptAt.ms != 0,
            changed.plan.attemptAt <= permit.wantedAt, let policy = self.context.pinned(changed)
        else { return }
        if permit.grantedAt.ms != 0 {
            guard permit.grantedAt > changed.plan.attemptAt else { return }
            if permit.grantedAt > permit.wantedAt { changed.plan.attemptReason = .budget }
            changed.plan.attemptAt = self.openDay(
                permit.grantedAt, changed.plan.attemptReason, policy: policy)
            self.planTouches(&changed, policy: policy)
            self.emit(
                .caseUpdated(CaseUpdated(update: self.update(of: changed), reason: .replanned)))
            return
        }
        let update = self.replanned(&changed, .ladder(fromRung: changed.rung.increased()))
        self.emit(.caseUpdated(CaseUpdated(update: update, reason: .replanned)))
        if !update.phase.isOpen { self.finishEnd(ofCase: changed.number) }
    }
}

extension PaymentMethod {
    /// The fingerprint under which other accounts may hold the same card; `nil` where none is
    /// known, and for bank accounts: their schemes count for each debit.
    var sharedKey: String? {
        self.fingerprint.isEmpty || self.network.isDirectDebit ? nil : self.fingerprint
    }
}

extension BudgetShare {
    /// The word brings nothing that is not known.
    fileprivate func knows(_ word: BudgetWord) -> Bool {
        guard self.standing == .shared || self.standing == word.standing,
            self.holders == word.holders, self.bar == word.bar
        else { return false }
        guard word.report == self.reported, word.report != .none else { return true }
        return self.permits.allSatisfy { permit in
            word.permits.first {
                $0.number == permit.number && $0.wantedAt == permit.wantedAt
            }.map { $0 == permit } ?? true
        }
    }
}
