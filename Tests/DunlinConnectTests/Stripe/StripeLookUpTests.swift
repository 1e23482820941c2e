import DunlinConnect
import DunlinCore
import DunlinPorts
import Testing

@Suite("Finding out what became of a charge at Stripe")
struct StripeLookUpTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var invoice = StripeFixture.invoice()
        /// What the list of charges holds.
        var charges: [String] = []
        /// The answer to the same payment sent again.
        var payment = ScriptedServer.Reply.json(500, "{}")
        var ageMs: Int64? = 30_000
        var mayResend = true
        var idempotency = StripeSettings.Idempotency.keys
        var marks = false
        var outcome: AttemptOutcome
        var payments = 0
        var testDescription: String { self.name }
    }

    @Test("never guesses", arguments: byLooking + byKey + byMark)
    func row(_ row: Row) async throws {
        try await StripeFixture.run(idempotency: row.idempotency) {
            $0.marksInvoices = row.marks
        } script: { request in
            switch request.line {
            case "GET /v1/invoices/in_1":
                return .json(200, row.invoice, headers: [StripeFixture.date])
            case "GET /v1/charges": return .json(200, StripeFixture.list(row.charges))
            case "POST /v1/invoices/in_1/pay": return row.payment
            case "GET /v1/payment_intents/pi_9": return .json(200, #"{"id":"pi_9","invoice":null}"#)
            default:
                let id = request.path.split(separator: "/").last ?? ""
                let found = row.charges.first { $0.contains("\"id\":\"\(id)\"") }
                return found.map { .json(200, $0) } ?? .json(404, "{}")
            }
        } _: { client, server in
            let asked = ChargeLookUp(
                order: StripeFixture.order(), ageMs: row.ageMs, mayResend: row.mayResend,
                lookUps: 1)
            let gateway = StripeGateway(client: client)
            #expect(await gateway.lookUp([asked]) == [row.outcome])
            #expect(server.requests.filter { $0.method == "POST" }.count == row.payments)
        }
    }

    private static let paid = StripeFixture.invoice(status: "paid", charge: #""ch_1""#)
    private static let went = StripeFixture.charge(status: "succeeded")
    private static let old: Int64 = 1_795_341_500
    private static let declined = AttemptOutcome.declined(
        DeclineCodes(code: "insufficient_funds"), chargeID: "ch_1")

    static let byLooking = [
        Row(
            name: "paid by a newer charge", invoice: paid, charges: [went],
            outcome: .approved(chargeID: "ch_1")),
        Row(
            name: "paid by an older charge", invoice: paid,
            charges: [StripeFixture.charge(status: "succeeded", created: old)],
            outcome: .notSent(.superseded)),
        Row(
            name: "paid by a charge of another amount", invoice: paid,
            charges: [StripeFixture.charge(status: "succeeded", amount: 100)],
            outcome: .notSent(.superseded)),
        Row(
            name: "paid, age not known", invoice: paid, charges: [went], ageMs: nil,
            outcome: .approved(chargeID: "ch_1")),
        Row(
            name: "paid without a charge", invoice: StripeFixture.invoice(status: "paid"),
            outcome: .notSent(.superseded)),
        Row(name: "paid, the charge cannot be read", invoice: paid, outcome: .unknown),
        Row(
            name: "a newer charge failed", charges: [StripeFixture.charge()], mayResend: false,
            outcome: declined),
        Row(
            name: "a newer charge is pending", charges: [StripeFixture.charge(status: "pending")],
            mayResend: false,
            outcome: .pending(chargeID: "ch_1")),
        Row(
            name: "one failed, one went through",
            charges: [StripeFixture.charge("ch_2", created: 1_795_341_595), went],
            mayResend: false,
            outcome: .approved(chargeID: "ch_1")),
        Row(
            name: "only an older charge failed", charges: [StripeFixture.charge(created: old)],
            ageMs: 61_000, mayResend: false, outcome: .notSent(.notFound)),
        Row(
            name: "only another invoice's charge",
            charges: [StripeFixture.charge(invoice: #""in_2""#)], ageMs: 61_000, mayResend: false,
            outcome: .notSent(.notFound)),
        Row(
            name: "a charge whose intent belongs to no invoice",
            charges: [
                StripeFixture.charge(invoice: "null").replacing("pi_1", with: "pi_9")
            ], ageMs: 61_000, mayResend: false, outcome: .notSent(.notFound)),
        Row(
            name: "a charge whose intent cannot be read",
            charges: [
                StripeFixture.charge(invoice: "null").replacing("pi_1", with: "pi_8")
            ], ageMs: 61_000, mayResend: false, outcome: .unknown),
        Row(name: "nothing, but too young", ageMs: 59_000, mayResend: false, outcome: .unknown),
        Row(name: "nothing, age not known", ageMs: nil, outcome: .unknown),
        Row(
            name: "void, nothing found", invoice: StripeFixture.invoice(status: "void"),
            ageMs: 61_000, outcome: .notSent(.notFound)),
        Row(
            name: "keys are not remembered: nothing is ever sent again", ageMs: 61_000,
            idempotency: .lookUp, outcome: .notSent(.notFound)),
    ]

    static let byKey = [
        Row(
            name: "the same key is answered: approved",
            payment: .json(200, paid), outcome: .approved(chargeID: "ch_1"), payments: 1),
        Row(
            name: "the same key is answered: declined",
            payment: .json(
                402,
                StripeFixture.error(
                    #""decline_code":"lost_card","network_decline_code":"41","charge":"ch_1""#)),
            outcome: .declined(
                DeclineCodes(code: "lost_card", networkCode: "41"), chargeID: "ch_1"),
            payments: 1),
        Row(
            name: "the key says more than a charge that may be another attempt's",
            charges: [StripeFixture.charge("ch_0")], payment: .json(200, paid),
            outcome: .approved(chargeID: "ch_1"), payments: 1),
        Row(
            name: "a replayed 500, and a charge that shows", charges: [StripeFixture.charge()],
            payment: .json(500, "{}", headers: [("Idempotent-Replayed", "true")]),
            outcome: declined, payments: 1),
        Row(
            name: "the same key is being worked on", payment: .json(409, "{}"),
            outcome: .unknown, payments: 1),
        Row(
            name: "a new 500 says nothing", payment: .json(500, "{}"), ageMs: 61_000,
            outcome: .unknown, payments: 1),
        Row(
            name: "a replayed 500 says that the call has ended",
            payment: .json(500, "{}", headers: [("Idempotent-Replayed", "true")]),
            ageMs: 61_000, outcome: .notSent(.notFound), payments: 1),
        Row(
            name: "a replayed 500 of just now",
            payment: .json(500, "{}", headers: [("Idempotent-Replayed", "true")]),
            outcome: .unknown, payments: 1),
        Row(
            name: "a refused key says nothing of the first call", payment: .json(401, "{}"),
            outcome: .unknown, payments: 1),
        Row(
            name: "asked for fewer calls", payment: .json(429, "{}"), outcome: .unknown,
            payments: 1),
        Row(name: "lost again", payment: .drop, outcome: .unknown, payments: 1),
        Row(
            name: "not while another amount is open",
            invoice: StripeFixture.invoice(remaining: 4100), outcome: .unknown),
        Row(name: "not when it is not wanted any more", mayResend: false, outcome: .unknown),
        Row(
            name: "not when the key may be forgotten", ageMs: 23 * Milliseconds.hour,
            outcome: .notSent(.notFound)),
        Row(
            name: "just before the key may be forgotten", payment: .json(200, paid),
            ageMs: 23 * Milliseconds.hour - 1, outcome: .approved(chargeID: "ch_1"),
            payments: 1),
    ]

    private static func marked(
        _ attempt: UInt32, progress: String, at: Int64, charge: String = #""ch_0""#,
        status: String = "open"
    ) -> String {
        let key = StripeFixture.order(attempt: attempt).key
        let slot = attempt % 8
        return StripeFixture.invoice(
            status: status, charge: charge,
            metadata: #"{"dunlin_attempt_\#(slot)":"\#(key);\#(progress);\#(at)"}"#)
    }

    private static let now = StripeFixture.nowSeconds

    static let byMark = [
        Row(
            name: "marked, a new charge failed",
            invoice: marked(1, progress: "ch_0", at: now - 5, charge: #""ch_1""#),
            charges: [StripeFixture.charge()], ageMs: nil, idempotency: .lookUp, marks: true,
            outcome: declined),
        Row(
            name: "marked, a new charge paid",
            invoice: marked(1, progress: "-", at: now, charge: #""ch_1""#, status: "paid"),
            charges: [went], ageMs: nil, idempotency: .lookUp, marks: true,
            outcome: .approved(chargeID: "ch_1")),
        Row(
            name: "marked, nothing new, the mark is young",
            invoice: marked(1, progress: "ch_0", at: now - 59), ageMs: nil, idempotency: .lookUp,
            marks: true, outcome: .unknown),
        Row(
            name: "marked, nothing new, the mark is old",
            invoice: marked(1, progress: "ch_0", at: now - 61), ageMs: nil, idempotency: .lookUp,
            marks: true, outcome: .notSent(.notFound)),
        Row(
            name: "marked by the attempt before: this one was never sent",
            invoice: marked(2, progress: "ch_0", at: now), ageMs: 61_000, idempotency: .lookUp,
            marks: true, outcome: .notSent(.notFound)),
        Row(
            name: "marked by the attempt that had this place before",
            invoice: marked(9, progress: "ch_0", at: now), ageMs: 61_000, idempotency: .lookUp,
            marks: true, outcome: .notSent(.notFound)),
        Row(
            name: "no mark, and somebody else paid", invoice: paid, charges: [went],
            idempotency: .lookUp, marks: true, outcome: .notSent(.superseded)),
        Row(
            name: "no mark yet, but its writer may be slow", ageMs: 59_000, idempotency: .lookUp,
            marks: true, outcome: .unknown),
        Row(
            name: "no mark, after a restart", ageMs: nil, idempotency: .lookUp, marks: true,
            outcome: .notSent(.notFound)),
    ]

    @Test("stays unknown while Stripe cannot be asked")
    func unreadable() async throws {
        for reply in [ScriptedServer.Reply.json(500, "{}"), .json(429, "{}"), .drop] {
            try await StripeFixture.run { _ in
                reply
            } _: { client, server in
                let asked = ChargeLookUp(
                    order: StripeFixture.order(), ageMs: 90_000_000, mayResend: true, lookUps: 9)
                #expect(await StripeGateway(client: client).lookUp([asked]) == [.unknown])
                #expect(server.requests.allSatisfy { $0.method == "GET" })
            }
        }
    }

    @Test("does not take the charge of the attempt before for its own")
    func attributed() async throws {
        try await StripeFixture.run(idempotency: .lookUp) {
            $0.marksInvoices = false
        } script: { request in
            switch request.line {
            case "POST /v1/invoices/in_1/pay":
                .json(200, StripeFixture.invoice(charge: StripeFixture.charge()))
            case "GET /v1/charges": .json(200, StripeFixture.list([StripeFixture.charge()]))
            default: .json(200, StripeFixture.invoice(), headers: [StripeFixture.date])
            }
        } _: { client, server in
            let gateway = StripeGateway(client: client)
            #expect(await gateway.charge([StripeFixture.order(attempt: 1)]) == [Self.declined])
            let second = ChargeLookUp(
                order: StripeFixture.order(attempt: 2), ageMs: 30_000, mayResend: true, lookUps: 0)
            #expect(await gateway.lookUp([second]) == [.unknown])
            let first = ChargeLookUp(
                order: StripeFixture.order(attempt: 1), ageMs: 30_000, mayResend: true, lookUps: 0)
            #expect(await gateway.lookUp([first]) == [Self.declined])
        }
    }

    @Test("marks the invoice before the payment, and pays a marked one only when nothing was sent")
    func marks() async throws {
        try await StripeFixture.run(idempotency: .lookUp) { request in
            switch request.line {
            case "GET /v1/invoices/in_1":
                .json(200, StripeFixture.invoice(), headers: [StripeFixture.date])
            case "POST /v1/invoices/in_1": .json(200, StripeFixture.invoice())
            default: .json(200, StripeFixture.invoice(status: "paid", charge: #""ch_1""#))
            }
        } _: { client, server in
            let order = StripeFixture.order()
            let gateway = StripeGateway(client: client)
            #expect(await gateway.charge([order]) == [.approved(chargeID: "ch_1")])
            #expect(
                server.lines == [
                    "GET /v1/invoices/in_1", "POST /v1/invoices/in_1",
                    "POST /v1/invoices/in_1/pay",
                ])
            #expect(
                server.requests[1].body
                    == "metadata%5Bdunlin_attempt_1%5D=\(order.key)%3Bpi_1%3B\(Self.now)")
            #expect(server.requests[2].body == "&")
        }
        let marked = Self.marked(1, progress: "ch_0", at: Self.now - 5)
        try await StripeFixture.run(idempotency: .lookUp) { _ in
            .json(200, marked, headers: [StripeFixture.date])
        } _: { client, server in
            let gateway = StripeGateway(client: client)
            #expect(await gateway.charge([StripeFixture.order()]) == [.unknown])
            #expect(server.lines == ["GET /v1/invoices/in_1"])
        }
    }

    @Test("asks for charges since the intent by Stripe's clock, and reads every page")
    func pages() async throws {
        try await StripeFixture.run { request in
            guard request.path == "/v1/charges" else {
                return .json(200, StripeFixture.invoice(), headers: [StripeFixture.date])
            }
            let other = StripeFixture.charge("ch_7", invoice: #""in_7""#)
            let isFirst = !request.query.contains("starting_after=ch_7")
            return .json(
                200,
                StripeFixture.list(isFirst ? [other] : [StripeFixture.charge()], hasMore: isFirst))
        } _: { client, server in
            let asked = ChargeLookUp(
                order: StripeFixture.order(), ageMs: 30_000, mayResend: false, lookUps: 0)
            #expect(await StripeGateway(client: client).lookUp([asked]) == [Self.declined])
            let queries = server.requests.map(\.query).filter { !$0.isEmpty }
            // Thirty seconds old, one for each clock that cuts to seconds, and later than that.
            let since = Self.now - 30 - 1 - 1
            #expect(queries.first == "customer=cus_1&limit=100&created%5Bgt%5D=\(since)")
            #expect(queries.last?.hasSuffix("&starting_after=ch_7") == true)
        }
    }

    @Test("says how long keys are remembered")
    func traits() async throws {
        for (idempotency, retention) in [
            (StripeSettings.Idempotency.keys, 24 * Milliseconds.hour), (.lookUp, 0),
        ] {
            let settings = StripeFixture.settings(
                base: "http://127.0.0.1:1", idempotency: idempotency)
            try await StripeFixture.withClient(settings) { client in
                let traits = StripeGateway(client: client).traits
                #expect(traits.keyRetentionMs == retention)
                #expect(traits.name == "stripe")
            }
        }
    }
}
