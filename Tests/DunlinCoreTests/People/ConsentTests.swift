import DunlinCore
import Testing

/// Who said what about being written to, and that it is kept.
@Suite struct ConsentTests {
    private static func bench() -> AccountBench {
        AccountBench.messaging([
            .step("first", .afterOpen(ms: 0), channels: [.sms]),
            .step("mail", .days(2), channels: [.email]),
            .step("text", .days(4), channels: [.sms]),
            .step("call", .days(5), channels: [.voice]),
        ])
    }

    @Test(arguments: [
        "STOP", "Quit.", "end", "Revoke", "opt out", "OPT-OUT", "UNSUBSCRIBE", "baja",
    ])
    func `a stop ends texts and calls at once, with one confirmation; e-mail goes on`(
        word: String
    ) throws {
        var bench = Self.bench()
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 1)
        bench.hear(.messageReplied(.sms, ReplyMeaning(text: word)), event: "r1")
        bench.hear(.messageReplied(.sms, ReplyMeaning(text: word)), event: "r2")
        bench.live(days: 20)
        #expect(bench.sent.map(\.name) == ["first", "opt-out-confirmed", "mail"])
        let ledger = try #require(bench.state.outreach.first?.consents)
        #expect(ledger.count == 4)
        #expect(ledger.allSatisfy { !$0.isGranted && $0.source == "reply" && $0.at.ms != 0 })
        #expect(bench.skipped.map(\.reason) == [.noConsent, .noConsent])
    }

    @Test func `a start brings texts back, offers not`() {
        var bench = Self.bench()
        _ = bench.fail(profile: AccountBench.reachable)
        bench.hear(.messageReplied(.sms, .stop))
        bench.now = bench.now.advanced(byMs: 1000)
        bench.hear(.messageReplied(.sms, .start))
        let outreach = bench.state.outreach.first
        #expect(outreach?.consent(.sms, .transactional)?.isGranted == true)
        #expect(outreach?.consent(.sms, .marketing)?.isGranted == false)
    }

    @Test func `an offer needs a consent, and an older word changes nothing`() {
        var bench = AccountBench.messaging([
            .step("offer", .afterOpen(ms: 0), purpose: .marketing),
            .step("later", .days(1), purpose: .marketing),
        ])
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 0)
        #expect(bench.skipped.map(\.reason) == [.noConsent])
        let yes = ConsentChange(
            channel: .email, purpose: .marketing, isGranted: true, source: "checkout")
        #expect(bench.hear(.consentChanged(yes)) == .accepted)
        let no = ConsentChange(
            channel: .email, purpose: .marketing, isGranted: false, source: "old form")
        let old = IntakeFacts(
            eventID: "old", occurredAt: bench.now.advanced(byMs: -1), fact: .consentChanged(no))
        #expect(bench.give(.intake(old)) == .ignored(.older))
        bench.live(days: 2)
        #expect(bench.sent.map(\.name) == ["later"])
    }

    @Test(arguments: [MessageReceipt.Kind.bounced, .complained])
    func `a dead or angry address gets no further message`(kind: MessageReceipt.Kind) {
        var bench = AccountBench.messaging([
            .step("first", .afterOpen(ms: 0)), .step("second", .days(2)),
        ])
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 1)
        let receipt = MessageReceipt(kind: kind, channel: .email, reference: "")
        #expect(bench.hear(.messageReceipt(receipt)) == .accepted)
        #expect(bench.hear(.messageReceipt(receipt)) == .repeated)
        bench.live(days: 20)
        #expect(bench.sent.map(\.name) == ["first"])
        #expect(bench.state.cases[0].flags.contains(.unreachable))
    }

    @Test func `a reply that asks to cancel is a fact for people, and cancels nothing`() {
        var bench = AccountBench.messaging([
            .step("first", .afterOpen(ms: 0)), .step("second", .days(2)),
        ])
        _ = bench.fail(profile: AccountBench.reachable)
        let text = "Hi, I would like to cancel my subscription. Thanks"
        bench.hear(.messageReplied(.email, ReplyMeaning(text: text)))
        #expect(bench.state.flags.contains(.wantsToCancel))
        #expect(bench.state.cases[0].flags.contains(.flagged))
        #expect(bench.state.cases[0].isOpen)
        bench.live(days: 3)
        #expect(bench.sent.map(\.name) == ["first", "second"])
        #expect(bench.intents.count == 2)
    }

    @Test(arguments: [
        ("STOP", ReplyMeaning.stop), ("stop!", .stop), ("Please stop", .stop), ("Stop all", .stop),
        ("stop texting me", .stop), ("Don't text me again please", .stop), ("OPT OUT", .stop),
        ("Please unsubscribe me from this list", .stop), ("no más", .stop), ("BAJA", .stop),
        ("CANCEL", .stopAndCancel), ("cancelar", .stopAndCancel), ("START", .start),
        ("quiero anular la suscripción", .cancel), ("cancel my plan", .cancel),
        ("I paid yesterday, why do you stop my access for no reason at all", .other),
        ("gracias", .other), ("", .other), ("ok\n> reply STOP to end", .other),
    ])
    func `a reply means what its first line says`(text: String, meaning: ReplyMeaning) {
        #expect(ReplyMeaning(text: text) == meaning)
    }
}
