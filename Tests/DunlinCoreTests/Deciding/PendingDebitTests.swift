import DunlinCore
import Testing

/// Debits whose verdict comes days later, in the lives of cases.
@Suite struct PendingDebitTests {
    private static let eastern = ZoneTable(name: "EST", initialOffsetMs: -5 * Milliseconds.hour)
    private static let fed = BankCalendar(
        name: "fed", zoneName: "EST", zone: Self.eastern,
        rules: [HolidayRule(name: "new-year", pattern: .date(month: 1, day: 1, sundayMoves: true))],
        source: "test")

    /// ACH as its rules are, with numbers of its own.
    static let ach = RuleBook(
        version: 20_260_101, budgets: [],
        schemes: [
            Self.row(1, .returnCodes(["R01", "R09"])), Self.row(2, .representations(max: 2)),
            Self.row(3, .withinDays(180)), Self.row(4, .sameAmount),
            Self.row(
                5,
                .submission(
                    .init(calendar: "fed", cutOffMinute: 17 * 60, leadDays: 1, returnDays: 2))),
        ], calendars: [Self.fed])

    private static func row(_ number: UInt32, _ demand: SchemeRule.Demand) -> SchemeRule {
        SchemeRule(
            number: number, name: "row-\(number)", network: .ach, demand: demand, source: "test")
    }

    private static let declines = DeclineMap(byNetworkCode: [
        "R01": .init(
            declineClass: .softFunds, advice: .wait, minimumBankingDays: 3, furtherTriesMax: 2),
        "MD07": .init(declineClass: .deceased, advice: .never),
    ])

    /// A bench whose account pays by ACH; the clock starts on Thursday 2026-01-08 at noon in New
    /// York, and the first debit came back that day.
    private func bench(charge: String = "py_0") -> AccountBench {
        var bench = AccountBench()
        bench.rules = Self.ach
        bench.declines = Self.declines
        bench.policy = AccountBench.ladder([2, 9, 16])
        bench.now = CivilTime(year: 2026, month: 1, day: 8, hour: 17).utc
        bench.give(
            .intake(
                IntakeFacts(
                    eventID: "first", occurredAt: bench.now,
                    fact: .paymentFailed(Self.failed("R01", charge: charge)),
                    method: MethodChange(method: PaymentMethod(token: "ba_1", network: .ach)))))
        return bench
    }

    private static func failed(_ code: String, charge: String) -> PaymentFailed {
        PaymentFailed(
            obligation: Obligation(
                id: "in_1", subscription: "sub_1", amountMinor: 4200, currency: .usd),
            codes: DeclineCodes(code: "", networkCode: code), chargeID: charge)
    }

    private func report(
        _ bench: inout AccountBench, _ fact: IntakeFacts.Fact, event: String
    ) -> CommandAnswer {
        bench.give(.intake(IntakeFacts(eventID: event, occurredAt: bench.now, fact: fact)))
    }

    private func instant(day: Int64, hour: Int64 = 17) -> Timestamp {
        CivilTime(year: 2026, month: 1, day: day, hour: hour).utc
    }

    /// Fires the due attempt and answers that the gateway took the debit.
    private func submit(_ bench: inout AccountBench, charge: String) throws {
        bench.now = try #require(bench.state.cases.last?.plan.attemptAt)
        bench.give(.timer(realNow: bench.now))
        bench.settle(.pending(chargeID: charge))
    }

    @Test("a debit is presented again no sooner than three banking days after R01")
    func legalDelay() throws {
        let bench = self.bench()
        let opened = try #require(bench.state.cases.first)
        // The ladder says Saturday; three banking days after Thursday are Tuesday.
        #expect(opened.plan.attemptAt == self.instant(day: 13))
        #expect(opened.plan.attemptReason == .advisedDelay)
        #expect(opened.decline.minimumDelayMs == 5 * Milliseconds.day)
    }

