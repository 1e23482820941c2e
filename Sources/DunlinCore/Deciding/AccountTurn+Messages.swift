// Which of a case's messages is due, and when.

extension AccountTurn {
    func planMessage(_ dunningCase: inout DunningCase, policy: PinnedPolicy) {
        dunningCase.plan.messageAt = Timestamp(ms: 0)
        guard !policy.messages.isEmpty, !self.state.flags.stopMessages else { return }
        var whereabouts: Whereabouts?
        for step in policy.steps(for: dunningCase.decline.declineClass)
        where dunningCase.stepsDone & 1 << UInt64(step.number) == 0 {
            guard self.applies(step, to: dunningCase, policy),
                let wanted = self.instant(of: step.trigger, dunningCase, policy: policy)
            else { continue }
            // No message leaves before it is wanted: a later one cannot be the next.
            let from = max(wanted, Self.heldUntil(step.trigger, dunningCase))
            let earliest = max(from, self.now)
            guard dunningCase.plan.messageAt.ms == 0 || earliest < dunningCase.plan.messageAt
            else { continue }
            let wish = TouchWish(
                step: policy.messages[step.number], number: UInt32(step.number),
                caseNumber: dunningCase.number, from: from)
            let places = whereabouts ?? self.whereabouts(policy.bundle)
            whereabouts = places
            // What can go nowhere is looked at again when it is due, and said so then.
            let at =
                self.choose(wish, policy.sending, policy.bundle, whereabouts: places).at
                ?? earliest
            if dunningCase.plan.messageAt.ms == 0 || at < dunningCase.plan.messageAt {
                dunningCase.plan.messageAt = at
                dunningCase.plan.messageStep = UInt32(step.number)
            }
        }
    }

    /// Nothing is said within a time that the customer was given, but for the word that an agreed
    /// charge is coming.
    private static func heldUntil(
        _ trigger: MessageStep.Trigger, _ dunningCase: borrowing DunningCase
    ) -> Timestamp {
        guard !dunningCase.particulars.isEmpty, dunningCase.isOpen else { return Timestamp(ms: 0) }
        if case .beforeAttempt = trigger { return dunningCase.particulars[0].snoozedUntil }
        return dunningCase.particulars[0].holdsUntil
    }

    /// Whether the step is meant for the case as it stands, whatever the time.
    func applies(
        _ step: MessageStep.Timing, to dunningCase: borrowing DunningCase, _ policy: PinnedPolicy
    ) -> Bool {
        let declineClass = dunningCase.decline.declineClass
        guard !step.isAhead, step.isMeant(for: declineClass) else { return false }
        guard step.trigger != .onRecovered, !step.isNotice else { return true }
        if declineClass.endsAgreement, !step.names(declineClass) {
            // Asked once whether to keep or to cancel; never reminded.
            guard !policy.names(declineClass), !self.hasSpoken(dunningCase) else { return false }
        }
        if policy.sending.silentTries > 0, self.isSilent(dunningCase, policy.sending) {
            return false
        }
        return !policy.sending.oneSequence || self.leadCase == dunningCase.number
            || !self.hasSpoken(dunningCase)
    }

    /// A message about the case was accepted or is on its way.
    func hasSpoken(_ dunningCase: borrowing DunningCase) -> Bool {
        let number = dunningCase.number
        return dunningCase.touches > 0
            || self.state.outreach.first?.touches.contains {
                $0.caseNumber == number && $0.outcome == .awaited
                    && $0.step != MessageStep.debitNoticeNumber
            } ?? false
    }

    /// The oldest open case that is not paused: reminders of one sequence are about it.
    var leadCase: UInt32 {
        for index in self.state.cases.indices
        where self.state.cases[index].isOpen && !self.state.cases[index].flags.contains(.paused) {
            return self.state.cases[index].number
        }
        return 0
    }

    /// Further attempts may bring the money without a word, and the customer need not act.
    private func isSilent(_ dunningCase: borrowing DunningCase, _ sending: SendingRules) -> Bool {
        let isOut = dunningCase.inFlight != nil
        let settled = isOut ? dunningCase.attempts.decreased() : dunningCase.attempts
        guard settled < sending.silentTries, isOut || dunningCase.plan.attemptAt.ms != 0 else {
            return false
        }
        return !dunningCase.decline.advice.needsCustomer
    }

