extension AccountTurn {
    mutating func intake(_ facts: IntakeFacts) -> CommandAnswer {
        if !facts.eventID.isEmpty {
            self.eventHash = FNV1a64.hash(facts.eventID)
            if self.state.recentEvents.contains(self.eventHash) { return .repeated }
        }
        if let refusal = self.refusal(of: facts) { return .refused(refusal) }
        let eventsBefore = self.events.count
        // What this turn opens is planned with what came along.
        let wasDunned = self.state.cases.contains(where: \.isOpen)
        if let profile = facts.profile { self.change(profile: profile, at: facts.occurredAt) }
        let mayTryAnother =
            facts.method.map { self.change(method: $0, at: facts.occurredAt) } ?? false
        let changedAlong = self.events.count > eventsBefore
        let answer = self.take(facts.fact, of: facts)
        if mayTryAnother { self.attemptAfterMethodChange() }
        if facts.profile != nil, changedAlong, wasDunned {
            self.replanReach()
        } else if self.context.currentPolicy?.looksAhead == true {
            self.planAhead()
        }
        switch answer {
        case .ignored, .repeated: return changedAlong ? .accepted : answer
        case .accepted, .refused: return answer
        }
    }

    /// What can never be taken; asked before anything is emitted.
    private func refusal(of facts: IntakeFacts) -> CommandAnswer.RefusedReason? {
        if case .paymentFailed(let failed) = facts.fact {
            guard failed.obligation.amountMinor > 0 else { return .amountNotPositive }
            let open = self.state.cases.count(where: \.isOpen)
            let known = self.state.caseIndex(obligation: failed.obligation.id)
            if known == nil, open >= AccountState.openCasesMax { return .tooManyOpenCases }
            guard self.context.currentPolicy != nil else { return .policyMissing }
            if let known, self.state.cases[known].isOpen,
                self.state.cases[known].obligation.currency != failed.obligation.currency
            {
                return .currencyMismatch
            }
            if known == nil, let bundle = self.bundleIndex(for: failed.obligation),
                let terms = self.state.cases[bundle].particulars.first,
                terms.further.count >= CaseParticulars.furtherMax
            {
                return .tooManyInvoices
            }
        }
        if let method = facts.method,
            !self.state.methods.contains(where: { $0.method.token == method.method.token }),
            self.state.methods.count >= AccountState.methodsMax
        {
            return .tooManyMethods
        }
        return nil
    }

    private mutating func take(_ fact: IntakeFacts.Fact, of facts: IntakeFacts) -> CommandAnswer {
        switch fact {
        case .paymentFailed(let failed):
            return self.paymentFailed(failed, occurredAt: facts.occurredAt)
        case .externalAttempt(let failed):
            return self.externalAttempt(failed, occurredAt: facts.occurredAt)
        case .paymentSucceeded(let paid):
            return self.paymentSucceeded(paid, occurredAt: facts.occurredAt)
        case .paymentPending(let pending):
            return self.paymentPending(pending, occurredAt: facts.occurredAt)
        case .paymentMethodUpdated, .profileUpdated:
            // The change itself came along; that it was older than what is known is no error.
            return .ignored(.older)
        case .paymentMethodRemoved(let token):
            let known = self.state.methods.first { $0.method.token == token }
            guard let known, known.changedAt <= facts.occurredAt else { return .ignored(.older) }
            self.emit(.methodRemoved(number: known.number))
            if known.isDefault || known.isBackup { self.attemptAfterMethodChange() }
            return .accepted
        case .subscriptionCanceled(let subscription):
            let left = self.letInvoicesLeave { $0.subscription == subscription }
            let answer = self.close(
                where: { $0.obligation.subscription == subscription }, as: .cancelled,
                reason: .subscriptionCanceled)
            return left ? .accepted : answer
        case .obligationVoided(let obligation):
            if self.letInvoicesLeave({ $0.id == obligation }) { return .accepted }
            return self.close(
                where: { $0.obligation.id == obligation }, as: .writtenOff,
                reason: .obligationVoided)
        case .noticed(let notice):
            return self.take(notice)
        case .consentChanged, .messageReplied, .messageReceipt, .upcomingCharge,
            .upcomingChargeCanceled, .accountFlagged:
            return self.takePeople(fact, of: facts)
        }
    }

