import DunlinConnect
import DunlinCore
import DunlinPorts
import Testing

@Suite("Ends that change money or plan at Stripe")
struct StripeEndActionTests {
    typealias Reply = ScriptedServer.Reply

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var action: EndAction
        var plan = "price_small"
        var openMinor: Int64 = 4200
        /// The reply to what is read first, and after a refusal.
        var read = Reply.json(200, StripeEndActionTests.subscription("price_big"))
        var reply = Reply.json(200, #"{"status":"active"}"#)
        var outcome: EffectOutcome
        /// What is called, in order.
        var lines: [String]
        /// Fields of the call that changes something.
        var body = ""
        var testDescription: String { self.name }
    }

    static func subscription(_ prices: String...) -> String {
        let items = prices.enumerated().map { #"{"id":"si_\#($0)","price":{"id":"\#($1)"}}"# }
        return #"{"id":"sub_1","items":{"data":[\#(items.joined(separator: ","))]}}"#
    }

    private static let look = "GET /v1/subscriptions/sub_1"
    private static let change = "POST /v1/subscriptions/sub_1"
    private static let credit = "POST /v1/credit_notes"

    @Test("are asked for once, and never guessed", arguments: rows)
    func end(_ row: Row) async throws {
        try await StripeFixture.run { request in
            request.method == "GET" ? row.read : row.reply
        } _: { client, server in
            let order = EndActionOrder(
                account: EntityKey(key: "cus_1"), obligation: "in_1", subscription: "sub_1",
                action: row.action, effect: RecordPosition(op: 5, index: 2), plan: row.plan,
                openMinor: row.openMinor)
            #expect(await StripeBilling(client: client).perform(order) == row.outcome)
            #expect(server.lines == row.lines)
            if !row.body.isEmpty {
                #expect(server.requests.last(where: { $0.method == "POST" })?.body == row.body)
            }
        }
    }

    static let rows = [
        Row(
            name: "downgrade", action: .downgrade, outcome: .done(reference: "active"),
            lines: [look, change],
            body: "items%5B0%5D%5Bid%5D=si_0&items%5B0%5D%5Bprice%5D=price_small"
                + "&proration_behavior=none"),
        Row(
            name: "downgrade what has that plan", action: .downgrade,
            read: .json(200, subscription("price_small")),
            outcome: .done(reference: "price_small"), lines: [look]),
        Row(
            name: "downgrade one of two items", action: .downgrade,
            read: .json(200, subscription("price_big", "price_seats")),
            outcome: .refused(reason: EndActionOrder.notOffered), lines: [look]),
        Row(
            name: "downgrade what is gone", action: .downgrade,
            read: .json(404, StripeFixture.error(#""code":"resource_missing""#)),
            outcome: .done(reference: "gone"), lines: [look]),
        Row(
            name: "downgrade while Stripe fails is tried again", action: .downgrade,
            read: .json(500, "{}"), outcome: .failed(reason: "gateway_failed"), lines: [look]),
        Row(
            name: "credit what is open", action: .creditNote,
            reply: .json(200, #"{"status":"issued"}"#), outcome: .done(reference: "issued"),
            lines: [credit], body: "invoice=in_1&amount=4200&reason=order_change"),
        Row(
            name: "credit where nothing is open", action: .creditNote, openMinor: 0,
            outcome: .done(reference: "nothing_open"), lines: []),
        Row(
            name: "credit what was paid meanwhile", action: .creditNote,
            read: .json(200, StripeFixture.invoice(status: "paid")), reply: .json(400, "{}"),
            outcome: .done(reference: "settled"), lines: [credit, "GET /v1/invoices/in_1"]),
        Row(
            name: "credit refused", action: .creditNote,
            read: .json(200, StripeFixture.invoice()), reply: .json(400, "{}"),
            outcome: .refused(reason: "refused_by_stripe"),
            lines: [credit, "GET /v1/invoices/in_1"]),
    ]

    // MARK: Money that goes back

    struct Back: Sendable, CustomTestStringConvertible {
        var name: String
        var type: String
        var object: String
        var previous = "{}"
        /// `nil` where nothing follows from it.
        var notice: CaseNotice?
        var testDescription: String { self.name }
    }

    private static func refunded(_ minor: Int64) -> String {
        String(StripeFixture.charge(status: "succeeded").dropLast(1))
            + #","amount_refunded":\#(minor)}"#
    }

    private static func dispute(_ status: String) -> String {
        #"{"id":"dp_1","object":"dispute","charge":"ch_1","amount":3000,"status":"\#(status)"}"#
    }

    @Test("refunds and disputes are told of the invoice, once each", arguments: backs)
    func back(_ row: Back) async throws {
        let intake = try await StripeWebhookTests.receive(
            row.type, row.object, previous: row.previous,
            objects: ["/v1/charges/ch_1": StripeFixture.charge(status: "succeeded")])
        let notices = intake.events.compactMap { event -> CaseNotice? in
            if case .noticed(let notice) = event.facts.fact { notice } else { nil }
        }
        #expect(notices == row.notice.map { [$0] } ?? [])
        #expect(intake.events.allSatisfy { $0.key == EntityKey(key: "cus_1") })
    }

    static let backs = [
        Back(
            name: "refunded in full", type: "charge.refunded", object: refunded(4200),
            previous: #"{"amount_refunded":0}"#,
            notice: CaseNotice(kind: .refunded, obligation: "in_1", amountMinor: 4200)),
        Back(
            name: "the second refund of two", type: "charge.refunded", object: refunded(4200),
            previous: #"{"amount_refunded":1000}"#,
            notice: CaseNotice(kind: .refunded, obligation: "in_1", amountMinor: 3200)),
        Back(
            name: "nothing more was refunded", type: "charge.refunded", object: refunded(4200),
            previous: #"{"amount_refunded":4200}"#),
        Back(
            name: "disputed", type: "charge.dispute.created", object: dispute("needs_response"),
            notice: CaseNotice(kind: .disputed, obligation: "in_1")),
        Back(
            name: "won", type: "charge.dispute.closed", object: dispute("won"),
            notice: CaseNotice(kind: .disputeWon, obligation: "in_1")),
        Back(
            name: "lost", type: "charge.dispute.closed", object: dispute("lost"),
            notice: CaseNotice(kind: .disputeLost, obligation: "in_1", amountMinor: 3000)),
        Back(
            name: "closed while under review", type: "charge.dispute.closed",
            object: dispute("under_review")),
    ]

    // MARK: A newer card

    @Test("a card is read again under its own id; what is no payment method is not asked for")
    func newerCard() async throws {
        try await StripeFixture.run { request in
            request.path == "/v1/payment_methods/pm_2"
                ? .json(200, StripeEventTests.card) : .json(404, "{}")
        } _: { client, server in
            let gateway = StripeGateway(client: client)
            let key = EntityKey(key: "cus_1")
            let found = await gateway.newerCard(of: key, method: PaymentMethod(token: "pm_2"))
            #expect(
                found
                    == PaymentMethod(
                        token: "pm_2", fingerprint: "fp_2", network: .mastercard, funding: .credit,
                        lastFour: "4444", expiryMonth: 2031 * 12))
            #expect(await gateway.newerCard(of: key, method: PaymentMethod(token: "pm_9")) == nil)
            #expect(await gateway.newerCard(of: key, method: PaymentMethod(token: "src_2")) == nil)
            #expect(
                server.lines == ["GET /v1/payment_methods/pm_2", "GET /v1/payment_methods/pm_9"])
        }
    }
}
