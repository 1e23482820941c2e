import DunlinConnect
import DunlinCore
import DunlinPorts
import Logging
import Synchronization
import Testing

@Suite("Settings of the Stripe adapter")
struct StripeSettingsTests {
    @Test("come from the environment")
    func environment() throws {
        #expect(try StripeSettings(environment: [:]) == nil)
        let plain = try #require(
            try StripeSettings(environment: ["STRIPE_API_KEY": " sk_test_1\n"]))
        #expect(plain.apiBase == "https://api.stripe.com")
        #expect(plain.idempotency == .keys)
        #expect(plain.webhookSecrets.isEmpty)
        #expect(plain.apiKey.mode == "test")
        let full = try #require(
            try StripeSettings(
                environment: [
                    "STRIPE_API_KEY": "rk_live_1", "STRIPE_API_BASE": "http://localhost:8420//",
                    "STRIPE_WEBHOOK_SECRET": "whsec_a, whsec_b,", "STRIPE_IDEMPOTENCY": "look_up",
                ], tenant: "shop"))
        #expect(full.apiBase == "http://localhost:8420")
        #expect(full.webhookSecrets.count == 2)
        #expect(full.idempotency == .lookUp)
        #expect(full.marksInvoices)
        #expect(!full.sendsPaymentMethod)
        #expect(full.tenant == "shop")
    }

    @Test(
        "are refused by name",
        arguments: [
            (["STRIPE_API_KEY": "sk test"], "STRIPE_API_KEY"),
            (["STRIPE_API_KEY": "sk_1", "STRIPE_API_BASE": "api.stripe.com"], "STRIPE_API_BASE"),
            (["STRIPE_API_KEY": "sk_1", "STRIPE_API_BASE": "ftp://x"], "STRIPE_API_BASE"),
            (
                ["STRIPE_API_KEY": "sk_live_1", "STRIPE_API_BASE": "http://proxy.example"],
                "STRIPE_API_BASE"
            ),
            (["STRIPE_API_KEY": "sk_1", "STRIPE_IDEMPOTENCY": "maybe"], "STRIPE_IDEMPOTENCY"),
        ])
    func refused(_ environment: [String: String], _ name: String) {
        let error = #expect(throws: StripeSettingsError.self) {
            _ = try StripeSettings(environment: environment)
        }
        #expect(error?.name == name)
        #expect(error?.description.contains("sk_") == false)
    }

    @Test("never show a secret")
    func secrets() {
        var settings = StripeSettings(
            apiKey: StripeSecret("sk_test_hidden"), webhookSecrets: [StripeSecret("whsec_hidden")])
        settings.tenant = "shop"
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), dumped] {
            #expect(!text.contains("hidden"))
        }
    }

    @Test("nothing that is logged bears a key, an id or an address")
    func logs() async throws {
        let lines = Lines()
        let logger = Logger(label: "stripe") { _ in lines }
        try await ScriptedServer.run { request in
            request.method == "GET" ? .json(200, StripeFixture.invoice()) : .drop
        } _: { server in
            let settings = StripeFixture.settings(base: server.base)
            try await StripeFixture.withClient(settings, logger: logger) { client in
                let gateway = StripeGateway(client: client)
                #expect(await gateway.charge([StripeFixture.order()]) == [.unknown])
            }
        }
        let text = lines.text
        #expect(text.contains("pay invoice"))
        for secret in ["sk_test", "in_1", "cus_1", "pm_1", "example.com", "127.0.0.1"] {
            #expect(!text.contains(secret), "\(secret)")
        }
    }

    /// Keeps what is logged.
    private struct Lines: LogHandler {
        private final class Memory: Sendable {
            let text = Mutex("")
        }

        private let memory = Memory()
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        var text: String { self.memory.text.withLock { $0 } }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            self.memory.text.withLock { $0 += "\(event.message) \(event.metadata ?? [:])\n" }
        }
    }
}
