import DunlinCore
import Testing

/// Several invoices in one case: one ladder and message, charges one by one.
@Suite struct BundledCaseTests {
    private static func bench() -> AccountBench {
        var bench = AccountBench()
        bench.policy.bundling = .perCurrency
        bench.policy.messages = [
            MessageStep(name: "first", template: "payment_failed", trigger: .afterOpen(ms: 0)),
            MessageStep(
                name: "later", template: "payment_reminder",
                trigger: .afterOpen(ms: 2 * Milliseconds.day)),
        ]
        bench.now = AccountBench.start.advanced(byMs: 12 * Milliseconds.hour)
        return bench
    }

    @Test func `three in dollars and one in euros are two cases with a message each`() {
        var bench = Self.bench()
        for (invoice, currency) in [("a", Currency.usd), ("b", .usd), ("c", .eur), ("d", .usd)] {
            #expect(
                bench.open(
                    invoice: invoice, currency: currency, profile: AccountBench.email) == .accepted)
        }
        #expect(bench.state.cases.count == 2)
        #expect(bench.state.cases.map(\.openMinor) == [12600, 4200])
        #expect(bench.state.cases[0].obligations.map(\.id) == ["a", "b", "d"])
        bench.advance(days: 0)
        #expect(bench.messages == 2, "one message each")
        bench.advance(days: 3, settling: AccountBench.declined)
        #expect(bench.messages == 4)
        #expect(bench.state.cases.map(\.attempts) == [2, 2])
        #expect(bench.state.cases.map(\.declines) == [3, 3], "counters are independent")
    }

    @Test func `an approval lets the next invoice be tried at once, and the last closes the case`()
    {
        var bench = Self.bench()
        for invoice in ["a", "b", "c"] { _ = bench.open(invoice: invoice) }
        bench.advance(days: 2, settling: .approved(chargeID: ""))
        #expect(bench.intents.count == 3)
        #expect(bench.intents.map(\.reason) == [.ladder, .nextInvoice, .nextInvoice])
        #expect(Set(bench.intents.map(\.key)).count == 3)
        #expect(bench.state.cases[0].phase == .recovered)
        #expect(bench.state.cases[0].flags.contains(.recoveredByUs))
        #expect(!bench.state.cases[0].flags.contains(.overcharged))
        for invoice in ["a", "b"] {
            #expect(bench.pay(invoice: invoice, event: "late-\(invoice)") == .repeated)
        }
    }

    @Test func `a paid invoice leaves, and a late failure of it opens nothing`() {
        var bench = Self.bench()
        for invoice in ["a", "b", "c"] { _ = bench.open(invoice: invoice) }
        let failedAt = bench.now.advanced(byMs: Milliseconds.minute)
        bench.now = bench.now.advanced(byMs: Milliseconds.hour)
        #expect(bench.pay(invoice: "a", event: "p1") == .accepted)
        #expect(bench.state.cases[0].obligations.map(\.id) == ["b", "c"])
        #expect(bench.pay(invoice: "c", event: "p2") == .accepted)
        #expect(bench.state.cases[0].obligations.map(\.id) == ["b"])
        #expect(bench.pay(invoice: "a", event: "p3") == .repeated)
        #expect(
            bench.fail(invoice: "a", event: "late", occurredAt: failedAt)
                == .ignored(.alreadySettled))
        #expect(bench.pay(invoice: "b", event: "p4") == .accepted)
        #expect(bench.state.cases.map(\.phase) == [.recovered])
        #expect(bench.intents.isEmpty)
    }

    @Test func `an invoice that is paid while it is charged is not charged again`() {
        var bench = Self.bench()
        for invoice in ["a", "b"] { _ = bench.open(invoice: invoice) }
        bench.advance(days: 1)
        #expect(bench.pay(invoice: "a", event: "p1") == .accepted)
        #expect(bench.state.cases[0].isOpen)
        #expect(bench.state.cases[0].obligation.openMinor == 0)
        bench.settle(AccountBench.declined)
        #expect(bench.state.cases[0].obligations.map(\.id) == ["b"])
        bench.advance(days: 3)
        bench.settle(.approved(chargeID: "ch_2"))
        #expect(bench.state.cases[0].phase == .recovered)
        #expect(!bench.state.cases[0].flags.contains(.overcharged))
    }

    @Test func `a voided invoice and a cancelled subscription leave the rest`() {
        var bench = Self.bench()
        for invoice in ["a", "b"] { _ = bench.open(invoice: invoice) }
        #expect(bench.tell(.obligationVoided(obligation: "a"), event: "v1") == .accepted)
        #expect(bench.state.cases[0].obligations.map(\.id) == ["b"])
        #expect(bench.state.cases[0].isOpen)
        #expect(bench.tell(.obligationVoided(obligation: "b"), event: "v2") == .accepted)
        #expect(bench.state.cases[0].phase == .writtenOff)
    }

    @Test func `a new invoice joins without starting the ladder anew`() {
        var bench = Self.bench()
        _ = bench.open(invoice: "a")
        bench.advance(days: 2, settling: AccountBench.declined)
        let plan = bench.state.cases[0].plan.attemptAt
        _ = bench.open(invoice: "b")
        #expect(bench.state.cases[0].plan.attemptAt == plan)
        #expect(bench.state.cases[0].declines == 2)
        let lines = TimelineText.lines(
            Timeline(
                entries: bench.log.enumerated().map {
                    TimelineEntry(
                        position: RecordPosition(op: UInt64($0.offset), index: 0),
                        record: $0.element)
                }))
        #expect(lines.contains { $0.contains("another invoice of 42.00 EUR failed and joined") })
    }
}
