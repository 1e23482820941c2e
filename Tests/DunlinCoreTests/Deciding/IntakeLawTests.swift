import DunlinCore
import Testing

/// Repeats, late and early arrivals, and attempts that are not ours.
@Suite struct IntakeLawTests {
    @Test func `the same event a hundred times opens one case`() {
        var bench = AccountBench()
        #expect(bench.fail() == .accepted)
        for _ in 0..<100 { #expect(bench.fail() == .repeated) }
        #expect(bench.state.cases.count == 1)
        #expect(bench.log.count == 1)
    }

    @Test func `one failure under two event ids is one failure`() {
        var bench = AccountBench()
        #expect(bench.fail(event: "webhook", charge: "ch_1") == .accepted)
        #expect(bench.fail(event: "reconciliation", charge: "ch_1") == .repeated)
        #expect(bench.state.cases[0].declines == 1)
    }

    @Test func `paid before failed opens no case`() {
        var bench = AccountBench()
        let failedAt = bench.now
        bench.now = bench.now.advanced(byMs: Milliseconds.hour)
        #expect(bench.pay() == .accepted)
        #expect(bench.fail(occurredAt: failedAt) == .ignored(.alreadySettled))
        #expect(bench.state.cases.isEmpty)
    }

    @Test func `paid between plan and attempt means no attempt`() {
        var bench = AccountBench()
        _ = bench.fail()
        bench.now = bench.now.advanced(byMs: Milliseconds.hour)
        #expect(bench.pay() == .accepted)
        bench.advance(days: 10)
        #expect(bench.intents.isEmpty)
        #expect(bench.state.cases[0].phase == .recovered)
    }

    @Test func `a cancelled subscription is left alone`() {
        var bench = AccountBench()
        _ = bench.fail(profile: AccountBench.email)
        let canceled = IntakeFacts(
            eventID: "c", occurredAt: bench.now,
            fact: .subscriptionCanceled(subscription: "sub_1"))
        #expect(bench.give(.intake(canceled)) == .accepted)
        bench.advance(days: 30)
        #expect(bench.intents.isEmpty)
        #expect(bench.state.cases[0].phase == .cancelled)
        #expect(bench.state.dueAt == nil)
    }

    @Test func `somebody else's attempt warns once and uses a rung`() {
        var bench = AccountBench()
        _ = bench.fail(charge: "ch_1")
        bench.now = bench.now.advanced(byMs: Milliseconds.hour)
        #expect(bench.fail(event: "e2", charge: "ch_2") == .accepted)
        #expect(bench.state.cases[0].flags.contains(.foreignRetries))
        #expect(bench.state.cases[0].rung == 1)
        #expect(bench.state.marks.count == 2)
        let warnings = bench.count {
            if case .attemptReported(let report) = $0 {
                report.warnsOfForeignRetries
            } else {
                false
            }
        }
        #expect(warnings == 1)
    }

    @Test func `the webhook of our own attempt is not somebody else's`() {
        var bench = AccountBench()
        _ = bench.fail(charge: "ch_1")
        bench.advance(days: 1)
        #expect(bench.fail(event: "echo", charge: "ch_2") == .accepted)
        bench.settle(
            .declined(DeclineCodes(code: "insufficient_funds"), chargeID: "ch_2"))
        #expect(!bench.state.cases[0].flags.contains(.foreignRetries))
        #expect(bench.state.marks.count == 2, "the original and one attempt")
    }

    @Test func `money of our own attempt that is reported before its answer counts once`() {
        var bench = AccountBench()
        _ = bench.fail()
        bench.advance(days: 1)
        let paid = IntakeFacts(
            eventID: "paid", occurredAt: bench.now,
            fact: .paymentSucceeded(PaymentSucceeded(obligation: "in_1", chargeID: "ch_7")))
        #expect(bench.give(.intake(paid)) == .accepted)
        bench.settle(.approved(chargeID: "ch_7"))
        let ended = bench.state.cases[0]
        #expect(ended.phase == .recovered)
        #expect(ended.obligation.collectedMinor == 4200)
        #expect(!ended.flags.contains(.overcharged))
        #expect(ended.flags.contains(.recoveredByUs))
    }

    @Test(arguments: [Int64(0), -1, .min])
    func `an amount that is not positive is refused`(amount: Int64) {
        var bench = AccountBench()
        let facts = IntakeFacts(
            eventID: "e", occurredAt: bench.now,
            fact: .paymentFailed(
                PaymentFailed(
                    obligation: Obligation(id: "in", amountMinor: amount, currency: .eur),
                    codes: DeclineCodes(code: "x"))))
        #expect(bench.give(.intake(facts)) == .refused(.amountNotPositive))
        #expect(bench.log.isEmpty)
    }

    @Test func `a failure of last week starts its ladder now`() {
        var bench = AccountBench()
        bench.now = bench.now.advanced(byMs: 7 * Milliseconds.day)
        _ = bench.fail(occurredAt: AccountBench.start)
        #expect(bench.state.cases[0].anchor == bench.now)
        #expect(bench.state.marks[0].at == AccountBench.start, "budgets count when it happened")
    }
}
