import Crypto
import DunlinCore
import DunlinPorts
import DunlinWeb
import Hummingbird
import HummingbirdTesting
import Testing

@Suite struct AccessTests {
    private func setup() throws -> WebSetup {
        func key(_ text: String, _ tenant: String, _ roles: APIKeys.Roles) throws -> APIKeys.Key {
            let digest = SHA256.hash(data: Array(text.utf8))
            let hex = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return try #require(APIKeys.Key(hexDigest: hex, tenant: tenant, roles: roles))
        }
        var setup = WebSetup()
        setup.settings.keys = APIKeys([
            try key("key-a", "shop", .all), try key("key-b", "other", [.read]),
            try key("key-d", "shop", [.events, .read, .operate, .metrics]),
        ])
        setup.node.with { state in
            let account = EntityKey(tenant: "shop", key: "acct-1")
            state.views[account] = someAccount(account)
        }
        return setup
    }

    private func bearer(_ key: String) -> HTTPFields { [.authorization: "Bearer \(key)"] }

    @Test func `The key decides the tenant, a body never does`() async throws {
        let setup = try self.setup()
        let body = contractEvent.replacing("{\"event_id\"", with: "{\"tenant\":\"x\",\"event_id\"")
        let answer = try await setup.ask(
            .post, "/v1/events", body, headers: self.bearer("key-a"))
        #expect(answer.status == 202)
        #expect(setup.node.with { $0.taken.map(\.key.tenant) } == ["shop"])
    }

    @Test func `Without the role for personal data nobody exports or erases`() async throws {
        let setup = try self.setup()
        for (method, word) in [(HTTPRequest.Method.get, "export"), (.post, "erase")] {
            let answer = try await setup.ask(
                method, "/v1/accounts/acct-1/\(word)", headers: self.bearer("key-d"))
            #expect(answer.status == 403)
        }
        #expect(setup.node.with { $0.operated.isEmpty })
    }

    @Test(arguments: ["", "Bearer", "Bearer ", "Bearer key-c", "Basic key-a", "key-a"])
    func `Without a known key nothing is answered but health`(header: String) async throws {
        let setup = try self.setup()
        let headers: HTTPFields = header.isEmpty ? [:] : [.authorization: header]
        for path in ["/v1/accounts/acct-1", "/v1/cases", "/v1/report", "/metrics"] {
            let answer = try await setup.ask(.get, path, headers: headers)
            #expect(answer.status == 401)
            #expect(answer.headers[.wwwAuthenticate] == "Bearer")
        }
        #expect(try await setup.ask(.get, "/healthz", headers: headers).status == 200)
    }

    @Test func `Another tenant's account is not found, and a missing role is refused`() async throws
    {
        let setup = try self.setup()
        let mine = try await setup.ask(
            .get, "/v1/accounts/acct-1", headers: self.bearer("key-a"))
        #expect(mine.status == 200)
        let theirs = try await setup.ask(
            .get, "/v1/accounts/acct-1", headers: self.bearer("key-b"))
        #expect(theirs.status == 404)
        for (method, path) in [
            (HTTPRequest.Method.post, "/v1/events"),
            (.post, "/v1/accounts/acct-1/cases/1/pause"), (.get, "/metrics"),
        ] {
            let answer = try await setup.ask(method, path, headers: self.bearer("key-b"))
            #expect(answer.status == 403)
        }
        let cursor = CaseQuery.Cursor(
            openedAt: Timestamp(ms: 1), key: EntityKey(tenant: "shop", key: "acct-1"),
            caseNumber: 1)
        let page = try await setup.ask(
            .get, "/v1/cases?after=\(cursor.text)", headers: self.bearer("key-b"))
        #expect(page.status == 400)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.8.8", true), ("localhost", true), ("::1", true),
        ("0.0.0.0", false), ("10.0.0.1", false), ("127.0.0.1.example.com", false), ("::", false),
    ])
    func `Only loopback may be bound without TLS and keys`(host: String, isAllowed: Bool) throws {
        var settings = WebSettings(host: host)
        var refused: WebSettingsError?
        do { try settings.check() } catch { refused = error }
        #expect((refused == nil) == isAllowed)
        #expect(refused?.description.contains("--insecure") ?? true)
        settings.isInsecureAllowed = true
        #expect(throws: Never.self) { try settings.check() }
    }
}
