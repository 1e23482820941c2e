import DunlinCore
import Testing

/// Messages before anything failed.
@Suite struct AheadTests {
    private static let day = Milliseconds.day

    private static func bench() -> AccountBench {
        var bench = AccountBench.messaging([
            .step("30-days", .beforeExpiry(ms: 30 * Self.day)),
            .step("15-days", .beforeExpiry(ms: 15 * Self.day)),
            .step("7-days", .beforeExpiry(ms: 7 * Self.day)),
            .step("debit", .beforeCharge(ms: 14 * Self.day)),
            .step("tomorrow", .beforeCharge(ms: Self.day), channels: [.sms]),
        ])
        bench.now = CivilTime(year: 2026, month: 6, day: 1, hour: 9).utc
        return bench
    }

    private static func card(
        _ token: String = "pm_1", year: UInt32 = 2026, month: UInt32 = 8
    )
        -> MethodChange
    {
        MethodChange(method: PaymentMethod(token: token, expiryMonth: year * 12 + month - 1))
    }

    private static func dates(_ bench: AccountBench) -> [String] {
        bench.sent.map { message in
            let date = CivilTime(utc: message.at)
            return "\(date.month)-\(date.day) \(message.name)"
        }
    }

    @Test func `a card of August is told of 30, 15 and 7 days before its end`() {
        var bench = Self.bench()
        bench.hear(.paymentMethodUpdated, profile: AccountBench.reachable, method: Self.card())
        #expect(bench.state.cases.isEmpty)
        bench.live(days: 200)
        #expect(Self.dates(bench) == ["8-2 30-days", "8-17 15-days", "8-25 7-days"])
        #expect(bench.state.dueAt == nil)
    }

    @Test func `what was held back right before it left is said after all, once`() throws {
        var bench = Self.bench()
        bench.hear(.paymentMethodUpdated, profile: AccountBench.reachable, method: Self.card())
        bench.now = try #require(bench.state.dueAt)
        bench.give(.timer(realNow: bench.now))
        #expect(bench.sent.count == 1)
        // After a restart the last look before it leaves held it back.
        bench.now = CivilTime(year: 2026, month: 8, day: 2, hour: 22).utc
        bench.answerMessages { _ in .refused(reason: EffectOutcome.notNow) }
        // These steps may be said at any hour.
        #expect(bench.state.dueAt == bench.now)
        bench.live(days: 10)
        #expect(Self.dates(bench) == ["8-2 30-days", "8-2 30-days"])
    }

    @Test func `another card ends the messages about the old one`() {
        var bench = Self.bench()
        bench.hear(.paymentMethodUpdated, profile: AccountBench.reachable, method: Self.card())
        bench.live(days: 65)
        #expect(Self.dates(bench) == ["8-2 30-days"])
        bench.hear(.paymentMethodUpdated, method: Self.card("pm_2", year: 2030))
        bench.live(days: 100)
        #expect(bench.sent.count == 1)
        // The same card with a new date, too.
        bench.hear(.paymentMethodUpdated, method: Self.card("pm_2", year: 2031))
        #expect(
            bench.state.dueAt.map { CivilTime(utc: $0).year } == 2030
                || bench.state.dueAt.map { CivilTime(utc: $0).year } == 2031)
    }

    @Test func `while a payment has failed, the card's expiry is no second subject`() {
        var bench = Self.bench()
        bench.hear(.paymentMethodUpdated, profile: AccountBench.reachable, method: Self.card())
        bench.live(days: 60)
        _ = bench.fail()
        bench.live(days: 10)
        #expect(bench.sent == [])
        _ = bench.pay()
        bench.live(days: 100)
        #expect(Self.dates(bench).last == "8-25 7-days")
    }

    private static let debit = UpcomingCharge(
        id: "up_1", subscription: "sub_1", amountMinor: 4200, currency: .eur,
        dueAt: CivilTime(year: 2026, month: 7, day: 1, hour: 9).utc)

    @Test func `an announced debit is told of in time, once for each day and amount`() {
        var bench = Self.bench()
        let announced = bench.hear(.upcomingCharge(Self.debit), profile: AccountBench.reachable)
        #expect(announced == .accepted)
        #expect(bench.hear(.upcomingCharge(Self.debit)) == .repeated)
        bench.live(days: 20)
        var dearer = Self.debit
        dearer.amountMinor = 5000
        #expect(bench.hear(.upcomingCharge(dearer)) == .accepted)
        bench.live(days: 60)
        #expect(
            Self.dates(bench) == ["6-17 debit", "6-21 debit", "6-30 tomorrow"])
        #expect(bench.hear(.upcomingCharge(Self.debit)) == .ignored(.older))
    }

    @Test func `a charge that was called off is not told of`() {
        var bench = Self.bench()
        bench.hear(.upcomingCharge(Self.debit), profile: AccountBench.reachable)
        #expect(bench.hear(.upcomingChargeCanceled(id: "up_1")) == .accepted)
        #expect(bench.hear(.upcomingChargeCanceled(id: "up_1")) == .ignored(.alreadySettled))
        bench.live(days: 60)
        #expect(bench.sent == [])
        #expect(bench.state.dueAt == nil)
    }

    @Test func `a clock that jumps brings one message about one thing`() {
        var bench = Self.bench()
        bench.hear(.paymentMethodUpdated, profile: AccountBench.reachable, method: Self.card())
        bench.now = CivilTime(year: 2026, month: 8, day: 28, hour: 9).utc
        bench.live(days: 1)
        #expect(bench.sent.map(\.name) == ["7-days"])
    }

    @Test func `who only watches sends nothing and says what it would`() {
        var bench = Self.bench()
        bench.mode = .observe
        bench.hear(.paymentMethodUpdated, profile: AccountBench.reachable, method: Self.card())
        bench.live(days: 100)
        #expect(bench.sent == [])
        #expect(bench.skipped.map(\.reason) == [.observing, .observing, .observing])
    }
}
