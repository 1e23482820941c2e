import DunlinCore
import Testing

/// Law 7: nobody is suspended without having been told first.
@Suite struct AccessLawTests {
    static func policy(unreachableAfter: Int64? = nil) -> DunningPolicy {
        var policy = AccountBench.ladder([1, 3])
        policy.messages = [
            MessageStep(
                name: "first", template: "payment_failed", trigger: .afterOpen(ms: 0),
                windowMinutes: 8 * 60..<20 * 60)
        ]
        policy.access = AccessTimeline(
            steps: [
                AccessTimeline.Step(state: .warned, afterMs: 0),
                AccessTimeline.Step(state: .suspended, afterMs: 5 * Milliseconds.day),
            ], noticeMinMs: 72 * Milliseconds.hour, unreachableAfterMs: unreachableAfter)
        policy.ending = Ending(
            afterMs: 10 * Milliseconds.day, actions: [.cancelSubscription], access: .terminated)
        return policy
    }

    private func accept(_ bench: inout AccountBench) {
        for effect in bench.state.effects where effect.kind == .message {
            bench.give(.effectAnswered(id: effect.id, outcome: .done(reference: "m")))
        }
    }

    @Test func `who was told is suspended on time`() {
        var bench = AccountBench()
        bench.policy = Self.policy()
        _ = bench.fail(profile: AccountBench.email)
        bench.advance(days: 1, settling: AccountBench.declined)
        self.accept(&bench)
        bench.advance(days: 5, settling: AccountBench.declined)
        #expect(bench.state.access == .suspended)
    }

    @Test func `a loss due with an attempt waits for its answer and is not forgotten`() {
        var bench = AccountBench()
        bench.policy = Self.policy()
        bench.policy.access.noticeMinMs = Milliseconds.day
        bench.policy.access.steps.insert(
            AccessTimeline.Step(state: .limited, afterMs: 3 * Milliseconds.day), at: 1)
        _ = bench.fail(profile: AccountBench.email)
        bench.advance(days: 1, settling: AccountBench.declined)
        self.accept(&bench)
        bench.now = AccountBench.start.advanced(byMs: 3 * Milliseconds.day)
        bench.give(.timer(realNow: bench.now))
        #expect(bench.state.cases[0].inFlight != nil)
        #expect(bench.state.access == .warned)
        #expect(bench.state.dueAt != bench.now, "the instant was fired")
        bench.settle(AccountBench.declined)
        #expect(bench.state.dueAt == bench.now, "the loss is due again")
        bench.give(.timer(realNow: bench.now))
        #expect(bench.state.access == .limited)
    }

    @Test func `a message never leaves at night`() {
        var bench = AccountBench()
        bench.policy = Self.policy()
        _ = bench.fail(profile: AccountBench.email)
        bench.advance(days: 1)
        let sent = bench.log.first {
            if case .messageIntended = $0.event { true } else { false }
        }
        #expect(sent?.at == AccountBench.start.advanced(byMs: 8 * Milliseconds.hour))
    }

    @Test func `who cannot be told keeps access, and is on the operators' list`() {
        var bench = AccountBench()
        bench.policy = Self.policy()
        _ = bench.fail()
        bench.advance(days: 40, settling: AccountBench.declined)
        #expect(bench.state.access == .warned)
        #expect(bench.state.cases[0].isOpen)
        #expect(bench.state.cases[0].flags.contains(.unreachable))
        #expect(bench.count { if case .endActionIntended = $0 { true } else { false } } == 0)
    }

    @Test func `a policy may end the access of who cannot be told, long after`() {
        var bench = AccountBench()
        bench.policy = Self.policy(unreachableAfter: 14 * Milliseconds.day)
        _ = bench.fail()
        bench.advance(days: 60, settling: AccountBench.declined)
        let reasons = bench.log.compactMap { record -> AccessChanged.Reason? in
            if case .accessChanged(let change) = record.event { change.reason } else { nil }
        }
        #expect(reasons.contains(.unreachable))
        #expect(bench.state.access >= .suspended)
    }

    @Test func `a message that only fails now is no notice`() {
        var bench = AccountBench()
        bench.policy = Self.policy()
        _ = bench.fail(profile: AccountBench.email)
        bench.advance(days: 1, settling: AccountBench.declined)
        for effect in bench.state.effects where effect.kind == .message {
            bench.give(.effectAnswered(id: effect.id, outcome: .refused(reason: "dead:smtp-550")))
        }
        bench.advance(days: 30, settling: AccountBench.declined)
        #expect(bench.state.access == .warned)
    }

    @Test(arguments: [AccessState.limited, .suspended])
    func `nothing is taken from who was not told long enough before`(state: AccessState) {
        var bench = AccountBench()
        bench.policy = Self.policy()
        bench.policy.access.steps = [
            AccessTimeline.Step(state: state, afterMs: 2 * Milliseconds.day)
        ]
        _ = bench.fail(profile: AccountBench.email)
        bench.advance(days: 4, settling: AccountBench.declined)
        #expect(bench.state.access == .full, "the message was not accepted yet")
        self.accept(&bench)
        let told = bench.now
        bench.advance(days: 6, settling: AccountBench.declined)
        let lost = bench.log.first {
            if case .accessChanged(let change) = $0.event { change.state == state } else { false }
        }
        #expect(lost?.at == told.advanced(byMs: bench.policy.access.noticeMinMs))
    }

    @Test func `steps that fall due together are taken in one turn`() {
        var bench = AccountBench()
        bench.policy = Self.policy()
        bench.policy.access.steps = [
            AccessTimeline.Step(state: .warned, afterMs: 0),
            AccessTimeline.Step(state: .limited, afterMs: Milliseconds.day),
            AccessTimeline.Step(state: .suspended, afterMs: 2 * Milliseconds.day),
        ]
        bench.policy.retries.defaultLadder.offsetsMs = []
        _ = bench.fail(profile: AccountBench.email)
        bench.now = bench.now.advanced(byMs: 8 * Milliseconds.hour)
        bench.give(.timer(realNow: bench.now))
        self.accept(&bench)
        bench.now = bench.now.advanced(byMs: 4 * Milliseconds.day)
        bench.give(.timer(realNow: bench.now))
        #expect(bench.state.access == .suspended)
        #expect(bench.state.dueAt.map { $0 > bench.now } ?? true)
    }

    @Test func `payment gives access back`() {
        var bench = AccountBench()
        bench.policy = Self.policy()
        _ = bench.fail(profile: AccountBench.email)
        bench.advance(days: 1, settling: AccountBench.declined)
        self.accept(&bench)
        bench.advance(days: 6, settling: AccountBench.declined)
        #expect(bench.state.access == .suspended)
        #expect(bench.pay() == .accepted)
        #expect(bench.state.access == .full)
    }

    @Test func `the end cancels the subscription of who was told`() {
        var bench = AccountBench()
        bench.policy = Self.policy()
        _ = bench.fail(profile: AccountBench.email)
        bench.advance(days: 1, settling: AccountBench.declined)
        self.accept(&bench)
        bench.advance(days: 20, settling: AccountBench.declined)
        #expect(bench.state.cases[0].phase == .exhausted)
        #expect(bench.state.effects.map(\.kind) == [.endAction])
        #expect(bench.state.access == .terminated)
    }
}
