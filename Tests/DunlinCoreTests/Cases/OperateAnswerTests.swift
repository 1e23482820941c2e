import DunlinCore
import Testing

/// What an operator is told when there was nothing to do.
@Suite struct OperateAnswerTests {
    @Test(arguments: [OperatorRequest.Verb.resume, .confirmCharged, .confirmNotCharged])
    func `an open case that has nothing to change is not called closed`(
        verb: OperatorRequest.Verb
    ) {
        var bench = AccountBench()
        _ = bench.fail()
        #expect(bench.give(.operate(OperatorRequest(verb: verb))) == .ignored(.nothingDue))
        #expect(
            bench.give(.operate(OperatorRequest(verb: verb, caseNumber: 1)))
                == .ignored(.nothingDue))
        #expect(
            bench.give(.operate(OperatorRequest(verb: verb, caseNumber: 9)))
                == .refused(.noSuchCase))
    }

    @Test func `a case that was closed is called closed`() {
        var bench = AccountBench()
        _ = bench.fail()
        #expect(bench.give(.operate(OperatorRequest(verb: .cancel))) == .accepted)
        #expect(
            bench.give(.operate(OperatorRequest(verb: .pause, caseNumber: 1)))
                == .ignored(.caseIsClosed))
    }

    @Test func `frozen cases are taken up without their numbers, and without any there is none`() {
        var bench = AccountBench()
        _ = bench.fail()
        let unfreeze = AccountCommand.operate(OperatorRequest(verb: .unfreeze))
        #expect(bench.give(unfreeze) == .refused(.noSuchCase))
        bench.advance(days: 1, settling: .approved(chargeID: "ch_1"))
        #expect(bench.notice(.disputed, event: "d1") == .accepted)
        #expect(bench.state.cases[0].phase == .frozen)
        #expect(bench.give(unfreeze) == .accepted)
        #expect(bench.state.cases[0].phase != .frozen)
    }

    @Test func `an attempt cannot be asked for while a charge is under way`() {
        var bench = AccountBench()
        _ = bench.fail()
        #expect(bench.give(.operate(OperatorRequest(verb: .attemptNow))) == .accepted)
        _ = bench.give(.timer(realNow: bench.now))
        #expect(bench.state.cases[0].inFlight != nil)
        #expect(
            bench.give(.operate(OperatorRequest(verb: .attemptNow)))
                == .refused(.attemptInFlight))
    }
}
