// A debit is announced before it is handed in, where its scheme asks for it.
//
//     –          a debit is planned that must be announced        planned
//     planned    the message's hour came                          sent
//     sent       a provider took it                               accepted
//     sent       nobody took it, or none in time                  planned: another channel, or a day later
//     accepted   it bounced                                       planned
//     planned    nobody takes it for the third time               no attempt, until someone can be told
//
// 1. The scheme's days count from the instant of acceptance. A debit leaves no earlier, whatever was
//    planned: the gate is asked again before it does.
// 2. A debit that is planned anew, at another time, amount or method, is announced anew.
// 3. Where the policy says that the merchant tells, and while the tenant observes, the days count
//    from the plan.

extension AccountTurn {
    /// The word about a planned debit.
    struct DebitNotice {
        /// From when the days of notice count, as far as it is known.
        var at: Timestamp
        var state: CasePlan.NoticeState
        var tries: UInt8 = 0
    }

    /// Wait before a message is tried again on a channel that refused it, in milliseconds.
    private static let noticeRetryMs = Milliseconds.day

    /// From when the customer knows, or will know, of a debit; `nil` when they cannot be told.
    func notice(
        of proposal: AttemptProposal, _ dunningCase: DunningCase, _ policy: PinnedPolicy
    ) -> DebitNotice? {
        let plan = dunningCase.plan
        let isSame = plan.noticeAt.ms != 0 && plan.noticeMethod == proposal.method
        guard policy.retries.announcesDebits, !self.isObserving,
            policy.rules.asksForNotice(proposal, at: self.now, marks: self.state.marks)
        else {
            let isStated = isSame && plan.noticeState == .stated
            return DebitNotice(at: isStated ? plan.noticeAt : self.now, state: .stated)
        }
        guard !self.state.flags.stopMessages else { return nil }
        let tries = isSame ? plan.noticeTries : 0
        switch plan.noticeState {
        case .accepted where isSame:
            return DebitNotice(at: plan.noticeAt, state: .accepted, tries: tries)
        case .sent where isSame:
            return DebitNotice(at: self.now, state: .sent, tries: tries)
        case .planned where isSame && plan.noticeAt > self.now:
            return DebitNotice(at: plan.noticeAt, state: .planned, tries: tries)
        case .stated, .planned, .sent, .accepted:
            let at = self.debitNoticeChoice(dunningCase, policy, tries: tries).at
            return at.map { DebitNotice(at: $0, state: .planned, tries: tries) }
        }
    }

    /// Where and when the message may go: on a channel that has not refused it, else a day after
    /// the refusal on one that has.
    private func debitNoticeChoice(
        _ dunningCase: DunningCase, _ policy: PinnedPolicy, tries: UInt8, isDue: Bool = false,
        proves: Bool = false
    ) -> TouchChoice {
        var wish = TouchWish(
            step: policy.debitNotice, number: MessageStep.debitNoticeNumber,
            caseNumber: dunningCase.number, from: self.now)
        let choice = self.choose(wish, policy.sending, policy.bundle, proves: proves)
        guard choice.at == nil, tries < CasePlan.noticeTriesMax else { return choice }
        wish.ignoresRefusals = true
        if !isDue { wish.from = self.now.advanced(byMs: Self.noticeRetryMs) }
        return self.choose(wish, policy.sending, policy.bundle, proves: proves)
    }

    /// Sends the word about a case's planned debit when its hour has come.
    mutating func tellOfDebitIfDue(_ number: UInt32) {
        guard let index = self.state.caseIndex(number),
            self.state.cases[index].plan.noticeState == .planned,
            self.state.cases[index].plan.noticeAt <= self.now,
            !self.context.tenant.messagesPaused
        else { return }
        var changed = self.state.cases[index]
        guard changed.isOpen, changed.inFlight == nil, !changed.flags.contains(.paused),
            let policy = self.context.pinned(changed)
        else { return }
        let choice = self.debitNoticeChoice(
            changed, policy, tries: changed.plan.noticeTries, isDue: true, proves: true)
        guard case .send(let channel, let at, let permit) = choice, at == self.now,
            !self.isObserving, !self.state.flags.stopMessages
        else {
            // Consent, hours or the mode changed since it was planned.
            self.emitMoved(&changed, policy, reason: .replanned)
            return
        }
        self.foresee(
            Touch(
                at: self.now, channel: channel, caseNumber: number,
                step: MessageStep.debitNoticeNumber, effect: self.position))
        changed.plan.noticeState = .sent
        changed.plan.noticeAt = self.now
        self.emit(
            .messageIntended(
                MessageIntended(
                    update: self.update(of: changed), step: MessageStep.debitNoticeNumber,
                    name: policy.debitNotice.name, template: policy.debitNotice.template,
                    channel: channel, permit: permit)))
    }

