import DunlinCore
import Testing

/// A tenant observes first, and goes live with cases waiting.
@Suite struct GoingLiveTests {
    /// An account that observed for `days`.
    private func observed(days: Int64) -> AccountBench {
        var bench = AccountBench()
        bench.policy = AccessLawTests.policy()
        bench.mode = .observe
        _ = bench.fail(profile: AccountBench.email)
        bench.advance(days: days)
        return bench
    }

    @Test func `what was only observed did not happen`() {
        let bench = self.observed(days: 4)
        #expect(bench.intents.isEmpty)
        #expect(bench.state.access == .full)
        #expect(bench.state.cases[0].flags.contains(.withheld))
        #expect(bench.state.effects.isEmpty)
    }

    @Test(arguments: [2, 4, 8, 12, 27] as [Int64])
    func `an old case begins again within a day, and nothing fires at once`(days: Int64) {
        var bench = self.observed(days: days)
        bench.mode = .live
        let live = bench.now
        bench.give(.timer(realNow: live))
        #expect(bench.intents.isEmpty)
        #expect(bench.state.effects.isEmpty)
        let restarted = bench.state.cases[0]
        #expect((live...live.advanced(byMs: Milliseconds.day)).contains(restarted.openedAt))
        #expect(restarted.anchor == restarted.openedAt)
        #expect(
            restarted.plan.attemptAt == restarted.anchor.advanced(byMs: Milliseconds.day),
            "the first rung")
        #expect(restarted.flags.isDisjoint(with: [.withheld, .endObserved]))
        bench.advance(days: 12, settling: AccountBench.declined)
        #expect(bench.intents.count == 2, "the whole ladder, and no more")
        #expect(bench.state.access == .warned, "nobody accepted a message yet")
    }

    @Test func `a case of today keeps its own times`() {
        var bench = self.observed(days: 0)
        bench.now = bench.now.advanced(byMs: 12 * Milliseconds.hour)
        bench.give(.timer(realNow: bench.now))
        bench.mode = .live
        bench.give(.timer(realNow: bench.now))
        #expect(bench.state.cases[0].anchor == AccountBench.start)
        #expect(
            bench.state.cases[0].plan.attemptAt
                == AccountBench.start.advanced(byMs: Milliseconds.day))
    }

    @Test func `a case that was live before goes on with the rungs that are left`() {
        var bench = AccountBench()
        bench.policy = AccountBench.ladder([1, 3, 5, 7])
        _ = bench.fail()
        bench.advance(days: 2, settling: AccountBench.declined)
        #expect(bench.intents.count == 1)
        bench.mode = .observe
        bench.advance(days: 2)
        #expect(bench.intents.count == 1)
        bench.mode = .live
        bench.give(.timer(realNow: bench.now))
        #expect(bench.intents.count == 1, "the withheld rung is gone")
        bench.advance(days: 10, settling: AccountBench.declined)
        #expect(bench.intents.count == 3)
    }

    @Test func `a case that is paid meanwhile is left alone`() {
        var bench = self.observed(days: 4)
        _ = bench.pay()
        bench.mode = .live
        #expect(bench.give(.timer(realNow: bench.now)) == .ignored(.nothingDue))
    }

    @Test func `going live twice changes nothing the second time`() {
        var bench = self.observed(days: 4)
        bench.mode = .live
        bench.give(.timer(realNow: bench.now))
        let once = bench.state
        #expect(bench.give(.timer(realNow: bench.now)) == .ignored(.nothingDue))
        #expect(bench.state == once)
    }

    @Test func `attempts that others made meanwhile count`() {
        var bench = self.observed(days: 0)
        bench.rules = RuleBook(
            version: 1,
            budgets: [
                BudgetRule(
                    number: 1, name: "two", network: nil,
                    window: .rolling(ms: 30 * Milliseconds.day), attemptsMax: 2, source: "test")
            ])
        for day in 1...2 {
            bench.advance(days: 1)
            _ = bench.fail(event: "f\(day)", charge: "ch_\(day)")
        }
        bench.mode = .live
        bench.give(.timer(realNow: bench.now))
        bench.advance(days: 20, settling: AccountBench.declined)
        #expect(bench.intents.isEmpty)
    }
}