    // MARK: Failures

    /// The method number that a token stands for; 0 when it is not held or not named.
    func methodNumber(token: String) -> UInt32 {
        guard !token.isEmpty else {
            return self.state.methods.first { $0.isDefault }?.number ?? 0
        }
        return self.state.methods.first { $0.method.token == token }?.number ?? 0
    }

    /// What a reported failure means, by the network of the method that was charged.
    private func decline(of failed: PaymentFailed, at occurredAt: Timestamp) -> Decline {
        self.decline(
            for: failed.codes, method: self.methodNumber(token: failed.methodToken),
            at: min(occurredAt, self.now))
    }

    /// The mark of a failure that somebody reported. Without a charge id, the moment names it.
    private func mark(
        _ failed: PaymentFailed, _ decline: Decline, occurredAt: Timestamp,
        flags: AttemptMark.Flags
    ) -> AttemptMark {
        let obligationHash = FNV1a64.hash(failed.obligation.id)
        let natural =
            failed.chargeID.isEmpty
            ? splitmix64(UInt64(bitPattern: occurredAt.ms)) ^ obligationHash
            : FNV1a64.hash(failed.chargeID)
        var flags = flags
        if failed.codes.notSentToNetwork { flags.insert(.notSentToNetwork) }
        if failed.wasApproved {
            flags.insert(.approved)
        } else if decline.declineClass.isTechnical {
            flags.insert(.technical)
        }
        let method = self.methodNumber(token: failed.methodToken)
        let network = self.state.network(ofMethod: method)
        return AttemptMark(
            at: self.presentedAt(failed, occurredAt: min(occurredAt, self.now), on: network),
            method: method,
            amountMinor: failed.obligation.amountMinor, currency: failed.obligation.currency,
            initiator: failed.initiator, chargeHash: natural,
            obligationHash: obligationHash, flags: flags,
            returnCode: failed.wasApproved
                ? .none
                : ReturnCode(
                    code: failed.codes.code, networkCode: failed.codes.networkCode, on: network))
    }

    /// When the charge was made that failed: a debit fails days after it was handed in, and where
    /// nobody says when that was, it was as early as the scheme allows.
    private func presentedAt(
        _ failed: PaymentFailed, occurredAt: Timestamp, on network: PaymentNetwork
    ) -> Timestamp {
        guard network.isDirectDebit else { return occurredAt }
        if failed.presentedAt.ms != 0 { return min(failed.presentedAt, occurredAt) }
        let scheme = self.context.current.rules.submission(for: network, at: occurredAt)
        guard let scheme else { return occurredAt }
        return scheme.calendar.instant(occurredAt, movedBy: -scheme.submission.returnDays)
    }

    private mutating func paymentFailed(
        _ failed: PaymentFailed, occurredAt: Timestamp
    ) -> CommandAnswer {
        let decline = self.decline(of: failed, at: occurredAt)
        var mark = self.mark(failed, decline, occurredAt: occurredAt, flags: .external)
        var isReturn = false
        if let known = self.state.marks.first(where: { $0.chargeHash == mark.chargeHash }) {
            // The same charge failed before, or it had succeeded and the bank took it back.
            guard known.flags.contains(.approved), occurredAt > known.at else { return .repeated }
            isReturn = true
            (mark.at, mark.method, mark.amountMinor) = (known.at, known.method, known.amountMinor)
            mark.flags = mark.flags.intersection(.technical).union(
                known.flags.intersection(.external))
            // A failure of money that had come is a return: one way leads on from here.
            if let index = self.state.caseIndex(obligation: failed.obligation.id) {
                return self.returned(
                    self.state.cases[index], failed.codes, amountMinor: known.amountMinor,
                    charge: mark)
            }
        }
        if let index = self.state.caseIndex(obligation: failed.obligation.id) {
            let known = self.state.cases[index]
            if known.isOpen {
                if self.settlesPendingDebit(failed, of: known, occurredAt: occurredAt) {
                    return .accepted
                }
                return self.report(mark, failed, onCase: index, occurredAt: occurredAt)
            }
            // A failure after we closed the case: reopened only by one that happened later.
            // What is disputed or was given back is not charged again by itself.
            guard known.phase != .frozen,
                known.phase == .partiallyRecovered || occurredAt > known.closedAt
            else {
                self.emit(
                    .intakeNoted(
                        IntakeNoted(reason: .caseIsClosed, obligation: failed.obligation.id)))
                return .ignored(.caseIsClosed)
            }
        }
        if let settled = self.state.settled.last(where: {
            $0.obligationHash == mark.obligationHash
        }), settled.at >= occurredAt {
            self.emit(
                .intakeNoted(IntakeNoted(reason: .alreadySettled, obligation: failed.obligation.id))
            )
            return .ignored(.alreadySettled)
        }
        if let index = self.bundleIndex(for: failed.obligation) {
            self.join(failed, mark: mark, case: index)
            return .accepted
        }
        return self.openCase(
            failed, decline, mark: mark, occurredAt: occurredAt, isReturn: isReturn)
    }

