extension AccountState {
    /// Applies one recorded event. Total: a record about a case that is gone changes only the
    /// account's clock. Level 1.
    ///
    /// `position` is the record's place in its shard's journal; effects are named by it.
    package mutating func evolve(_ record: RecordedEvent, at position: RecordPosition) {
        if record.at > self.lastAt { self.lastAt = record.at }
        self.lastRecord = position
        if record.eventHash != 0 { self.remember(event: record.eventHash) }
        let caseNumber = self.apply(record, at: position)
        if record.isAnnounced {
            self.effects.append(
                PendingEffect(id: position, kind: .announcement, caseNumber: caseNumber))
        }
    }

    /// Answers the number of the case that the event speaks of, 0 for none.
    private mutating func apply(_ record: RecordedEvent, at position: RecordPosition) -> UInt32 {
        switch record.event {
        case .caseOpened(let event): return self.open(event, at: record.at)
        case .attemptIntended(let event):
            return self.intend(event, at: record.at, position: position)
        case .attemptSettled(let event): return self.settle(event, at: record.at)
        case .attemptWithheld(let update): return self.apply(update, at: record.at)
        case .lookUpIntended(let event): return self.lookUp(event, position: position)
        case .attemptReported(let event): return self.report(event, at: record.at)
        case .debitPending(let event): return self.wait(event, at: record.at)
        case .paymentRecorded(let event): return self.recordPayment(event, at: record.at)
        case .caseUpdated(let event):
            self.restart(event)
            if event.reason == .cardLookUp { self.askForCard(event, position: position) }
            return self.apply(event.update, at: record.at)
        case .caseClosed(let event): return self.apply(event.update, at: record.at)
        case .methodRecorded(let method): self.record(method)
        case .methodRemoved(let number): self.methods.removeAll { $0.number == number }
        case .profileChanged(let profile): self.profile = profile
        case .messageIntended(let event): return self.intend(event, at: record.at, position)
        case .messageSettled(let event): return self.settle(event, at: record.at)
        case .messageSkipped(let event):
            self.markStep(event.step, ofCase: event.update.caseNumber)
            return self.apply(event.update, at: record.at)
        case .accessChanged(let event): return self.changeAccess(event, at: record.at)
        case .endActionIntended(let event): return self.intend(event, position: position)
        case .effectSettled(let event): return self.settle(event)
        case .keyCreated: self.hasKey = true
        case .keyDestroyed:
            self.hasKey = false
            // Whatever is told later about an earlier time is not learnt again.
            self.profile = Profile(changedAt: record.at)
        case .intakeNoted: break
        case .budgetReportPosted(let event): self.report(event, position: position)
        case .budgetHeard(let event): self.hear(event)
        case .consentChanged, .accountFlagged, .receiptNoted, .replyNoted, .upcomingChargeNoted,
            .noticePlanned, .noticeIntended, .noticeSkipped:
            self.applyOutreach(record, at: position)
        }
        return 0
    }

    /// Sets phase, plan, flags and rung; notes the moment of closing.
    mutating func apply(_ update: CaseUpdate, at instant: Timestamp) -> UInt32 {
        guard let index = self.caseIndex(update.caseNumber) else { return 0 }
        let wasOpen = self.cases[index].phase.isOpen
        self.cases[index].phase = update.phase
        self.cases[index].plan = update.plan
        self.cases[index].flags = update.flags
        self.cases[index].rung = update.rung
        if !update.amendment.isEmpty { self.amend(index, update.amendment[0]) }
        if wasOpen != update.phase.isOpen {
            self.cases[index].closedAt = update.phase.isOpen ? Timestamp(ms: 0) : instant
        }
        return update.caseNumber
    }

    private mutating func amend(_ index: Int, _ amendment: CaseAmendment) {
        self.cases[index].particulars.clear()
        self.cases[index].particulars.append(amendment.particulars)
        if let obligation = amendment.obligation { self.cases[index].obligation = obligation }
        guard let move = amendment.move else { return }
        self.cases[index].bundle = move.bundle
        self.cases[index].policy = move.policy
        self.cases[index].stepsDone = move.stepsDone
        self.cases[index].accessSteps = move.accessSteps
    }

