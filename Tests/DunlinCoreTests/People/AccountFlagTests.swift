import DunlinCore
import Testing

/// What an account's flags stop, and what goes on.
@Suite struct AccountFlagTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var flag: AccountFlag
        var attempts: Bool
        var messages: Bool
        var losses: Bool
        var testDescription: String { self.flag.name }
    }

    static let rows = [
        Row(flag: .neverDun, attempts: false, messages: false, losses: false),
        Row(flag: .noRetry, attempts: false, messages: true, losses: true),
        Row(flag: .noMessages, attempts: true, messages: false, losses: true),
        Row(flag: .overdueEnforcementOff, attempts: true, messages: true, losses: false),
        Row(flag: .deceased, attempts: false, messages: false, losses: false),
        Row(flag: .bankrupt, attempts: false, messages: false, losses: false),
        Row(flag: .vulnerable, attempts: false, messages: false, losses: false),
        Row(flag: .wantsToCancel, attempts: true, messages: true, losses: true),
    ]

    private static func bench() -> AccountBench {
        var bench = AccountBench.messaging([
            .step("first", .afterOpen(ms: 0)), .step("second", .days(4)),
        ])
        bench.policy.access = AccessTimeline(
            steps: [AccessTimeline.Step(state: .suspended, afterMs: 10 * Milliseconds.day)],
            unreachableAfterMs: Milliseconds.day)
        bench.policy.ending.actions = [.cancelSubscription]
        return bench
    }

    private static func flag(
        _ bench: inout AccountBench, _ flag: AccountFlag, isSet: Bool = true
    ) -> CommandAnswer {
        bench.hear(.accountFlagged(FlagChange(flag: flag, isSet: isSet, reason: "told")))
    }

    @Test(arguments: rows)
    func `a flag stops its kind from the start, and nothing else`(row: Row) {
        var bench = Self.bench()
        #expect(Self.flag(&bench, row.flag) == .accepted)
        #expect(Self.flag(&bench, row.flag) == .repeated)
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 60)
        #expect(bench.intents.isEmpty == !row.attempts)
        #expect(bench.sent.isEmpty == !row.messages)
        #expect((bench.state.access >= .suspended) == row.losses)
        let ends = bench.count { if case .endActionIntended = $0 { true } else { false } }
        #expect((ends > 0) == row.losses)
        #expect(bench.state.cases[0].isOpen == !row.losses)
        #expect(bench.state.cases[0].flags.contains(.flagged) == row.flag.needsOperator)
    }

    @Test(arguments: rows)
    func `a flag in the middle stops at once; cleared, the case goes on`(row: Row) {
        var bench = Self.bench()
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 2)
        let attempts = bench.intents.count
        let messages = bench.sent.count
        _ = Self.flag(&bench, row.flag)
        bench.live(days: 3)
        if !row.attempts { #expect(bench.intents.count == attempts) }
        if !row.messages { #expect(bench.sent.count == messages) }
        #expect(Self.flag(&bench, row.flag, isSet: false) == .accepted)
        #expect(!bench.state.cases[0].flags.contains(.flagged))
        bench.live(days: 2)
        #expect(bench.sent.count == 2)
        bench.live(days: 60)
        #expect(bench.state.access == .suspended)
        #expect(!bench.state.cases[0].isOpen)
    }

    @Test func `a message on its way is withheld by a flag and by a stop`() {
        var bench = Self.bench()
        _ = bench.fail(profile: AccountBench.reachable)
        bench.give(.timer(realNow: bench.now))
        #expect(bench.state.effects.map(\.kind) == [.message])
        #expect(bench.state.mayStillSend(on: .email, .transactional))
        var stopped = bench
        stopped.hear(.messageReplied(.email, .stop))
        #expect(!stopped.state.mayStillSend(on: .email, .transactional))
        #expect(stopped.state.mayStillSend(on: .sms, .transactional))
        _ = Self.flag(&bench, .deceased)
        #expect(!bench.state.mayStillSend(on: .email, .transactional))
        // What did not leave was never a touch.
        bench.answerMessages { _ in .refused(reason: EffectOutcome.notNow) }
        #expect(bench.state.outreach[0].touches == [])
        #expect(bench.state.cases[0].toldAt.ms == 0)
    }

    @Test func `the timeline tells why`() {
        var bench = Self.bench()
        _ = bench.fail(profile: AccountBench.reachable)
        _ = Self.flag(&bench, .vulnerable)
        let entries = bench.log.enumerated().map { index, record in
            TimelineEntry(position: RecordPosition(op: UInt64(index), index: 0), record: record)
        }
        let lines = TimelineText.lines(Timeline(entries: entries, startsAfter: nil))
        #expect(lines.contains { $0.contains("flag set, vulnerable: everything stops: told") })
        let explained = CaseExplanation.explain(bench.state, now: bench.now)
        #expect(explained.contains { $0.contains("flag of the account") })
    }
}
