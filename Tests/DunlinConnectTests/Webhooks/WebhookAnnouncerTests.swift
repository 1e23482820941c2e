import Crypto
import DunlinCore
import DunlinPorts
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import DunlinConnect

@Suite("Webhooks to the merchant's app")
struct WebhookAnnouncerTests {
    /// A clock that only the test moves, and waits that take no time.
    private final class Time: Sendable {
        private let state = Mutex((now: Int64(1000), pauses: [Int64]()))
        var pauses: [Int64] { self.state.withLock { $0.pauses } }
        func advance(_ ms: Int64) { self.state.withLock { $0.now += ms } }
        var clocks: WebhookAnnouncer.Clocks {
            WebhookAnnouncer.Clocks(
                unixSeconds: { 1_767_323_045 },
                monotonicMs: { self.state.withLock { $0.now } })
        }
        var backoff: Backoff {
            Backoff(firstMs: 1000, longestMs: 100_000) { ms in
                self.state.withLock { $0.pauses.append(ms) }
            }
        }
    }

    private func withAnnouncer<Answer: Sendable>(
        _ settings: WebhookSettings, _ time: Time = Time(),
        _ body: (WebhookAnnouncer) async throws -> Answer
    ) async throws -> Answer {
        let announcer = try WebhookAnnouncer(
            settings: settings, backoff: time.backoff, clocks: time.clocks)
        do {
            let answer = try await body(announcer)
            await announcer.shutdown()
            return answer
        } catch {
            await announcer.shutdown()
            throw error
        }
    }