    /// A backup paid: whoever was told nothing before is told of that (the card networks' rules
    /// ask for it). Its attempt may be the one that is being settled.
    private func wasBackupCharged(_ dunningCase: DunningCase) -> Bool {
        guard self.state.methods.count > 1 else { return false }
        if self.state.chargedBackup(of: dunningCase) != 0 { return true }
        guard let index = self.state.caseIndex(dunningCase.number),
            self.state.cases[index].isOpen, let inFlight = self.state.cases[index].inFlight
        else { return false }
        return self.state.methods.contains { $0.number == inFlight.method && !$0.isDefault }
    }

    /// When a step falls due, hours apart; `nil` while nothing says so.
    func instant(
        of trigger: MessageStep.Trigger, _ dunningCase: DunningCase, policy: PinnedPolicy
    ) -> Timestamp? {
        if dunningCase.phase == .recovered {
            guard trigger == .onRecovered,
                dunningCase.touches > 0 || self.wasBackupCharged(dunningCase)
            else { return nil }
            return self.now
        }
        switch trigger {
        case .afterOpen(let ms): return dunningCase.openedAt.advanced(byMs: ms)
        case .afterDeclines(let count): return dunningCase.declines >= count ? self.now : nil
        case .onHardDecline: return dunningCase.decline.advice.needsCustomer ? self.now : nil
        case .beforeAccess(let state, let ms):
            guard
                let index = policy.access.steps.firstIndex(where: { $0.state == state }),
                index >= Int(dunningCase.accessSteps)
            else { return nil }
            let loss = dunningCase.openedAt.advanced(byMs: policy.access.steps[index].afterMs)
            return loss.advanced(byMs: -ms)
        case .onAccess(let state):
            guard let index = policy.access.steps.firstIndex(where: { $0.state == state }),
                index < Int(dunningCase.accessSteps)
            else { return nil }
            return self.now
        case .beforeEnd(let ms):
            guard let after = policy.ending.afterMs else { return nil }
            return dunningCase.openedAt.advanced(byMs: after - ms)
        case .beforeAttempt(let choice, let ms):
            guard dunningCase.inFlight == nil, dunningCase.plan.attemptAt.ms != 0,
                self.isNext(choice, dunningCase, policy)
            else { return nil }
            return dunningCase.plan.attemptAt.advanced(byMs: -ms)
        case .afterAttempt(let number, let ms):
            return self.settledAt(attempt: number, of: dunningCase)?.advanced(byMs: ms)
        case .unopened(let earlier, let ms):
            let touch = self.state.outreach.first?.touches.last {
                $0.caseNumber == dunningCase.number && $0.step == earlier && $0.outcome == .accepted
            }
            guard let touch, touch.seenAt.ms == 0 else { return nil }
            return touch.at.advanced(byMs: ms)
        case .beforeExpiry, .beforeCharge, .debitPlanned, .onRecovered: return nil
        }
    }

    /// Whether the attempt that is planned is the one meant.
    private func isNext(
        _ choice: MessageStep.AttemptChoice, _ dunningCase: DunningCase, _ policy: PinnedPolicy
    ) -> Bool {
        if case .number(let number) = choice {
            return dunningCase.lastAttempt.increased() == number
        }
        switch dunningCase.plan.attemptReason {
        case .ladder, .window, .gap, .budget, .advisedDelay: break
        default: return false
        }
        let left = self.rungsLeft(after: dunningCase.rung, dunningCase, policy)
        return choice == .final ? left == 0 : left == 1
    }

    private func rungsLeft(
        after rung: UInt32, _ dunningCase: DunningCase, _ policy: PinnedPolicy
    ) -> Int {
        switch policy.retries.mode {
        case .window(let tries, _): return Int(tries) - Int(rung) - 1
        case .ladder:
            let interval = dunningCase.particulars.first?.interval ?? .unknown
            let offsets = policy.ladder(
                for: dunningCase.decline.declineClass, interval: interval
            ).offsetsMs
            let usable = offsets.prefix { $0 <= policy.retries.windowMs }
            return usable.count - Int(rung) - 1
        }
    }

    /// When our attempt of that number left, once its outcome is known.
    private func settledAt(attempt: UInt32, of dunningCase: DunningCase) -> Timestamp? {
        let settled =
            dunningCase.inFlight == nil ? dunningCase.attempts : dunningCase.attempts.decreased()
        guard attempt > 0, settled >= attempt else { return nil }
        let obligation = FNV1a64.hash(dunningCase.obligation.id)
        let own = self.state.marks.filter {
            $0.obligationHash == obligation
                && $0.flags.isDisjoint(with: [.external, .original, .technical])
        }
        return Int(attempt) <= own.count ? own[Int(attempt) - 1].at : self.now
    }

    // MARK: Telling

