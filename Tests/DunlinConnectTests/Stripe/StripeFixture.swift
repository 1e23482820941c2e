import AsyncHTTPClient
import DunlinConnect
import DunlinCore
import DunlinPorts
import Logging
import Testing

/// Everything that a test of the Stripe adapter needs, and the shapes of Stripe's objects.
enum StripeFixture {
    /// Real time of every answer: Sun, 22 Nov 2026 10:00:00 GMT.
    static let nowSeconds: Int64 = 1_795_341_600
    static let date = ("date", "Sun, 22 Nov 2026 10:00:00 GMT")

    static func settings(
        base: String, idempotency: StripeSettings.Idempotency = .keys
    ) -> StripeSettings {
        var settings = StripeSettings(
            apiBase: base, apiKey: StripeSecret("sk_test_secret"),
            webhookSecrets: [StripeSecret("whsec_secret")], timeoutMs: 20_000,
            idempotency: idempotency)
        settings.unknownSettlesAfterMs = 60_000
        return settings
    }

    /// Runs `body` with a client of `settings`, which is shut down afterwards.
    static func withClient<Answer>(
        _ settings: StripeSettings,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ body: (StripeClient) async throws -> Answer
    ) async throws -> Answer {
        let http = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: StripeClient.httpConfiguration)
        do {
            let answer = try await body(
                StripeClient(settings: settings, http: http, logger: logger))
            try await http.shutdown()
            return answer
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    /// One server and one client of it.
    static func run<Answer>(
        idempotency: StripeSettings.Idempotency = .keys,
        change: (inout StripeSettings) -> Void = { _ in },
        script: @escaping ScriptedServer.Script,
        _ body: (StripeClient, ScriptedServer) async throws -> Answer
    ) async throws -> Answer {
        try await ScriptedServer.run(script) { server in
            var settings = Self.settings(base: server.base, idempotency: idempotency)
            change(&settings)
            return try await Self.withClient(settings) { client in
                try await body(client, server)
            }
        }
    }

    static func order(
        invoice: String = "in_1", attempt: UInt32 = 1, minor: Int64 = 4200, token: String = "pm_1"
    ) -> ChargeOrder {
        ChargeOrder(
            account: EntityKey(key: "cus_1"), obligation: invoice, attempt: attempt,
            key: GatewayKey(
                origin: ClusterOrigin(cluster: 7, generation: 1), tenant: "main",
                account: "cus_1", obligation: invoice, attempt: attempt),
            amount: Money(minor: minor, currency: .eur), methodToken: token,
            intendedAt: Timestamp(ms: 1_767_225_600_000))
    }

    // MARK: Objects

    static func invoice(
        status: String = "open", remaining: Int64 = 4200, charge: String = "null",
        intent: String = "\"pi_1\"", metadata: String = "{}", more: String = ""
    ) -> String {
        """
        {"id":"in_1","object":"invoice","customer":"cus_1","customer_email":"ada@example.com",
        "status":"\(status)","amount_due":4200,"amount_paid":0,"amount_remaining":\(remaining),
        "currency":"eur","subscription":"sub_1","charge":\(charge),"payment_intent":\(intent),
        "attempted":true,"attempt_count":1,"collection_method":"charge_automatically",
        "created":1795300000,"due_date":null,"hosted_invoice_url":"https://invoice.example/i/1",
        "status_transitions":{"finalized_at":1795300100,"paid_at":null},
        "metadata":\(metadata)\(more)}
        """
    }

    static func charge(
        _ id: String = "ch_1", status: String = "failed", created: Int64 = 1_795_341_590,
        amount: Int64 = 4200, invoice: String = "\"in_1\"",
        outcome: String =
            #"{"network_status":"declined_by_network","reason":"insufficient_funds"}"#
    ) -> String {
        """
        {"id":"\(id)","object":"charge","status":"\(status)","amount":\(amount),"currency":"eur",
        "created":\(created),"invoice":\(invoice),"payment_intent":"pi_1","customer":"cus_1",
        "failure_code":"card_declined","outcome":\(outcome),"payment_method":"pm_1",
        "payment_method_details":{"type":"card","card":{"brand":"visa","last4":"0341",
        "exp_month":12,"exp_year":2030,"funding":"debit","fingerprint":"fp_1","network":"visa"}}}
        """
    }

    static func list(_ items: [String], hasMore: Bool = false) -> String {
        #"{"object":"list","has_more":\#(hasMore),"data":[\#(items.joined(separator: ","))]}"#
    }

    static func error(_ fields: String) -> String { #"{"error":{\#(fields)}}"# }
}
