extension AccountTurn {
    // MARK: Payment

    mutating func paymentSucceeded(
        _ paid: PaymentSucceeded, occurredAt: Timestamp
    ) -> CommandAnswer {
        guard let index = self.state.caseIndex(obligation: paid.obligation) else {
            let hash = FNV1a64.hash(paid.obligation)
            if self.state.settled.contains(where: { $0.obligationHash == hash }) {
                return .repeated
            }
            self.emit(
                .paymentRecorded(
                    PaymentRecorded(
                        update: nil, obligation: paid.obligation, collectedMinor: 0,
                        occurredAt: occurredAt)))
            return .accepted
        }
        let dunningCase = self.state.cases[index]
        guard dunningCase.isOpen else {
            return dunningCase.phase == .recovered ? .repeated : .ignored(.caseIsClosed)
        }
        let charge = paid.chargeID.isEmpty ? 0 : FNV1a64.hash(paid.chargeID)
        if charge != 0,
            self.state.marks.contains(where: {
                $0.chargeHash == charge && $0.flags.contains(.approved)
            })
        {
            return .repeated
        }
        if let inFlight = dunningCase.ownPendingDebit(charge: paid.chargeID) {
            // The bank's verdict on our own debit.
            self.approved(
                dunningCase, inFlight, inFlight.amountMinor, chargeID: paid.chargeID)
            return .accepted
        }
        let endsPending = dunningCase.isEndOfForeignDebit(charge: charge)
        var changed = dunningCase
        let collected = changed.pay(obligation: paid.obligation, paid.amountMinor)
        guard collected > 0 else { return .ignored(.alreadySettled) }
        if endsPending { changed.inFlight = nil }
        changed.countTowardAgreement(collected)
        changed.turnToNextInvoice()
        let isWhole = changed.openMinor == 0
        let update =
            isWhole
            ? self.recovering(changed)
            : self.replanned(&changed, .ladder(fromRung: changed.rung))
        if charge != 0, let inFlight = dunningCase.inFlight {
            // This may be the echo of our own attempt: its answer will name the same charge. Of
            // somebody else's debit it is remembered for the day on which the bank takes it back.
            self.emit(
                .attemptReported(
                    AttemptReported(
                        update: nil,
                        mark: AttemptMark(
                            at: self.now, method: inFlight.method,
                            amountMinor: inFlight.amountMinor, currency: inFlight.currency,
                            chargeHash: charge,
                            obligationHash: FNV1a64.hash(paid.obligation),
                            flags: [.external, .approved]),
                        decline: nil, standing: nil, warnsOfForeignRetries: false)))
        }
        self.emit(
            .paymentRecorded(
                PaymentRecorded(
                    update: update, obligation: paid.obligation, collectedMinor: collected,
                    occurredAt: occurredAt, endsPending: endsPending)),
            announced: isWhole)
        if isWhole { self.restoreAccess(afterCase: changed.number, reason: .recovered) }
        return .accepted
    }

    /// The update that closes a case as recovered, with the message that says so.
    func recovering(_ dunningCase: DunningCase) -> CaseUpdate {
        var closed = dunningCase
        closed.phase = .recovered
        closed.plan = CasePlan()
        if let policy = self.context.pinned(dunningCase) {
            var planned = closed
            self.planTouches(&planned, policy: policy)
            closed.plan.messageAt = planned.plan.messageAt
            closed.plan.messageStep = planned.plan.messageStep
        }
        return self.update(of: closed)
    }

    /// Gives access back where no other open case of the subscription has taken it.
    mutating func restoreAccess(afterCase number: UInt32, reason: AccessChanged.Reason) {
        guard let index = self.state.caseIndex(number) else { return }
        let subscription = self.state.cases[index].obligation.subscription
        let stillOwing = self.state.cases.contains {
            $0.isOpen && $0.number != number && $0.obligation.subscription == subscription
                && $0.accessSteps > 0
        }
        let access = self.state.subscriptions.first { $0.subscription == subscription }
        guard !stillOwing, let access, access.state != .full, access.state != .terminated else {
            return
        }
        self.emit(
            .accessChanged(
                AccessChanged(
                    update: nil, subscription: subscription, state: .full, reason: reason,
                    accessSteps: 0)),
            announced: true)
    }

    // MARK: Ends from outside