    @Test("An announcement arrives signed, and the signature is what the specification says")
    func delivery() async throws {
        let script: ScriptedServer.Script = { _ in .json(204, "") }
        try await ScriptedServer.run(script) { server in
            let settings = WebhookFixture.settings("\(server.base)/hooks?x=1") {
                $0.endpoints["acme"]?.secrets.append(WebhookFixture.otherSecret)
            }
            let outcome = try await self.withAnnouncer(settings) {
                await $0.announce(WebhookFixture.announcement())
            }
            let request = try #require(server.requests.first)
            let id = try #require(request.headers.first(name: "webhook-id"))
            #expect(outcome == .done(reference: id))
            #expect(request.line == "POST /hooks")
            #expect(request.query == "x=1")
            #expect(request.headers.first(name: "content-type") == "application/json")
            #expect(request.headers.first(name: "webhook-timestamp") == "1767323045")
            let signed = Data("\(id).1767323045.\(request.body)".utf8)
            let expected = [Data(0..<32), Data(repeating: 9, count: 24)].map { key in
                let code = HMAC<SHA256>.authenticationCode(
                    for: signed, using: SymmetricKey(data: key))
                return "v1,\(Data(code).base64EncodedString())"
            }
            #expect(
                request.headers.first(name: "webhook-signature")
                    == expected.joined(separator: " "))
        }
    }

    @Test("A failing endpoint is tried again with the same id and the same bytes")
    func retries() async throws {
        let count = Mutex(0)
        let script: ScriptedServer.Script = { _ in
            count.withLock { $0 += 1 }
            return .json(count.withLock { $0 } < 3 ? 500 : 200, "{}")
        }
        try await ScriptedServer.run(script) { server in
            let time = Time()
            let outcome = try await self.withAnnouncer(WebhookFixture.settings(server.base), time) {
                await $0.announce(WebhookFixture.announcement())
            }
            guard case .done = outcome else {
                Issue.record("not delivered: \(outcome)")
                return
            }
            #expect(server.requests.count == 3)
            #expect(Set(server.requests.map { $0.headers["webhook-id"] }).count == 1)
            #expect(Set(server.requests.map(\.body)).count == 1)
            #expect(time.pauses.count == 2)
            #expect((750...1250).contains(try #require(time.pauses.first)))
            #expect((3000...5000).contains(try #require(time.pauses.last)))
        }
    }

    @Test(
        "Whatever is not 2xx is no delivery",
        arguments: [
            (400, "http-400", 3), (401, "http-401", 3), (500, "http-500", 3), (302, "http-302", 3),
            (429, "http-429", 3),
        ])
    func failures(status: Int, reason: String, tries: Int) async throws {
        let script: ScriptedServer.Script = { request in
            request.path == "/elsewhere"
                ? .json(200, "") : .json(status, "no", headers: [("location", "/elsewhere")])
        }
        try await ScriptedServer.run(script) { server in
            let outcome = try await self.withAnnouncer(
                WebhookFixture.settings(server.base + "/hooks")
            ) {
                await $0.announce(WebhookFixture.announcement())
            }
            #expect(outcome == .failed(reason: reason))
            #expect(server.lines == Array(repeating: "POST /hooks", count: tries))
        }
    }

    @Test("An endpoint that says it is gone is not tried again")
    func gone() async throws {
        let script: ScriptedServer.Script = { _ in .json(410, "") }
        try await ScriptedServer.run(script) { server in
            let outcome = try await self.withAnnouncer(WebhookFixture.settings(server.base)) {
                await $0.announce(WebhookFixture.announcement())
            }
            #expect(outcome == .refused(reason: "http-410"))
            #expect(server.requests.count == 1)
        }
    }

    @Test("An endpoint's wish to wait is heeded")
    func retryAfter() async throws {
        let script: ScriptedServer.Script = { _ in .json(503, "", headers: [("retry-after", "42")])
        }
        try await ScriptedServer.run(script) { server in
            let time = Time()
            _ = try await self.withAnnouncer(WebhookFixture.settings(server.base), time) {
                await $0.announce(WebhookFixture.announcement())
            }
            #expect(time.pauses == [42_000, 42_000])
        }
    }

    @Test(
        "A connection that is dropped, and one that says nothing, are no delivery",
        arguments: [
            (ScriptedServer.Reply.drop, "unreachable"), (ScriptedServer.Reply.silence, "timeout"),
        ])
    func brokenConnections(reply: ScriptedServer.Reply, reason: String) async throws {
        let script: ScriptedServer.Script = { _ in reply }
        try await ScriptedServer.run(script) { server in
            let settings = WebhookFixture.settings(server.base) {
                $0.timeoutMs = 200
                $0.triesMax = 1
            }
            let outcome = try await self.withAnnouncer(settings) {
                await $0.announce(WebhookFixture.announcement())
            }
            #expect(outcome == .failed(reason: reason))
        }
    }

    @Test("A status is enough: what follows it may be long, or never come")
    func longAnswers() async throws {
        for reply in [
            ScriptedServer.Reply.json(200, String(repeating: "x", count: 1_000_000)),
            .stuck(200, "x"), .cut(200, "x"),
        ] {
            let script: ScriptedServer.Script = { _ in reply }
            try await ScriptedServer.run(script) { server in
                let settings = WebhookFixture.settings(server.base) { $0.timeoutMs = 3000 }
                let outcome = try await self.withAnnouncer(settings) {
                    await $0.announce(WebhookFixture.announcement())
                }
                guard case .done = outcome else {
                    Issue.record("not delivered: \(outcome)")
                    return
                }
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test("A dead endpoint is parked, for longer each time, and comes back by itself")
    func parking() async throws {
        let isDead = Mutex(true)
        let script: ScriptedServer.Script = { _ in .json(isDead.withLock { $0 } ? 500 : 200, "") }
        try await ScriptedServer.run(script) { server in
            let settings = WebhookFixture.settings(server.base) {
                $0.triesMax = 2
                $0.failuresBeforeParking = 3
                $0.parkedMs = 1000
                $0.endpoints["other"] = $0.endpoints["acme"]
            }
            let time = Time()
            try await self.withAnnouncer(settings, time) { announcer in
                func outcome(_ index: UInt32) async -> EffectOutcome {
                    await announcer.announce(WebhookFixture.announcement(index: index))
                }
                for index in 0..<3 {
                    #expect(await outcome(UInt32(index)) == .failed(reason: "http-500"))
                }
                #expect(server.requests.count == 6)
                #expect(
                    announcer.states() == [
                        .init(tenant: "acme", failures: 3, isParked: true)
                    ])
                // Parked: nothing goes out, and it takes no time.
                #expect(await outcome(4) == .failed(reason: "endpoint-parked"))
                time.advance(999)
                #expect(await outcome(5) == .failed(reason: "endpoint-parked"))
                #expect(server.requests.count == 6)
                // Another tenant's endpoint is another endpoint.
                let other = WebhookFixture.announcement(
                    account: EntityKey(tenant: "other", key: "cus_1"))
                #expect(await announcer.announce(other) == .failed(reason: "http-500"))
                #expect(server.requests.count == 8)
                // The probe is one try, and parks it for twice as long.
                time.advance(1)
                #expect(await outcome(6) == .failed(reason: "http-500"))
                #expect(server.requests.count == 9)
                time.advance(1999)
                #expect(await outcome(7) == .failed(reason: "endpoint-parked"))
                isDead.withLock { $0 = false }
                time.advance(1)
                guard case .done = await outcome(8) else {
                    Issue.record("it did not come back")
                    return
                }
                #expect(
                    announcer.states().first
                        == .init(tenant: "acme", failures: 0, isParked: false))
            }
        }
    }

    @Test("A tenant without an endpoint is told nothing")
    func noEndpoint() async throws {
        let outcome = try await self.withAnnouncer(WebhookSettings(endpoints: [:])) {
            await $0.announce(WebhookFixture.announcement())
        }
        #expect(outcome == .refused(reason: "no-endpoint"))
    }

    @Test(
        "An endpoint that would show what is sent, or lead elsewhere, is refused",
        arguments: [
            ("http://example.com/hooks", 1), ("ftp://example.com", 1), ("", 1), ("example.com", 1),
            ("https://user:pass@example.com", 1), ("http://127.0.0.1.example.com/", 1),
            ("https://example.com/hooks", 0), ("http://localhost:8080", 0),
            ("http://127.0.0.1:8080/x", 0), ("http://[::1]:8080/x", 0),
        ])
    func endpoints(url: String, problems: Int) {
        #expect(WebhookFixture.settings(url).problems().count == problems)
    }

    @Test("Plain http to another machine needs to be said aloud")
    func insecure() {
        let settings = WebhookFixture.settings("http://example.com") {
            $0.endpoints["acme"]?.isInsecureAllowed = true
        }
        #expect(settings.problems() == [])
    }

    @Test(
        "A secret that is none is refused with what to do",
        arguments: [[], ["whsec_short"], ["nothing"], ["whsec_!!!!"], ["AAECAwQF"]] as [[String]])
    func secrets(secrets: [String]) {
        let settings = WebhookFixture.settings("https://example.com") {
            $0.endpoints["acme"]?.secrets = secrets
        }
        #expect(settings.problems().count == 1)
        #expect(throws: WebhookSettingsError.self) {
            try WebhookAnnouncer(settings: settings)
        }
    }
}