    /// Sends what is due of a case.
    ///
    /// `noticesOnly`: Only where the message is a notice, or the first word about the case: those
    /// go before reminders of other cases where a cap leaves one place.
    mutating func tellIfDue(_ number: UInt32, noticesOnly: Bool) {
        guard !self.context.tenant.messagesPaused, let index = self.state.caseIndex(number)
        else { return }
        let when = self.state.cases[index].plan.messageAt
        guard when.ms != 0, when <= self.now else { return }
        let dunningCase = self.state.cases[index]
        guard dunningCase.isOpen || dunningCase.phase == .recovered,
            !dunningCase.flags.contains(.paused), !self.state.flags.stopMessages,
            let policy = self.context.pinned(dunningCase)
        else { return }
        let due = self.dueSteps(of: dunningCase, policy)
        let sendable = due.filter { $0.choice.at == self.now || self.isObserving }
        // Of several that fell due together one is sent, a notice before all: the rest is stale.
        let chosen = sendable.last { policy.messages[$0.step].isNotice } ?? sendable.last
        if noticesOnly {
            guard let chosen,
                policy.messages[chosen.step].isNotice || !self.hasSpoken(dunningCase)
            else { return }
        }
        var changed = false
        for (step, choice) in due where step != chosen?.step {
            if case .nobody(let reason, let passed) = choice, !self.isObserving {
                self.skip(step, of: number, reason: reason, passed: passed, policy)
                changed = true
            } else if let chosen, step < chosen.step || choice.at == self.now,
                !policy.messages[step].isNotice || policy.messages[chosen.step].isNotice
            {
                self.skip(step, of: number, reason: .stale, policy)
                changed = true
            }
        }
        guard let chosen else {
            if !changed { self.replanTouches(number) }
            return
        }
        self.tell(chosen.step, of: number, policy)
    }

    /// Steps whose time has come, with where each may go from now on.
    private func dueSteps(
        of dunningCase: DunningCase, _ policy: PinnedPolicy
    ) -> [(step: Int, choice: TouchChoice)] {
        var due: [(Int, TouchChoice)] = []
        for step in policy.steps(for: dunningCase.decline.declineClass)
        where dunningCase.stepsDone & 1 << UInt64(step.number) == 0 {
            guard self.applies(step, to: dunningCase, policy),
                let wanted = self.instant(of: step.trigger, dunningCase, policy: policy),
                max(wanted, Self.heldUntil(step.trigger, dunningCase)) <= self.now
            else { continue }
            let wish = TouchWish(
                step: policy.messages[step.number], number: UInt32(step.number),
                caseNumber: dunningCase.number, from: self.now)
            due.append((step.number, self.choose(wish, policy.sending, policy.bundle)))
        }
        return due
    }

    private mutating func tell(_ step: Int, of number: UInt32, _ policy: PinnedPolicy) {
        let message = policy.messages[step]
        guard !self.isObserving else {
            self.skip(step, of: number, reason: .observing, policy)
            return
        }
        guard let index = self.state.caseIndex(number) else { return }
        let declineClass = self.state.cases[index].decline.declineClass
        let wish = TouchWish(
            step: message, number: UInt32(step), caseNumber: number, from: self.now)
        guard
            case .send(let channel, _, let permit) = self.choose(
                wish, policy.sending, policy.bundle, proves: true)
        else { return }
        guard self.mayTell(on: channel, for: number, policy.sending) else {
            self.askForPermit(toTell: UInt32(step), ofCase: self.state.cases[index])
            return
        }
        self.foresee(
            Touch(
                at: self.now, channel: channel, caseNumber: number, step: UInt32(step),
                effect: self.position))
        guard let update = self.updateAfter(step: step, of: number, policy) else { return }
        self.emit(
            .messageIntended(
                MessageIntended(
                    update: update, step: UInt32(step), name: message.name,
                    template: message.template(for: declineClass), channel: channel,
                    permit: permit)))
    }

    private mutating func skip(
        _ step: Int, of number: UInt32, reason: MessageSkipped.Reason,
        passed: [PassedChannel] = [], _ policy: PinnedPolicy
    ) {
        guard var update = self.updateAfter(step: step, of: number, policy) else { return }
        switch reason {
        case .noContact, .noConsent, .suppressed, .notConfigured, .noLegalHours, .refused:
            update.flags.insert(.unreachable)
        case .observing: update.flags.insert(.withheld)
        case .classExcluded, .stale, .flagged, .agreementEnded: break
        }
        self.emit(
            .messageSkipped(
                MessageSkipped(
                    update: update, step: UInt32(step), name: policy.messages[step].name,
                    reason: reason, passed: passed.count > 1 ? passed : [])))
    }

