import DunlinCore
import Testing

/// Laws 1-4 for one account's attempts.
@Suite struct AttemptLawTests {
    @Test func `four declines on days 1, 3, 5 and 7 exhaust the case`() {
        var bench = AccountBench()
        #expect(bench.fail() == .accepted)
        bench.advance(days: 30, settling: AccountBench.declined)

        #expect(bench.state.cases[0].phase == .exhausted)
        #expect(bench.state.cases[0].attempts == 4)
        let days = bench.log.compactMap { record -> Int64? in
            guard case .attemptIntended = record.event else { return nil }
            return (record.at.ms - AccountBench.start.ms) / Milliseconds.day
        }
        #expect(days == [1, 3, 5, 7])
    }

    @Test func `a retry after a decline has a new key`() {
        var bench = AccountBench()
        _ = bench.fail()
        bench.advance(days: 30, settling: AccountBench.declined)
        #expect(Set(bench.intents.map(\.key)).count == bench.intents.count)
        #expect(bench.intents.count == 4)
    }

    @Test func `while an attempt is in flight no other is intended`() {
        var bench = AccountBench()
        _ = bench.fail()
        bench.advance(days: 20)
        #expect(bench.intents.count == 1)
        #expect(bench.state.cases[0].inFlight != nil)
        #expect(bench.changeMethod("pm_new", event: "m1") == .accepted)
        bench.advance(days: 10)
        #expect(bench.intents.count == 1, "a new card does not start a second charge")
    }

    @Test func `an unknown outcome is asked about, and nothing is attempted meanwhile`() {
        var bench = AccountBench()
        _ = bench.fail()
        bench.advance(days: 1)
        bench.settle(.unknown)
        #expect(bench.state.cases[0].phase == .waitingNetwork)
        bench.advance(days: 3)
        let asked = bench.count { if case .lookUpIntended = $0 { true } else { false } }
        #expect(asked == 1, "one question at a time")
        #expect(bench.intents.count == 1)
        bench.settle(.approved(chargeID: "ch_1"))
        #expect(bench.state.cases[0].phase == .recovered)
        #expect(bench.intents.count == 1)
    }

    @Test func `an outcome that nobody can tell is parked for a person`() {
        var bench = AccountBench()
        _ = bench.fail()
        bench.advance(days: 60, settling: .unknown)
        #expect(bench.state.cases[0].inFlight?.phase == .parked)
        #expect(bench.intents.count == 1)
        #expect(bench.give(.operate(OperatorRequest(verb: .confirmCharged))) == .accepted)
        #expect(bench.state.cases[0].phase == .recovered)
    }

    @Test func `a failure of the machinery uses no rung of the ladder`() {
        var bench = AccountBench()
        _ = bench.fail()
        bench.advance(days: 1)
        bench.settle(.technicalFailure(DeclineCodes(code: "processing_error")))
        let next = bench.state.cases[0].plan
        #expect(next.attemptReason == .technical)
        #expect(next.attemptAt == bench.now.advanced(byMs: 300 * Milliseconds.second))
        #expect(bench.state.cases[0].rung == 0)
    }

    @Test func `a dead credential is never tried again, a new one at once`() {
        var bench = AccountBench()
        _ = bench.fail(
            "stolen_card", method: MethodChange(method: PaymentMethod(token: "pm_old")))
        #expect(bench.state.cases[0].plan.attemptReason == .credentialBlocked)
        bench.advance(days: 20)
        #expect(bench.intents.isEmpty)
    }

    @Test func `a new card is tried within the same instant`() {
        var bench = AccountBench()
        bench.policy.ending = Ending(afterMs: 28 * Milliseconds.day)
        _ = bench.fail(
            "expired_card", method: MethodChange(method: PaymentMethod(token: "pm_old")))
        bench.advance(days: 5)
        #expect(bench.state.cases[0].phase == .waitingCustomer)
        #expect(bench.changeMethod("pm_new", event: "m1") == .accepted)
        #expect(bench.state.dueAt == bench.now)
        bench.give(.timer(realNow: bench.now))
        #expect(bench.intents.map(\.method) == [2])
        bench.settle(.approved(chargeID: "ch_9"))
        #expect(bench.state.cases[0].phase == .recovered)
    }

    @Test func `a clock that jumps forty days makes at most one overdue attempt`() {
        var bench = AccountBench()
        bench.policy = AccountBench.ladder([1, 3, 5, 7, 9, 11, 13])
        _ = bench.fail()
        bench.now = bench.now.advanced(byMs: 40 * Milliseconds.day)
        bench.give(.timer(realNow: bench.now))
        bench.settle(AccountBench.declined)
        bench.advance(days: 5, settling: AccountBench.declined)
        #expect(bench.intents.count <= 1)
    }

    @Test func `an observing tenant intends nothing and says what it would do`() {
        var bench = AccountBench()
        bench.mode = .observe
        _ = bench.fail(profile: AccountBench.email)
        bench.advance(days: 30)
        #expect(bench.intents.isEmpty)
        let withheld = bench.count { if case .attemptWithheld = $0 { true } else { false } }
        #expect(withheld == 4)
        #expect(bench.state.effects.isEmpty)
        #expect(bench.state.cases[0].isOpen)
    }

    @Test func `money that arrives while a charge is out is never charged in silence`() {
        var bench = AccountBench()
        _ = bench.fail()
        bench.advance(days: 1)
        #expect(bench.pay() == .accepted)
        #expect(bench.state.cases[0].phase == .recovered)
        bench.settle(.approved(chargeID: "ch_2"))
        #expect(bench.state.cases[0].flags.contains(.overcharged))
    }

    /// Workload W1, decided without any engine: the figures are those of its definition.
    @Test func `a thousand accounts end as the workload says`() {
        var digest: UInt64 = 0
        var recovered = 0
        var attempts = 0
        for index in 0..<1000 {
            var bench = AccountBench()
            _ = bench.fail()
            for attempt in 1...4 where bench.state.cases[0].isOpen {
                bench.now = bench.state.dueAt ?? bench.now
                bench.give(.timer(realNow: bench.now))
                let chance: [UInt64] = [240, 150, 120, 100]
                let drawn = splitmix64(
                    1 ^ (UInt64(index) &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(attempt))
                let isApproved = drawn % 1000 < chance[attempt - 1]
                bench.settle(isApproved ? .approved(chargeID: "") : AccountBench.declined)
            }
            let ended = bench.state.cases[0]
            attempts += Int(ended.attempts)
            if ended.phase == .recovered { recovered += 1 }
            let mark = UInt64(ended.attempts) + (ended.phase == .recovered ? 4096 : 0)
            digest &+= splitmix64(UInt64(index) * 8 + mark)
        }
        #expect(recovered == 498)
        #expect(attempts == 2946)
        #expect(hexadecimal(digest) == "8bd09bdb5f5f8ee8")
    }
}
