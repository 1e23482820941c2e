import Foundation
import Testing

extension ProcessTests {
    /// What a node says to bad input over HTTP, and that it goes on.
    @Suite(.serialized) struct IntakeTests {
        static let failure = """
            {"event_id":"e1","type":"payment_failed","occurred_at":"2026-01-01T00:00:00Z",\
            "account_id":"acct-1","invoice_id":"in_1","amount_minor":4200,"currency":"EUR",\
            "decline_code":"insufficient_funds"}
            """

        static func failure(of account: String) -> String {
            Self.failure.replacingOccurrences(of: "acct-1", with: account)
                .replacingOccurrences(of: "in_1", with: "in_\(account)")
                .replacingOccurrences(of: "\"e1\"", with: "\"e-\(account)\"")
        }

        static func withNode<Result>(
            _ body: (DunlinProcess) async throws -> Result
        ) async throws -> Result {
            try await Scratch.with { scratch in
                try await DunlinProcess(scratch: scratch).whileRunning(body)
            }
        }

        @Test func `the contract's own event opens a case and a repeat changes nothing`()
            async throws
        {
            try await Self.withNode { node in
                let first = try await node.send(Self.failure)
                #expect(first.status == 202, "\(first.body)")
                let before = try await node.timeline("acct-1").count
                #expect(before > 0)
                let again = try await node.send(Self.failure)
                #expect(again.status == 202, "\(again.body)")
                #expect(again.json["results"][0]["status"].string == "repeated")
                #expect(try await node.timeline("acct-1").count == before)
                let cases = try await node.json("case", "list")["cases"].array
                #expect(cases.map { $0["account_id"].string } == ["acct-1"])
            }
        }

        /// A body, the status it is answered with, and a word that the answer must hold.
        struct BadBody: Sendable, CustomTestStringConvertible {
            let name: String
            let body: String
            let status: Int
            let word: String
            var testDescription: String { self.name }
        }

