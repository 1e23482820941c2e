import DunlinCore
import Testing

/// News of payment methods comes late, twice and in the wrong order; the newest default is tried.
@Suite struct MethodOrderTests {
    private static let old = AccountBench.start.advanced(byMs: -40 * Milliseconds.day)

    private var opened: AccountBench {
        var bench = AccountBench()
        _ = bench.fail(method: MethodChange(method: PaymentMethod(token: "pm_present")))
        return bench
    }

    private func defaultToken(_ bench: AccountBench) -> String? {
        bench.state.methods.first(where: \.isDefault)?.method.token
    }

    @Test func `a default of long ago that is told late is held, and not tried`() {
        var bench = self.opened
        #expect(bench.changeMethod("pm_old", event: "m1", occurredAt: Self.old) == .accepted)
        #expect(self.defaultToken(bench) == "pm_present")
        bench.advance(days: 2, settling: AccountBench.declined)
        #expect(bench.intents.map(\.method) == [1])
    }

    @Test func `told twice it still displaces nothing`() {
        var bench = self.opened
        _ = bench.changeMethod("pm_old", event: "m1", occurredAt: Self.old)
        #expect(
            bench.changeMethod("pm_old", event: "m2", occurredAt: Self.old) == .ignored(.older))
        #expect(self.defaultToken(bench) == "pm_present")
    }

    @Test func `of two defaults of one instant the later word wins`() {
        var bench = self.opened
        _ = bench.changeMethod("pm_new", event: "m1")
        #expect(self.defaultToken(bench) == "pm_new")
    }

    @Test func `a card that was updated since may still be told to have become the default`() {
        var bench = self.opened
        let newest = bench.now.advanced(byMs: 2 * Milliseconds.hour)
        _ = bench.changeMethod("pm_new", event: "m1", occurredAt: newest, makeDefault: false)
        #expect(self.defaultToken(bench) == "pm_present")
        let between = bench.now.advanced(byMs: Milliseconds.hour)
        _ = bench.changeMethod("pm_new", event: "m2", occurredAt: between)
        #expect(self.defaultToken(bench) == "pm_new")
    }

    @Test func `a word that leaves out the card's facts frees no dead card`() {
        var bench = AccountBench()
        let card = PaymentMethod(
            token: "pm_1", fingerprint: "f", network: .visa, expiryMonth: 24_000)
        _ = bench.fail("stolen_card", method: MethodChange(method: card))
        _ = bench.changeMethod("pm_1", event: "m1")
        #expect(bench.state.methods.map(\.method) == [card])
        #expect(bench.state.methods[0].standing.blockedBy == .never)
        var renewed = card
        renewed.expiryMonth += 36
        bench.give(
            .intake(
                IntakeFacts(
                    eventID: "m2", occurredAt: bench.now, fact: .paymentMethodUpdated,
                    method: MethodChange(method: renewed))))
        #expect(bench.state.methods[0].standing == CredentialStanding())
    }

    @Test func `a method that is not tried moves no attempt`() {
        var bench = self.opened
        bench.advance(days: 2, settling: AccountBench.declined)
        let planned = bench.state.cases[0].plan
        _ = bench.changeMethod("pm_spare", event: "m1", makeDefault: false)
        #expect(bench.state.cases[0].plan == planned)
        bench.give(
            .intake(
                IntakeFacts(
                    eventID: "m2", occurredAt: bench.now,
                    fact: .paymentMethodRemoved(token: "pm_spare"))))
        #expect(bench.state.cases[0].plan == planned)
    }
}
