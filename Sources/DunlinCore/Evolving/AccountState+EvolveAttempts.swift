extension AccountState {
    /// Adds a mark; one of the same charge that somebody else reported is replaced by it.
    mutating func add(_ mark: AttemptMark, now: Timestamp) {
        // Before anything else: adding a mark twice is adding it once.
        if mark.chargeHash != 0,
            let known = self.marks.firstIndex(where: { $0.chargeHash == mark.chargeHash })
        {
            self.marks[known] = mark
            return
        }
        let oldest = now.advanced(byMs: -AttemptMark.keptForMs).ms
        if let first = self.marks.first, first.at.ms < oldest {
            let oldestReturn = now.advanced(byMs: -AttemptMark.returnKeptForMs).ms
            self.marks.removeEach {
                $0.at.ms < ($0.returnCode == .none ? oldest : oldestReturn)
            }
        }
        if self.marks.count >= AttemptMark.countMax { self.marks.removeFirst() }
        // Nearly always the newest; a report may be older than what is known.
        var place = self.marks.count
        while place > 0, self.marks[place - 1].at > mark.at { place -= 1 }
        if place == self.marks.count {
            self.marks.append(mark)
        } else {
            self.marks.insert(mark, at: place)
        }
    }

    mutating func intend(
        _ event: AttemptIntended, at instant: Timestamp, position: RecordPosition
    ) -> UInt32 {
        guard let index = self.caseIndex(event.caseNumber) else { return 0 }
        self.cases[index].attempts.increase()
        self.cases[index].lastAttempt = event.attempt
        self.cases[index].plan.attemptAt = Timestamp(ms: 0)
        self.cases[index].inFlight = InFlightAttempt(
            number: event.attempt, key: event.key, method: event.method,
            amountMinor: event.amountMinor, currency: event.currency, intendedAt: instant,
            realAt: event.realAt, floorMinor: event.floorMinor)
        self.effects.append(
            PendingEffect(
                id: position, kind: .charge, caseNumber: event.caseNumber, argument: event.attempt))
        if !self.shares.isEmpty { self.usePermit(of: self.cases[index]) }
        return event.caseNumber
    }

    mutating func lookUp(_ event: LookUpIntended, position: RecordPosition) -> UInt32 {
        guard let index = self.caseIndex(event.caseNumber),
            self.cases[index].inFlight?.number == event.attempt
        else { return 0 }
        self.cases[index].inFlight?.phase = .lookingUp
        self.cases[index].inFlight?.lookUps.increase()
        self.cases[index].inFlight?.nextLookUpAt = Timestamp(ms: 0)
        self.effects.append(
            PendingEffect(
                id: position, kind: .lookUp, caseNumber: event.caseNumber, argument: event.attempt))
        return event.caseNumber
    }

    mutating func settle(_ event: AttemptSettled, at instant: Timestamp) -> UInt32 {
        let number = event.update.caseNumber
        guard let index = self.caseIndex(number), let inFlight = self.cases[index].inFlight,
            inFlight.number == event.attempt
        else { return 0 }
        self.effects.removeEach {
            $0.caseNumber == number && ($0.kind == .charge || $0.kind == .lookUp)
        }
        if event.verdict.isFinal {
            self.cases[index].inFlight = nil
        } else {
            self.cases[index].inFlight?.nextLookUpAt = event.nextLookUpAt
            self.cases[index].inFlight?.phase = event.verdict.waitingPhase
            if event.verdict == .pending, !event.chargeID.isEmpty {
                self.cases[index].inFlight?.chargeHash = FNV1a64.hash(event.chargeID)
            }
        }
        switch event.verdict {
        case .approved:
            self.cases[index].obligation.collectedMinor.increase(by: event.collectedMinor)
            self.cases[index].technicalTries = 0
            self.mark(inFlight, of: index, event, flags: .approved, now: instant)
        case .declined:
            self.cases[index].declines.increase()
            self.cases[index].technicalTries = 0
            let flags: AttemptMark.Flags = event.notSentToNetwork ? .notSentToNetwork : []
            self.mark(inFlight, of: index, event, flags: flags, now: instant)
        case .technicalFailure:
            self.cases[index].technicalTries.increase()
            let flags: AttemptMark.Flags =
                event.notSentToNetwork ? [.technical, .notSentToNetwork] : .technical
            self.mark(inFlight, of: index, event, flags: flags, now: instant)
        case .notSent:
            if inFlight.number != 0 { self.cases[index].attempts.decrease() }
            self.cases[index].technicalTries.increase()
        case .unknown, .pending, .parked:
            break
        }
        if let decline = event.decline { self.cases[index].decline = decline }
        if let standing = event.standing { self.setStanding(standing, ofMethod: inFlight.method) }
        guard !event.update.amendment.isEmpty else { return self.apply(event.update, at: instant) }
        let charged = self.cases[index].obligation
        _ = self.apply(event.update, at: instant)
        self.rememberLeft(charged.id, of: index, at: instant)
        return number
    }

    private mutating func mark(
        _ inFlight: InFlightAttempt, of index: Int, _ event: AttemptSettled,
        flags: AttemptMark.Flags, now: Timestamp
    ) {
        let obligation = FNV1a64.hash(self.cases[index].obligation.id)
        let returned = event.decline.map { decline in
            ReturnCode(
                code: decline.code, networkCode: decline.networkCode,
                on: self.network(ofMethod: inFlight.method))
        }
        self.add(
            AttemptMark(
                at: inFlight.intendedAt, method: inFlight.method,
                amountMinor: inFlight.amountMinor, currency: inFlight.currency,
                chargeHash: inFlight.chargeHash(named: event.chargeID),
                obligationHash: obligation, flags: flags, returnCode: returned ?? .none),
            now: now)
    }

    mutating func report(_ event: AttemptReported, at instant: Timestamp) -> UInt32 {
        self.add(event.mark, now: instant)
        if let standing = event.standing { self.setStanding(standing, ofMethod: event.mark.method) }
        guard let update = event.update, let index = self.caseIndex(update.caseNumber) else {
            return 0
        }
        // An invoice that joined the case was not tried again.
        if !event.mark.flags.contains(.original) { self.cases[index].declines.increase() }
        if event.endsPending { self.cases[index].inFlight = nil }
        if let decline = event.decline { self.cases[index].decline = decline }
        return self.apply(update, at: instant)
    }

    /// Somebody else's debit waits for the bank: nothing of ours may run beside it.
    mutating func wait(_ event: DebitPending, at instant: Timestamp) -> UInt32 {
        guard let index = self.caseIndex(event.update.caseNumber),
            self.cases[index].inFlight == nil
        else { return 0 }
        self.cases[index].inFlight = InFlightAttempt(
            number: 0, key: GatewayKey(high: 0, low: 0), method: event.method,
            amountMinor: event.amountMinor, currency: event.currency,
            intendedAt: event.submittedAt, realAt: event.submittedAt, phase: .pending,
            nextLookUpAt: event.expiresAt, chargeHash: event.chargeHash)
        return self.apply(event.update, at: instant)
    }

    mutating func recordPayment(_ event: PaymentRecorded, at instant: Timestamp) -> UInt32 {
        guard let update = event.update, let index = self.caseIndex(update.caseNumber) else {
            self.settle(obligation: event.obligation, at: event.occurredAt)
            return 0
        }
        // Another invoice of the case comes along, as it is afterwards.
        if update.amendment.isEmpty
            || self.cases[index].obligation.id.hasSameBytes(as: event.obligation)
        {
            self.cases[index].obligation.collectedMinor.increase(by: event.collectedMinor)
        }
        if event.endsPending { self.cases[index].inFlight = nil }
        _ = self.apply(update, at: instant)
        if !update.amendment.isEmpty {
            self.rememberLeft(event.obligation, of: index, at: event.occurredAt)
        }
        return update.caseNumber
    }

    private mutating func settle(obligation: String, at instant: Timestamp) {
        if self.settled.count >= Self.settledMax { self.settled.removeFirst() }
        self.settled.append(
            SettledObligation(obligationHash: FNV1a64.hash(obligation), at: instant))
    }

    /// A paid invoice that left a case of several is remembered, so that a late failure of it
    /// opens none.
    private mutating func rememberLeft(_ obligation: String, of index: Int, at instant: Timestamp) {
        guard !self.cases[index].covers(obligation: obligation) else { return }
        self.settle(obligation: obligation, at: instant)
    }
}

extension AttemptSettled.Verdict {
    /// The phase of an attempt that this verdict leaves in flight.
    fileprivate var waitingPhase: InFlightAttempt.Phase {
        switch self {
        case .pending: .pending
        case .parked: .parked
        case .unknown, .approved, .declined, .technicalFailure, .notSent: .unknown
        }
    }
}