    private mutating func openCase(
        _ failed: PaymentFailed, _ decline: Decline, mark: AttemptMark, occurredAt: Timestamp,
        isReturn: Bool
    ) -> CommandAnswer {
        guard var choice = self.choosePolicy(failed, decline, method: mark.method) else {
            return .refused(.policyMissing)
        }
        let policy = choice.policy
        let backlog = isReturn ? nil : self.backlog(policy, occurredAt: occurredAt)
        let marks = self.marks(of: failed, mark, occurredAt: occurredAt)
        if backlog?.mode == .skip { return self.leaveOut(marks) }
        let age = self.now.ms.decreased(by: occurredAt.ms)
        var anchor = age > self.context.tenant.lateMaxMs ? self.now : min(occurredAt, self.now)
        if let backlog {
            anchor = self.backlogStart(backlog, failed.obligation)
            if choice.particulars.isEmpty { choice.particulars.append(CaseParticulars()) }
            if anchor > self.now { choice.particulars[0].snoozedUntil = anchor }
            if backlog.mode == .messagesOnly { choice.particulars[0].flags.insert(.messagesOnly) }
        }
        var opened = DunningCase(
            number: self.state.casesOpened.increased(), phase: .retrying,
            bundle: self.context.current.id,
            policy: policy.name, obligation: failed.obligation,
            openedAt: max(anchor, self.now), anchor: anchor, decline: decline, plan: CasePlan())
        opened.declines = UInt32(clamping: marks.count)
        opened.particulars = choice.particulars
        if self.state.flags.needOperator { opened.flags.insert(.flagged) }
        let standing = self.standing(
            ofMethod: mark.method, after: decline, declinedAt: min(occurredAt, self.now))
        // The plan must see the marks and the standing that the event itself will bring.
        let update = self.foreseeing(marks, standing: standing) { turn in
            turn.replanned(&opened, turn.firstWish(opened, decline, policy))
        }
        let card =
            mark.method == 0
            ? nil : self.state.methods.first { $0.number == mark.method }?.method
        self.emit(
            .caseOpened(
                CaseOpened(
                    update: update, obligation: failed.obligation, bundle: self.context.current.id,
                    policy: policy.name, anchor: anchor, decline: decline, marks: marks,
                    standing: standing, isReturn: isReturn, network: card?.network ?? .unknown,
                    bin: card?.bin ?? 0)),
            announced: true)
        if !update.phase.isOpen { self.finishEnd(ofCase: update.caseNumber, policy: policy) }
        self.askForNewerCard(ofCase: update.caseNumber, decline, method: mark.method)
        return .accepted
    }