    mutating func close(
        where matches: (DunningCase) -> Bool, as phase: CasePhase, reason: CaseClosed.Reason
    ) -> CommandAnswer {
        let open = self.state.cases.filter { $0.isOpen && matches($0) }
        guard !open.isEmpty else {
            return self.state.cases.contains(where: matches) ? .repeated : .ignored(.caseIsClosed)
        }
        for dunningCase in open {
            self.emit(
                .caseClosed(
                    CaseClosed(update: self.closing(dunningCase, as: phase), reason: reason)),
                announced: true)
            if phase == .writtenOff {
                self.restoreAccess(afterCase: dunningCase.number, reason: .closed)
            }
        }
        return .accepted
    }

    // MARK: Customer

    mutating func change(profile change: ProfileChange, at occurredAt: Timestamp) {
        let old = self.state.profile
        guard occurredAt >= old.changedAt else { return }
        var new = old
        for contact in change.contacts {
            new.contacts.removeAll { $0.channel == contact.channel }
            if new.contacts.count < Profile.contactsMax { new.contacts.append(contact) }
        }
        new.locale = change.locale ?? old.locale
        new.zone = change.zone ?? old.zone
        new.country = change.country ?? old.country
        new.region = change.region ?? old.region
        for attribute in change.attributes {
            new.attributes.removeAll { $0.name == attribute.name }
            if !attribute.value.isEmpty, new.attributes.count < Profile.attributesMax {
                new.attributes.append(attribute)
            }
        }
        new.attributes.sort { $0.name < $1.name }
        guard new != old else { return }
        new.changedAt = occurredAt
        if !change.contacts.isEmpty, !self.state.hasKey { self.emit(.keyCreated) }
        self.emit(.profileChanged(new))
    }

    /// Answers whether a credential that may be charged, or its rank, changed.
    mutating func change(method change: MethodChange, at occurredAt: Timestamp) -> Bool {
        let displaces = change.makeDefault && self.mayBecomeDefault(change.method, at: occurredAt)
        let known = self.state.methods.first { $0.method.token == change.method.token }
        guard let known else {
            let isDefault = displaces || self.state.methods.isEmpty
            let isBackup = change.isBackup ?? false
            self.emit(
                .methodRecorded(
                    HeldMethod(
                        number: self.state.methodsSeen.increased(), method: change.method,
                        isDefault: isDefault, isBackup: isBackup, changedAt: occurredAt,
                        defaultSince: isDefault ? occurredAt : Timestamp(ms: 0))))
            return isDefault || isBackup
        }
        var held = known
        if displaces {
            held.isDefault = true
            held.defaultSince = max(known.defaultSince, occurredAt)
        }
        var credentialChanged = false
        if occurredAt >= known.changedAt {
            held.method = known.method.completed(by: change.method)
            held.isBackup = change.isBackup ?? known.isBackup
            credentialChanged = held.method.isAnotherCard(than: known.method)
            if credentialChanged { held.standing = CredentialStanding() }
        }
        guard held != known else { return false }
        held.changedAt = max(known.changedAt, occurredAt)
        self.emit(.methodRecorded(held))
        return credentialChanged || held.isDefault != known.isDefault
            || held.isBackup && !known.isBackup
    }

    /// Events arrive in any order: what was the default once displaces no newer one.
    private func mayBecomeDefault(_ method: PaymentMethod, at occurredAt: Timestamp) -> Bool {
        guard let current = self.state.methods.first(where: \.isDefault),
            current.method.token != method.token
        else { return true }
        return occurredAt >= current.defaultSince
    }

    /// A new credential is tried at once for every open case whose policy says so.
    mutating func attemptAfterMethodChange() {
        for index in self.state.cases.indices
        where self.state.cases[index].isOpen && self.state.cases[index].inFlight == nil
            && !self.state.cases[index].flags.contains(.paused)
        {
            // The case that this same turn opened has its ladder before it.
            guard
                self.state.cases[index].openedAt != self.now
                    || self.state.cases[index].lastAttempt > 0
            else { continue }
            var changed = self.state.cases[index]
            guard let policy = self.context.pinned(changed), policy.retries.attemptOnMethodChange
            else { continue }
            let update = self.replanned(&changed, .now(.methodChanged))
            self.emit(.caseUpdated(CaseUpdated(update: update, reason: .methodChanged)))
        }
    }
}
