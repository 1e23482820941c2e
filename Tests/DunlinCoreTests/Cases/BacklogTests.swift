import DunlinCore
import Testing

/// Invoices that were old when they came in.
@Suite struct BacklogTests {
    private static let week = 7 * Milliseconds.day

    private static func bench(
        _ mode: BacklogRules.Mode, spreadMs: Int64 = 0, account: String = "acct-00000001"
    ) -> AccountBench {
        var bench = AccountBench.messaging([
            .step("now", .afterOpen(ms: 0)), .step("hard", .onHardDecline),
        ])
        bench.policy.backlog = BacklogRules(
            mode: mode, olderThanMs: 30 * Milliseconds.day, spreadMs: spreadMs)
        bench.account = EntityKey(key: account)
        bench.now = AccountBench.start.advanced(byMs: 40 * Milliseconds.day)
        return bench
    }

    private static func failed(_ bench: AccountBench, daysAgo: Int64) -> IntakeFacts {
        let at = bench.now.advanced(byMs: -daysAgo * Milliseconds.day)
        var failed = PaymentFailed(
            obligation: Obligation(
                id: "in_1", subscription: "sub_1", amountMinor: 4200, currency: .eur),
            codes: DeclineCodes(code: "insufficient_funds"), chargeID: "ch_1")
        failed.earlierAttempts = [1, 2, 3].map { at.advanced(byMs: -$0 * Milliseconds.day) }
        return IntakeFacts(
            eventID: "e\(daysAgo)", occurredAt: at, fact: .paymentFailed(failed),
            profile: AccountBench.reachable)
    }

    @Test func `what is left out opens no case, counts in budgets, and is told once`() {
        var bench = Self.bench(.skip)
        let facts = Self.failed(bench, daysAgo: 31)
        #expect(bench.give(.intake(facts)) == .accepted, "the customer's address is news")
        #expect(bench.state.cases.isEmpty)
        #expect(bench.state.marks.count == 4)
        let events = bench.log.count
        #expect(bench.give(.intake(facts)) == .repeated)
        var again = facts
        again.eventID = "other"
        again.profile = nil
        #expect(bench.give(.intake(again)) == .repeated)
        #expect(bench.log.count == events, "a second import changes nothing")
    }

    @Test(arguments: BacklogRules.Mode.allCases)
    func `what is younger than the limit lives as ever`(mode: BacklogRules.Mode) {
        var bench = Self.bench(mode, spreadMs: Self.week)
        bench.give(.intake(Self.failed(bench, daysAgo: 29)))
        #expect(bench.state.cases.first?.openedAt == bench.now)
        bench.live(days: 6)
        #expect(bench.intents.count == 3)
        #expect(bench.sent.count == 1)
    }

    @Test func `for messages only: the customer is told, nothing is charged, nothing ends early`() {
        var bench = Self.bench(.messagesOnly)
        bench.policy.ending = Ending(afterMs: nil, actions: [.cancelSubscription])
        bench.give(.intake(Self.failed(bench, daysAgo: 60)))
        bench.live(days: 60)
        #expect(bench.sent.map(\.name) == ["now"])
        #expect(bench.intents.isEmpty)
        #expect(bench.state.cases.first?.phase == .waitingCustomer)
        #expect(bench.state.cases.first?.plan.attemptReason == .backlog)
        let attempt = bench.reasons.slots.first { $0.kind == .attempt }
        #expect(attempt?.reasons.contains { $0.rule == .backlog } == true)
    }

    @Test(arguments: ["card", "operator"])
    func `for messages only: a new card, or a person's word, lets it be charged`(who: String) {
        var bench = Self.bench(.messagesOnly)
        bench.give(.intake(Self.failed(bench, daysAgo: 60)))
        bench.live(days: 1)
        if who == "card" {
            _ = bench.changeMethod("pm_new", event: "m")
        } else {
            bench.give(.operate(OperatorRequest(verb: .attemptNow)))
        }
        bench.live(days: 20)
        #expect(bench.intents.count == 1, "asked for once, and refused: no ladder follows")
    }

    @Test func `they begin spread over the policy's days, by a hash that tells each time the same`()
        throws
    {
        var perDay: [Int64: Int] = [:]
        for number in 0..<280 {
            var bench = Self.bench(.full, spreadMs: Self.week, account: "acct-\(number)")
            let came = bench.now
            bench.give(.intake(Self.failed(bench, daysAgo: 90)))
            let start = try #require(bench.state.cases.first?.openedAt)
            perDay[(start.ms - came.ms) / Milliseconds.day, default: 0] += 1
            guard number < 20 else { continue }
            var twin = Self.bench(.full, spreadMs: Self.week, account: "acct-\(number)")
            twin.give(.intake(Self.failed(twin, daysAgo: 90)))
            #expect(twin.state == bench.state)
            bench.live(days: 20)
            #expect(bench.intents.allSatisfy { $0.realAt > start })
            #expect(bench.sent.allSatisfy { $0.at >= start })
            #expect(bench.intents.count == 3 && bench.sent.count == 1)
        }
        #expect(perDay.keys.sorted() == [0, 1, 2, 3, 4, 5, 6])
        #expect(perDay.values.allSatisfy { (20...60).contains($0) }, "\(perDay)")
    }

    @Test(arguments: BacklogRules.Mode.allCases)
    func `a forecast is what then happens, and does nothing itself`(mode: BacklogRules.Mode) {
        for daysAgo: Int64 in [0, 10, 29, 31, 60, 400] {
            var bench = Self.bench(mode, spreadMs: Self.week)
            let facts = Self.failed(bench, daysAgo: daysAgo)
            var imagined = bench.state
            let forecast = bench.forecast(facts, state: &imagined)
            #expect(bench.state == AccountState(), "nothing was done")
            bench.give(.intake(facts))
            let opened = bench.state.cases.first
            #expect(forecast.startsAt == opened?.openedAt ?? Timestamp(ms: 0))
            #expect(forecast.attemptAt == opened?.plan.attemptAt ?? Timestamp(ms: 0))
            #expect(forecast.messageAt == opened?.plan.messageAt ?? Timestamp(ms: 0))
            #expect((forecast.outcome == .opensForMessages) == (opened?.isMessagesOnly ?? false))
            // The same again changes nothing.
            #expect(bench.forecast(facts, state: &imagined).outcome == .nothing)
        }
    }
}
