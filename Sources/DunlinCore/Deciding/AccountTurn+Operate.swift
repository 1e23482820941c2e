extension AccountTurn {
    mutating func operate(_ request: OperatorRequest) -> CommandAnswer {
        if request.verb == .erase { return self.erase() }
        let asked = self.state.cases.filter {
            guard request.caseNumber == 0 else { return $0.number == request.caseNumber }
            return request.verb == .unfreeze ? $0.phase == .frozen : $0.isOpen
        }
        let numbers = asked.map(\.number)
        guard !numbers.isEmpty else { return .refused(.noSuchCase) }
        var refusal: CommandAnswer?
        for number in numbers {
            let answer = self.operate(request, onCase: number)
            if case .refused = answer { refusal = answer }
        }
        guard self.events.isEmpty else { return .accepted }
        // A case that is open had nothing to change: it was not paused, or not in doubt.
        let isAlive = asked.contains { $0.isOpen || $0.phase == .frozen }
        return refusal ?? .ignored(isAlive ? .nothingDue : .caseIsClosed)
    }

    /// What needs more than its verb; the answer of others is told from their events.
    private mutating func operate(
        _ request: OperatorRequest, onCase number: UInt32
    ) -> CommandAnswer {
        guard let index = self.state.caseIndex(number) else { return .refused(.noSuchCase) }
        var dunningCase = self.state.cases[index]
        switch request.verb {
        case .snooze:
            return self.snooze(dunningCase, until: request.until, maxMs: Self.snoozeMaxMs)
        case .promise:
            return self.agree(
                dunningCase, to: request.parts, partsMax: CaseParticulars.partsMax,
                maxMs: Self.agreementMaxMs)
        case .migrate: return self.migrate(dunningCase, request)
        case .erase: return .ignored(.nothingDue)
        case .unfreeze:
            guard dunningCase.phase == .frozen, !self.isHeldElsewhere(dunningCase) else {
                return .ignored(.nothingDue)
            }
            self.thaw(&dunningCase, reason: .resumed)
            return .accepted
        case .attemptNow where dunningCase.isOpen && dunningCase.inFlight != nil:
            return .refused(.attemptInFlight)
        case .pause, .resume, .attemptNow, .cancel, .writeOff, .confirmCharged,
            .confirmNotCharged:
            self.operate(request.verb, onCase: number)
            return .accepted
        }
    }

    /// Forgets the person. What is owed, charged and decided stays, and so does an open case: it can
    /// no longer write to anybody.
    private mutating func erase() -> CommandAnswer {
        let profile = self.state.profile
        guard self.state.hasKey || profile != Profile(changedAt: profile.changedAt) else {
            return .repeated
        }
        self.emit(.keyDestroyed)
        for index in self.state.cases.indices where self.state.cases[index].isOpen {
            var changed = self.state.cases[index]
            guard let policy = self.context.pinned(changed) else { continue }
            self.planTouches(&changed, policy: policy)
            guard changed.plan != self.state.cases[index].plan else { continue }
            self.emit(
                .caseUpdated(CaseUpdated(update: self.update(of: changed), reason: .replanned)))
        }
        return .accepted
    }

    private mutating func operate(_ verb: OperatorRequest.Verb, onCase number: UInt32) {
        guard let index = self.state.caseIndex(number) else { return }
        let dunningCase = self.state.cases[index]
        switch verb {
        case .snooze, .promise, .migrate, .unfreeze: break
        case .pause:
            guard dunningCase.isOpen, !dunningCase.flags.contains(.paused) else { return }
            var changed = dunningCase
            changed.flags.insert(.paused)
            self.emit(.caseUpdated(CaseUpdated(update: self.update(of: changed), reason: .paused)))
        case .resume:
            let isSnoozed =
                dunningCase.particulars.first.map { $0.snoozedUntil > self.now } ?? false
            guard dunningCase.isOpen, dunningCase.flags.contains(.paused) || isSnoozed else {
                return
            }
            var changed = dunningCase
            changed.flags.remove(.paused)
            if isSnoozed { changed.amend { $0.snoozedUntil = Timestamp(ms: 0) } }
            let update = self.replanned(&changed, .resumed(fromRung: changed.rung))
            self.emit(.caseUpdated(CaseUpdated(update: update, reason: .resumed)))
            if !update.phase.isOpen { self.finishEnd(ofCase: number) }
        case .attemptNow:
            guard dunningCase.isOpen, dunningCase.inFlight == nil else { return }
            var changed = dunningCase
            let update = self.replanned(&changed, .now(.operatorRequest))
            self.emit(.caseUpdated(CaseUpdated(update: update, reason: .attemptRequested)))
        case .cancel:
            self.close(dunningCase, as: .cancelled, reason: .operatorCancelled)
        case .writeOff:
            self.close(dunningCase, as: .writtenOff, reason: .operatorWroteOff)
        case .confirmCharged, .confirmNotCharged:
            guard let inFlight = dunningCase.inFlight, inFlight.phase == .parked else { return }
            let outcome: AttemptOutcome =
                verb == .confirmCharged ? .approved(chargeID: "") : .notSent(.notFound)
            _ = self.attemptAnswered(
                caseNumber: number, attempt: inFlight.number, outcome: outcome)
        case .erase: return
        }
    }

    private mutating func close(
        _ dunningCase: DunningCase, as phase: CasePhase, reason: CaseClosed.Reason
    ) {
        guard dunningCase.isOpen || dunningCase.phase == .frozen else { return }
        self.emit(
            .caseClosed(CaseClosed(update: self.closing(dunningCase, as: phase), reason: reason)),
            announced: true)
        self.restoreAccess(afterCase: dunningCase.number, reason: .closed)
    }
}
