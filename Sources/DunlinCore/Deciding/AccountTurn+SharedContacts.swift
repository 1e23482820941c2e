// One person behind several accounts: what was sent to an address counts for all of them, and what
// stops it for one stops it for all.

extension AccountTurn {
    /// Reports to every address of the account that others may have, too.
    mutating func reportContacts() {
        for contact in self.state.profile.contacts where !contact.hash.isEmpty {
            if let share = self.state.share(.contact, contact.hash) {
                self.keepToPermits(to: share)
            }
            let share = self.state.share(.contact, contact.hash)
            if share?.standing == .sole { continue }
            let asks = self.asks(forContact: contact.hash, share)
            if share == nil, asks.isEmpty || self.isObserving { continue }
            let report = BudgetReport(
                kind: .contact, key: contact.hash, share: share?.number ?? self.nextShareNumber,
                knowsShared: share?.standing == .shared, uses: self.touches(to: contact.hash),
                bar: self.bar(ofContact: contact.hash), asks: asks)
            if let share, share.saysNothingNew(in: report) { continue }
            self.emit(.budgetReportPosted(report))
        }
        // An address that was erased or replaced is no longer this account's.
        for share in self.state.shares
        where share.kind == .contact && self.contact(hash: share.key) == nil {
            self.emit(
                .budgetReportPosted(
                    BudgetReport(
                        kind: .contact, key: share.key, share: share.number, leaves: true)))
        }
    }

    private func contact(hash: String) -> SealedContact? {
        self.state.profile.contacts.first { $0.hash.hasSameBytes(as: hash) }
    }

    private func touches(to hash: String) -> [BudgetUse] {
        guard let outreach = self.state.outreach.first else { return [] }
        return outreach.touches.filter { touch in
            touch.outcome != .refused && touch.channel.tellsCustomer
                && self.state.profile.contacts.contains {
                    $0.channel == touch.channel && $0.hash.hasSameBytes(as: hash)
                }
        }.map { BudgetUse(at: $0.at) }
    }

    /// A dead address and a STOP bind every account that has the address.
    private func bar(ofContact hash: String) -> CredentialStanding {
        let outreach = self.state.outreach.first
        let isStopped = self.state.profile.contacts.contains { contact in
            contact.hash.hasSameBytes(as: hash)
                && (!contact.isReachable
                    || outreach?.consent(contact.channel, .transactional)?.isGranted == false)
        }
        return isStopped ? CredentialStanding(blockedBy: .never) : CredentialStanding()
    }

    private func asks(forContact hash: String, _ share: BudgetShare?) -> [BudgetAsk] {
        guard !self.isObserving else { return [] }
        var asks = self.asksOfCases(forContact: hash, share)
        if let ask = self.askForNotice(toContact: hash, share) { asks.append(ask) }
        return asks
    }

    /// The ask for the next message without a case; `nil` when none is planned to that address.
    private func askForNotice(toContact hash: String, _ share: BudgetShare?) -> BudgetAsk? {
        guard let at = self.state.outreach.first?.noticeAt, at.ms != 0,
            let policy = self.context.currentPolicy, !policy.sending.caps.isEmpty,
            case .send(let channel, _, _)? = self.nextNotice(policy)?.choice,
            self.state.profile.contact(for: channel)?.hash.hasSameBytes(as: hash) == true
        else { return nil }
        return self.ask(
            Self.noticeNumber, plannedAt: at, caps: policy.sending.caps, among: share)
    }

    /// What is asked for a message that is planned; the same as before while that still fits.
    private func ask(
        _ number: UInt32, plannedAt at: Timestamp, caps: [FrequencyCap], among share: BudgetShare?
    ) -> BudgetAsk {
        var ask = BudgetAsk(
            number: number, wantedAt: max(at, self.now), latestAt: Timestamp(ms: .max), caps: caps)
        if let known = share?.permit(number) {
            let stillFits =
                known.grantedAt.ms == 0
                ? known.wantedAt >= at && known.wantedAt <= ask.wantedAt
                : known.covers(ask.wantedAt)
            if stillFits { ask.wantedAt = known.wantedAt }
        }
        return ask
    }

