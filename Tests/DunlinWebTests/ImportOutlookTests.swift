import DunlinCore
import DunlinWeb
import Testing

@Suite struct ImportOutlookTests {
    private static func event(_ minor: Int64, _ currency: Currency = .eur) -> IntakeEvent {
        IntakeEvent(
            key: EntityKey(key: "acct"),
            facts: IntakeFacts(
                eventID: "", occurredAt: Timestamp(ms: 0),
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: "in", amountMinor: minor, currency: currency),
                        codes: DeclineCodes(code: "")))))
    }

    @Test func `Money is summed by outcome and currency, first charges by their day`() {
        let day = Milliseconds.day
        var outlook = ImportOutlook()
        outlook.take(
            Self.event(100),
            IntakeForecast(
                outcome: .opensCase, startsAt: Timestamp(ms: day), attemptAt: Timestamp(ms: 2 * day)
            ))
        outlook.take(
            Self.event(50),
            IntakeForecast(
                outcome: .opensCase, startsAt: Timestamp(ms: day + 1),
                attemptAt: Timestamp(ms: 2 * day + 9), messageAt: Timestamp(ms: day + 2)))
        outlook.take(
            Self.event(7, .usd),
            IntakeForecast(outcome: .opensForMessages, startsAt: Timestamp(ms: day)))
        outlook.take(Self.event(9), IntakeForecast(outcome: .leftOut))
        #expect(
            outlook.json.compactText == """
                {"payments":[{"outcome":"opensCase","currency":"EUR","count":2,"amount_minor":150},\
                {"outcome":"opensForMessages","currency":"USD","count":1,"amount_minor":7},\
                {"outcome":"leftOut","currency":"EUR","count":1,"amount_minor":9}],"others":{},\
                "days":[{"day":"1970-01-02","cases":3,"first_attempts":0,"first_messages":1,\
                "charges":[]},{"day":"1970-01-03","cases":0,"first_attempts":2,\
                "first_messages":0,"charges":[{"outcome":"opensCase","currency":"EUR","count":2,\
                "amount_minor":150}]}]}
                """)
        #expect(
            outlook.lines.last
                == "  1970-01-03: 0 cases begin, 2 first attempts over 1.50 EUR, 0 first messages")
    }
}
