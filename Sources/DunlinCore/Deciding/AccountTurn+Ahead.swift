// Messages before anything failed: a card that expires, a charge that is announced.
//
// They follow the tenant's present policy, since there is no case to name another. A subject's
// steps are remembered by their place in that policy. While a case is open nothing is said about
// the card's expiry: the case's own messages ask for another card.
//
// Of an address that others have, too, they ask a permit like a case's messages, under number 0: an
// account has one such message planned at a time.

extension AccountTurn {
    /// Something ahead, with the steps about it that are done.
    private struct Ahead {
        var subject: NoticeSubject
        /// What the steps count back from.
        var at: Timestamp
        var stepsDone: UInt64
    }

    private var ahead: [Ahead] {
        var found: [Ahead] = []
        let isDunned = self.state.cases.contains(where: \.isOpen)
        let held = self.state.methods.first(where: \.isDefault)
        if let held, held.method.expiryMonth != 0, !isDunned {
            let done = self.state.outreach.first?.expiry
            let isSame =
                done?.method == held.number && done?.expiryMonth == held.method.expiryMonth
            found.append(
                Ahead(
                    subject: NoticeSubject(
                        kind: .expiry, method: held.number, expiryMonth: held.method.expiryMonth),
                    at: self.endOfMonth(held.method.expiryMonth),
                    stepsDone: isSame ? done?.stepsDone ?? 0 : 0))
        }
        for charge in self.state.outreach.first?.upcoming ?? [] {
            found.append(
                Ahead(
                    subject: NoticeSubject(kind: .charge, charge: charge), at: charge.dueAt,
                    stepsDone: charge.stepsDone))
        }
        return found
    }

    /// The first instant after a card's last month, on the customer's clock.
    private func endOfMonth(_ month: UInt32) -> Timestamp {
        let next = Int64(month) + 1
        let local = CivilTime(year: next / 12, month: next % 12 + 1, day: 1).utc
        let zone = self.zone(bundle: self.context.current)
        return local.advanced(byMs: -zone.offsetMs(at: local))
    }

    /// The steps of the present policy about a subject, with the instant at which each is due.
    private func steps(
        about ahead: Ahead, _ policy: PinnedPolicy
    ) -> [(number: Int, step: MessageStep, wanted: Timestamp)] {
        var found: [(Int, MessageStep, Timestamp)] = []
        for (number, step) in policy.messages.enumerated()
        where ahead.stepsDone & 1 << UInt64(number) == 0 && ahead.at > self.now {
            switch (step.trigger, ahead.subject.kind) {
            case (.beforeExpiry(let ms), .expiry), (.beforeCharge(let ms), .charge):
                found.append((number, step, ahead.at.advanced(byMs: -ms)))
            default: break
            }
        }
        return found
    }

    /// The number under which a message without a case asks an address for its permit.
    static let noticeNumber: UInt32 = 0

    /// When the next message without a case is due, `marking` steps that are about to be done.
    private func nextAhead(_ policy: PinnedPolicy, marking done: Ahead? = nil) -> Timestamp {
        self.nextNotice(policy, marking: done)?.at ?? Timestamp(ms: 0)
    }

    /// The next message without a case, with where it would go and when.
    func nextNotice(_ policy: PinnedPolicy) -> (choice: TouchChoice, at: Timestamp)? {
        self.nextNotice(policy, marking: nil)
    }

    private func nextNotice(
        _ policy: PinnedPolicy, marking done: Ahead?
    ) -> (choice: TouchChoice, at: Timestamp)? {
        var next: (choice: TouchChoice, at: Timestamp)?
        guard !self.state.flags.stopMessages else { return nil }
        for var ahead in self.ahead {
            if let done, done.subject == ahead.subject { ahead.stepsDone = done.stepsDone }
            for (number, step, wanted) in self.steps(about: ahead, policy) {
                var wish = TouchWish(
                    step: step, number: UInt32(number), caseNumber: 0, from: wanted)
                var choice = self.choose(wish, policy.sending, policy.bundle)
                var at = choice.at ?? max(wanted, self.now)
                // A message that is about to be said has used the permit.
                if done == nil, let room = self.roomForNotice(choice) {
                    // The hours are kept where the caps have moved it to.
                    wish.from = room
                    choice = self.choose(wish, policy.sending, policy.bundle)
                    at = choice.at ?? room
                }
                if next.map({ at < $0.at }) ?? true { next = (choice, at) }
            }
        }
        return next
    }

    /// From when on the address has room, where that is later than the choice.
    private func roomForNotice(_ choice: TouchChoice) -> Timestamp? {
        guard !self.state.shares.isEmpty, case .send(let channel, let at, _) = choice,
            let contact = self.state.profile.contact(for: channel), !contact.hash.isEmpty,
            let permit = self.state.share(.contact, contact.hash)?.permit(Self.noticeNumber),
            permit.grantedAt.ms != 0, permit.wantedAt <= at, at < permit.grantedAt
        else { return nil }
        return permit.grantedAt
    }

    /// Plans the next message about what lies ahead, and says so if it changed.
    mutating func planAhead() {
        guard let policy = self.context.currentPolicy else { return }
        let next = self.nextAhead(policy)
        guard next != self.state.outreach.first?.noticeAt ?? Timestamp(ms: 0) else { return }
        self.emit(.noticePlanned(NoticePlanned(at: next)))
    }

