extension AccountTurn {
    mutating func operate(_ request: OperatorRequest) -> CommandAnswer {
        if request.verb == .erase { return self.erase() }
        let numbers = self.state.cases.filter {
            request.caseNumber == 0 ? $0.isOpen : $0.number == request.caseNumber
        }.map(\.number)
        guard !numbers.isEmpty else { return .refused(.noSuchCase) }
        for number in numbers { self.operate(request.verb, onCase: number) }
        return self.events.isEmpty ? .ignored(.caseIsClosed) : .accepted
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
        case .pause:
            guard dunningCase.isOpen, !dunningCase.flags.contains(.paused) else { return }
            var changed = dunningCase
            changed.flags.insert(.paused)
            self.emit(.caseUpdated(CaseUpdated(update: self.update(of: changed), reason: .paused)))
        case .resume:
            guard dunningCase.isOpen, dunningCase.flags.contains(.paused) else { return }
            var changed = dunningCase
            changed.flags.remove(.paused)
            let update = self.replanned(&changed, .ladder(fromRung: changed.rung))
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
        guard dunningCase.isOpen else { return }
        self.emit(
            .caseClosed(CaseClosed(update: self.closing(dunningCase, as: phase), reason: reason)),
            announced: true)
        self.restoreAccess(afterCase: dunningCase.number, reason: .closed)
    }
}
