import DunlinCore
import Testing

@testable import DunlinWeb

@Suite("Events about people in our own JSON")
struct PeopleEventTests {
    private func fact(_ fields: String) throws -> IntakeFacts.Fact? {
        let body =
            "{\"event_id\":\"e\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"account_id\":\"a\",\(fields)}"
        let item = try #require(
            try EventJSON(tenant: "main").read(Array(body.utf8)).items.first)
        guard case .event(let event) = item.content else { return nil }
        return event.facts.fact
    }

    @Test("consent, replies and receipts are read, and the text of a reply is not kept")
    func conversation() throws {
        let consent = try self.fact(
            #""type":"consent_changed","channel":"sms","purpose":"marketing","granted":false,"source":"form 7""#
        )
        guard case .consentChanged(let change) = consent else {
            Issue.record("no consent")
            return
        }
        #expect(
            change
                == ConsentChange(
                    channel: .sms, purpose: .marketing, isGranted: false, source: "form 7"))
        let reply = try self.fact(
            #""type":"message_replied","channel":"sms","text":"Stop, please""#)
        guard case .messageReplied(.sms, .stop) = reply else {
            Issue.record("no stop")
            return
        }
        let receipts: [(String, MessageReceipt.Kind)] = [
            ("message_opened", .opened), ("message_clicked", .clicked),
            ("message_bounced", .bounced), ("message_complained", .complained),
        ]
        for (type, kind) in receipts {
            let fact = try self.fact("\"type\":\"\(type)\",\"message_id\":\"m1\"")
            guard case .messageReceipt(let receipt) = fact else {
                Issue.record("no receipt")
                continue
            }
            #expect(
                receipt == MessageReceipt(kind: kind, channel: .email, reference: "m1"))
        }
        let soft = try self.fact(#""type":"message_bounced","hard":false"#)
        guard case .messageReceipt(let receipt) = soft else { return }
        #expect(receipt.kind == .softBounced)
    }

    @Test("charges ahead and flags are read")
    func aheadAndFlags() throws {
        let charge = try self.fact(
            #""type":"upcoming_charge","upcoming_id":"u","amount_minor":4200,"currency":"EUR","due_at":"2026-02-01T00:00:00Z""#
        )
        guard case .upcomingCharge(let upcoming) = charge else {
            Issue.record("no charge")
            return
        }
        #expect(upcoming.id == "u" && upcoming.amountMinor == 4200)
        let flag = try self.fact(
            #""type":"account_flagged","flag":"deceased","reason":"4242 4242 4242 4242""#)
        guard case .accountFlagged(let change) = flag else {
            Issue.record("no flag")
            return
        }
        #expect(change.flag == .deceased && change.isSet)
        #expect(!change.reason.contains("4242 4242"))
    }

    @Test(
        "what is missing or misspelt is refused",
        arguments: [
            #""type":"consent_changed","channel":"sms""#,
            #""type":"consent_changed","granted":true"#,
            #""type":"message_replied","channel":"pigeon","text":"STOP""#,
            #""type":"message_replied","channel":"sms""#,
            #""type":"upcoming_charge","upcoming_id":"u","amount_minor":1,"currency":"EUR""#,
            #""type":"upcoming_charge_canceled""#,
            #""type":"account_flagged","flag":"rich""#,
            #""type":"profile_updated","profile":{"phone":"305 555 0100"}"#,
            #""type":"profile_updated","profile":{"region":"Florida"}"#,
        ])
    func refused(fields: String) throws {
        let fact = try self.fact(fields)
        let isTaken = fact.map { _ in true } ?? false
        #expect(!isTaken)
    }

    @Test("a telephone number is an address for texts and for calls")
    func phone() throws {
        let body =
            #"{"event_id":"e","occurred_at":"2026-01-01T00:00:00Z","account_id":"a","type":"profile_updated","profile":{"phone":"+13055550100","region":"us-fl"}}"#
        let item = try #require(
            try EventJSON(tenant: "main").read(Array(body.utf8)).items.first)
        guard case .event(let event) = item.content else {
            Issue.record("refused")
            return
        }
        #expect(event.personal.map(\.channel) == [.sms, .voice])
        #expect(event.facts.profile?.region == "US-FL")
    }
}