        static let badBodies = [
            BadBody(
                name: "half an object", body: #"{"event_id":"e1""#, status: 400, word: "offset"),
            BadBody(name: "no JSON", body: "payment failed", status: 400, word: "offset"),
            BadBody(name: "nothing", body: "", status: 400, word: "detail"),
            BadBody(name: "a number", body: "42", status: 422, word: "events"),
            BadBody(
                name: "an unknown type",
                body: Self.failure.replacingOccurrences(
                    of: "payment_failed", with: "payment_fialed"),
                status: 422, word: "payment_failed"),
            BadBody(
                name: "an amount below zero",
                body: Self.failure.replacingOccurrences(of: "4200", with: "-1"), status: 422,
                word: "amount_minor"),
            BadBody(
                name: "a fraction of a minor unit",
                body: Self.failure.replacingOccurrences(of: "4200", with: "42.5"), status: 422,
                word: "amount_minor"),
            BadBody(
                name: "an address as an account id",
                body: Self.failure.replacingOccurrences(of: "acct-1", with: "ada@example.test"),
                status: 422, word: "account_id"),
            BadBody(
                name: "deep nesting", body: String(repeating: "[", count: 200_000), status: 400,
                word: "detail"),
        ]

        @Test func `bad bodies are problems that name the place and the node stays up`()
            async throws
        {
            try await Self.withNode { node in
                for bad in Self.badBodies {
                    let answer = try await node.send(bad.body)
                    #expect(answer.status == bad.status, "\(bad.name): \(answer.body)")
                    #expect(answer.contentType == "application/problem+json", "\(bad.name)")
                    #expect(answer.body.contains(bad.word), "\(bad.name): \(answer.body)")
                }
                #expect(try await node.get("/v1/accounts/acct-1").status == 404)
                #expect(try await node.send(Self.failure).status == 202)
            }
        }

        @Test func `an oversized body is refused with the limit`() async throws {
            try await Self.withNode { node in
                let long = String(repeating: "x", count: 5 << 20)
                let body = Self.failure.replacingOccurrences(of: "acct-1", with: long)
                // A server may also close the connection on a body that it will not read.
                if let answer = try? await node.send(body) {
                    #expect(answer.status == 413, "\(answer.body)")
                }
                let after = try await node.send(Self.failure)
                #expect(after.status == 202, "\(after.body)")
            }
        }

        static let cardNumber = "4242424242424242"

        @Test func `a card number is refused in an id and masked in free text, and never kept`()
            async throws
        {
            try await Scratch.with { scratch in
                let node = try DunlinProcess(scratch: scratch)
                try await node.whileRunning { node in
                    for field in ["acct-1", "in_1", "\"e1\""] {
                        let replacement =
                            field.hasPrefix("\"") ? "\"\(Self.cardNumber)\"" : Self.cardNumber
                        let body = Self.failure.replacingOccurrences(of: field, with: replacement)
                        let answer = try await node.send(body)
                        #expect(answer.status == 422, "\(field): \(answer.body)")
                        #expect(!answer.body.contains(Self.cardNumber))
                    }
                    let withText = Self.failure.replacingOccurrences(
                        of: "\"decline_code\"",
                        with: """
                            "profile":{"attributes":{"note":"card 4242 4242 4242 4242 of Ada"}},\
                            "decline_code"
                            """)
                    let answer = try await node.send(withText)
                    #expect(answer.status == 202, "\(answer.body)")
                    let account = try await node.get("/v1/accounts/acct-1").body
                    #expect(!account.contains("4242 4242 4242"))
                }
                for secret in [Self.cardNumber, "4242 4242 4242"] {
                    let found = try Self.files(under: scratch.path, holding: secret)
                    #expect(found == [], "\(secret) is in \(found)")
                }
            }
        }

        /// Files below `folder` with `text` anywhere in their bytes.
        static func files(under folder: String, holding text: String) throws -> [String] {
            let needle = Data(text.utf8)
            return try FileManager.default.subpathsOfDirectory(atPath: folder).filter { name in
                FileManager.default.contents(atPath: "\(folder)/\(name)")?.range(of: needle) != nil
            }
        }

        @Test func `of a mixed batch the good are durable and each has its result`() async throws {
            try await Self.withNode { node in
                let bad = Self.failure(of: "acct-b").replacingOccurrences(of: "EUR", with: "EURO")
                let batch = "[\(Self.failure(of: "acct-a")),\(bad),\(Self.failure(of: "acct-c"))]"
                for round in ["accepted", "repeated"] {
                    let answer = try await node.send(batch)
                    #expect(answer.status == 422, "\(answer.body)")
                    let results = answer.json["results"].array.map { $0["status"].string }
                    #expect(results == [round, "refused", round])
                }
                try await node.killHard()
                try await node.start()
                #expect(try await node.get("/v1/accounts/acct-a").status == 200)
                #expect(try await node.get("/v1/accounts/acct-b").status == 404)
                #expect(try await node.get("/v1/accounts/acct-c").status == 200)
            }
        }

        @Test func `events in any order and repeated give one case and no error`() async throws {
            try await Self.withNode { node in
                let paid = """
                    {"event_id":"p1","type":"payment_succeeded",\
                    "occurred_at":"2026-01-01T00:00:00Z","account_id":"acct-1","invoice_id":"in_1"}
                    """
                #expect(try await node.send("[\(paid),\(Self.failure),\(paid)]").status == 202)
                #expect(try await node.send("[\(Self.failure),\(paid)]").status == 202)
                try await node.advance("8d")
                let cases = try await node.json("case", "list")["cases"].array
                #expect(cases.count <= 1)
                for each in cases {
                    #expect(each["closed_at"].string != nil, "\(each)")
                    #expect(each["attempts"].integer == 0)
                }
            }
        }

        @Test func `commands say on stderr what is wrong and end with their code`() async throws {
            try await Scratch.with { scratch in
                let usage = try await run(
                    BuildFolder.dunlin, ["clock", "advance"], scratch: scratch)
                #expect(usage.code == 64)
                #expect(!usage.errors.isEmpty)
                let nobody = "127.0.0.1:\(try LoopbackPorts.free())"
                let absent = try await run(
                    BuildFolder.dunlin, ["node", "status", "--connect", nobody], scratch: scratch)
                #expect(absent.code == 1)
                #expect(absent.errors.contains(nobody), "\(absent.errors)")
            }
        }

        @Test func `SIGTERM drains and ends with 0, and everything is there afterwards`()
            async throws
        {
            try await Self.withNode { node in
                let batch = (0..<200).map { Self.failure(of: "acct-\($0)") }
                #expect(try await node.send("[\(batch.joined(separator: ","))]").status == 202)
                try await node.stop()
                try await node.start()
                for index in 0..<200 {
                    #expect(try await node.get("/v1/accounts/acct-\(index)").status == 200)
                }
            }
        }

        @Test func `metrics are Prometheus text`() async throws {
            try await Self.withNode { node in
                _ = try await node.send(Self.failure)
                let answer = try await node.get("/metrics")
                #expect(answer.status == 200)
                #expect(answer.contentType.hasPrefix("text/plain"))
                #expect(answer.body.contains("# TYPE dunlin_"))
                #expect(!answer.body.contains("acct-1"))
            }
        }
    }
}
