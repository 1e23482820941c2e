import DunlinCore
import Testing

/// Refunds, disputes and returns: what came in may go out again.
@Suite struct MoneyBackTests {
    private static func recovered() -> AccountBench {
        var bench = AccountBench()
        bench.announces = true
        bench.declines = DeclineMap(byCode: [
            "insufficient_funds": .init(declineClass: .softFunds, advice: .wait),
            "MD06": .init(declineClass: .dispute, advice: .never),
            "AM04": .init(declineClass: .softFunds, advice: .wait),
        ])
        _ = bench.fail()
        bench.advance(days: 1, settling: .approved(chargeID: "ch_1"))
        return bench
    }

    @Test(arguments: [CaseNotice.Kind.refunded, .disputed, .returned])
    func `a recovered case that loses its money is frozen and charges nothing again`(
        kind: CaseNotice.Kind
    ) {
        var bench = Self.recovered()
        #expect(bench.state.cases[0].phase == .recovered)
        #expect(bench.notice(kind, code: "MD06", event: "b1") == .accepted)
        #expect(bench.state.cases[0].phase == .frozen)
        #expect(
            bench.state.effects.contains { $0.kind == .announcement && $0.caseNumber == 1 },
            "the merchant is told")
        bench.advance(days: 40, settling: AccountBench.declined)
        #expect(bench.intents.count == 1)
        bench.now = bench.now.advanced(byMs: Milliseconds.day)
        #expect(
            bench.fail(event: "again") == .ignored(.caseIsClosed),
            "a later failure report opens no case for it")
        #expect(bench.notice(kind, code: "MD06", event: "b2") != .accepted)
    }

    @Test func `a debit that came back for want of money goes back to the ladder`() {
        var bench = Self.recovered()
        #expect(bench.notice(.returned, code: "AM04", event: "r1") == .accepted)
        #expect(bench.state.cases[0].isOpen)
        #expect(bench.state.cases[0].openMinor == 4200)
        bench.advance(days: 10, settling: .approved(chargeID: "ch_2"))
        #expect(bench.intents.count == 2)
        #expect(bench.state.cases[0].phase == .recovered)
    }

    @Test func `a dispute that is won gives the case back; one that is lost stays for a person`() {
        var won = Self.recovered()
        _ = won.notice(.disputed, event: "d1")
        #expect(won.notice(.disputeWon, event: "d2") == .accepted)
        #expect(won.state.cases[0].phase == .recovered)
        var lost = Self.recovered()
        _ = lost.notice(.disputed, event: "d1")
        #expect(lost.notice(.disputeLost, event: "d2") == .accepted)
        #expect(lost.state.cases[0].phase == .frozen)
        #expect(lost.state.cases[0].openMinor == 4200)
        #expect(lost.give(.operate(OperatorRequest(verb: .writeOff, caseNumber: 1))) == .accepted)
        #expect(lost.state.cases[0].phase == .writtenOff)
    }

    @Test func `a dispute freezes an open case, and an operator takes it up again`() {
        var bench = AccountBench()
        _ = bench.fail()
        #expect(bench.notice(.disputed, event: "d1") == .accepted)
        bench.advance(days: 4)
        #expect(bench.intents.isEmpty)
        #expect(
            bench.give(.operate(OperatorRequest(verb: .unfreeze, caseNumber: 1))) == .accepted)
        #expect(bench.state.cases[0].isOpen)
        bench.advance(days: 4, settling: .approved(chargeID: "ch"))
        #expect(bench.state.cases[0].phase == .recovered)
    }

    @Test func `money of an unknown invoice is noted and changes nothing`() {
        var bench = AccountBench()
        #expect(bench.notice(.refunded, event: "b1") == .ignored(.caseIsClosed))
        #expect(bench.state.cases.isEmpty)
    }
}
