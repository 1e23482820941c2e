import DunlinCore
import Testing

@Suite struct TimelineTextTests {
    private let start = Timestamp(ms: 1_767_225_600_000)

    private func update(
        _ phase: CasePhase, attemptIn days: Int64 = 0, _ reason: PlanReason,
        number: UInt32 = 1
    ) -> CaseUpdate {
        let at =
            days == 0
            ? Timestamp(ms: 0) : self.start.advanced(byMs: days * Milliseconds.day)
        return CaseUpdate(
            caseNumber: number, phase: phase,
            plan: CasePlan(attemptAt: at, attemptReason: reason), flags: [], rung: 0)
    }

    private func timeline(_ events: [(Int64, AccountEvent)]) -> Timeline {
        Timeline(
            entries: events.enumerated().map { index, event in
                TimelineEntry(
                    position: RecordPosition(op: UInt64(index + 1), index: 0),
                    record: RecordedEvent(
                        at: self.start.advanced(byMs: event.0 * Milliseconds.hour), event: event.1))
            })
    }

    private let softFunds = Decline(
        declineClass: .softFunds, advice: .wait, code: "insufficient_funds")

    private func opened(number: UInt32 = 1) -> AccountEvent {
        .caseOpened(
            CaseOpened(
                update: self.update(.retrying, attemptIn: 1, .ladder, number: number),
                obligation: Obligation(id: "in_\(number)", amountMinor: 4200, currency: .eur),
                bundle: BundleID(1), policy: "standard", anchor: self.start,
                decline: self.softFunds, marks: [], standing: nil))
    }

    @Test func `A recovery is told line by line`() {
        let key = GatewayKey(high: 1, low: 2)
        let attempt = { (number: UInt32) in
            AccountEvent.attemptIntended(
                AttemptIntended(
                    caseNumber: 1, attempt: number, key: key, method: 0, amountMinor: 4200,
                    currency: .eur, reason: .ladder, permit: Permit(rulesVersion: 0),
                    realAt: self.start))
        }
        let lines = TimelineText.lines(
            self.timeline([
                (0, self.opened()), (24, attempt(1)),
                (
                    24,
                    .attemptSettled(
                        AttemptSettled(
                            update: self.update(.retrying, attemptIn: 3, .advisedDelay),
                            attempt: 1, verdict: .declined, decline: self.softFunds))
                ),
                (72, attempt(2)),
                (
                    73,
                    .attemptSettled(
                        AttemptSettled(
                            update: self.update(.recovered, .advisedDelay), attempt: 2,
                            verdict: .approved, collectedMinor: 4200))
                ),
            ]))
        #expect(
            lines == [
                "+0d 00:00  case opened: 42.00 EUR for in_1, insufficient_funds (softFunds) · next "
                    + "attempt 2026-01-02T00:00:00Z by the ladder",
                "+1d 00:00  attempt 1 intended: 42.00 EUR by the ladder",
                "+1d 00:00  attempt 1 declined: insufficient_funds (softFunds) · next attempt "
                    + "2026-01-04T00:00:00Z after the delay that the network or the decline map "
                    + "asks for",
                "+3d 00:00  attempt 2 intended: 42.00 EUR by the ladder",
                "+3d 01:00  attempt 2 approved · now recovered",
            ])
    }

    @Test func `Two cases are told apart`() {
        let lines = TimelineText.lines(
            self.timeline([(0, self.opened(number: 1)), (1, self.opened(number: 2))]))
        #expect(lines[0].contains("  case 1: case opened"))
        #expect(lines[1].contains("  case 2: case opened"))
    }

    @Test func `A case with nothing left to try says why`() {
        let lines = TimelineText.lines(
            self.timeline([
                (0, self.opened()),
                (
                    1,
                    .caseUpdated(
                        CaseUpdated(
                            update: self.update(.waitingCustomer, .credentialBlocked),
                            reason: .replanned))
                ),
            ]))
        #expect(
            lines.last
                == "+0d 01:00  planned anew · now waitingCustomer · no further attempt: the "
                + "credential may not be tried again until it changes")
    }

    @Test func `A timeline whose beginning was archived says so`() {
        var timeline = self.timeline([(0, self.opened())])
        timeline.startsAfter = RecordPosition(op: 7, index: 3)
        #expect(TimelineText.lines(timeline).first?.contains("archive, up to 7/3") == true)
        #expect(TimelineText.lines(Timeline(entries: [])).isEmpty)
    }

    @Test func `Every reason has words of its own`() {
        func check(_ words: [String]) {
            #expect(words.allSatisfy { !$0.isEmpty })
            #expect(Set(words).count == words.count)
        }
        check(PlanReason.allCases.map(\.words))
        check(CasePhase.allCases.map(\.words))
        check(RetryAdvice.allCases.map(\.words))
        check(CaseUpdated.Reason.allCases.map(\.words))
        check(CaseClosed.Reason.allCases.map(\.words))
        check(MessageSkipped.Reason.allCases.map(\.words))
        check(AccessChanged.Reason.allCases.map(\.words))
        check(IntakeNoted.Reason.allCases.map(\.words))
        check(EndAction.allCases.map(\.words))
        check(EffectKind.allCases.map(\.words))
    }

    @Test(arguments: [
        (Int64(0), "+0d 00:00"), (59_999, "+0d 00:00"), (60_000, "+0d 00:01"),
        (Milliseconds.day + 61 * Milliseconds.minute, "+1d 01:01"),
        (-Milliseconds.hour, "-0d 01:00"), (Int64.min, "-106751991167d 07:12"),
    ])
    func `Offsets are whole days, hours and minutes`(ms: Int64, text: String) {
        #expect(SpanText.offset(ms: ms) == text)
    }

    @Test(arguments: [
        (Int64(0), "less than a minute"), (60_000, "1 minute"), (3_600_000, "1 hour"),
        (3_660_000, "1 hour 1 minute"), (Milliseconds.day, "1 day"),
        (3 * Milliseconds.day + 2 * Milliseconds.hour, "3 days 2 hours"),
    ])
    func `Spans are said in their two largest units`(ms: Int64, words: String) {
        #expect(SpanText.words(ms: ms) == words)
        #expect(SpanText.words(ms: -ms) == words)
    }
}
