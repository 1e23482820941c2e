import DunlinCore

extension ExplainTests {
    private static let florida = ContactHours(
        version: 20_260_101,
        rows: [
            ContactHours.Row(
                number: 4, name: "us-texts", channels: ChannelSet([.sms]), country: "US",
                week: WeekHours(daily: 8 * 60..<20 * 60), source: "47 CFR 64.1200")
        ], places: [ContactHours.Place(country: "US", zones: ["UTC"])])

    static let messages = [
        Situation(
            testDescription: "the law's hours move a text", kind: .message,
            make: {
                var bench = AccountBench.messaging([
                    .step("now", .afterOpen(ms: 0), channels: [.sms])
                ])
                bench.hours = Self.florida
                bench.now = AccountBench.start.advanced(byMs: 22 * Milliseconds.hour)
                var profile = AccountBench.reachable
                profile.country = "US"
                _ = bench.fail(profile: profile)
                return bench
            },
            expected: """
                message now 01-02 08:00: by sms
                  contactHours us-texts free 01-02 08:00 without 01-01 22:00
                """),
        Situation(
            testDescription: "consent was taken back: the next channel", kind: .message,
            make: {
                var bench = AccountBench.messaging([
                    .step("two", .days(2), channels: [.sms, .email])
                ])
                _ = bench.fail(profile: AccountBench.reachable)
                bench.hear(.messageReplied(.sms, .stop))
                return bench
            },
            expected: """
                message two 01-03 10:00: by email
                  trigger messages.two free 01-03 10:00 without 01-01 10:00
                  consent sms transactional free never without 01-03 10:00
                """),
        Situation(
            testDescription: "a cap, and a window of the policy", kind: .message,
            make: {
                var bench = AccountBench.messaging(
                    [
                        .step("first", .afterOpen(ms: 0)),
                        .step("second", .afterOpen(ms: Milliseconds.hour), window: 540..<1020),
                    ],
                    sending: SendingRules(
                        caps: [FrequencyCap(touchesMax: 1, withinMs: 2 * Milliseconds.day)]))
                _ = bench.fail(profile: AccountBench.reachable)
                bench.give(.timer(realNow: bench.now))
                bench.answerMessages()
                return bench
            },
            expected: """
                message second 01-03 10:00: by email
                  trigger messages.second free 01-01 11:00 without 01-03 10:00
                  frequencyCap sending.caps[0] free 01-03 10:00 without 01-01 11:00
                """),
        Situation(
            testDescription: "silent at first, and messages are paused", kind: .message,
            make: {
                var bench = AccountBench.messaging(
                    [.step("first", .afterOpen(ms: 0))], sending: SendingRules(silentTries: 2))
                _ = bench.fail(profile: AccountBench.reachable)
                bench.messagesPaused = true
                return bench
            },
            expected: """
                message first never: it is not meant for the case as it stands
                  tenantPause pause messages free never without never
                  silentFirst sending.silent_tries free never without 01-01 10:00
                """),
        Situation(
            testDescription: "an address that bounced, and no other", kind: .message,
            make: {
                var bench = AccountBench.messaging([
                    .step("first", .days(1), channels: [.email, .sms])
                ])
                _ = bench.fail(profile: AccountBench.email)
                bench.state.profile.contacts[0].isReachable = false
                return bench
            },
            expected: """
                message first never: the address bounced, or its owner complained
                  trigger messages.first free 01-02 10:00 without never
                  suppression email free never without 01-02 10:00
                  noContact sms free never without 01-02 10:00
                """),
    ]

    static let losses = [
        Situation(
            testDescription: "nobody was told yet", kind: .access,
            make: {
                var bench = Self.losing()
                bench.live(days: 12)
                return bench
            },
            expected: """
                access suspended 01-25 10:00: by the policy's timeline
                  noticeBeforeLoss access.notice_min free 01-25 10:00 without 01-13 10:00
                """),
        Situation(
            testDescription: "told, and the notice has still to run", kind: .access,
            make: {
                var bench = Self.losing([.step("told", .days(9))])
                bench.live(days: 9)
                return bench
            },
            expected: """
                access suspended 01-13 10:00: by the policy's timeline
                  timeline access.steps[0] free 01-11 10:00 without =
                  noticeBeforeLoss access.notice_min free 01-13 10:00 without 01-11 10:00
                """),
        Situation(
            testDescription: "kept by a flag", kind: .end,
            make: {
                var bench = Self.losing()
                bench.hear(
                    .accountFlagged(
                        FlagChange(flag: .overdueEnforcementOff, isSet: true, reason: "told")))
                return bench
            },
            expected: """
                end cancelSubscription never: nothing of it is planned
                  timeline ending.after free 01-29 10:00 without =
                  noticeBeforeLoss access.notice_min free 02-12 10:00 without =
                  accountFlag overdueEnforcementOff free never without 01-29 10:00
                """),
        Situation(
            testDescription: "the end follows the last attempt", kind: .end,
            make: { AccountBench.withCard() },
            expected: """
                end never: nothing of it is planned
                  timeline ending.after free never without 01-01 00:00
                """),
    ]

    private static func losing(_ steps: [MessageStep] = []) -> AccountBench {
        var bench = AccountBench.messaging(steps)
        bench.policy.access = AccessTimeline(
            steps: [AccessTimeline.Step(state: .suspended, afterMs: 10 * Milliseconds.day)],
            unreachableAfterMs: 14 * Milliseconds.day)
        bench.policy.ending.actions = [.cancelSubscription]
        _ = bench.fail(profile: AccountBench.reachable)
        return bench
    }
}