    /// A provider took the word about a debit, or refused it.
    mutating func debitNoticeAnswered(
        _ effect: PendingEffect, _ outcome: EffectOutcome, on channel: Channel
    ) {
        let (wasAccepted, reference): (Bool, String) =
            switch outcome {
            case .done(let id): (true, id)
            case .refused(let reason), .failed(let reason): (false, reason)
            }
        let isDead = reference.hasPrefix("dead:")
        let isPresent = self.isNewestNotice(effect.id, ofCase: effect.caseNumber)
        self.foresee(
            answerTo: effect.id, on: channel, wasAccepted: wasAccepted, reference: reference,
            isDead: isDead)
        guard let index = self.state.caseIndex(effect.caseNumber) else { return }
        var changed = self.state.cases[index]
        var hasMoved = false
        if isPresent, changed.isOpen, changed.inFlight == nil, changed.plan.noticeState == .sent,
            let policy = self.context.pinned(changed)
        {
            if wasAccepted {
                changed.plan.noticeState = .accepted
                changed.plan.noticeAt = self.now
            } else {
                changed.plan.noticeState = .planned
                changed.plan.noticeAt = self.now
                hasMoved = reference != EffectOutcome.notNow
                if hasMoved { changed.plan.noticeTries += 1 }
            }
            self.move(&changed, policy)
        }
        let update = self.update(of: changed)
        self.emit(
            .messageSettled(
                MessageSettled(
                    update: update, effect: effect.id, step: effect.argument,
                    wasAccepted: wasAccepted, reference: reference, contactIsDead: isDead,
                    channel: channel,
                    costMilli: wasAccepted ? self.costMilli(of: channel, changed) : 0)))
        if hasMoved {
            self.emit(
                .caseUpdated(CaseUpdated(update: update, reason: .debitUntold)), announced: true)
        }
        self.finishIfClosed(update)
    }

    /// What a provider took and did not deliver has told nobody.
    mutating func debitNoticeBounced(_ touch: Touch) {
        guard touch.step == MessageStep.debitNoticeNumber,
            self.isNewestNotice(touch.effect, ofCase: touch.caseNumber),
            let index = self.state.caseIndex(touch.caseNumber)
        else { return }
        var changed = self.state.cases[index]
        guard changed.isOpen, changed.inFlight == nil, changed.plan.noticeState == .accepted,
            let policy = self.context.pinned(changed)
        else { return }
        changed.plan.noticeState = .planned
        changed.plan.noticeAt = self.now
        changed.plan.noticeTries += changed.plan.noticeTries < CasePlan.noticeTriesMax ? 1 : 0
        self.emitMoved(&changed, policy, reason: .debitUntold)
    }

    /// Somebody can be reached again, perhaps: a debit that could not be announced is planned.
    mutating func planUntoldDebit(ofCase dunningCase: DunningCase) {
        guard dunningCase.inFlight == nil, !dunningCase.flags.contains(.paused) else { return }
        var changed = dunningCase
        let update = self.replanned(&changed, .resumed(fromRung: changed.rung))
        guard update.plan != dunningCase.plan else { return }
        self.emit(.caseUpdated(CaseUpdated(update: update, reason: .replanned)))
        self.finishIfClosed(update)
    }

    // MARK: Moving

    private func isNewestNotice(_ effect: RecordPosition, ofCase number: UInt32) -> Bool {
        let newest = self.state.outreach.first?.touches.last {
            $0.caseNumber == number && $0.step == MessageStep.debitNoticeNumber
        }
        return newest?.effect == effect
    }

    /// Puts the debit into the first legal slot from its planned one on, by what is known now of
    /// its notice; without a slot or a way to tell, there is none.
    private func move(_ changed: inout DunningCase, _ policy: PinnedPolicy) {
        guard changed.plan.noticeTries < CasePlan.noticeTriesMax else {
            changed.plan.setAttempt(nil, otherwise: .untold)
            changed.flags.insert(.unreachable)
            self.settle(&changed, policy: policy)
            return
        }
        let (attempt, reason) = self.planAttempt(
            changed, .from(changed.plan.attemptAt, changed.plan.attemptReason), policy: policy)
        changed.plan.setAttempt(attempt, otherwise: reason)
        if reason == .untold { changed.flags.insert(.unreachable) }
        self.settle(&changed, policy: policy)
    }

    private mutating func emitMoved(
        _ changed: inout DunningCase, _ policy: PinnedPolicy, reason: CaseUpdated.Reason
    ) {
        self.move(&changed, policy)
        let update = self.update(of: changed)
        self.emit(
            .caseUpdated(CaseUpdated(update: update, reason: reason)),
            announced: reason == .debitUntold)
        self.finishIfClosed(update)
    }

    private mutating func finishIfClosed(_ update: CaseUpdate) {
        if !update.phase.isOpen { self.finishEnd(ofCase: update.caseNumber) }
    }
}
