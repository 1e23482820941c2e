import DunlinCore
import DunlinPorts
import Foundation
import Testing

@testable import DunlinConnect

@Suite("What a webhook says")
struct WebhookPayloadTests {
    private func text(_ announcement: Announcement) throws -> String {
        String(decoding: try WebhookPayload(announcement).bytes(), as: UTF8.self)
    }

    @Test("The whole of an access change, as bytes: an app may rely on every name")
    func golden() throws {
        let expected = """
            {"data":{"access":{"account":"suspended","state":"suspended","subscription":"sub_1"},\
            "account":"cus_1","case":{"amount_minor":4200,"attempts":0,"collected_minor":0,\
            "currency":"EUR","decline_class":"softFunds",\
            "next_attempt_at":"2026-01-03T00:00:00Z","number":1,"obligation":"in_1",\
            "open_minor":4200,"opened_at":"2026-01-02T00:00:00Z","phase":"retrying",\
            "policy":"standard","recovered_by_us":false,"subscription":"sub_1"},\
            "reason":"timeline","tenant":"acme"},"timestamp":"2026-01-02T00:00:00Z",\
            "type":"access.changed"}
            """
        #expect(try self.text(WebhookFixture.announcement(access: .suspended)) == expected)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var type: String
        var event: AccountEvent
        var dunningCase: DunningCase? = WebhookFixture.dunningCase()
        var testDescription: String { self.type }
    }

    private static func settled(
        _ phase: CasePhase, _ verdict: AttemptSettled.Verdict = .declined
    ) -> AccountEvent {
        .attemptSettled(
            AttemptSettled(update: WebhookFixture.update(phase), attempt: 1, verdict: verdict))
    }

    private static func closed(_ phase: CasePhase) -> DunningCase {
        WebhookFixture.dunningCase(phase, closedAt: WebhookFixture.at)
    }

    private static func reported(warns: Bool) -> AccountEvent {
        .attemptReported(
            AttemptReported(
                update: WebhookFixture.update(),
                mark: AttemptMark(
                    at: WebhookFixture.at, method: 0, amountMinor: 4200, currency: .eur,
                    obligationHash: 1),
                decline: nil, standing: nil, warnsOfForeignRetries: warns))
    }

    private static func endAction(_ verdict: EffectSettled.Verdict) -> AccountEvent {
        .effectSettled(
            EffectSettled(effect: .none, kind: .endAction, verdict: verdict, reference: "sub_1"))
    }

    @Test(
        "Each thing that happens has its type",
        arguments: [
            Row(type: "attempt.settled", event: settled(.retrying)),
            Row(
                type: "case.recovered", event: settled(.recovered, .approved),
                dunningCase: closed(.recovered)),
            Row(
                type: "case.exhausted", event: settled(.exhausted), dunningCase: closed(.exhausted)),
            Row(
                type: "attempt.settled", event: settled(.cancelled, .approved),
                dunningCase: WebhookFixture.dunningCase(.cancelled, closedAt: Timestamp(ms: 1))),
            Row(
                type: "case.recovered",
                event: .paymentRecorded(
                    PaymentRecorded(
                        update: WebhookFixture.update(.recovered), obligation: "in_1",
                        collectedMinor: 4200, occurredAt: WebhookFixture.at)),
                dunningCase: closed(.recovered)),
            Row(
                type: "payment.recorded",
                event: .paymentRecorded(
                    PaymentRecorded(
                        update: nil, obligation: "in_9", collectedMinor: 1,
                        occurredAt: WebhookFixture.at)),
                dunningCase: nil),
            Row(
                type: "case.cancelled",
                event: .caseClosed(
                    CaseClosed(
                        update: WebhookFixture.update(.cancelled), reason: .subscriptionCanceled))),
            Row(
                type: "case.written_off",
                event: .caseClosed(
                    CaseClosed(
                        update: WebhookFixture.update(.writtenOff), reason: .operatorWroteOff))),
            Row(type: "foreign_retries.detected", event: reported(warns: true)),
            Row(type: "attempt.reported", event: reported(warns: false)),
            Row(type: "end_action.done", event: endAction(.done)),
            Row(type: "end_action.refused", event: endAction(.refused)),
            Row(type: "end_action.failed", event: endAction(.failed)),
            Row(
                type: "case.updated",
                event: .caseUpdated(
                    CaseUpdated(update: WebhookFixture.update(), reason: .overcharged))),
        ])
    func types(row: Row) throws {
        let announcement = WebhookFixture.announcement(row.event, dunningCase: row.dunningCase)
        #expect(WebhookPayload(announcement).type == row.type)
        let object = try JSONSerialization.jsonObject(
            with: Data(WebhookPayload(announcement).bytes()))
        let data = (object as? [String: Any])?["data"] as? [String: Any]
        #expect(data?["tenant"] as? String == "acme")
        #expect((data?["case"] != nil) == (row.dunningCase != nil))
    }

    @Test("Amounts stay whole to the last unit")
    func largeAmounts() throws {
        var dunningCase = WebhookFixture.dunningCase()
        dunningCase.obligation.amountMinor = .max
        let text = try self.text(WebhookFixture.announcement(dunningCase: dunningCase))
        #expect(text.contains("\"amount_minor\":9223372036854775807"))
    }

    @Test("The id names one happening of one account, and stays")
    func identity() {
        let id = WebhookPayload.id(WebhookFixture.announcement())
        #expect(id == WebhookPayload.id(WebhookFixture.announcement(access: .limited)))
        #expect(id != WebhookPayload.id(WebhookFixture.announcement(index: 1)))
        let others = [
            EntityKey(tenant: "acme", key: "cus_2"), EntityKey(tenant: "acm", key: "ecus_1"),
        ]
        for other in others {
            #expect(id != WebhookPayload.id(WebhookFixture.announcement(account: other)))
        }
        #expect(id.utf8.count == 36)
    }
}

@Suite("When an endpoint is tried")
struct EndpointCircuitTests {
    @Test("Only failures in a row park it, and one probe goes out at a time")
    func circuit() {
        var circuit = EndpointCircuit(failuresBeforeParking: 2, parkedMs: 100, parkedMsMax: 250)
        circuit.gaveUp(nowMs: 0)
        circuit.answered()
        circuit.gaveUp(nowMs: 1)
        #expect(circuit.admit(nowMs: 2) == .send)
        circuit.gaveUp(nowMs: 2)
        #expect(circuit.admit(nowMs: 101) == .parked)
        // One that was under way when it was parked changes nothing.
        circuit.gaveUp(nowMs: 50)
        #expect(circuit.admit(nowMs: 102) == .probe)
        #expect(circuit.admit(nowMs: 102) == .parked)
        circuit.gaveUp(nowMs: 110)
        #expect(circuit.parkedUntilMs == 310)
        #expect(circuit.admit(nowMs: 310) == .probe)
        circuit.gaveUp(nowMs: 310)
        #expect(circuit.parkedUntilMs == 560, "the longest time is a limit")
        #expect(circuit.admit(nowMs: 560) == .probe)
        circuit.answered()
        #expect(circuit.admit(nowMs: 561) == .send)
        #expect(circuit.failures == 0)
    }
}
