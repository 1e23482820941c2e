import DunlinCore
import DunlinPorts
import Foundation
import NIOHTTP1
import Testing

@testable import DunlinConnect

@Suite("Messages that are handed to the merchant's systems")
struct WebhookMessagesTests {
    private static func order(_ channel: Channel = .webhook, op: UInt64 = 7) -> MessageOrder {
        MessageOrder(
            account: WebhookFixture.account, effect: RecordPosition(op: op, index: 0),
            channel: channel, template: "ticket", locale: "es", address: "",
            facts: SampleFacts.full(.softFunds), at: WebhookFixture.at)
    }

    private static func send(
        _ orders: [MessageOrder], _ script: @escaping ScriptedServer.Script
    ) async throws -> (outcomes: [EffectOutcome], requests: [ScriptedServer.Request]) {
        try await ScriptedServer.run(script) { server in
            let announcer = try WebhookAnnouncer(
                settings: WebhookFixture.settings("\(server.base)/hooks"))
            let sender = WebhookMessages(announcer)
            var outcomes: [EffectOutcome] = []
            for order in orders { outcomes.append(await sender.send(order)) }
            await announcer.shutdown()
            return (outcomes, server.requests)
        }
    }

    @Test("A ticket arrives signed, with what a help desk needs and no address")
    func ticket() async throws {
        let (outcomes, requests) = try await Self.send([Self.order()]) { _ in .json(200, "") }
        let request = try #require(requests.first)
        let id = try #require(request.headers.first(name: "webhook-id"))
        #expect(outcomes == [.done(reference: id)])
        #expect(request.headers.first(name: "webhook-signature")?.hasPrefix("v1,") == true)
        let body = try #require(
            JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any])
        #expect(body["type"] as? String == "message.due")
        #expect(body["timestamp"] as? String == WebhookFixture.at.description)
        let data = try #require(body["data"] as? [String: Any])
        #expect(data["template"] as? String == "ticket")
        #expect(data["account"] as? String == "cus_1")
        #expect(data["locale"] as? String == "es")
        #expect(data["decline_class"] as? String == "softFunds")
        #expect(data["amount_minor"] as? Int64 == SampleFacts.full(.softFunds).amount.minor)
        #expect(!request.body.contains("@"))
    }

    @Test("The same message has the same id however often it is sent, another has its own")
    func identity() async throws {
        let orders = [Self.order(), Self.order(), Self.order(op: 8)]
        let (_, requests) = try await Self.send(orders) { _ in .json(200, "") }
        let ids = requests.compactMap { $0.headers.first(name: "webhook-id") }
        #expect(ids.count == 3)
        #expect(ids[0] == ids[1])
        #expect(ids[0] != ids[2])
    }

    @Test("Another channel is not taken")
    func otherChannel() async throws {
        let (outcomes, requests) = try await Self.send([Self.order(.sms)]) { _ in .json(200, "") }
        #expect(outcomes == [.refused(reason: "wrong-channel")])
        #expect(requests.isEmpty)
    }
}
