package import DunlinCore

/// Draws lives of dunning cases that could have happened: opened, tried, answered, paid, closed,
/// reopened, in any order that the events' own rules allow, and now and then an answer that comes
/// too late.
package struct CaseHistory {
    private var random: SeededRandom
    private var now = Timestamp(ms: 1_767_225_600_000)
    private let keys: [EntityKey]

    /// Fewer than an account remembers, so that its state still has all of them at the end.
    private static let casesMax: UInt32 = 7

    package init(seed: UInt64, accounts: Int) {
        self.random = SeededRandom(seed: seed)
        self.keys = (0..<accounts).map {
            EntityKey(tenant: $0 % 3 == 0 ? "acme" : "main", key: "cus_\($0)")
        }
    }

    /// The next event of some account, given the accounts as they are.
    package mutating func next(
        _ states: [EntityKey: AccountState]
    ) -> (key: EntityKey, recorded: RecordedEvent) {
        self.now = self.now.advanced(byMs: Int64(self.draw(4)) * Milliseconds.hour)
        let key = self.keys[Int(self.draw(UInt64(self.keys.count)))]
        let state = states[key] ?? AccountState()
        let open = state.cases.filter { $0.isOpen || self.random.oneIn(8) }
        let event: AccountEvent
        if open.isEmpty || (state.casesOpened < Self.casesMax && self.random.oneIn(6)) {
            event = state.casesOpened < Self.casesMax ? self.opening(state) : .keyCreated
        } else {
            event = self.event(of: open[Int(self.draw(UInt64(open.count)))])
        }
        return (key, RecordedEvent(at: self.now, event: event))
    }

    private mutating func draw(_ below: UInt64) -> UInt64 {
        self.random.next() % below
    }

    private mutating func opening(_ state: AccountState) -> AccountEvent {
        let number = state.casesOpened + 1
        let currency: Currency = self.random.oneIn(3) ? .eur : .usd
        let obligation = Obligation(
            id: "in_\(number)", amountMinor: Int64(self.draw(9000) + 1000), currency: currency)
        return .caseOpened(
            CaseOpened(
                update: self.update(number, .retrying, []), obligation: obligation,
                bundle: BundleID(7), policy: "ladder", anchor: self.now, decline: self.decline(),
                marks: [], standing: nil,
                network: self.random.oneIn(3) ? .unknown : self.random.oneIn(2) ? .visa : .amex,
                bin: self.random.oneIn(3) ? 0 : 400_000 + UInt32(self.draw(3))))
    }

    private mutating func event(of dunningCase: DunningCase) -> AccountEvent {
        let number = dunningCase.number
        let flags = dunningCase.flags
        let same = self.update(number, dunningCase.phase, flags)
        switch self.draw(10) {
        case 0:
            return .caseClosed(CaseClosed(update: self.closing(dunningCase), reason: .endReached))
        case 1: return .paymentRecorded(self.payment(dunningCase))
        case 2:
            return .messageSettled(
                MessageSettled(
                    update: same, effect: .none, step: 1, wasAccepted: self.random.oneIn(2),
                    reference: "", contactIsDead: false, channel: .sms,
                    costMilli: Int64(self.draw(5000))))
        case 3:
            let update = self.update(number, .waitingCustomer, flags.union(.foreignRetries))
            let mark = AttemptMark(
                at: self.now, method: 0, amountMinor: 1, currency: .usd, obligationHash: 1,
                flags: .external)
            return .attemptReported(
                AttemptReported(
                    update: dunningCase.isOpen ? update : nil, mark: mark, decline: self.decline(),
                    standing: nil, warnsOfForeignRetries: false))
        case 4:
            return .accessChanged(
                AccessChanged(
                    update: self.random.oneIn(2) ? same : nil, subscription: "", state: .limited,
                    reason: .timeline, accessSteps: 1))
        default: return self.attempt(dunningCase)
        }
    }

    private mutating func attempt(_ dunningCase: DunningCase) -> AccountEvent {
        guard let inFlight = dunningCase.inFlight else {
            // An answer to an attempt that is over changes nothing.
            if dunningCase.lastAttempt > 0, self.random.oneIn(5) {
                return .attemptSettled(
                    AttemptSettled(
                        update: self.update(dunningCase.number, .retrying, []),
                        attempt: dunningCase.lastAttempt, verdict: .approved, collectedMinor: 99))
            }
            return .attemptIntended(
                AttemptIntended(
                    caseNumber: dunningCase.number, attempt: dunningCase.lastAttempt + 1,
                    key: GatewayKey(high: 1, low: self.random.next()), method: 0,
                    amountMinor: dunningCase.obligation.amountMinor,
                    currency: dunningCase.obligation.currency, reason: .ladder,
                    permit: Permit(rulesVersion: 1), realAt: self.now))
        }
        return .attemptSettled(self.answer(dunningCase, inFlight))
    }

    private mutating func answer(
        _ dunningCase: DunningCase, _ inFlight: InFlightAttempt
    ) -> AttemptSettled {
        let number = dunningCase.number
        let verdicts = AttemptSettled.Verdict.allCases
        let verdict = verdicts[Int(self.draw(UInt64(verdicts.count)))]
        var flags = dunningCase.flags
        var collected: Int64 = 0
        var phase = dunningCase.phase
        switch verdict {
        case .approved:
            collected = inFlight.amountMinor
            phase = .recovered
            flags.insert(.recoveredByUs)
        case .declined: phase = self.random.oneIn(4) ? .exhausted : .retrying
        case .technicalFailure, .notSent: phase = .retrying
        case .unknown, .pending, .parked: phase = .waitingNetwork
        }
        return AttemptSettled(
            update: self.update(number, phase, flags), attempt: inFlight.number, verdict: verdict,
            collectedMinor: collected, decline: verdict == .declined ? self.decline() : nil,
            costMilli: Int64(self.draw(30_000)))
    }

    private mutating func payment(_ dunningCase: DunningCase) -> PaymentRecorded {
        let isWhole = self.random.oneIn(2)
        let minor = isWhole ? dunningCase.obligation.openMinor : 7
        let phase: CasePhase = isWhole ? .recovered : .partiallyRecovered
        let update = self.update(dunningCase.number, phase, dunningCase.flags)
        return PaymentRecorded(
            update: self.random.oneIn(5) ? nil : update, obligation: dunningCase.obligation.id,
            collectedMinor: minor, occurredAt: self.now)
    }

    private mutating func closing(_ dunningCase: DunningCase) -> CaseUpdate {
        let phases: [CasePhase] = [.exhausted, .cancelled, .writtenOff, .frozen, .retrying]
        let phase = phases[Int(self.draw(UInt64(phases.count)))]
        return self.update(dunningCase.number, phase, dunningCase.flags)
    }

    private mutating func update(
        _ number: UInt32, _ phase: CasePhase, _ flags: DunningCase.Flags
    ) -> CaseUpdate {
        let next = phase == .retrying ? self.now.advanced(byMs: Milliseconds.day) : Timestamp(ms: 0)
        return CaseUpdate(
            caseNumber: number, phase: phase, plan: CasePlan(attemptAt: next), flags: flags, rung: 0
        )
    }

    private mutating func decline() -> Decline {
        let classes: [DeclineClass] = [.softFunds, .hardLost, .lifecycle]
        return Decline(
            declineClass: classes[Int(self.draw(UInt64(classes.count)))], advice: .wait,
            code: "insufficient_funds")
    }
}
