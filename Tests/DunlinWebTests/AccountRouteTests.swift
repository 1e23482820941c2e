import DunlinCore
import DunlinPorts
import DunlinWeb
import Hummingbird
import HummingbirdTesting
import Testing

@Suite struct AccountRouteTests {
    private let key = EntityKey(key: "acct/1 é")
    private let path = "/v1/accounts/acct%2F1%20%C3%A9"

    private func setup() -> WebSetup {
        let setup = WebSetup()
        setup.node.with { $0.views[self.key] = someAccount(self.key) }
        return setup
    }

    @Test func `An account is found by its percent-encoded id, contacts stay sealed`() async throws
    {
        let answer = try await self.setup().ask(.get, self.path)
        #expect(answer.status == 200)
        #expect(answer.json["account_id"] == "acct/1 é")
        #expect(answer.json["access"] == "suspended")
        #expect(
            answer.json["profile"]?["contacts"] == [["channel": "email", "reachable": true]])
        guard case .array(let cases)? = answer.json["cases"] else { return }
        #expect(cases.first?["amount_minor"] == 4200)
        #expect(cases.first?["plan"]?["attempt_at"] == "2026-01-04T00:00:00Z")
    }

    @Test func `Whoever was never heard of is not found`() async throws {
        let parts = ["", "/timeline", "/access", "/explain"]
        for path in parts.map({ "/v1/accounts/x" + $0 }) {
            let answer = try await self.setup().ask(.get, path)
            #expect(answer.status == 404)
            #expect(answer.json["type"] == "urn:dunlin:problem:account-not-found")
        }
    }

    @Test func `What is planned is told with every rule, its version, source and counterfactual`()
        async throws
    {
        let setup = self.setup()
        let reason = SlotReason(
            rule: .adviceDelay, name: "advice-code-27", number: 100_001, version: "declines 1",
            source: "the network", words: "not yet", freesAt: Timestamp(ms: 86_400_000),
            withoutAt: Timestamp(ms: 3_600_000), isDecisive: true)
        setup.node.with {
            $0.reasons = AccountReasons(
                key: self.key, asOf: Timestamp(ms: 1), standing: ["Case 1."],
                slots: [
                    PlannedSlot(
                        kind: .attempt, caseNumber: 1, at: Timestamp(ms: 86_400_000),
                        words: "after the delay", reasons: [reason])
                ])
        }
        let answer = try await setup.ask(.get, self.path + "/explain")
        #expect(answer.status == 200)
        guard case .array(let planned)? = answer.json["planned"],
            case .array(let reasons)? = planned.first?["reasons"]
        else {
            Issue.record("nothing planned")
            return
        }
        #expect(
            reasons.first == [
                "rule": "adviceDelay", "name": "advice-code-27", "row": 100001,
                "version": "declines 1", "source": "the network", "says": "not yet",
                "free_from": "1970-01-02T00:00:00Z", "without_it": "1970-01-01T01:00:00Z",
                "decides": true,
            ])
    }

    @Test(arguments: [
        ("", "suspended"), ("?subscription=sub_1", "suspended"), ("?subscription=sub_2", "full"),
        ("?subscription=sub_unknown", "full"),
    ])
    func `Access is told for the account or one subscription`(
        query: String, access: String
    ) async throws {
        let answer = try await self.setup().ask(.get, self.path + "/access" + query)
        #expect(answer.status == 200)
        #expect(answer.json["access"] == .string(access))
    }

    @Test func `What holds for the account as a whole holds for each subscription`() async throws {
        let setup = self.setup()
        setup.node.with { state in
            state.views[self.key]?.state.subscriptions.append(
                SubscriptionAccess(
                    subscription: "", state: .terminated, since: Timestamp(ms: 1)))
        }
        let answer = try await setup.ask(.get, self.path + "/access?subscription=sub_2")
        #expect(answer.json["access"] == "terminated")
    }

    @Test(arguments: OperatorRequest.Verb.ofCases)
    func `Every operator verb has its path`(verb: OperatorRequest.Verb) async throws {
        let setup = self.setup()
        var wanted = OperatorRequest(verb: verb, caseNumber: 3)
        var query = ""
        let day = CivilTime(year: 2026, month: 2, day: 1).utc
        switch verb {
        case .snooze:
            query = "?until=2026-02-01T00:00:00Z"
            wanted.until = day
        case .promise:
            query = "?pay_at=2026-02-01T00:00:00Z&amount_minor=500"
            wanted.parts = [AgreedPart(at: day, amountMinor: 500)]
        case .migrate:
            query = "?policy=early@ff"
            wanted.policy = "early"
            wanted.bundle = BundleID(255)
        default: break
        }
        let path = self.path + "/cases/3/\(verb.name)"
        if !query.isEmpty { #expect(try await setup.ask(.post, path).status == 400) }
        let answer = try await setup.ask(.post, path + query)
        #expect(answer.status == 200)
        #expect(answer.json["answer"] == "accepted")
        let asked = setup.node.with { $0.operated.first?.1 }
        #expect(asked == wanted)
    }

    @Test func `An export holds the addresses in clear, the account and its timeline`() async throws
    {
        let setup = self.setup()
        setup.node.with { state in
            state.timelines[self.key] = Timeline(entries: [])
            state.contacts = [PersonalContact(channel: .email, address: "ana@example.test")]
        }
        let answer = try await setup.ask(.get, self.path + "/export")
        #expect(answer.status == 200)
        let contact: JSONValue = ["channel": "email", "address": "ana@example.test"]
        #expect(answer.json["contacts"] == .array([contact]))
        #expect(answer.json["account"]?["account_id"] != nil)
        #expect(answer.json["timeline"] != nil)
    }

    @Test func `Erasing is asked of the account, never of a case`() async throws {
        let setup = self.setup()
        #expect(try await setup.ask(.post, self.path + "/cases/3/erase").status == 404)
        let answer = try await setup.ask(.post, self.path + "/erase")
        #expect(answer.status == 200)
        #expect(setup.node.with { $0.operated.map(\.1) } == [OperatorRequest(verb: .erase)])
    }

    @Test func `A verb or case that does not exist is told so`() async throws {
        let setup = self.setup()
        #expect(try await setup.ask(.post, self.path + "/cases/3/explode").status == 404)
        #expect(try await setup.ask(.post, self.path + "/cases/three/pause").status == 400)
        setup.node.with { $0.answer = .refused(.noSuchCase) }
        #expect(try await setup.ask(.post, self.path + "/cases/9/pause").status == 404)
        setup.node.with { $0.answer = .refused(.policyMissing) }
        let refused = try await setup.ask(.post, self.path + "/cases/9/pause")
        #expect(refused.status == 409)
        #expect(refused.json["reason"] == "policyMissing")
        let words = CommandAnswer.RefusedReason.policyMissing.words
        #expect(refused.json["detail"] == .string("Nothing was changed: \(words)."))
        setup.node.with { $0.answer = .ignored(.caseIsClosed) }
        let ignored = try await setup.ask(.post, self.path + "/cases/9/pause")
        #expect(ignored.json.compactText == #"{"answer":"ignored","reason":"caseIsClosed"}"#)
    }

    @Test func `Cases are asked for by phase and flag, and paged by an opaque cursor`() async throws
    {
        let setup = self.setup()
        let row = CaseRow(
            key: self.key, caseNumber: 2, phase: .retrying, obligation: "in_1",
            amount: Money(minor: 4200, currency: .eur), declineClass: .softFunds,
            openedAt: Timestamp(ms: 1_767_225_600_000), closedAt: Timestamp(ms: 0),
            nextAttemptAt: Timestamp(ms: 0), attempts: 1, flags: [.paused])
        setup.node.with { $0.page = CasePage(rows: [row], missingShards: [3]) }
        let first = try await setup.ask(
            .get, "/v1/cases?phase=retrying,waitingCustomer&flag=paused&limit=1")
        #expect(first.status == 200)
        #expect(first.json["missing_shards"] == [3])
        guard case .string(let next)? = first.json["next"] else {
            Issue.record("no cursor")
            return
        }
        _ = try await setup.ask(.get, "/v1/cases?limit=1&after=\(next)")
        let queries = setup.node.with { $0.queries }
        #expect(queries.first?.phases == [.retrying, .waitingCustomer])
        #expect(queries.first?.flags == .paused)
        #expect(queries.allSatisfy { $0.tenant == "main" })
        #expect(
            queries.last?.after
                == CaseQuery.Cursor(openedAt: row.openedAt, key: self.key, caseNumber: 2))
        for bad in ["phase=asleep", "flag=red", "limit=0", "limit=x", "after=x", "limit=1001"] {
            #expect(try await setup.ask(.get, "/v1/cases?\(bad)").status == 400)
        }
    }

    @Test func `A report is asked for since an instant`() async throws {
        let setup = self.setup()
        let answer = try await setup.ask(.get, "/v1/report?since=2026-01-01T00:00:00Z")
        #expect(answer.status == 200)
        #expect(answer.json["since"] == "2026-01-01T00:00:00Z")
        #expect(try await setup.ask(.get, "/v1/report?since=yesterday").status == 400)
    }

    @Test func `An address that does not exist is a problem too`() async throws {
        let answer = try await self.setup().ask(.get, "/v2/nothing")
        #expect(answer.status == 404)
        #expect(answer.headers[.contentType] == "application/problem+json")
    }
}
