import Foundation
import Testing

extension ProcessTests {
    /// The HTTP side of the outside contract.
    @Suite(.serialized) struct RouteContractTests {
        struct Route: Sendable, CustomTestStringConvertible {
            var method = "GET"
            let path: String
            let status: Int
            var body: String?
            /// What the answer's body must hold.
            var word = ""
            var testDescription: String { "\(self.method) \(self.path)" }
        }

        static let routes = [
            Route(path: "/healthz", status: 200, word: "ready"),
            Route(path: "/metrics", status: 200, word: "# TYPE dunlin_"),
            Route(path: "/v1/accounts/acct-1", status: 200, word: "\"cases\""),
            Route(path: "/v1/accounts/nobody", status: 404, word: "account-not-found"),
            Route(
                path: "/v1/accounts/" + String(repeating: "x", count: 256), status: 400,
                word: "255"),
            Route(path: "/v1/accounts/acct-1/timeline", status: 200, word: "caseOpened"),
            Route(path: "/v1/accounts/acct-1/timeline?limit=0", status: 400, word: "limit"),
            Route(path: "/v1/accounts/nobody/timeline", status: 404, word: "account-not-found"),
            Route(path: "/v1/accounts/acct-1/explain", status: 200, word: "without_it"),
            Route(path: "/v1/accounts/nobody/explain", status: 404, word: "account-not-found"),
            Route(path: "/v1/accounts/acct-1/access", status: 200, word: "\"access\":\"warned\""),
            Route(path: "/v1/accounts/nobody/access", status: 404, word: "\"access\":\"full\""),
            Route(path: "/v1/cases?phase=retrying&limit=1", status: 200, word: "acct-1"),
            Route(path: "/v1/cases?phase=none", status: 400, word: "phase"),
            Route(path: "/v1/cases?after=x", status: 400, word: "after"),
            Route(path: "/v1/report?since=2026-01-01T00:00:00Z", status: 200, word: "rows"),
            Route(path: "/v1/report?since=tomorrow", status: 400, word: "since"),
            Route(method: "POST", path: "/v1/accounts/acct-1/cases/1/pause", status: 200),
            Route(method: "POST", path: "/v1/accounts/acct-1/cases/all/resume", status: 200),
            Route(
                method: "POST", path: "/v1/accounts/acct-1/cases/9/pause", status: 404,
                word: "case-not-found"),
            Route(
                method: "POST", path: "/v1/accounts/acct-1/cases/x/pause", status: 400,
                word: "number"),
            Route(
                method: "POST", path: "/v1/accounts/acct-1/cases/1/dance", status: 404,
                word: "attempt-now"),
            Route(method: "POST", path: "/v1/events", status: 400, body: "", word: "detail"),
            Route(
                method: "POST", path: "/webhooks/stripe", status: 404, body: "{}",
                word: "not-found"),
            Route(path: "/", status: 404, word: "not-found"),
            Route(path: "/v1/nothing", status: 404, word: "not-found"),
            Route(path: "/v1/events", status: 405, word: "POST"),
            Route(method: "DELETE", path: "/v1/accounts/acct-1", status: 405, word: "GET"),
            Route(method: "PUT", path: "/webhooks/stripe", status: 405, word: "POST"),
        ]

        @Test func `every route answers as it says, and every problem is a problem document`()
            async throws
        {
            try await IntakeTests.withNode { node in
                #expect(try await node.send(IntakeTests.failure).status == 202)
                for route in Self.routes {
                    let answer = try await HTTPCall.send(
                        route.method, node.http + route.path, body: route.body)
                    let told = "\(route.testDescription): \(answer.status) \(answer.body)"
                    #expect(answer.status == route.status, "\(told)")
                    #expect(route.word.isEmpty || answer.body.contains(route.word), "\(told)")
                    guard route.status >= 400 else { continue }
                    #expect(answer.contentType == "application/problem+json", "\(told)")
                    let problem = answer.json
                    #expect(problem["type"].string?.hasPrefix("urn:dunlin:problem:") == true)
                    #expect(problem["status"].integer == Int64(route.status), "\(told)")
                    #expect(problem["title"].string?.isEmpty == false, "\(told)")
                    #expect(problem["detail"].string?.isEmpty == false, "\(told)")
                }
            }
        }

