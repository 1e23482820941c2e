import DunlinCore
import Testing

/// What is sent, when, and on which channel.
@Suite struct MessagePlanTests {
    private static let hour = Milliseconds.hour

    // MARK: Channels

    @Test func `a channel without a provider is passed over, and the evidence says so`() throws {
        var bench = AccountBench.messaging([
            .step("first", .afterOpen(ms: 0), channels: [.push, .sms, .email])
        ])
        bench.channels = .email
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 1)
        #expect(bench.sent.map(\.channel) == [.email])
        let permit = bench.log.lazy.compactMap { record -> SendPermit? in
            if case .messageIntended(let message) = record.event { message.permit } else { nil }
        }.first
        #expect(
            permit?.passed == [
                PassedChannel(channel: .push, reason: .notConfigured),
                PassedChannel(channel: .sms, reason: .notConfigured),
            ])
    }

    @Test func `a provider's refusal goes on to the next channel, each once`() {
        var bench = AccountBench.messaging([
            .step("first", .afterOpen(ms: 0), channels: [.email, .sms, .voice])
        ])
        _ = bench.fail(profile: AccountBench.reachable)
        for _ in 0..<4 {
            bench.give(.timer(realNow: bench.now))
            bench.answerMessages { touch in
                touch?.channel == .voice ? .done(reference: "v") : .refused(reason: "no")
            }
        }
        #expect(bench.sent.map(\.channel) == [.email, .sms, .voice])
        #expect(bench.state.cases[0].touches == 1)
        #expect(bench.state.cases[0].toldAt == bench.now)
    }

    @Test func `who can be reached nowhere is on the operators' list, with every reason`() {
        var bench = AccountBench.messaging([
            .step("first", .afterOpen(ms: 0), channels: [.email, .sms])
        ])
        bench.channels = .email
        _ = bench.fail()
        bench.live(days: 1)
        #expect(bench.sent == [])
        #expect(bench.skipped.map(\.reason) == [.noContact])
        #expect(bench.state.cases[0].flags.contains(.unreachable))
    }

    @Test func `a message that was not opened is followed on the next channel`() {
        var bench = AccountBench.messaging([
            .step("first", .afterOpen(ms: 0)),
            .step(
                "again", .unopened(step: 0, ms: 48 * Self.hour), channels: [.sms, .voice]),
        ])
        let noText = ConsentChange(
            channel: .sms, purpose: .transactional, isGranted: false, source: "asked")
        var texted = bench
        _ = texted.fail(profile: AccountBench.reachable)
        texted.live(days: 10)
        #expect(texted.sent.map(\.channel) == [.email, .sms])
        #expect(texted.hours(texted.sent[1].at) == texted.hours(texted.sent[0].at) + 48)
        // Without consent to texts the next channel is used.
        _ = bench.fail(profile: AccountBench.reachable)
        bench.hear(.consentChanged(noText))
        bench.live(days: 10)
        #expect(bench.sent.map(\.channel) == [.email, .voice])
    }

    @Test(arguments: [MessageReceipt.Kind.opened, .clicked])
    func `a message that was opened is not followed`(kind: MessageReceipt.Kind) {
        var bench = AccountBench.messaging([
            .step("first", .afterOpen(ms: 0)),
            .step("again", .unopened(step: 0, ms: 48 * Self.hour), channels: [.sms]),
        ])
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 1)
        let receipt = MessageReceipt(kind: kind, channel: .email, reference: "m")
        #expect(bench.hear(.messageReceipt(receipt)) == .accepted)
        #expect(bench.hear(.messageReceipt(receipt)) == .repeated)
        bench.live(days: 10)
        #expect(bench.sent.map(\.name) == ["first"])
    }

    @Test func `what bounced told nobody, and goes out on the next channel`() {
        var bench = AccountBench.messaging([
            .step("first", .afterOpen(ms: 0), channels: [.email, .sms])
        ])
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 1)
        #expect(bench.state.cases[0].toldAt.ms != 0)
        bench.hear(
            .messageReceipt(MessageReceipt(kind: .bounced, channel: .email, reference: "m")))
        #expect(bench.state.cases[0].toldAt.ms == 0)
        bench.live(days: 1)
        #expect(bench.sent.map(\.channel) == [.email, .sms])
        #expect(bench.state.cases[0].toldAt.ms != 0)
    }

    @Test func `when the first of two messages bounces, the notice counts from then`() {
        var bench = AccountBench.messaging([
            .step("first", .afterOpen(ms: 0)),
            .step("second", .afterOpen(ms: 72 * Self.hour), channels: [.sms]),
        ])
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 4)
        #expect(bench.sent.map(\.channel) == [.email, .sms])
        let first = bench.state.cases[0].toldAt
        bench.hear(
            .messageReceipt(MessageReceipt(kind: .bounced, channel: .email, reference: "m")))
        let told = bench.state.cases[0].toldAt
        #expect(told >= first.advanced(byMs: 72 * Self.hour), "the text message was accepted")
        // The second standing alone: what bounces now told nobody.
        bench.hear(.messageReceipt(MessageReceipt(kind: .bounced, channel: .sms, reference: "m")))
        #expect(bench.state.cases[0].toldAt.ms == 0)
    }

    @Test func `each of several messages to a dead address may come back`() {
        var bench = AccountBench.messaging([
            .step("first", .afterOpen(ms: 0)),
            .step("second", .afterOpen(ms: 72 * Self.hour)),
        ])
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 4)
        let bounce = MessageReceipt(kind: .bounced, channel: .email, reference: "m")
        #expect(bench.hear(.messageReceipt(bounce)) == .accepted)
        #expect(bench.state.cases[0].toldAt.ms != 0, "the other one still stands")
        #expect(bench.hear(.messageReceipt(bounce)) == .accepted)
        #expect(bench.state.cases[0].toldAt.ms == 0)
        #expect(bench.hear(.messageReceipt(bounce)) == .repeated)
    }

    // MARK: Triggers

    @Test func `a day before the final retry is said exactly once`() {
        var bench = AccountBench.messaging(
            [.step("last", .beforeAttempt(.final, ms: 24 * Self.hour))], ladder: [1, 3, 6])
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 27)
        #expect(bench.sent.map(\.name) == ["last"])
        #expect(bench.intents.count == 3)
        let final = bench.log.last {
            if case .attemptIntended = $0.event { true } else { false }
        }
        #expect(final?.at == bench.sent.first?.at.advanced(byMs: 24 * Self.hour))
    }

    @Test func `the penultimate, the numbered and the settled attempt have their messages`() {
        var bench = AccountBench.messaging(
            [
                .step("second", .beforeAttempt(.number(2), ms: 12 * Self.hour)),
                .step("next-to-last", .beforeAttempt(.penultimate, ms: 6 * Self.hour)),
                .step("after-first", .afterAttempt(number: 1, ms: 2 * Self.hour)),
            ], ladder: [1, 3, 5, 7])
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 27)
        let base = bench.hours(AccountBench.start) + 10
        #expect(bench.sent.map(\.name) == ["after-first", "second", "next-to-last"])
        #expect(
            bench.sent.map { bench.hours($0.at) } == [base + 26, base + 72 - 12, base + 120 - 6])
    }

    @Test func `no word before the second try has failed; recovered on it, none at all`() {
        let sending = SendingRules(silentTries: 2)
        let steps: [MessageStep] = [
            .step("first", .afterOpen(ms: 0)), .step("thanks", .onRecovered),
        ]
        var lucky = AccountBench.messaging(steps, sending: sending)
        _ = lucky.fail(profile: AccountBench.reachable)
        lucky.live(days: 2)
        #expect(lucky.intents.count == 1)
        lucky.live(days: 2, charges: .approved(chargeID: "c"))
        #expect(lucky.state.cases[0].phase == .recovered)
        #expect(lucky.sent == [])
        var unlucky = AccountBench.messaging(steps, sending: sending)
        _ = unlucky.fail(profile: AccountBench.reachable)
        unlucky.live(days: 27)
        #expect(unlucky.sent.map(\.name) == ["first"])
        #expect(unlucky.hours(unlucky.sent[0].at) == 10 + 3 * 24)
    }

    @Test func `a hard decline is told within the minute, silent tries or not`() {
        var bench = AccountBench.messaging(
            [.step("card", .onHardDecline)], sending: SendingRules(silentTries: 2))
        _ = bench.fail("expired_card", profile: AccountBench.reachable)
        let failedAt = bench.now
        bench.live(days: 1)
        #expect(bench.sent.map(\.name) == ["card"])
        #expect(bench.sent[0].at.ms - failedAt.ms <= 60_000)
    }

    @Test func `nothing is said a second after it was paid or cancelled`() {
        for ends in [
            IntakeFacts.Fact.paymentSucceeded(PaymentSucceeded(obligation: "in_1")),
            .subscriptionCanceled(subscription: "sub_1"),
        ] {
            var bench = AccountBench.messaging([
                .step("later", .afterOpen(ms: Self.hour + 1000)), .step("thanks", .onRecovered),
            ])
            _ = bench.fail(profile: AccountBench.reachable)
            bench.now = bench.now.advanced(byMs: Self.hour)
            bench.hear(ends)
            bench.live(days: 5)
            #expect(bench.sent == [])
        }
    }

    /// A ticket at the help desk is a message of a segment's policy on the channel `webhook`.
    @Test(arguments: [(60_000, 1), (4200, 0)] as [(Int64, Int)])
    func `who is worth a ticket has exactly one after five days of waiting`(
        amountMinor: Int64, tickets: Int
    ) throws {
        var bench = AccountBench.messaging([.step("first", .days(0))], ladder: [1])
        var large = bench.policy
        large.name = "large"
        large.messages.append(
            .step(
                "ticket", .days(5), channels: [.webhook],
                onlyFor: [.lifecycle, .hardStolen, .softFunds]))
        bench.otherPolicies = [large]
        bench.segments = [
            Segment(
                name: "large", when: try SegmentExpression("amount_minor > 50000"), policy: "large")
        ]
        _ = bench.open(
            "expired_card", invoice: "in_1", amountMinor: amountMinor,
            profile: AccountBench.reachable)
        #expect(bench.state.cases[0].phase == .waitingCustomer)
        bench.live(days: 4)
        #expect(!bench.sent.contains { $0.channel == .webhook })
        bench.live(days: 16)
        #expect(bench.sent.count { $0.channel == .webhook && $0.name == "ticket" } == tickets)
        #expect(bench.state.cases[0].phase == .waitingCustomer)
    }

    @Test func `who pays before the fifth day has no ticket`() {
        var bench = AccountBench.messaging(
            [.step("ticket", .days(5), channels: [.webhook])], ladder: [1])
        _ = bench.open("expired_card", invoice: "in_1", profile: AccountBench.reachable)
        bench.live(days: 4)
        _ = bench.pay(invoice: "in_1")
        bench.live(days: 16)
        #expect(bench.sent.isEmpty)
    }

    @Test func `the reduced access is told when it happens`() {
        var bench = AccountBench.messaging([
            .step("first", .afterOpen(ms: 0)), .step("limited", .onAccess(state: .limited)),
        ])
        bench.policy.access = AccessTimeline(
            steps: [AccessTimeline.Step(state: .limited, afterMs: 5 * Milliseconds.day)])
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 6)
        #expect(bench.sent.map(\.name) == ["first", "limited"])
        #expect(bench.hours(bench.sent[1].at) == 10 + 120)
    }

    // MARK: The end of the agreement

    @Test func `who ended the agreement is asked to keep or cancel, and never reminded to pay`() {
        let map: [String: DeclineMap.Rule] = [
            "revoked": .init(declineClass: .hardRevoked, advice: .never)
        ]
        let reminders: [MessageStep] = [
            .step("first", .afterOpen(ms: 0)), .step("second", .days(3)),
            .step("end", .beforeEnd(ms: Milliseconds.day)),
        ]
        var bench = AccountBench.messaging(reminders)
        bench.declines = DeclineMap(byCode: map)
        _ = bench.fail("revoked", profile: AccountBench.reachable)
        bench.live(days: 28)
        #expect(bench.sent.map(\.name) == ["first", "end"])
        #expect(bench.sent.allSatisfy { $0.template == "keep_or_cancel" })
        #expect(bench.intents.isEmpty)
        // A policy with its own question asks that one, once.
        bench = AccountBench.messaging(
            reminders + [.step("ask", .onHardDecline, onlyFor: [.hardRevoked])])
        bench.declines = DeclineMap(byCode: map)
        _ = bench.fail("revoked", profile: AccountBench.reachable)
        bench.live(days: 28)
        #expect(bench.sent.map(\.name) == ["ask", "end"])
        #expect(bench.sent[0].template == "template_ask")
    }
}
