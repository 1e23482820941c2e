import DunlinCore
import DunlinPorts
import DunlinWeb
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

/// A listener over a fake node, reached through the router or a real socket.
struct WebSetup {
    let node = FakeNode()
    var settings = WebSettings(port: 0)
    var health: Health = .ready
    var webhooks: [String: any WebhookIntake] = [:]
    let metrics = PrometheusRegistry()

    func run<Answer>(
        _ setup: TestingSetup = .router,
        _ test: @escaping @Sendable (any TestClientProtocol) async throws -> Answer
    ) async throws -> Answer {
        let health = self.health
        let router = WebRouter(
            node: self.node, settings: self.settings, health: { health },
            webhooks: self.webhooks, metrics: self.metrics)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = try WebServer(router: router, logger: logger)
        return try await server.application.test(setup, test)
    }

    /// One request, its status and its body as JSON.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> (status: Int, json: JSONValue, headers: HTTPFields) {
        try await self.run { client in
            try await client.execute(
                uri: path, method: method, headers: headers,
                body: body.map { ByteBuffer(string: $0) }
            ) { response in
                let bytes = Array(response.body.readableBytesView)
                let json = try? JSONReader.read(bytes)
                return (response.status.code, json ?? .null, response.headers)
            }
        }
    }
}

let contractEvent = #"""
    {"event_id":"e1","type":"payment_failed","occurred_at":"2026-01-01T00:00:00Z","account_id":"acct-1","invoice_id":"in_1","amount_minor":4200,"currency":"EUR","decline_code":"insufficient_funds"}
    """#

/// An account with one case and one suspended subscription.
func someAccount(_ key: EntityKey) -> AccountView {
    var state = AccountState()
    state.profile.contacts = [SealedContact(channel: .email, sealed: [1, 2, 3])]
    state.subscriptions = [
        SubscriptionAccess(
            subscription: "sub_1", state: .suspended, since: Timestamp(ms: 1_767_225_600_000)),
        SubscriptionAccess(
            subscription: "sub_2", state: .full, since: Timestamp(ms: 1_767_225_600_000)),
    ]
    let opened = Timestamp(ms: 1_767_225_600_000)
    state.cases = [
        DunningCase(
            number: 1, phase: .retrying, bundle: BundleID(7), policy: "standard",
            obligation: Obligation(
                id: "in_1", subscription: "sub_1", amountMinor: 4200, currency: .eur),
            openedAt: opened, anchor: opened,
            decline: Decline(declineClass: .softFunds, advice: .wait, code: "insufficient_funds"),
            plan: CasePlan(
                attemptAt: opened.advanced(byMs: 3 * Milliseconds.day), attemptReason: .ladder))
    ]
    return AccountView(key: key, state: state, asOf: opened)
}