        // MARK: Metrics

        @Test func `metrics are well-formed, line by line`() async throws {
            try await IntakeTests.withNode { node in
                _ = try await node.send(IntakeTests.failure)
                _ = try await node.get("/v1/accounts/acct-1")
                let sample =
                    /[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.eE+-]+|\+Inf|NaN)/
                let type = /# TYPE [a-zA-Z_:][a-zA-Z0-9_:]* (counter|gauge|histogram|summary)/
                let text = try await node.get("/metrics").body
                #expect(text.hasSuffix("\n"))
                var typed: Set<Substring> = []
                for line in text.split(separator: "\n") {
                    if line.hasPrefix("# HELP ") { continue }
                    if line.hasPrefix("#") {
                        #expect(line.wholeMatch(of: type) != nil, "\(line)")
                        let name = line.split(separator: " ")[2]
                        #expect(typed.insert(name).inserted, "\(name) has two types")
                    } else {
                        #expect(line.wholeMatch(of: sample) != nil, "\(line)")
                    }
                }
                #expect(typed.contains("dunlin_http_requests_total"))
            }
        }

        // MARK: Card numbers

        /// An event with every field that holds text.
        static let full = """
            {"event_id":"e-FULL","type":"payment_failed","occurred_at":"2026-01-01T00:00:00Z",\
            "account_id":"acct-full","invoice_id":"in_full","subscription_id":"sub_full",\
            "amount_minor":4200,"currency":"EUR","decline_code":"insufficient_funds",\
            "network_code":"51","advice_code":"01","charge_id":"ch_full","initiator":"merchant",\
            "due_at":"2026-01-01T00:00:00Z","link":"https://pay.test/x",\
            "earlier_attempts":["2025-12-31T00:00:00Z"],\
            "payment_method":{"token":"pm_full","fingerprint":"fp_full","brand":"visa",\
            "last_four":"4242","expiry_month":12,"expiry_year":2031,"funding":"credit"},\
            "profile":{"email":"full@example.test","name":"Full","locale":"en","zone":"UTC",\
            "country":"ES","attributes":{"note":"a note"}},"unknown":"something"}
            """

        @Test(arguments: ["4242424242424242", "4242 4242 4242 4242", "5555-5555-5555-4444"])
        func `a card number in any field is refused or masked, and is nowhere afterwards`(
            number: String
        ) async throws {
            let texts = Self.full.split(separator: "\"").filter { text in
                !text.contains { ":,{}[]".contains($0) } || text.hasPrefix("20")
                    || text.hasPrefix("http")
            }
            try await Scratch.with { scratch in
                let node = try DunlinProcess(scratch: scratch)
                try await node.whileRunning { node in
                    #expect(try await node.send(Self.full).status == 202)
                    var places = 0
                    for text in Set(texts) {
                        for replacement in [number, "x\(number)", "my card \(number)."] {
                            let body = Self.full.replacingOccurrences(
                                of: "\"\(text)\"", with: "\"\(replacement)\"")
                            #expect(body != Self.full)
                            let answer = try await node.send(body)
                            let told = "\(text): \(answer.status) \(answer.body)"
                            #expect([202, 422].contains(answer.status), "\(told)")
                            #expect(!answer.body.contains(number), "\(told)")
                            places += 1
                        }
                    }
                    #expect(places > 100)
                    for path in ["/v1/accounts/acct-full", "/v1/cases", "/metrics"] {
                        #expect(!(try await node.get(path)).body.contains(number), "\(path)")
                    }
                }
                let found = try IntakeTests.files(under: scratch.path, holding: number)
                #expect(found == [], "\(found)")
            }
        }
    }
}
