import DunlinCore
import Testing

/// Other credentials than the default, and newer facts of the same.
@Suite struct BackupMethodTests {
    private static func bench(
        agreed: Bool, on base: AccountBench = AccountBench()
    ) -> AccountBench {
        var bench = base
        bench.policy.ending.afterMs = 28 * Milliseconds.day
        bench.give(
            .intake(
                IntakeFacts(
                    eventID: "m0", occurredAt: bench.now, fact: .paymentMethodUpdated,
                    method: MethodChange(
                        method: PaymentMethod(
                            token: "pm_main", network: .visa, lastFour: "1111"),
                        makeDefault: true))))
        bench.give(
            .intake(
                IntakeFacts(
                    eventID: "m1", occurredAt: bench.now, fact: .paymentMethodUpdated,
                    method: MethodChange(
                        method: PaymentMethod(
                            token: "pm_other", network: .mastercard, lastFour: "4242"),
                        makeDefault: false, isBackup: agreed))))
        return bench
    }

    @Test func `an expired card lets the agreed backup be charged once, and names it`() {
        var bench = Self.bench(agreed: true)
        _ = bench.fail("expired_card")
        #expect(bench.state.cases[0].plan.attemptReason == .backupMethod)
        bench.advance(days: 1, settling: .approved(chargeID: "ch_1"))
        #expect(bench.intents.map(\.method) == [2])
        #expect(bench.intents.map(\.backup) == ["mastercard 4242"])
        #expect(bench.state.cases[0].phase == .recovered)
        #expect(bench.state.chargedBackup(of: bench.state.cases[0]) == 2)
    }

    @Test(arguments: [("expired_card", ["thanks"]), ("insufficient_funds", [])])
    func `whoever was told nothing before is told that a backup paid`(
        code: String, told: [String]
    ) {
        var bench = Self.bench(
            agreed: true, on: .messaging([.step("thanks", .onRecovered)]))
        _ = bench.fail(code, profile: AccountBench.reachable)
        bench.live(days: 5, charges: .approved(chargeID: "ch_1"))
        #expect(bench.state.cases[0].phase == .recovered)
        #expect(bench.sent.map(\.name) == told)
    }

    @Test func `a backup that nobody agreed to, or that the policy leaves out, is not charged`() {
        var bench = Self.bench(agreed: false)
        _ = bench.fail("expired_card")
        bench.advance(days: 20)
        #expect(bench.intents.isEmpty)
        bench = Self.bench(agreed: true)
        bench.policy.retries.usesBackups = false
        _ = bench.fail("expired_card")
        bench.advance(days: 20)
        #expect(bench.intents.isEmpty)
    }

    @Test func `a decline for want of money stays with its card`() {
        var bench = Self.bench(agreed: true)
        _ = bench.fail()
        bench.advance(days: 9, settling: AccountBench.declined)
        #expect(bench.intents.map(\.method) == [1, 1, 1, 1])
    }

    @Test func `a hard refusal of an attempt stops that card only`() {
        var bench = Self.bench(agreed: true)
        _ = bench.fail()
        bench.advance(days: 1, settling: .declined(DeclineCodes(code: "stolen_card"), chargeID: ""))
        #expect(bench.intents.map(\.method) == [1, 2])
        #expect(bench.intents.last?.reason == .backupMethod)
    }

    @Test func `a card that its issuer renewed is tried once more, at once`() {
        var bench = Self.bench(agreed: false)
        bench.readsCards = true
        _ = bench.fail("expired_card")
        let effect = bench.state.effects.first { $0.kind == .cardLookUp }
        #expect(effect?.argument == 1)
        guard let effect else { return }
        let renewed = PaymentMethod(
            token: "pm_main", network: .visa, lastFour: "1111", expiryMonth: 2031 * 12)
        // What was not known before makes no other card; a newer expiry of a known one does.
        bench.give(.cardLookedUp(id: effect.id, found: renewed))
        #expect(bench.intents.isEmpty)
        #expect(!bench.state.effects.contains { $0.kind == .cardLookUp })
        var known = Self.bench(agreed: false)
        known.readsCards = true
        _ = known.fail(
            "expired_card",
            method: MethodChange(
                method: PaymentMethod(token: "pm_main", expiryMonth: 2025 * 12 + 11)))
        let asked = known.state.effects.first { $0.kind == .cardLookUp }
        known.now = known.now.advanced(byMs: Milliseconds.hour)
        known.give(.cardLookedUp(id: asked?.id ?? .none, found: renewed))
        known.advance(
            days: 1, settling: .declined(DeclineCodes(code: "expired_card"), chargeID: ""))
        #expect(known.intents.count == 1)
        #expect(!known.state.effects.contains { $0.kind == .cardLookUp }, "asked once")
    }

    @Test func `a charge that needs the customer is never repeated without them`() {
        var bench = AccountBench()
        bench.policy.ending.afterMs = 28 * Milliseconds.day
        bench.policy.messages = [
            MessageStep(
                name: "authenticate", template: "authentication_needed", trigger: .onHardDecline,
                onlyFor: [.authenticationRequired])
        ]
        bench.declines = DeclineMap(byCode: [
            "authentication_required": .init(
                declineClass: .authenticationRequired, advice: .afterAuthentication)
        ])
        bench.now = AccountBench.start.advanced(byMs: 12 * Milliseconds.hour)
        _ = bench.fail("authentication_required", profile: AccountBench.email)
        bench.advance(days: 20)
        #expect(bench.intents.isEmpty)
        #expect(bench.messages == 1)
        #expect(bench.pay(event: "customer paid") == .accepted)
        #expect(bench.state.cases[0].phase == .recovered)
    }
}
