import DunlinCore
import DunlinPorts
import DunlinWeb
import Hummingbird
import HummingbirdTesting
import Logging
import ServiceLifecycle
import Testing

/// Answers what the test gave it.
private struct FixedIntake: WebhookIntake {
    var outcome: WebhookOutcome

    func receive(_ delivery: WebhookDelivery) async throws(NodeError) -> WebhookOutcome {
        guard delivery.tenant == "main" || delivery.tenant == "shop" else { return .unknownTenant }
        guard delivery.header("User-Agent") == "genuine" else {
            return .badSignature("The signature is missing.")
        }
        return self.outcome
    }
}

@Suite struct ServerTests {
    static let healths: [(Health, Int)] = [
        (.ready, 200), (.starting("Replaying the journal."), 503), (.draining("Stopping."), 503),
        (.failing("The disk is full."), 503),
    ]

    @Test(arguments: Self.healths)
    func `Health is 200 only when ready, else it says why`(
        health: Health, status: Int
    ) async throws {
        var setup = WebSetup()
        setup.health = health
        let answer = try await setup.ask(.get, "/healthz")
        #expect(answer.status == status)
        #expect((answer.json["reason"] == nil) == (status == 200))
    }

    static let outcomes: [(WebhookOutcome, Int)] = [
        (.taken, 200), (.ignored, 200), (.malformed("Not JSON."), 400), (.retry("Later."), 503),
    ]

    @Test(arguments: Self.outcomes)
    func `A webhook's outcome decides the status`(
        outcome: WebhookOutcome, status: Int
    ) async throws {
        var setup = WebSetup()
        setup.webhooks = ["stripe": FixedIntake(outcome: outcome)]
        let signed: HTTPFields = [.userAgent: "genuine"]
        for path in ["/webhooks/stripe", "/webhooks/stripe/shop"] {
            #expect(try await setup.ask(.post, path, "{}", headers: signed).status == status)
        }
        #expect(try await setup.ask(.post, "/webhooks/stripe", "{}").status == 400)
        #expect(try await setup.ask(.post, "/webhooks/stripe/nobody", "{}").status == 404)
        #expect(try await setup.ask(.post, "/webhooks/other", "{}").status == 404)
    }

    @Test func `A webhook past one mebibyte is refused`() async throws {
        var setup = WebSetup()
        setup.webhooks = ["stripe": FixedIntake(outcome: .taken)]
        let body = String(repeating: "x", count: (1 << 20) + 1)
        #expect(try await setup.ask(.post, "/webhooks/stripe", body).status == 413)
    }

    @Test func `A node that does not answer in time is given up, outcome unknown`() async throws {
        var setup = WebSetup()
        setup.settings.limits.requestTimeout = .milliseconds(1)
        setup.node.with { $0.hangs = true }
        let answer = try await setup.ask(.get, "/v1/cases")
        #expect(answer.status == 504)
        #expect(answer.json["type"] == "urn:dunlin:problem:deadline-exceeded")
    }

    @Test func `Requests at work are bounded, health is exempt`() async throws {
        var setup = WebSetup()
        setup.settings.limits.requestsInFlightMax = 0
        let refused = try await setup.ask(.get, "/v1/cases")
        #expect(refused.status == 503)
        #expect(refused.headers[.retryAfter] == "1")
        #expect(try await setup.ask(.get, "/healthz").status == 200)
    }

    @Test func `Over a real socket an event is taken and an account is read`() async throws {
        let setup = WebSetup()
        let key = EntityKey(key: "acct-1")
        setup.node.with { $0.views[key] = someAccount(key) }
        try await setup.run(.live) { client in
            try await client.execute(
                uri: "/v1/events", method: .post, body: ByteBuffer(string: contractEvent)
            ) { #expect($0.status == .accepted) }
            try await client.execute(uri: "/v1/accounts/acct-1", method: .get) {
                #expect($0.status == .ok)
            }
            try await client.execute(uri: "/healthz", method: .get) { #expect($0.status == .ok) }
        }
        #expect(setup.node.with { $0.taken.count } == 1)
    }

    @Test func `Graceful shutdown ends the server`() async throws {
        let setup = WebSetup()
        let router = WebRouter(
            node: setup.node, settings: setup.settings, health: { .ready },
            metrics: setup.metrics)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = try WebServer(router: router, logger: logger) { port.yield($0) }
        let group = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let bound = await ports.first { _ in true }
            #expect((bound ?? 0) > 0)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
