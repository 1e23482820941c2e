import DunlinConnect
import DunlinCore
import DunlinPorts
import Testing

@Suite("A subscription's rhythm at Stripe")
struct StripeRenewalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var line: String
        var interval: BillingInterval
        /// Seconds since 1970; 0 for none.
        var next: Int64
    }

    private static func line(
        _ rhythm: String, end: Int64 = 1_797_978_500, more: String = ""
    ) -> String {
        """
        {"type":"subscription","subscription":"sub_1","period":{"start":1795300100,"end":\(end)}\
        ,\(rhythm)\(more)}
        """
    }

    static let rows = [
        Row(
            testDescription: "a month by its price",
            line: line(#""price":{"recurring":{"interval":"month","interval_count":1}}"#),
            interval: .monthly, next: 1_797_978_500),
        Row(
            testDescription: "three months by an older plan",
            line: line(#""plan":{"interval":"month","interval_count":3}"#),
            interval: .quarterly, next: 1_797_978_500),
        Row(
            testDescription: "a week", line: line(#""plan":{"interval":"week"}"#),
            interval: .weekly, next: 1_797_978_500),
        Row(
            testDescription: "a year", line: line(#""plan":{"interval":"year"}"#),
            interval: .yearly, next: 1_797_978_500),
        Row(
            testDescription: "a newer line names its price by id: the period's length says it",
            line: """
                {"parent":{"subscription_item_details":{"subscription":"sub_1"}},\
                "period":{"start":1795300100,"end":1797978500},\
                "pricing":{"price_details":{"price":"price_1"}}}
                """,
            interval: .monthly, next: 1_797_978_500),
        Row(
            testDescription: "a correction says nothing",
            line: line(#""plan":{"interval":"month"}"#, more: #","proration":true"#),
            interval: .unknown, next: 0),
        Row(
            testDescription: "what is billed in arrears ends with its invoice",
            line: line(#""plan":{"interval":"month"}"#, end: 1_795_300_200),
            interval: .monthly, next: 0),
        Row(
            testDescription: "a single item has no rhythm",
            line: #"{"type":"invoiceitem","period":{"start":1,"end":1797978500}}"#,
            interval: .unknown, next: 0),
    ]

    @Test(
        "comes with the failure, so that nothing is tried close to the next charge", arguments: rows
    )
    func renewal(row: Row) async throws {
        let invoice = StripeFixture.invoice(
            charge: #""ch_1""#, more: #","lines":{"data":[\#(row.line)]}"#)
        try await StripeFixture.run { request in
            request.path == "/v1/invoices"
                ? .json(200, StripeFixture.list([invoice]))
                : StripeEventTests.objects[request.path].map { .json(200, $0) } ?? .json(404, "{}")
        } _: { client, _ in
            let page = try await StripeBilling(client: client).openInvoices(after: nil)
            let failed = try #require(page.events.first?.failed)
            #expect(failed.interval == row.interval)
            #expect(failed.nextBillingAt == Timestamp(ms: row.next * 1000))
        }
    }
}

@Suite("What open invoices at Stripe lack")
struct StripeGapsTests {
    private static func event(
        _ code: String, token: String = "pm_1", email: Bool = true, renews: Bool = true
    ) -> IntakeEvent {
        var failed = PaymentFailed(
            obligation: Obligation(
                id: "in_1", subscription: "sub_1", amountMinor: 1, currency: .eur),
            codes: DeclineCodes(code: code), methodToken: token)
        if renews { failed.nextBillingAt = Timestamp(ms: 1) }
        return IntakeEvent(
            key: EntityKey(key: "cus_1"),
            facts: IntakeFacts(
                eventID: "", occurredAt: Timestamp(ms: 0), fact: .paymentFailed(failed)),
            personal: email ? [PersonalContact(channel: .email, address: "a@b.test")] : [])
    }

    private static let declines = DeclineMap(byCode: [
        "insufficient_funds": .init(declineClass: .softFunds, advice: .wait)
    ])

    @Test("is told with counts and the remedy, the most frequent unknown code first")
    func gaps() {
        let events = [
            Self.event("insufficient_funds"), Self.event("odd_one"), Self.event("odd_two"),
            Self.event("odd_two"), Self.event("", token: ""),
            Self.event("insufficient_funds", email: false, renews: false),
        ]
        let found = StripeGaps(events, declines: Self.declines).findings
        #expect(found.allSatisfy { $0.severity == .warning })
        #expect(found.count == 5)
        #expect(found[0].message.contains("no row for odd_two (2), odd_one (1)"))
        #expect(found[0].message.contains("decline_maps"))
        for (finding, word) in zip(found.dropFirst(), ["why", "method", "e-mail", "renews"]) {
            #expect(finding.message.hasPrefix("1 of 6"))
            #expect(finding.message.contains(word))
        }
    }

    @Test("is nothing where every code is known, or nothing failed")
    func nothing() {
        let known = StripeGaps([Self.event("insufficient_funds")], declines: Self.declines)
        #expect(known.findings.map(\.severity) == [.good])
        #expect(StripeGaps([], declines: Self.declines).findings.map(\.severity) == [.good])
    }
}