    /// Sends what is due about what lies ahead: of several about one thing only the newest.
    mutating func tellWhatIsAhead() {
        guard let planned = self.state.outreach.first?.noticeAt, planned.ms != 0,
            planned <= self.now, !self.context.tenant.messagesPaused
        else { return }
        if let policy = self.context.currentPolicy, !self.state.flags.stopMessages {
            for ahead in self.ahead { self.tell(ahead, policy) }
        }
        // Nothing was due after all, or hours and caps moved it.
        if self.state.outreach.first?.noticeAt == planned { self.planAhead() }
    }

    private mutating func tell(_ ahead: Ahead, _ policy: PinnedPolicy) {
        let due = self.steps(about: ahead, policy).filter { $0.wanted <= self.now }
        guard let last = due.max(by: { $0.wanted < $1.wanted }) else { return }
        let wish = TouchWish(
            step: last.step, number: UInt32(last.number), caseNumber: 0, from: self.now)
        let choice = self.choose(wish, policy.sending, policy.bundle, proves: true)
        var after = ahead
        for (number, _, _) in due { after.stepsDone |= 1 << UInt64(number) }
        switch choice {
        case .send(let channel, let at, let permit):
            guard !self.isObserving else { return self.skip(after, last, .observing, policy) }
            guard at == self.now else { return }
            guard self.mayTell(on: channel, for: Self.noticeNumber, policy.sending) else {
                // The turn's end asks.
                self.asksForPermit = true
                return
            }
            self.foresee(
                Touch(
                    at: self.now, channel: channel, caseNumber: 0, step: UInt32(last.number),
                    effect: self.position))
            self.emit(
                .noticeIntended(
                    NoticeIntended(
                        subject: ahead.subject, step: UInt32(last.number), name: last.step.name,
                        template: last.step.template, channel: channel, permit: permit,
                        stepsDone: after.stepsDone,
                        nextAt: self.nextAhead(policy, marking: after))))
        case .nobody(let reason, _):
            self.skip(after, last, self.isObserving ? .observing : reason, policy)
        }
    }

    private mutating func skip(
        _ after: Ahead, _ step: (number: Int, step: MessageStep, wanted: Timestamp),
        _ reason: MessageSkipped.Reason, _ policy: PinnedPolicy
    ) {
        self.emit(
            .noticeSkipped(
                NoticeSkipped(
                    subject: after.subject, step: UInt32(step.number), name: step.step.name,
                    reason: reason, stepsDone: after.stepsDone,
                    nextAt: self.nextAhead(policy, marking: after))))
    }

    // MARK: Announced charges

    mutating func announced(_ charge: UpcomingCharge) -> CommandAnswer {
        guard charge.dueAt > self.now else { return .ignored(.older) }
        guard charge.amountMinor > 0 else { return .refused(.amountNotPositive) }
        var kept = charge
        let known = self.state.outreach.first?.upcoming.first { $0.id == charge.id }
        // A step that was said of another day or amount is said anew.
        let isSame = known?.dueAt == charge.dueAt && known?.amountMinor == charge.amountMinor
        kept.stepsDone = isSame ? known?.stepsDone ?? 0 : 0
        guard kept != known else { return .repeated }
        self.emit(.upcomingChargeNoted(UpcomingChargeNoted(charge: kept, isCanceled: false)))
        return .accepted
    }

    mutating func calledOff(_ id: String) -> CommandAnswer {
        guard let known = self.state.outreach.first?.upcoming.first(where: { $0.id == id }) else {
            return .ignored(.alreadySettled)
        }
        self.emit(.upcomingChargeNoted(UpcomingChargeNoted(charge: known, isCanceled: true)))
        return .accepted
    }

    /// A message about what lies ahead did not leave, though it may later: its step is to be said
    /// after all. Of several charges with that step it was about the one that wanted it last.
    private mutating func reopen(_ effect: PendingEffect) {
        guard let policy = self.context.currentPolicy, effect.argument < 64,
            Int(effect.argument) < policy.messages.count
        else { return }
        let step = policy.messages[Int(effect.argument)]
        let bit: UInt64 = 1 << UInt64(effect.argument)
        var found: (ahead: Ahead, wanted: Timestamp)?
        for var ahead in self.ahead where ahead.stepsDone & bit != 0 {
            ahead.stepsDone &= ~bit
            let own = self.steps(about: ahead, policy).first { $0.number == Int(effect.argument) }
            guard let own, own.wanted <= self.now, found.map({ $0.wanted <= own.wanted }) ?? true
            else { continue }
            found = (ahead, own.wanted)
        }
        guard let found else { return }
        self.skip(
            found.ahead, (Int(effect.argument), step, found.wanted), .noLegalHours, policy)
    }

    /// A dead address is not written to again; the reference says why it is.
    mutating func noticeAnswered(_ effect: PendingEffect, _ outcome: EffectOutcome) {
        let reference: String =
            switch outcome {
            case .done: ""
            case .refused(let reason), .failed(let reason): reason
            }
        if reference == EffectOutcome.notNow { self.reopen(effect) }
        guard reference.hasPrefix("dead:"), let touch = self.state.touch(of: effect.id) else {
            return
        }
        self.emit(
            .receiptNoted(
                ReceiptNoted(
                    kind: .bounced, channel: touch.channel, effect: effect.id,
                    occurredAt: self.now)))
        self.replanReach()
    }
}
