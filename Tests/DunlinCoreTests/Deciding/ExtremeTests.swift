import DunlinCore
import DunlinTesting
import Testing

/// Law 9: whatever numbers a peer, a file or a person names, nothing traps.
@Suite struct ExtremeTests {
    private static let instants = [
        Timestamp(ms: .min), Timestamp(ms: -1), Timestamp(ms: 0), Timestamp(ms: .max),
    ]
    private static let amounts: [Int64] = [.min, -1, 0, 1, .max]

    @Test(arguments: instants, amounts)
    func `an event with extreme numbers is answered`(at: Timestamp, amount: Int64) {
        var bench = AccountBench()
        bench.policy = AccessLawTests.policy(unreachableAfter: 14 * Milliseconds.day)
        for (step, now) in ([AccountBench.start] + Self.instants).enumerated() {
            bench.now = now
            let failed = PaymentFailed(
                obligation: Obligation(
                    id: "in_\(step)", amountMinor: amount, collectedMinor: amount, currency: .eur,
                    dueAt: at),
                codes: DeclineCodes(code: "insufficient_funds"), chargeID: "ch_\(step)",
                earlierAttempts: [at, now])
            for fact: IntakeFacts.Fact in [
                .paymentFailed(failed), .externalAttempt(failed),
                .paymentSucceeded(
                    PaymentSucceeded(obligation: "in_\(step)", amountMinor: amount)),
            ] {
                bench.give(
                    .intake(
                        IntakeFacts(
                            eventID: "", occurredAt: at, fact: fact, profile: AccountBench.email,
                            method: MethodChange(
                                method: PaymentMethod(token: "pm", expiryMonth: .max)))))
            }
            bench.give(.timer(realNow: at))
            bench.settle(.approved(chargeID: "ours"))
            bench.give(.timer(realNow: at))
        }
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `records of any numbers are applied, and what follows is decided`(seed: UInt64) {
        var generator = RecordGenerator(seed: seed)
        var bench = AccountBench()
        bench.policy = AccessLawTests.policy()
        bench.state = generator.account()
        for step in 0..<40 {
            let kind = EventKind.allCases[step % EventKind.allCases.count]
            let record = generator.record(of: kind)
            if case .account(let event) = record.content {
                bench.state.evolve(event, at: RecordPosition(op: .max, index: .max))
            }
            // A case of a bundle that is not here would not be decided about.
            for index in bench.state.cases.indices {
                bench.state.cases[index].bundle = BundleID(1)
                bench.state.cases[index].policy = bench.policy.name
            }
            bench.give(.timer(realNow: bench.now))
            bench.settle(step.isMultiple(of: 2) ? .notSent(.tooLate) : AccountBench.declined)
            _ = bench.fail(invoice: "in_\(step)", event: "")
        }
    }

    @Test func `a sum that does not fit stops at the end`() {
        #expect(Int64.max.increased() == .max)
        #expect(Int64.min.decreased() == .min)
        #expect((-2 as Int64).decreased(by: .max) == .min)
        #expect((1 as Int64).decreased(by: .min) == .max)
        #expect((-1 as Int64).increased(by: .min) == .min)
        #expect(UInt32.max.increased() == .max)
        #expect((0 as UInt32).decreased() == 0)
        #expect((3 as UInt32).increased(by: 4) == 7)
    }
}