    /// A case of which nothing has left yet begins again; messages that did leave stay sent.
    private mutating func restart(_ event: CaseUpdated) {
        guard event.restartsAt.ms != 0, let index = self.caseIndex(event.update.caseNumber) else {
            return
        }
        self.cases[index].openedAt = event.restartsAt
        self.cases[index].anchor = event.restartsAt
        self.cases[index].accessSteps = 0
        if self.cases[index].touches == 0 { self.cases[index].stepsDone = 0 }
    }

    private mutating func askForCard(_ event: CaseUpdated, position: RecordPosition) {
        self.effects.append(
            PendingEffect(
                id: position, kind: .cardLookUp, caseNumber: event.update.caseNumber,
                argument: event.method))
    }

    private mutating func remember(event hash: UInt64) {
        // Several records of one command carry the same hash.
        guard self.recentEvents.last != hash else { return }
        if self.recentEvents.count >= Self.recentEventsMax { self.recentEvents.removeFirst() }
        self.recentEvents.append(hash)
    }

    private mutating func open(_ event: CaseOpened, at instant: Timestamp) -> UInt32 {
        var opened = DunningCase(
            number: event.update.caseNumber, phase: event.update.phase, bundle: event.bundle,
            policy: event.policy, obligation: event.obligation,
            // A backlog's case begins later than it came in.
            openedAt: max(instant, event.anchor),
            anchor: event.anchor, decline: event.decline, plan: event.update.plan)
        opened.flags = event.update.flags
        opened.rung = event.update.rung
        if let amendment = event.update.amendment.first {
            opened.particulars.append(amendment.particulars)
        }
        opened.declines = UInt32(clamping: max(1, event.marks.count))
        if !opened.isOpen { opened.closedAt = instant }
        self.dropOldClosedCases()
        self.cases.append(opened)
        self.casesOpened = max(self.casesOpened, opened.number)
        for mark in event.marks { self.add(mark, now: instant) }
        if let standing = event.standing {
            self.setStanding(standing, ofMethod: event.marks.last?.method ?? 0)
        }
        return opened.number
    }

    /// Keeps room for one more case by dropping the oldest closed one that owes nothing.
    private mutating func dropOldClosedCases() {
        var closed = 0
        for dunningCase in self.cases where !dunningCase.isOpen { closed += 1 }
        guard closed >= Self.closedCasesMax else { return }
        func mayGo(_ candidate: DunningCase) -> Bool {
            !candidate.isOpen && candidate.inFlight == nil
                && !self.effects.contains { $0.caseNumber == candidate.number }
        }
        // A frozen case is remembered as long as there is room: its invoice is not to be charged.
        let victim =
            self.cases.firstIndex { $0.phase != .frozen && mayGo($0) }
            ?? self.cases.firstIndex(where: mayGo)
        if let victim { self.cases.remove(at: victim) }
    }

    mutating func setStanding(_ standing: CredentialStanding, ofMethod number: UInt32) {
        guard number != 0 else {
            self.unnamedStanding = standing
            return
        }
        guard let index = self.methods.firstIndex(where: { $0.number == number }) else { return }
        self.methods[index].standing = standing
    }

    private mutating func record(_ held: HeldMethod) {
        self.methodsSeen = max(self.methodsSeen, held.number)
        if held.isDefault {
            for index in self.methods.indices { self.methods[index].isDefault = false }
            // The gateway's default is another card now: what was learnt does not bind it.
            self.unnamedStanding = CredentialStanding()
        }
        if let index = self.methods.firstIndex(where: { $0.number == held.number }) {
            self.methods[index] = held
        } else {
            self.methods.append(held)
        }
    }

    @discardableResult
    mutating func removeEffect(_ id: RecordPosition) -> UInt32 {
        guard let index = self.effects.firstIndex(where: { $0.id == id }) else { return 0 }
        return self.effects.remove(at: index).caseNumber
    }
}