    private func asksOfCases(
        forContact hash: String, _ share: BudgetShare?
    ) -> [BudgetAsk] {
        self.state.cases.compactMap { dunningCase in
            guard !dunningCase.flags.contains(.paused), dunningCase.plan.messageAt.ms != 0,
                dunningCase.isOpen || dunningCase.phase == .recovered,
                let policy = self.context.pinned(dunningCase), !policy.sending.caps.isEmpty,
                Int(dunningCase.plan.messageStep) < policy.messages.count
            else { return nil }
            let wish = TouchWish(
                step: policy.messages[Int(dunningCase.plan.messageStep)],
                number: dunningCase.plan.messageStep, caseNumber: dunningCase.number,
                from: dunningCase.plan.messageAt)
            guard
                case .send(let channel, _, _) = self.choose(wish, policy.sending, policy.bundle),
                self.state.profile.contact(for: channel)?.hash.hasSameBytes(as: hash) == true
            else { return nil }
            return self.ask(
                dunningCase.number, plannedAt: dunningCase.plan.messageAt,
                caps: policy.sending.caps, among: share)
        }
    }

    // MARK: Telling

    /// Another account learnt that nothing is to be sent to the address.
    func isBarred(_ contact: SealedContact) -> Bool {
        guard !self.state.shares.isEmpty, !contact.hash.isEmpty else { return false }
        return self.state.share(.contact, contact.hash)?.bar.blockedBy != nil
    }

    /// Whether a message of the case, 0 for none, may leave on the channel now, as far as others
    /// matter.
    func mayTell(on channel: Channel, for caseNumber: UInt32, _ sending: SendingRules) -> Bool {
        guard !sending.caps.isEmpty, let contact = self.state.profile.contact(for: channel),
            !contact.hash.isEmpty
        else { return true }
        return self.state.share(.contact, contact.hash)?.allows(caseNumber, at: self.now) ?? false
    }

    /// The turn's end will ask; the message is planned for now, if it is overdue.
    mutating func askForPermit(toTell step: UInt32, ofCase dunningCase: DunningCase) {
        self.asksForPermit = true
        var changed = dunningCase
        changed.plan.messageAt = self.now
        changed.plan.messageStep = step
        guard changed.plan != dunningCase.plan else { return }
        self.emit(
            .caseUpdated(CaseUpdated(update: self.update(of: changed), reason: .replanned)))
    }

    /// A plan that was made anew forgets that the address has no room before its permit.
    private mutating func keepToPermits(to share: BudgetShare) {
        for permit in share.permits where permit.grantedAt.ms != 0 {
            guard let index = self.state.caseIndex(permit.number) else { continue }
            var changed = self.state.cases[index]
            let wanted = max(changed.plan.messageAt, self.now)
            guard changed.plan.messageAt.ms != 0, permit.wantedAt <= wanted,
                wanted < permit.grantedAt
            else { continue }
            changed.plan.messageAt = permit.grantedAt
            self.emit(
                .caseUpdated(CaseUpdated(update: self.update(of: changed), reason: .replanned)))
        }
    }

    // MARK: Hearing

    /// Moves messages to where the address has room, and takes in what stops them.
    mutating func followContact(_ share: BudgetShare) {
        if share.bar.blockedBy != nil {
            self.replanReach()
            return
        }
        if share.permit(Self.noticeNumber) != nil { self.planAhead() }
        for permit in share.permits where permit.grantedAt.ms != 0 {
            guard let index = self.state.caseIndex(permit.number) else { continue }
            var changed = self.state.cases[index]
            guard changed.plan.messageAt.ms != 0, changed.plan.messageAt < permit.grantedAt,
                changed.plan.messageAt <= permit.wantedAt,
                let policy = self.context.pinned(changed),
                Int(changed.plan.messageStep) < policy.messages.count
            else { continue }
            // The hours are kept where the caps have moved it to.
            let wish = TouchWish(
                step: policy.messages[Int(changed.plan.messageStep)],
                number: changed.plan.messageStep, caseNumber: changed.number,
                from: permit.grantedAt)
            changed.plan.messageAt =
                self.choose(wish, policy.sending, policy.bundle).at ?? permit.grantedAt
            self.emit(
                .caseUpdated(CaseUpdated(update: self.update(of: changed), reason: .replanned)))
        }
    }
}