    @Test("while a debit is pending nothing else is tried, and it is asked about daily")
    func waits() throws {
        var bench = self.bench()
        try self.submit(&bench, charge: "py_1")
        let waiting = try #require(bench.state.cases.first)
        #expect(waiting.phase == .waitingNetwork)
        #expect(waiting.plan.attemptAt.ms == 0)
        bench.advance(days: 3, settling: .pending(chargeID: "py_1"))
        #expect(bench.intents.count == 1)
        #expect(bench.count { if case .lookUpIntended = $0 { true } else { false } } == 3)
    }

    @Test("R01 three banking days later plans the next presentment after the legal delay")
    func returnedLater() throws {
        var bench = self.bench()
        try self.submit(&bench, charge: "py_1")
        bench.now = self.instant(day: 16)
        let answer = self.report(
            &bench, .paymentFailed(Self.failed("R01", charge: "py_1")), event: "returned")
        #expect(answer == .accepted)
        let after = try #require(bench.state.cases.first)
        #expect(after.inFlight == nil)
        #expect(after.phase == .retrying)
        // Friday 16th: Monday the 19th is a plain Monday here, so Wednesday the 21st.
        #expect(after.plan.attemptAt >= self.instant(day: 21))
        #expect(!after.flags.contains(.foreignRetries))
        // The gateway's own answer says nothing new.
        #expect(
            bench.give(
                .attemptAnswered(
                    caseNumber: 1, attempt: 1,
                    outcome: .declined(
                        DeclineCodes(code: "", networkCode: "R01"), chargeID: "py_1")))
                == .ignored(.unknownAttempt))
        #expect(
            self.report(
                &bench, .paymentFailed(Self.failed("R01", charge: "py_1")), event: "again")
                == .repeated)
    }

    @Test("R01 for the third time ends the presentments: the scheme allows no fourth")
    func thirdReturn() throws {
        var bench = self.bench()
        for (number, day) in [(1, 16), (2, 28)] as [(Int, Int64)] {
            try self.submit(&bench, charge: "py_\(number)")
            bench.now = self.instant(day: day)
            _ = self.report(
                &bench, .paymentFailed(Self.failed("R01", charge: "py_\(number)")),
                event: "r\(number)")
        }
        #expect(bench.intents.count == 2)
        let last = try #require(bench.state.cases.first)
        #expect(last.plan.attemptAt.ms == 0)
        #expect(!last.isOpen)
    }

    @Test("each attempt's permit names every rule of the scheme")
    func permits() throws {
        var bench = self.bench()
        try self.submit(&bench, charge: "py_1")
        let lines = try #require(bench.intents.first).permit.lines
        #expect(lines.map(\.rule) == [1, 2, 3, 4, 5, Permit.Line.advisedDelay])
        #expect(lines[1] == Permit.Line(rule: 2, used: 0, cap: 2))
        #expect(lines[2].cap == 180)
    }

    @Test("a late success closes the case as ours")
    func lateSuccess() throws {
        var bench = self.bench()
        try self.submit(&bench, charge: "py_1")
        bench.now = self.instant(day: 16)
        _ = self.report(
            &bench,
            .paymentSucceeded(PaymentSucceeded(obligation: "in_1", chargeID: "py_1")),
            event: "paid")
        let closed = try #require(bench.state.cases.first)
        #expect(closed.phase == .recovered)
        #expect(closed.flags.contains(.recoveredByUs))
        #expect(!closed.flags.contains(.overcharged))
        #expect(closed.inFlight == nil)
        #expect(closed.obligation.collectedMinor == 4200)
    }

    @Test("a debit that had succeeded and comes back opens the case again, as a return")
    func returnAfterSuccess() throws {
        var bench = self.bench()
        try self.submit(&bench, charge: "py_1")
        let presentedAt = bench.now
        bench.now = self.instant(day: 16)
        bench.settle(.approved(chargeID: "py_1"))
        #expect(bench.state.cases.first?.phase == .recovered)
        bench.now = self.instant(day: 20)
        #expect(
            self.report(
                &bench, .paymentFailed(Self.failed("R01", charge: "py_1")), event: "back")
                == .accepted)
        let reopened = try #require(bench.state.cases.last)
        #expect(reopened.number == 1)
        #expect(reopened.isOpen && reopened.obligation.openMinor == 4200)
        #expect(reopened.particulars.first?.flags.contains(.returned) == true)
        #expect(!reopened.flags.contains(.recoveredByUs))
        // Three banking days after R01.
        #expect(reopened.plan.attemptAt >= self.instant(day: 23))
        // The scheme counts the presentment from when it was made.
        let mark = bench.state.marks.first { $0.chargeHash == FNV1a64.hash("py_1") }
        #expect(mark?.at == presentedAt)
        #expect(mark?.returnCode == ReturnCode("R01"))
        #expect(mark?.flags.contains(.approved) == false)
        #expect(
            self.report(
                &bench, .paymentFailed(Self.failed("R01", charge: "py_1")), event: "again")
                == .repeated)
    }

    @Test("a return says the same, whichever of its two names it is told by")
    func oneWay() throws {
        var told: [DunningCase] = []
        for isNotice in [false, true] {
            var bench = self.bench()
            try self.submit(&bench, charge: "py_1")
            bench.now = self.instant(day: 16)
            bench.settle(.approved(chargeID: "py_1"))
            bench.now = self.instant(day: 20)
            let code = DeclineCodes(code: "", networkCode: "R01")
            let fact: IntakeFacts.Fact =
                isNotice
                ? .noticed(CaseNotice(kind: .returned, obligation: "in_1", codes: code))
                : .paymentFailed(Self.failed("R01", charge: "py_1"))
            #expect(self.report(&bench, fact, event: "back") == .accepted)
            told.append(try #require(bench.state.cases.first))
            let mark = bench.state.marks.first { $0.chargeHash == FNV1a64.hash("py_1") }
            #expect(mark?.returnCode == ReturnCode("R01"))
        }
        #expect(told[0] == told[1])
    }

    @Test("a return of a payment that never was in a case opens one, as a return")
    func returnWithoutCase() throws {
        var bench = AccountBench()
        bench.rules = Self.ach
        bench.declines = Self.declines
        bench.now = self.instant(day: 8)
        var paid = Self.failed("", charge: "py_7")
        paid.wasApproved = true
        _ = bench.give(
            .intake(
                IntakeFacts(
                    eventID: "paid", occurredAt: bench.now, fact: .externalAttempt(paid),
                    method: MethodChange(method: PaymentMethod(token: "ba_1", network: .ach)))))
        bench.now = self.instant(day: 12)
        #expect(
            self.report(
                &bench, .paymentFailed(Self.failed("R01", charge: "py_7")), event: "back")
                == .accepted)
        #expect(bench.state.cases.first?.isOpen == true)
        let opened = bench.log.compactMap { record in
            if case .caseOpened(let event) = record.event { event.isReturn } else { nil }
        }
        #expect(opened == [true])
    }

    @Test("somebody else's pending debit stops ours until its outcome is known")
    func foreignDebit() throws {
        var bench = self.bench()
        let pending = PaymentPending(
            obligation: "in_1", chargeID: "py_9", methodToken: "ba_1")
        #expect(self.report(&bench, .paymentPending(pending), event: "p1") == .accepted)
        #expect(self.report(&bench, .paymentPending(pending), event: "p2") == .repeated)
        bench.advance(days: 10)
        #expect(bench.intents.isEmpty)
        #expect(bench.state.cases.first?.phase == .waitingNetwork)
        bench.now = self.instant(day: 19)
        _ = self.report(
            &bench, .paymentFailed(Self.failed("R01", charge: "py_9")), event: "failed")
        let after = try #require(bench.state.cases.first)
        #expect(after.inFlight == nil)
        #expect(after.plan.attemptAt >= self.instant(day: 22))
        // The news of the pending debit that comes after its outcome changes nothing.
        #expect(self.report(&bench, .paymentPending(pending), event: "p3") == .repeated)
    }

    @Test("money by somebody else's pending debit closes the case, not as ours")
    func foreignSuccess() throws {
        var bench = self.bench()
        let pending = PaymentPending(obligation: "in_1", chargeID: "py_9")
        _ = self.report(&bench, .paymentPending(pending), event: "p1")
        bench.now = self.instant(day: 14)
        _ = self.report(
            &bench,
            .paymentSucceeded(PaymentSucceeded(obligation: "in_1", chargeID: "py_9")),
            event: "paid")
        let closed = try #require(bench.state.cases.first)
        #expect(closed.phase == .recovered)
        #expect(closed.inFlight == nil)
        #expect(!closed.flags.contains(.recoveredByUs))
    }

    @Test("of a foreign debit nobody heard of for three weeks a person must say what became of it")
    func foreignSilence() throws {
        var bench = self.bench()
        _ = self.report(
            &bench, .paymentPending(PaymentPending(obligation: "in_1", chargeID: "py_9")),
            event: "p1")
        bench.advance(days: 30)
        let parked = try #require(bench.state.cases.first)
        #expect(parked.inFlight?.phase == .parked)
        #expect(bench.intents.isEmpty)
        bench.give(.operate(OperatorRequest(verb: .confirmNotCharged, caseNumber: 1)))
        let resumed = try #require(bench.state.cases.first)
        #expect(resumed.inFlight == nil)
        #expect(resumed.attempts == 0)
    }

    @Test(
        "where only the return is known, the original is taken to be as early as the scheme allows")
    func unknownPresentment() throws {
        let bench = self.bench()
        let original = try #require(bench.state.marks.first)
        // Two banking days before Thursday noon.
        #expect(original.at == self.instant(day: 6))
        var told = AccountBench()
        told.rules = Self.ach
        told.declines = Self.declines
        told.now = self.instant(day: 8)
        var failed = Self.failed("R01", charge: "py_0")
        failed.presentedAt = self.instant(day: 7)
        told.give(
            .intake(
                IntakeFacts(
                    eventID: "first", occurredAt: told.now, fact: .paymentFailed(failed),
                    method: MethodChange(method: PaymentMethod(token: "ba_1", network: .ach)))))
        #expect(told.state.marks.first?.at == self.instant(day: 7))
    }

    @Test("the death of the payer is a full stop: the case is frozen, nobody is written to")
    func deceased() throws {
        var bench = AccountBench()
        bench.declines = Self.declines
        bench.policy.messages = [
            MessageStep(
                name: "first", channel: .email, template: "first", trigger: .afterOpen(ms: 0))
        ]
        bench.policy.access.steps = [.init(state: .suspended, afterMs: Milliseconds.day)]
        bench.give(
            .intake(
                IntakeFacts(
                    eventID: "first", occurredAt: bench.now,
                    fact: .paymentFailed(Self.failed("MD07", charge: "c")),
                    profile: AccountBench.email)))
        let frozen = try #require(bench.state.cases.first)
        #expect(frozen.phase == .frozen)
        #expect(bench.state.dueAt == nil)
        bench.advance(days: 60)
        #expect(bench.intents.isEmpty)
        #expect(bench.count { if case .messageIntended = $0 { true } else { false } } == 0)
        #expect(bench.state.access == .full)
    }

    @Test("the timeline and the explanation say what the bank is waited for")
    func words() {
        var bench = self.bench()
        _ = self.report(
            &bench, .paymentPending(PaymentPending(obligation: "in_1", chargeID: "py_9")),
            event: "p1")
        let sentences = CaseExplanation.explain(bench.state, now: bench.now)
        #expect(sentences.contains { $0.contains("that somebody else handed in") })
        #expect(sentences.contains { $0.contains("a person must look") })
    }
}
