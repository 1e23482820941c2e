import DunlinCore
import Testing

/// Amounts are whole minor units, whatever the currency makes of them.
@Suite struct MoneyTests {
    @Test(arguments: [
        ("JPY", Int64(4200), "4200 JPY"), ("KRW", 1, "1 KRW"), ("EUR", 4200, "42.00 EUR"),
        ("KWD", 4200, "4.200 KWD"), ("BHD", 7, "0.007 BHD"), ("CLF", 12_345, "1.2345 CLF"),
        ("USD", -5, "-0.05 USD"), ("EUR", .max, "92233720368547758.07 EUR"),
        ("EUR", .min, "-92233720368547758.08 EUR"),
    ])
    func `an amount is shown with its currency's own decimals`(
        code: String, minor: Int64, text: String
    ) throws {
        let currency = try #require(Currency(code))
        #expect("\(Money(minor: minor, currency: currency))" == text)
    }

    @Test(arguments: ["XXQ", "XXX", "XTS", "XAU", "DEM", "EURO", "E1R", ""])
    func `what is no present currency is not read from outside`(code: String) {
        #expect(Currency(active: code) == nil)
    }

    @Test(arguments: ["EUR", "eur", "USD", "JPY", "XOF", "XCG", "BGN", "ZWG"])
    func `a present currency is read in either case`(code: String) throws {
        #expect(try #require(Currency(active: code)).code == code.uppercased())
    }

    @Test(arguments: ["JPY", "KWD", "EUR", "CLF"])
    func `an amount without or with three decimals is charged as it was told`(code: String) throws {
        let currency = try #require(Currency(code))
        var bench = AccountBench()
        bench.hear(
            .paymentFailed(
                PaymentFailed(
                    obligation: Obligation(id: "in_1", amountMinor: 4_201, currency: currency),
                    codes: DeclineCodes(code: "insufficient_funds"))))
        bench.advance(days: 1)
        #expect(bench.intents.map(\.amountMinor) == [4_201])
        #expect(bench.intents.map(\.currency) == [currency])
        let packed = bench.state.packed()
        #expect(try AccountState(packed: packed).cases == bench.state.cases)
        bench.settle(.approved(chargeID: "ch"))
        #expect(bench.state.cases.first?.obligation.collectedMinor == 4_201)
    }
}