    /// The case's update with `step` done and the next touches planned.
    private func updateAfter(step: Int, of number: UInt32, _ policy: PinnedPolicy) -> CaseUpdate? {
        guard let index = self.state.caseIndex(number) else { return nil }
        var changed = self.state.cases[index]
        changed.stepsDone |= 1 << UInt64(step)
        if changed.isOpen {
            self.planTouches(&changed, policy: policy)
        } else {
            changed.plan.messageAt = Timestamp(ms: 0)
        }
        return self.update(of: changed)
    }

    /// Plans a case's touches anew, and says so if that changes anything.
    mutating func replanTouches(_ number: UInt32) {
        guard let index = self.state.caseIndex(number) else { return }
        var changed = self.state.cases[index]
        let policy = self.context.pinned(changed)
        if changed.isOpen, let policy {
            self.planTouches(&changed, policy: policy)
        } else if changed.phase == .recovered, changed.plan.messageAt.ms != 0, let policy {
            self.planMessage(&changed, policy: policy)
        } else {
            changed.plan.messageAt = Timestamp(ms: 0)
        }
        guard changed.plan != self.state.cases[index].plan else { return }
        self.emit(
            .caseUpdated(CaseUpdated(update: self.update(of: changed), reason: .replanned)))
    }

    /// Another case became the one that reminders are about.
    mutating func followSequence(after lead: UInt32) {
        guard lead != self.leadCase else { return }
        for dunningCase in self.state.cases where dunningCase.isOpen {
            guard self.context.pinned(dunningCase)?.sending.oneSequence == true else { continue }
            self.replanTouches(dunningCase.number)
        }
    }

    // MARK: Answers

    mutating func messageAnswered(_ effect: PendingEffect, _ outcome: EffectOutcome) {
        guard let index = self.state.caseIndex(effect.caseNumber) else {
            self.emit(
                .effectSettled(
                    EffectSettled(
                        effect: effect.id, kind: .message, verdict: .failed, reference: "")))
            return
        }
        let channel = self.state.touch(of: effect.id)?.channel ?? .email
        guard effect.argument != MessageStep.debitNoticeNumber else {
            self.debitNoticeAnswered(effect, outcome, on: channel)
            return
        }
        var changed = self.state.cases[index]
        let (wasAccepted, reference): (Bool, String) =
            switch outcome {
            case .done(let id): (true, id)
            case .refused(let reason), .failed(let reason): (false, reason)
            }
        if wasAccepted {
            changed.touches.increase()
            if changed.toldAt.ms == 0, channel.tellsCustomer { changed.toldAt = self.now }
        }
        let isDead = reference.hasPrefix("dead:")
        self.foresee(
            answerTo: effect.id, on: channel, wasAccepted: wasAccepted, reference: reference,
            isDead: isDead)
        var reopens = false
        if changed.isOpen, let policy = self.context.pinned(changed) {
            if !wasAccepted {
                reopens = self.hasAnotherWay(effect, changed, policy)
                if reopens { changed.stepsDone &= ~(1 << UInt64(effect.argument)) }
            }
            // Being told may open the way to a loss of access; not being told may close it.
            self.planTouches(&changed, policy: policy)
        }
        self.emit(
            .messageSettled(
                MessageSettled(
                    update: self.update(of: changed), effect: effect.id, step: effect.argument,
                    wasAccepted: wasAccepted, reference: reference, contactIsDead: isDead,
                    channel: channel, reopensStep: reopens,
                    costMilli: wasAccepted ? self.costMilli(of: channel, changed) : 0)))
    }

    /// A refused message may go on the step's next channel, or on the same one later.
    private func hasAnotherWay(
        _ effect: PendingEffect, _ dunningCase: DunningCase, _ policy: PinnedPolicy
    ) -> Bool {
        guard Int(effect.argument) < policy.messages.count, effect.argument < 64 else {
            return false
        }
        let wish = TouchWish(
            step: policy.messages[Int(effect.argument)], number: effect.argument,
            caseNumber: dunningCase.number, from: self.now)
        return self.choose(wish, policy.sending, policy.bundle).at != nil
    }
}

extension RetryAdvice {
    /// No attempt helps before the customer does something.
    var needsCustomer: Bool {
        switch self {
        case .never, .afterCredentialChange, .afterAuthentication: true
        case .wait, .once, .afterOperator, .afterLookUp, .backOff: false
        }
    }
}

extension EffectOutcome {
    /// Why a message did not leave although it may later, on the same channel.
    package static let notNow = "later"
}
