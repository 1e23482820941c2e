import DunlinCore
import Testing

/// The sentences about cases that something holds.
@Suite struct StoppedCaseTests {
    private static func lines(_ bench: AccountBench) -> String {
        CaseExplanation.explain(bench.state, now: bench.now).joined(separator: "\n")
    }

    @Test func `a snoozed case names the snooze, not the ladder, as what it waits for`() {
        var bench = AccountBench()
        _ = bench.fail()
        let until = bench.now.advanced(byMs: 5 * Milliseconds.day)
        #expect(bench.give(.operate(OperatorRequest(verb: .snooze, until: until))) == .accepted)
        #expect(bench.state.cases[0].plan.attemptAt == until)
        let lines = Self.lines(bench)
        #expect(lines.contains("Why not earlier: the case is snoozed until then."))
        #expect(!lines.contains("puts rung"))
    }

    @Test func `a paused case is called paused, a frozen one frozen and not closed`() {
        var bench = AccountBench()
        _ = bench.fail()
        _ = bench.give(.operate(OperatorRequest(verb: .pause)))
        #expect(Self.lines(bench).contains("It is paused by an operator."))
        _ = bench.give(.operate(OperatorRequest(verb: .resume)))
        bench.advance(days: 1, settling: .approved(chargeID: "ch_1"))
        _ = bench.notice(.disputed, event: "d1")
        let frozen = Self.lines(bench)
        #expect(frozen.contains("It is frozen") && frozen.contains("after 1 attempt of ours"))
        #expect(!frozen.contains("closed"))
    }
}
