import DunlinConnect
import DunlinCore
import DunlinPorts
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@Suite("Paying an invoice at Stripe")
struct StripePayTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var reply: ScriptedServer.Reply
        var outcome: AttemptOutcome
        /// What the charge `ch_1` is, where the adapter reads it.
        var charge = StripeFixture.charge()
        var testDescription: String { self.name }

        init(
            _ name: String, _ status: Int, _ body: String, _ outcome: AttemptOutcome,
            charge: String = StripeFixture.charge()
        ) {
            self.name = name
            self.reply = .json(status, body)
            self.outcome = outcome
            self.charge = charge
        }

        init(_ name: String, _ reply: ScriptedServer.Reply, _ outcome: AttemptOutcome) {
            self.name = name
            self.reply = reply
            self.outcome = outcome
        }
    }

    @Test("says what the answer means for the money", arguments: answers + refusals + lost)
    func verdict(_ row: Row) async throws {
        try await StripeFixture.run { request in
            switch request.line {
            case "GET /v1/invoices/in_1": .json(200, StripeFixture.invoice())
            case "POST /v1/invoices/in_1/pay": row.reply
            case "GET /v1/charges/ch_1": .json(200, row.charge)
            default: .json(404, StripeFixture.error(#""message":"not scripted""#))
            }
        } _: { client, server in
            let gateway = StripeGateway(client: client)
            #expect(await gateway.charge([StripeFixture.order()]) == [row.outcome])
            #expect(server.lines.prefix(2).last == "POST /v1/invoices/in_1/pay")
        }
    }

    private static let funds = DeclineCodes(code: "insufficient_funds")

    static let answers = [
        Row(
            "200, paid", 200, StripeFixture.invoice(status: "paid", charge: #""ch_1""#),
            .approved(chargeID: "ch_1")),
        Row(
            "200, paid, charge expanded", 200,
            StripeFixture.invoice(
                status: "paid", charge: StripeFixture.charge(status: "succeeded")),
            .approved(chargeID: "ch_1")),
        Row(
            "200, open, failed charge inside", 200,
            StripeFixture.invoice(charge: StripeFixture.charge()),
            .declined(funds, chargeID: "ch_1")),
        Row(
            "200, open, failed charge by id", 200, StripeFixture.invoice(charge: #""ch_1""#),
            .declined(funds, chargeID: "ch_1")),
        Row(
            "200, open, charge pending", 200, StripeFixture.invoice(charge: #""ch_1""#),
            .pending(chargeID: "ch_1"), charge: StripeFixture.charge(status: "pending")),
        Row(
            "200, open, must authenticate", 200,
            StripeFixture.invoice(
                intent: #"{"id":"pi_1","status":"requires_action","latest_charge":null}"#),
            .declined(DeclineCodes(code: "authentication_required"), chargeID: "")),
        Row(
            "200, another invoice", 200,
            StripeFixture.invoice(status: "paid").replacing("in_1", with: "in_2"), .unknown),
        Row("200, no JSON", 200, "<html>", .unknown),
        Row("200, empty", 200, "", .unknown),
        Row("200, an array", 200, "[]", .unknown),
    ]

    static let refusals = [
        Row(
            "402 with network codes", 402,
            StripeFixture.error(
                #""type":"card_error","code":"card_declined","decline_code":"do_not_honor","#
                    + #""charge":"ch_1","network_decline_code":"05","network_advice_code":"03""#),
            .declined(
                DeclineCodes(code: "do_not_honor", networkCode: "05", adviceCode: "03"),
                chargeID: "ch_1")),
        Row(
            "402 whose charge knows more", 402,
            StripeFixture.error(
                #""code":"card_declined","decline_code":"generic_decline","charge":"ch_1""#),
            .declined(
                DeclineCodes(code: "generic_decline", networkCode: "51", adviceCode: "24"),
                chargeID: "ch_1"),
            charge: StripeFixture.charge(
                outcome: #"{"network_status":"declined_by_network","reason":"insufficient_funds","#
                    + #""network_decline_code":"51","network_advice_code":"24"}"#)),
        Row(
            "402 that Stripe blocked itself", 402,
            StripeFixture.error(#""code":"card_declined","decline_code":"x","charge":"ch_1""#),
            .declined(
                DeclineCodes(code: "previously_declined_do_not_retry", notSentToNetwork: true),
                chargeID: "ch_1"),
            charge: StripeFixture.charge(
                outcome: #"{"network_status":"not_sent_to_network","#
                    + #""reason":"previously_declined_do_not_retry","type":"blocked"}"#)),
        Row(
            "402 whose charge cannot be read", 402,
            StripeFixture.error(
                #""code":"expired_card","payment_intent":{"latest_charge":"ch_9"}"#),
            .declined(DeclineCodes(code: "expired_card"), chargeID: "ch_9")),
        Row(
            "402, must authenticate", 402,
            StripeFixture.error(#""code":"invoice_payment_intent_requires_action""#),
            .declined(DeclineCodes(code: "authentication_required"), chargeID: "")),
        Row("402 without a word", 402, "{}", .declined(DeclineCodes(code: ""), chargeID: "")),
        Row(
            "400, already paid", 400,
            StripeFixture.error(#""message":"Invoice is already paid""#), .notSent(.superseded)),
        Row(
            "400, no payment method", 400,
            StripeFixture.error(
                #""message":"There is no `default_payment_method` set on this Customer""#),
            .declined(
                DeclineCodes(code: "no_payment_method", notSentToNetwork: true), chargeID: "")),
        Row(
            "404, no payment method", 404,
            StripeFixture.error(#""message":"This customer has no payment method""#),
            .declined(
                DeclineCodes(code: "no_payment_method", notSentToNetwork: true), chargeID: "")),
        Row(
            "400, the method is gone", 400,
            StripeFixture.error(#""code":"resource_missing","param":"payment_method""#),
            .declined(
                DeclineCodes(code: "no_payment_method", notSentToNetwork: true), chargeID: "")),
        Row(
            "400, the key with other parameters", 400,
            StripeFixture.error(#""type":"idempotency_error","message":"Keys …""#), .unknown),
        Row(
            "400, something else", 400, StripeFixture.error(#""code":"parameter_unknown""#),
            .technicalFailure(DeclineCodes(code: "parameter_unknown"))),
        Row(
            "401", 401, StripeFixture.error(#""message":"Invalid API Key""#),
            .technicalFailure(DeclineCodes(code: "api_key_invalid"))),
        Row("403", 403, "{}", .technicalFailure(DeclineCodes(code: "api_key_invalid"))),
        Row(
            "409, the key is in use", 409,
            StripeFixture.error(#""code":"idempotency_key_in_use""#), .unknown),
        Row(
            "429", 429, StripeFixture.error(#""code":"rate_limit""#), .notSent(.rateLimited)),
        Row("500", 500, "{}", .unknown),
        Row("502", 502, "<html>bad gateway</html>", .unknown),
        Row("302", 302, "", .unknown),
        Row("418", 418, "{}", .unknown),
    ]

    static let lost = [
        Row("the connection closes without an answer", .drop, .unknown),
        Row("the body is cut", .cut(200, StripeFixture.invoice(status: "paid")), .unknown),
        Row("a refusal's body is cut", .cut(402, StripeFixture.error(#""code":"x""#)), .unknown),
    ]

    @Test("gives up at the deadline, wherever the answer hangs", arguments: [0, 1])
    func deadline(_ which: Int) async throws {
        try await StripeFixture.run {
            $0.timeoutMs = 1500
        } script: { request in
            guard request.method == "POST" else { return .json(200, StripeFixture.invoice()) }
            return which == 0 ? .silence : .stuck(200, StripeFixture.invoice(status: "paid"))
        } _: { client, server in
            let gateway = StripeGateway(client: client)
            #expect(await gateway.charge([StripeFixture.order()]) == [.unknown])
            #expect(server.lines.last == "POST /v1/invoices/in_1/pay")
        }
    }

    @Test("nothing was sent when nobody listens, over HTTP and over TLS")
    func refused() async throws {
        let port = try await unusedPort()
        for scheme in ["http", "https"] {
            let settings = StripeFixture.settings(base: "\(scheme)://127.0.0.1:\(port)")
            try await StripeFixture.withClient(settings) { client in
                let gateway = StripeGateway(client: client)
                let answers = await gateway.charge([StripeFixture.order()])
                #expect(answers == [.notSent(.gatewayUnreachable)])
            }
        }
    }

    @Test("a payment whose body nobody asked for is surely not sent")
    func unsentPayment() async throws {
        // The invoice is read, and the server is gone before the payment.
        try await StripeFixture.run { _ in
            .last(200, StripeFixture.invoice())
        } _: { client, server in
            let gateway = StripeGateway(client: client)
            let answers = await gateway.charge([StripeFixture.order()])
            #expect(answers == [.notSent(.gatewayUnreachable)])
            #expect(server.lines == ["GET /v1/invoices/in_1"])
        }
    }

    struct BeforeRow: Sendable, CustomTestStringConvertible {
        var name: String
        var reply: ScriptedServer.Reply
        var outcome: AttemptOutcome
        var testDescription: String { self.name }
    }

    @Test("charges nothing when the invoice is not exactly as ordered", arguments: beforehand)
    func before(_ row: BeforeRow) async throws {
        try await StripeFixture.run { _ in
            row.reply
        } _: { client, server in
            let gateway = StripeGateway(client: client)
            #expect(await gateway.charge([StripeFixture.order()]) == [row.outcome])
            #expect(server.requests.allSatisfy { $0.method == "GET" })
        }
    }

    static let beforehand = [
        BeforeRow(
            name: "paid", reply: .json(200, StripeFixture.invoice(status: "paid")),
            outcome: .notSent(.superseded)),
        BeforeRow(
            name: "void", reply: .json(200, StripeFixture.invoice(status: "void")),
            outcome: .notSent(.superseded)),
        BeforeRow(
            name: "uncollectible",
            reply: .json(200, StripeFixture.invoice(status: "uncollectible")),
            outcome: .notSent(.superseded)),
        BeforeRow(
            name: "less is open", reply: .json(200, StripeFixture.invoice(remaining: 4100)),
            outcome: .notSent(.superseded)),
        BeforeRow(
            name: "more is open", reply: .json(200, StripeFixture.invoice(remaining: 4300)),
            outcome: .notSent(.superseded)),
        BeforeRow(
            name: "another currency",
            reply: .json(200, StripeFixture.invoice().replacing("eur", with: "usd")),
            outcome: .notSent(.superseded)),
        BeforeRow(
            name: "401", reply: .json(401, "{}"),
            outcome: .technicalFailure(DeclineCodes(code: "api_key_invalid"))),
        BeforeRow(
            name: "404", reply: .json(404, "{}"),
            outcome: .technicalFailure(DeclineCodes(code: "invalid_request"))),
        BeforeRow(
            name: "429", reply: .json(429, "{}"), outcome: .notSent(.rateLimited)),
        BeforeRow(
            name: "503", reply: .json(503, "{}"), outcome: .notSent(.gatewayUnreachable)),
        BeforeRow(name: "lost", reply: .drop, outcome: .notSent(.gatewayUnreachable)),
    ]

    @Test("sends key, version, method and form as Stripe wants them")
    func request() async throws {
        try await StripeFixture.run { request in
            request.method == "GET"
                ? .json(200, StripeFixture.invoice())
                : .json(200, StripeFixture.invoice(status: "paid", charge: #""ch_1""#))
        } _: { client, server in
            let gateway = StripeGateway(client: client)
            let order = StripeFixture.order(token: "pm_1&x=é")
            _ = await gateway.charge([order])
            let payment = try #require(server.requests.last)
            #expect(payment.headers["idempotency-key"] == [order.key.description])
            #expect(payment.headers["authorization"] == ["Bearer sk_test_secret"])
            #expect(payment.headers["stripe-version"] == [StripeSettings.pinnedVersion])
            #expect(
                payment.headers["content-type"] == ["application/x-www-form-urlencoded"])
            #expect(payment.body == "off_session=true&payment_method=pm_1%26x%3D%C3%A9")
            #expect(server.requests.first?.headers["idempotency-key"] == [])
        }
    }

    @Test("names an older source as a source, and no method where none is to be named")
    func method() async throws {
        for (token, sends, body) in [
            ("card_1", true, "off_session=true&source=card_1"),
            ("", true, "off_session=true"), ("pm_1", false, "off_session=true"),
        ] {
            try await StripeFixture.run {
                $0.sendsPaymentMethod = sends
            } script: { request in
                .json(200, StripeFixture.invoice(status: request.method == "GET" ? "open" : "paid"))
            } _: { client, server in
                let gateway = StripeGateway(client: client)
                _ = await gateway.charge([StripeFixture.order(token: token)])
                #expect(server.requests.last?.body == body)
            }
        }
    }

    @Test("answers many orders in their order, a few at a time")
    func many() async throws {
        try await StripeFixture.run {
            $0.concurrencyMax = 3
        } script: { request in
            let invoice = request.path.split(separator: "/")[2]
            let status = request.method == "GET" ? "open" : "paid"
            let body = StripeFixture.invoice(status: status, charge: "\"ch_\(invoice)\"")
            return .json(200, body.replacing("\"in_1\"", with: "\"\(invoice)\""))
        } _: { client, server in
            let gateway = StripeGateway(client: client)
            let orders = (1...20).map { StripeFixture.order(invoice: "in_\($0)") }
            let answers = await gateway.charge(orders)
            #expect(answers == (1...20).map { .approved(chargeID: "ch_in_\($0)") })
            #expect(server.requests.count == 40)
            #expect(await gateway.charge([]) == [])
        }
    }

    private func unusedPort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 1
        try await channel.close()
        return port
    }
}