    /// The failure that opens a case and those before it, oldest first: none of the first counts
    /// as a reattempt.
    private func marks(
        of failed: PaymentFailed, _ mark: AttemptMark, occurredAt: Timestamp
    ) -> [AttemptMark] {
        var original = mark
        original.flags = mark.flags.union([.original])
        var marks: [AttemptMark] = []
        for earlier in failed.earlierAttempts.suffix(AttemptMark.countMax / 2)
        where earlier < max(occurredAt, original.at) {
            var past = mark
            // A sender's clock may be ahead of ours: what happened before still counts.
            past.at = min(earlier, original.at)
            past.flags.remove(.technical)
            past.chargeHash = splitmix64(UInt64(bitPattern: earlier.ms)) ^ mark.obligationHash
            marks.append(past)
        }
        if !marks.isEmpty {
            marks[0].flags.insert(.original)
            original.flags.remove(.original)
        }
        marks.append(original)
        return marks
    }

    /// A case that opens with a failure of the machinery backs off before it climbs the ladder; a
    /// refused credential makes room for an agreed backup.
    private func firstWish(
        _ opened: DunningCase, _ decline: Decline, _ policy: PinnedPolicy
    ) -> Wish {
        if decline.declineClass.isTechnical, policy.retries.technical.triesMax > 0 {
            return .technical(tries: 1)
        }
        return self.wishForBackup(opened, decline, policy) ?? .ladder(fromRung: 0)
    }

    /// How far a sender's clock may be behind ours, in milliseconds.
    static let senderSkewMs = Milliseconds.minute

    /// Somebody else tried to charge what we hold a case for.
    private mutating func report(
        _ mark: AttemptMark, _ failed: PaymentFailed, onCase index: Int, occurredAt: Timestamp
    ) -> CommandAnswer {
        let dunningCase = self.state.cases[index]
        let decline = self.decline(of: failed, at: occurredAt)
        let endsPending = dunningCase.isEndOfForeignDebit(charge: mark.chargeHash)
        // With an attempt of ours on its way this may be its echo: the answer will tell. It is
        // counted at once, and replaced when the answer names the same charge.
        // A sender's clock is the wall's, which a manual clock may have left behind.
        if !endsPending, let inFlight = dunningCase.inFlight,
            inFlight.isPendingDebit || mark.at >= inFlight.intendedAt
                || occurredAt >= inFlight.realAt.advanced(byMs: -Self.senderSkewMs)
        {
            self.emit(
                .attemptReported(
                    AttemptReported(
                        update: nil, mark: mark, decline: nil, standing: nil,
                        warnsOfForeignRetries: false)))
            return .accepted
        }
        let standing = self.standing(
            ofMethod: mark.method, after: decline, declinedAt: min(occurredAt, self.now))
        var changed = dunningCase
        if endsPending { changed.inFlight = nil }
        changed.decline = decline
        changed.declines.increase()
        let warns = !changed.flags.contains(.foreignRetries)
        changed.flags.insert(.foreignRetries)
        self.foresee(mark, standing: standing)
        let next = changed.rung.increased()
        let backup = self.context.pinned(changed).flatMap {
            self.wishForBackup(changed, decline, $0)
        }
        let update = self.replanned(&changed, backup ?? .ladder(fromRung: next))
        self.emit(
            .attemptReported(
                AttemptReported(
                    update: update, mark: mark, decline: decline, standing: standing,
                    warnsOfForeignRetries: warns, endsPending: endsPending)),
            announced: warns)
        if !update.phase.isOpen { self.finishEnd(ofCase: update.caseNumber) }
        return .accepted
    }

    private mutating func externalAttempt(
        _ failed: PaymentFailed, occurredAt: Timestamp
    ) -> CommandAnswer {
        let mark = self.mark(
            failed, self.decline(of: failed, at: occurredAt), occurredAt: occurredAt,
            flags: .external)
        if self.state.marks.contains(where: { $0.chargeHash == mark.chargeHash }) {
            return .repeated
        }
        if !failed.wasApproved,
            let index = self.state.caseIndex(obligation: failed.obligation.id),
            self.state.cases[index].isOpen
        {
            return self.report(mark, failed, onCase: index, occurredAt: occurredAt)
        }
        self.emit(
            .attemptReported(
                AttemptReported(
                    update: nil, mark: mark, decline: nil, standing: nil,
                    warnsOfForeignRetries: false)))
        return .accepted
    }
}
