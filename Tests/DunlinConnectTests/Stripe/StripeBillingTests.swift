import DunlinConnect
import DunlinCore
import DunlinPorts
import NIOHTTP1
import Testing

@Suite("Stripe as the billing system")
struct StripeBillingTests {
    // MARK: Reconciliation

    @Test("lists failing invoices with their history, and asks for every page alike")
    func openInvoices() async throws {
        let second = StripeFixture.invoice(charge: #""ch_1""#)
            .replacing("in_1", with: "in_2").replacing(
                #""attempt_count":1"#, with: #""attempt_count":3"#)
        try await StripeFixture.run { request in
            switch request.path {
            case "/v1/invoices":
                let isFirst = !request.query.contains("starting_after=in_0")
                let items = isFirst ? [Self.untried.replacing("in_1", with: "in_0")] : [second]
                return .json(200, StripeFixture.list(items, hasMore: isFirst))
            case "/v1/charges":
                let charges = [
                    StripeFixture.charge("ch_1", invoice: #""in_2""#),
                    StripeFixture.charge("ch_0", created: 1_795_200_000, invoice: #""in_2""#),
                    StripeFixture.charge("ch_9", created: 1_795_100_000, invoice: #""in_2""#),
                    StripeFixture.charge("ch_7", created: 1_795_000_000, invoice: #""in_7""#),
                ]
                return .json(200, StripeFixture.list(charges))
            default:
                return StripeEventTests.objects[request.path].map { .json(200, $0) }
                    ?? .json(404, "{}")
            }
        } _: { client, server in
            let billing = StripeBilling(client: client)
            let first = try await billing.openInvoices(after: nil)
            #expect(first.events.isEmpty)
            #expect(first.obligations == ["in_0"])
            let next = try #require(first.next)
            let last = try await billing.openInvoices(after: next)
            #expect(last.next == nil)
            #expect(last.obligations == ["in_2"])
            let failed = try #require(last.events.first?.failed)
            #expect(failed.chargeID == "ch_1")
            #expect(failed.codes.code == "insufficient_funds")
            #expect(
                failed.earlierAttempts == [
                    Timestamp(ms: 1_795_100_000_000), Timestamp(ms: 1_795_200_000_000),
                ])
            #expect(last.events.first?.facts.eventID == "")
            let lists = server.requests.filter { $0.path == "/v1/invoices" }.map(\.query)
            #expect(lists.allSatisfy { $0.hasPrefix("limit=100&status=open&") })
        }
    }

    private static let untried = StripeFixture.invoice()
        .replacing(#""attempt_count":1"#, with: #""attempt_count":0"#)
        .replacing(#""attempted":true"#, with: #""attempted":false"#)

    @Test("leaves out what was not tried, is not open, or is paid by hand")
    func leftOut() async throws {
        let invoices = [
            Self.untried, StripeFixture.invoice(status: "draft"),
            StripeFixture.invoice(status: "paid"), StripeFixture.invoice(remaining: 0),
            StripeFixture.invoice().replacing("charge_automatically", with: "send_invoice"),
        ]
        try await StripeFixture.run { _ in
            .json(200, StripeFixture.list(invoices))
        } _: { client, _ in
            let page = try await StripeBilling(client: client).openInvoices(after: nil)
            #expect(page.events.isEmpty)
            #expect(page.obligations.count == 5)
        }
    }

    @Test("filters by itself where the server knows no filter", arguments: [400, 500])
    func withoutFilter(_ status: Int) async throws {
        try await StripeFixture.run { request in
            guard request.path == "/v1/invoices" else { return .json(404, "{}") }
            if request.query.contains("status") { return .json(status, "{}") }
            let items = [StripeFixture.invoice(status: "paid"), StripeFixture.invoice()]
            return .json(
                200, StripeFixture.list(items, hasMore: !request.query.contains("starting")))
        } _: { client, server in
            let billing = StripeBilling(client: client)
            let page = try await billing.openInvoices(after: nil)
            #expect(page.events.count == 1)
            let next = try #require(page.next)
            #expect(try await billing.openInvoices(after: next).next == nil)
            let lists = server.requests.filter { $0.path == "/v1/invoices" }
            #expect(lists.map { $0.query.contains("status") } == [true, false, false])
        }
    }

    @Test("a default that the failed charge did not use is told as well")
    func newDefault() async throws {
        var objects = StripeEventTests.objects
        objects["/v1/customers/cus_1"] =
            StripeEventTests.customer.replacing("\"pm_1\"", with: "\"pm_2\"")
        let replies = objects
        try await StripeFixture.run { request in
            request.path == "/v1/invoices"
                ? .json(200, StripeFixture.list([StripeFixture.invoice(charge: #""ch_1""#)]))
                : replies[request.path].map { .json(200, $0) } ?? .json(404, "{}")
        } _: { client, _ in
            let page = try await StripeBilling(client: client).openInvoices(after: nil)
            #expect(
                page.events.map(\.words)
                    == ["cus_1 method pm_2 4444 default", "cus_1 failed in_1 ch_1"],
                "first, so that it is no news that a charge would follow at once")
            #expect(page.events.last?.facts.method?.makeDefault == false)
        }
    }

    struct ChangeRow: Sendable, CustomTestStringConvertible {
        var status: String
        var words: [String]
        var testDescription: String { self.status }
    }

    @Test(
        "says what became of an invoice",
        arguments: [
            ChangeRow(status: "paid", words: ["cus_1 succeeded in_1 ch_1"]),
            ChangeRow(status: "void", words: ["cus_1 voided in_1"]),
            ChangeRow(status: "uncollectible", words: ["cus_1 voided in_1"]),
            ChangeRow(status: "open", words: ["cus_1 failed in_1 ch_1"]),
            ChangeRow(status: "draft", words: []), ChangeRow(status: "new_word", words: []),
        ])
    func change(_ row: ChangeRow) async throws {
        try await StripeFixture.run { request in
            request.path == "/v1/invoices/in_1"
                ? .json(200, StripeFixture.invoice(status: row.status, charge: #""ch_1""#))
                : StripeEventTests.objects[request.path].map { .json(200, $0) } ?? .json(404, "{}")
        } _: { client, _ in
            let billing = StripeBilling(client: client)
            let events = try await billing.changes(ofObligations: ["in_1"], tenant: "main")
            #expect(events.map(\.words) == row.words)
            #expect(try await billing.changes(ofObligations: ["in_1"], tenant: "b").isEmpty)
        }
    }

    @Test(
        "an answer that is of no use is an error that says what to do",
        arguments: [
            (401, BillingError.Code.unauthorized), (429, .rateLimited), (503, .unreachable),
            (418, .invalidAnswer), (200, .invalidAnswer),
        ])
    func errors(_ status: Int, _ code: BillingError.Code) async throws {
        try await StripeFixture.run { _ in
            .json(status, "[]")
        } _: { client, _ in
            let billing = StripeBilling(client: client)
            let listing = await #expect(throws: BillingError.self) {
                _ = try await billing.openInvoices(after: "open:in_0")
            }
            #expect(listing?.code == code)
            let change = await #expect(throws: BillingError.self) {
                _ = try await billing.changes(ofObligations: ["in_1"], tenant: "main")
            }
            #expect(change?.code == code)
        }
    }

    // MARK: End actions

    struct EndRow: Sendable, CustomTestStringConvertible {
        var name: String
        var action: EndAction
        var subscription = "sub_1"
        /// The reply to the action itself.
        var reply = ScriptedServer.Reply.json(200, #"{"status":"canceled"}"#)
        /// What is read afterwards, when anything is.
        var after = "{}"
        var outcome: EffectOutcome
        var line = ""
        var body = ""
        var testDescription: String { self.name }
    }

    @Test("ends what is to be ended, and takes what is ended as done", arguments: ends)
    func end(_ row: EndRow) async throws {
        try await StripeFixture.run { request in
            request.method == "GET" ? .json(200, row.after) : row.reply
        } _: { client, server in
            let order = EndActionOrder(
                account: EntityKey(key: "cus_1"), obligation: "in_1",
                subscription: row.subscription, action: row.action,
                effect: RecordPosition(op: 5, index: 2))
            let billing = StripeBilling(client: client)
            #expect(await billing.perform(order) == row.outcome)
            #expect((server.lines.first ?? "") == row.line)
            if !row.body.isEmpty { #expect(server.requests.first?.body == row.body) }
        }
    }

    private static let cancel = "DELETE /v1/subscriptions/sub_1"
    private static let pause = "POST /v1/subscriptions/sub_1"
    private static let mark = "POST /v1/invoices/in_1/mark_uncollectible"
    private static let void = "POST /v1/invoices/in_1/void"

    static let ends = [
        EndRow(name: "keep open", action: .keepOpen, outcome: .done(reference: "kept_open")),
        EndRow(
            name: "cancel", action: .cancelSubscription, outcome: .done(reference: "canceled"),
            line: cancel),
        EndRow(
            name: "cancel what is gone", action: .cancelSubscription,
            reply: .json(404, StripeFixture.error(#""code":"resource_missing""#)),
            outcome: .done(reference: "gone"), line: cancel),
        EndRow(
            name: "mark at a server that knows no such call", action: .markUncollectible,
            reply: .json(404, "404: Not Found"), after: StripeFixture.invoice(),
            outcome: .refused(reason: "refused_by_stripe"), line: mark),
        EndRow(
            name: "cancel what is canceled", action: .cancelSubscription, reply: .json(400, "{}"),
            after: #"{"status":"canceled"}"#, outcome: .done(reference: "canceled"), line: cancel),
        EndRow(
            name: "cancel refused", action: .cancelSubscription, reply: .json(400, "{}"),
            after: #"{"status":"active"}"#, outcome: .refused(reason: "refused_by_stripe"),
            line: cancel),
        EndRow(
            name: "cancel nothing", action: .cancelSubscription, subscription: "",
            outcome: .refused(reason: "no_subscription")),
        EndRow(
            name: "pause", action: .pauseCollection, reply: .json(200, #"{"status":"past_due"}"#),
            outcome: .done(reference: "past_due"), line: pause,
            body: "pause_collection%5Bbehavior%5D=keep_as_draft"),
        EndRow(
            name: "mark uncollectible", action: .markUncollectible,
            reply: .json(200, StripeFixture.invoice(status: "uncollectible")),
            outcome: .done(reference: "uncollectible"), line: mark),
        EndRow(
            name: "mark what is marked", action: .markUncollectible, reply: .json(400, "{}"),
            after: StripeFixture.invoice(status: "uncollectible"),
            outcome: .done(reference: "uncollectible"), line: mark),
        EndRow(
            name: "mark what is paid", action: .markUncollectible, reply: .json(400, "{}"),
            after: StripeFixture.invoice(status: "paid"),
            outcome: .refused(reason: "already_paid"), line: mark),
        EndRow(
            name: "void what is open for good", action: .voidInvoice, reply: .json(400, "{}"),
            after: StripeFixture.invoice(), outcome: .refused(reason: "refused_by_stripe"),
            line: void),
        EndRow(
            name: "void, asked for fewer calls", action: .voidInvoice, reply: .json(429, "{}"),
            outcome: .failed(reason: "rate_limited"), line: void),
        EndRow(
            name: "void, key refused", action: .voidInvoice, reply: .json(401, "{}"),
            outcome: .failed(reason: "api_key_invalid"), line: void),
        EndRow(
            name: "void, no answer", action: .voidInvoice, reply: .drop,
            outcome: .failed(reason: "gateway_unreachable"), line: void),
        EndRow(
            name: "void, 500", action: .voidInvoice, reply: .json(500, "{}"),
            outcome: .failed(reason: "gateway_failed"), line: void),
    ]

    @Test("repeats an end action under the same key, and another's under another")
    func keys() async throws {
        try await StripeFixture.run { _ in
            .json(200, "{}")
        } _: { client, server in
            let billing = StripeBilling(client: client)
            for account in ["cus_1", "cus_1", "cus_2"] {
                let order = EndActionOrder(
                    account: EntityKey(key: account), obligation: "in_1", subscription: "",
                    action: .voidInvoice, effect: RecordPosition(op: 5, index: 2))
                _ = await billing.perform(order)
            }
            let keys = server.requests.flatMap { $0.headers["idempotency-key"] }
            #expect(keys.count == 3)
            #expect(keys[0] == keys[1])
            #expect(keys[1] != keys[2])
        }
    }

    // MARK: Check

    @Test("the check finds a refused key, a missing secret, a wrong clock and foreign retries")
    func check() async throws {
        try await StripeFixture.run {
            $0.webhookSecrets = []
        } script: { request in
            request.path == "/v1/account"
                ? .json(
                    200, #"{"id":"acct_1","charges_enabled":false}"#,
                    headers: [("date", "Sun, 06 Nov 1994 08:49:37 GMT")])
                : .json(
                    200,
                    StripeFixture.list([
                        StripeFixture.invoice(more: #","next_payment_attempt":1795400000"#)
                    ]))
        } _: { client, _ in
            let findings = await StripeBilling(client: client).check()
            let bad = findings.filter { $0.severity != .good }.map(\.message)
            for words in [
                "STRIPE_WEBHOOK_SECRET", "clock", "finish its activation", "itself retry 1 of",
            ] {
                #expect(bad.contains { $0.contains(words) }, "\(words)")
            }
            #expect(findings.contains { $0.message == "the API key works (mode: test)" })
        }
        try await StripeFixture.run { _ in
            .json(401, "{}")
        } _: { client, _ in
            let findings = await StripeBilling(client: client).check()
            #expect(findings.first?.severity == .problem)
            #expect(findings.first?.message.contains("STRIPE_API_KEY") == true)
        }
    }

    @Test("the check asks for the balance where the account may not be read")
    func restricted() async throws {
        try await StripeFixture.run { request in
            request.path == "/v1/account" ? .json(403, "{}") : .json(200, StripeFixture.list([]))
        } _: { client, server in
            let findings = await StripeBilling(client: client).check()
            #expect(!findings.contains { $0.severity == .problem })
            #expect(server.lines.prefix(2) == ["GET /v1/account", "GET /v1/balance"])
        }
    }
}
