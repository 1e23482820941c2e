import DunlinCore
import DunlinPorts
import DunlinWeb
import Hummingbird
import HummingbirdTesting
import Testing

@Suite struct EventsRouteTests {
    @Test func `The event of the contract is answered 202 once the node has it`() async throws {
        let setup = WebSetup()
        let answer = try await setup.ask(.post, "/v1/events", contractEvent)
        #expect(answer.status == 202)
        #expect(
            answer.json.compactText
                == #"{"accepted":1,"repeated":0,"ignored":0,"refused":0,"retry":0,"results":[{"index":0,"event_id":"e1","status":"accepted"}]}"#
        )
        #expect(setup.node.with { $0.taken.map(\.key.key) } == ["acct-1"])
        #expect(setup.node.with { $0.taken.map(\.key.tenant) } == ["main"])
    }

    static let outcomes: [(IntakeResult, Int, String)] = [
        (.accepted, 202, "accepted"), (.repeated, 202, "repeated"),
        (.ignored(.alreadySettled), 202, "ignored"),
        (.refused(code: "tooManyOpenCases", message: "No."), 422, "refused"),
        (.retry(code: "storage", message: "Later."), 503, "retry"),
    ]

    @Test(arguments: Self.outcomes)
    func `The node's result decides the status`(
        result: IntakeResult, status: Int, word: String
    ) async throws {
        let setup = WebSetup()
        setup.node.with { $0.results = { _ in result } }
        let answer = try await setup.ask(.post, "/v1/events", contractEvent)
        #expect(answer.status == status)
        guard case .array(let results)? = answer.json["results"] else {
            Issue.record("no results")
            return
        }
        #expect(results.map { $0["status"] } == [.string(word)])
        let isProblem = answer.headers[.contentType] == "application/problem+json"
        #expect(isProblem == (status != 202))
        #expect((answer.headers[.retryAfter] != nil) == (status == 503))
    }

    @Test func `Bad events of a batch do not hinder the good ones`() async throws {
        let setup = WebSetup()
        let answer = try await setup.ask(.post, "/v1/events", "[7,\(contractEvent),{}]")
        #expect(answer.status == 422)
        #expect(answer.json["type"] == "urn:dunlin:problem:events-refused")
        #expect(answer.json["status"] == 422)
        #expect(answer.json["accepted"] == 1)
        #expect(answer.json["refused"] == 2)
        guard case .array(let results)? = answer.json["results"],
            case .array(let errors)? = answer.json["errors"]
        else {
            Issue.record("no results or errors")
            return
        }
        #expect(results.map { $0["status"] } == ["refused", "accepted", "refused"])
        #expect(errors.contains { $0["pointer"] == "/2/event_id" && $0["index"] == 2 })
        #expect(setup.node.with { $0.taken.count } == 1)
    }

    @Test(arguments: [
        ("", 400, "malformed-json"), ("{", 400, "malformed-json"), ("\"x\"", 422, "no-events"),
        ("{\"events\":7}", 422, "no-events"), ("{\"a\":1,\"a\":2}", 400, "malformed-json"),
    ])
    func `A body that holds no events is a problem of its own`(
        body: String, status: Int, name: String
    ) async throws {
        let answer = try await WebSetup().ask(.post, "/v1/events", body)
        #expect(answer.status == status)
        #expect(answer.json["type"] == .string("urn:dunlin:problem:\(name)"))
        #expect(answer.headers[.contentType] == "application/problem+json")
        #expect(answer.json["title"] != nil && answer.json["detail"] != nil)
    }

    @Test func `A body past the limit is refused as too large`() async throws {
        var setup = WebSetup()
        setup.settings.limits.bodyBytesMax = 100
        let answer = try await setup.ask(.post, "/v1/events", contractEvent)
        #expect(answer.status == 413)
        #expect(answer.json["type"] == "urn:dunlin:problem:body-too-large")
        #expect(setup.node.with { $0.taken.isEmpty })
    }

    static let errors: [(NodeError.Code, Int)] = [
        (.invalid, 400), (.notFound, 404), (.denied, 403), (.overloaded, 429), (.storage, 507),
        (.unknownOutcome, 504), (.unavailable, 503), (.failedPrecondition, 409),
        (.deadlineExceeded, 504), (.internalError, 500),
    ]

    @Test(arguments: Self.errors)
    func `Each of the node's errors has its status`(
        code: NodeError.Code, status: Int
    ) async throws {
        let setup = WebSetup()
        setup.node.with { $0.error = NodeError(code, "What to do.") }
        let answer = try await setup.ask(.post, "/v1/events", contractEvent)
        #expect(answer.status == status)
        #expect(answer.json["detail"] == "What to do.")
        let mayRetry = [429, 503, 504, 507].contains(status)
        #expect((answer.headers[.retryAfter] != nil) == mayRetry)
    }

    @Test func `A browser's page of another origin may not post`() async throws {
        let setup = WebSetup()
        let answer = try await setup.ask(
            .post, "/v1/events", contractEvent, headers: [.origin: "https://evil.example"])
        #expect(answer.status == 403)
        #expect(setup.node.with { $0.taken.isEmpty })
    }
}
