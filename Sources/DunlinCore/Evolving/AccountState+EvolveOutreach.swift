// Consent, flags, receipts, and messages that need no case.

extension AccountState {
    mutating func applyOutreach(_ record: RecordedEvent, at position: RecordPosition) {
        switch record.event {
        case .consentChanged(let event):
            self.changeOutreach { $0.remember(event.consent) }
        case .accountFlagged(let event):
            self.changeOutreach { outreach in
                let flag = AccountFlags(event.flag)
                if event.isSet {
                    outreach.flags.insert(flag)
                } else {
                    outreach.flags.remove(flag)
                }
            }
        case .receiptNoted(let event): self.note(event)
        case .upcomingChargeNoted(let event):
            self.changeOutreach { $0.remember(event) }
        case .noticePlanned(let event):
            self.changeOutreach { $0.noticeAt = event.at }
        case .noticeIntended(let event):
            if !self.shares.isEmpty { self.useContactPermit(ofCase: 0) }
            self.effects.append(
                PendingEffect(id: position, kind: .notice, caseNumber: 0, argument: event.step))
            self.remember(
                Touch(
                    at: record.at, channel: event.channel, caseNumber: 0, step: event.step,
                    effect: position))
            self.changeOutreach {
                $0.mark(event.subject, stepsDone: event.stepsDone)
                $0.noticeAt = event.nextAt
            }
        case .noticeSkipped(let event):
            self.changeOutreach {
                $0.mark(event.subject, stepsDone: event.stepsDone)
                $0.noticeAt = event.nextAt
            }
        default: break
        }
    }

    /// Keeps a message that is on its way, and forgets those that no cap counts any more.
    mutating func remember(_ touch: Touch) {
        self.changeOutreach { outreach in
            let oldest = touch.at.advanced(byMs: -Outreach.touchesKeptMs)
            outreach.touches.removeEach { $0.at <= oldest }
            // Foreseen by the turn that intends it.
            guard outreach.touches.last?.effect != touch.effect else { return }
            if outreach.touches.count >= Outreach.touchesMax { outreach.touches.removeFirst() }
            outreach.touches.append(touch)
        }
    }

    mutating func settleTouch(_ effect: RecordPosition, wasAccepted: Bool, reference: String) {
        guard !self.outreach.isEmpty,
            let index = self.outreach[0].touches.lastIndex(where: { $0.effect == effect })
        else { return }
        guard wasAccepted || reference != EffectOutcome.notNow else {
            // It never was.
            self.outreach[0].touches.remove(at: index)
            return
        }
        self.outreach[0].touches[index].outcome = wasAccepted ? .accepted : .refused
        self.outreach[0].touches[index].referenceHash =
            wasAccepted && !reference.isEmpty ? FNV1a64.hash(reference) : 0
    }

    /// No message goes to the address of that channel again.
    mutating func suppress(_ channel: Channel) {
        for index in self.profile.contacts.indices
        where self.profile.contacts[index].channel == channel {
            self.profile.contacts[index].isReachable = false
        }
    }

    /// An effect other than a case's message is over.
    mutating func settle(_ event: EffectSettled) -> UInt32 {
        if event.kind == .notice {
            self.settleTouch(
                event.effect, wasAccepted: event.verdict == .done, reference: event.reference)
        }
        return self.removeEffect(event.effect)
    }

    private mutating func note(_ event: ReceiptNoted) {
        if event.kind.suppresses { self.suppress(event.channel) }
        if event.kind == .bounced { self.untell(event.effect) }
        guard event.kind == .opened || event.kind == .clicked, !self.outreach.isEmpty,
            let index = self.outreach[0].touches.lastIndex(where: { $0.effect == event.effect }),
            self.outreach[0].touches[index].seenAt.ms == 0
        else { return }
        self.outreach[0].touches[index].seenAt = event.occurredAt
    }
}

extension AccountState {
    /// What bounced told nobody: its step is open again. If it was the only word about its case,
    /// nobody has been told of a loss; if it may have been the first of several, the notice counts
    /// from now, when the others were accepted for sure.
    private mutating func untell(_ effect: RecordPosition) {
        guard let touch = self.touch(of: effect), touch.outcome == .accepted else { return }
        self.settleTouch(effect, wasAccepted: false, reference: "bounced")
        guard touch.step != MessageStep.debitNoticeNumber,
            let index = self.caseIndex(touch.caseNumber), self.cases[index].isOpen
        else { return }
        if touch.step < 64 { self.cases[index].stepsDone &= ~(1 << UInt64(touch.step)) }
        self.cases[index].touches.decrease()
        guard self.cases[index].toldAt.ms != 0, touch.at <= self.cases[index].toldAt else { return }
        self.cases[index].toldAt =
            self.isTold(ofCase: touch.caseNumber) ? self.lastAt : Timestamp(ms: 0)
    }

    /// A message about the case was accepted, and has not bounced.
    private func isTold(ofCase number: UInt32) -> Bool {
        self.outreach.first?.touches.contains {
            $0.caseNumber == number && $0.outcome == .accepted && $0.channel.tellsCustomer
                && $0.step != MessageStep.debitNoticeNumber
        } ?? false
    }
}

extension Outreach {
    fileprivate mutating func remember(_ consent: Consent) {
        self.consents.removeEach { $0.channel == consent.channel && $0.purpose == consent.purpose }
        if self.consents.count < Self.consentsMax { self.consents.append(consent) }
    }

    fileprivate mutating func remember(_ event: UpcomingChargeNoted) {
        self.upcoming.removeEach { $0.id == event.charge.id }
        guard !event.isCanceled else { return }
        if self.upcoming.count >= Self.upcomingMax { self.upcoming.removeFirst() }
        self.upcoming.append(event.charge)
    }

    /// Notes which steps of a subject are done.
    fileprivate mutating func mark(_ subject: NoticeSubject, stepsDone: UInt64) {
        switch subject.kind {
        case .expiry:
            self.expiry = ExpiryNotices(
                method: subject.method, expiryMonth: subject.expiryMonth, stepsDone: stepsDone)
        case .charge:
            for index in self.upcoming.indices where self.upcoming[index].id == subject.charge?.id {
                self.upcoming[index].stepsDone = stepsDone
            }
        case .optOut: break
        }
    }
}
