import DunlinCore
import Testing

/// Time that customers get: snoozes, promises, instalments.
@Suite struct AgreementTests {
    @Test func `a snooze moves attempts, messages and losses behind it`() {
        var bench = AccountBench()
        bench.policy = AccessLawTests.policy()
        _ = bench.fail(profile: AccountBench.email)
        let before = bench.messages
        let until = bench.day(10)
        #expect(
            bench.give(.operate(OperatorRequest(verb: .snooze, until: until))) == .accepted)
        bench.advance(days: 9, settling: AccountBench.declined)
        #expect(bench.intents.isEmpty)
        #expect(bench.messages == before)
        #expect(bench.state.access <= .warned)
        bench.advance(days: 2, settling: AccountBench.declined)
        #expect(bench.attemptsAt.first.map { $0 >= until } ?? false)
        #expect(bench.messages > before)
    }

    @Test func `a customer may snooze as long as the policy lets them, an operator longer`() {
        var bench = AccountBench()
        _ = bench.fail()
        let long = bench.day(20)
        #expect(
            bench.notice(.snoozed, until: long, event: "s1") == .refused(.outsidePolicy))
        #expect(bench.notice(.snoozed, until: bench.day(13), event: "s2") == .accepted)
        #expect(bench.give(.operate(OperatorRequest(verb: .snooze, until: long))) == .accepted)
        #expect(
            bench.give(.operate(OperatorRequest(verb: .snooze, until: bench.day(200))))
                == .refused(.outsidePolicy))
        #expect(bench.give(.operate(OperatorRequest(verb: .resume))) == .accepted)
        #expect(bench.state.dueAt == bench.day(1))
    }

    @Test func `a pause of ten days holds everything; resuming plans anew`() {
        var bench = AccountBench()
        bench.policy = AccountBench.ladder([1, 3, 5, 7, 20])
        _ = bench.fail()
        bench.advance(days: 2, settling: AccountBench.declined)
        #expect(bench.intents.count == 1)
        bench.give(.operate(OperatorRequest(verb: .pause)))
        bench.advance(days: 10, settling: AccountBench.declined)
        #expect(bench.intents.count == 1)
        bench.give(.operate(OperatorRequest(verb: .resume)))
        bench.advance(days: 3, settling: AccountBench.declined)
        #expect(bench.intents.count == 2, "one attempt is made up for, not three")
        #expect(bench.intents.last?.reason == .resumed)
        bench.advance(days: 20, settling: AccountBench.declined)
        #expect(bench.intents.count == 3)
    }

    @Test func `a promise moves the attempt to its day, and kept it closes the case`() {
        var bench = AccountBench()
        _ = bench.fail()
        let day = bench.day(9)
        #expect(
            bench.notice(
                .promised, parts: [AgreedPart(at: day, amountMinor: 0)], event: "p1") == .accepted)
        bench.advance(days: 8, settling: AccountBench.declined)
        #expect(bench.intents.isEmpty)
        bench.advance(days: 2, settling: .approved(chargeID: "ch_1"))
        #expect(bench.attemptsAt == [day])
        #expect(bench.intents.map(\.reason) == [.agreed])
        #expect(bench.state.cases[0].phase == .recovered)
        #expect(bench.state.cases[0].particulars.first?.flags.contains(.agreementKept) ?? false)
    }

    @Test func `a broken promise goes back to the ladder, with a flag`() {
        var bench = AccountBench()
        bench.policy = AccountBench.ladder([1, 3, 5, 7, 12])
        _ = bench.fail()
        _ = bench.notice(
            .promised, parts: [AgreedPart(at: bench.day(6), amountMinor: 0)], event: "p1")
        bench.advance(days: 20, settling: AccountBench.declined)
        #expect(bench.attemptHours == [144, 168, 288])
        #expect(bench.state.cases[0].particulars.first?.flags == .agreementBroken)
        #expect(bench.state.cases[0].phase == .exhausted)
    }

    @Test func `a promise to pay otherwise is broken a day after it, when nothing came`() {
        var bench = AccountBench()
        bench.policy.ending.afterMs = 28 * Milliseconds.day
        _ = bench.fail(
            "stolen_card", method: MethodChange(method: PaymentMethod(token: "pm_old")))
        #expect(
            bench.notice(
                .promised, parts: [AgreedPart(at: bench.day(5), amountMinor: 0)], event: "p1")
                == .accepted)
        bench.advance(days: 5)
        #expect(bench.state.cases[0].particulars.first?.flags == [])
        bench.advance(days: 2)
        #expect(bench.state.cases[0].particulars.first?.flags == .agreementBroken)
        #expect(bench.intents.isEmpty)
    }

    @Test func `three instalments are three legal attempts, and the last completes the case`() {
        var bench = AccountBench()
        bench.policy.wishes.partsMax = 3
        bench.policy.wishes.promiseMaxMs = 60 * Milliseconds.day
        _ = bench.fail()
        let parts = [(5, 1400), (19, 1400), (33, 1400)].map {
            AgreedPart(at: bench.day($0.0), amountMinor: $0.1)
        }
        #expect(bench.notice(.promised, parts: parts, event: "p1") == .accepted)
        bench.advance(days: 40, settling: .approved(chargeID: ""))
        #expect(bench.attemptsAt == parts.map(\.at))
        #expect(bench.intents.map(\.amountMinor) == [1400, 1400, 1400])
        #expect(bench.state.cases[0].phase == .recovered)
        #expect(!bench.state.cases[0].flags.contains(.overcharged))
    }

    @Test func `an agreement is refused beyond what is open, allowed or orderly`() {
        var bench = AccountBench()
        _ = bench.fail()
        func answer(_ parts: [AgreedPart]) -> CommandAnswer {
            var copy = bench
            return copy.notice(.promised, parts: parts, event: "p")
        }
        let soon = bench.day(3)
        #expect(answer([]) == .refused(.outsidePolicy))
        #expect(answer([AgreedPart(at: soon, amountMinor: 4201)]) == .refused(.outsidePolicy))
        #expect(answer([AgreedPart(at: bench.day(0), amountMinor: 0)]) == .refused(.outsidePolicy))
        #expect(answer([AgreedPart(at: bench.day(30), amountMinor: 0)]) == .refused(.outsidePolicy))
        let two = [
            AgreedPart(at: soon, amountMinor: 10), AgreedPart(at: bench.day(4), amountMinor: 10),
        ]
        #expect(answer(two) == .refused(.outsidePolicy), "the policy allows a promise only")
        bench.takesParts = false
        #expect(
            bench.give(.operate(OperatorRequest(verb: .promise, parts: two)))
                == .refused(.outsidePolicy), "the gateway takes no parts")
    }

    @Test func `a part that is approved leaves the rest open`() {
        var bench = AccountBench()
        bench.policy.ending.afterMs = 28 * Milliseconds.day
        _ = bench.open(invoice: "in_1", amountMinor: 100)
        bench.advance(days: 1)
        bench.settle(.approvedInPart(chargeID: "ch_1", amountMinor: 60))
        #expect(bench.state.cases[0].isOpen)
        #expect(bench.state.cases[0].openMinor == 40)
        bench.advance(days: 3)
        #expect(bench.intents.map(\.amountMinor) == [100, 40])
        bench.settle(.approved(chargeID: "ch_2"))
        #expect(bench.state.cases[0].phase == .recovered)
    }
}
