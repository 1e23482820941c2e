import DunlinCore
import Testing

/// A case keeps its policy until somebody moves it.
@Suite struct MigrationTests {
    private static func edited() -> AccountBench {
        var bench = AccountBench()
        bench.policy.messages = [
            MessageStep(name: "first", template: "payment_failed", trigger: .afterOpen(ms: 0)),
            MessageStep(
                name: "last", template: "final_notice",
                trigger: .afterOpen(ms: 10 * Milliseconds.day)),
        ]
        bench.now = AccountBench.start.advanced(byMs: 12 * Milliseconds.hour)
        _ = bench.open(invoice: "in_1", profile: AccountBench.email)
        _ = bench.open(invoice: "in_2")
        bench.advance(days: 2, settling: AccountBench.declined)
        bench.olderBundles = [bench.bundle]
        bench.bundleNumber = 2
        bench.policy.retries.defaultLadder = RetryLadder(offsetsMs: [20 * Milliseconds.day])
        bench.policy.messages = [
            MessageStep(
                name: "new", template: "payment_reminder",
                trigger: .afterOpen(ms: 5 * Milliseconds.day)),
            MessageStep(name: "first", template: "payment_failed", trigger: .afterOpen(ms: 0)),
        ]
        return bench
    }

    @Test func `an edit leaves running cases as they were`() {
        var bench = Self.edited()
        bench.advance(days: 10, settling: AccountBench.declined)
        #expect(bench.intents.count == 8)
        #expect(bench.state.cases.allSatisfy { $0.bundle == BundleID(1) })
    }

    @Test func `a migration moves the one that is named, and no other`() {
        var bench = Self.edited()
        let untouched = bench.state.cases[1]
        let sent = bench.messages
        #expect(
            bench.give(
                .operate(OperatorRequest(verb: .migrate, caseNumber: 1, policy: "ladder")))
                == .accepted)
        #expect(bench.state.cases[0].bundle == BundleID(2))
        #expect(bench.state.cases[0].stepsDone == 0b10, "the message that was sent has moved")
        #expect(bench.state.cases[1] == untouched)
        #expect(
            bench.give(
                .operate(OperatorRequest(verb: .migrate, caseNumber: 1, policy: "ladder")))
                == .ignored(.nothingDue), "nothing to do twice")
        let made = bench.intents.filter { $0.caseNumber == 1 }.count
        bench.advance(days: 17, settling: AccountBench.declined)
        #expect(bench.intents.filter { $0.caseNumber == 1 }.count == made)
        #expect(bench.messages > sent)
        bench.advance(days: 2, settling: AccountBench.declined)
        #expect(bench.intents.filter { $0.caseNumber == 1 }.count == made + 1)
    }

    @Test func `an unknown policy is refused`() {
        var bench = Self.edited()
        for request in [
            OperatorRequest(verb: .migrate, policy: "nothing"),
            OperatorRequest(verb: .migrate, policy: "ladder", bundle: BundleID(77)),
        ] {
            #expect(bench.give(.operate(request)) == .refused(.noSuchPolicy))
        }
    }

    @Test(arguments: [
        ("standard", "standard", 0 as UInt64), ("a@ff", "a", 255), ("a@", nil, 0), ("", nil, 0),
        ("a@b@c", nil, 0),
    ])
    func `a policy is named with or without its bundle`(
        text: String, policy: String?, bundle: UInt64
    ) {
        let reference = PolicyReference(text)
        #expect(reference?.policy == policy)
        #expect((reference?.bundle.rawValue ?? 0) == bundle)
    }
}
