import DunlinCore
import DunlinWeb
import Testing

@Suite("Events about money and time")
struct NoticeEventTests {
    private static func read(_ fields: String) throws -> EventBatch.Item.Content {
        let text = """
            {"event_id":"e1","occurred_at":"2026-01-01T00:00:00Z","account_id":"a",\(fields)}
            """
        let batch = try EventJSON(tenant: "main").read(Array(text.utf8))
        return batch.items[0].content
    }

    private static let day = CivilTime(year: 2026, month: 2, day: 1).utc

    @Test(
        "each type becomes its notice",
        arguments: [
            (#""type":"funds_available""#, CaseNotice(kind: .fundsAvailable)),
            (
                #""type":"payment_refunded","invoice_id":"in_1","amount_minor":500"#,
                CaseNotice(kind: .refunded, obligation: "in_1", amountMinor: 500)
            ),
            (
                #""type":"payment_disputed","invoice_id":"in_1""#,
                CaseNotice(kind: .disputed, obligation: "in_1")
            ),
            (
                #""type":"dispute_won","invoice_id":"in_1""#,
                CaseNotice(kind: .disputeWon, obligation: "in_1")
            ),
            (
                #""type":"dispute_lost","invoice_id":"in_1""#,
                CaseNotice(kind: .disputeLost, obligation: "in_1")
            ),
            (
                #""type":"payment_returned","invoice_id":"in_1","decline_code":"MD06""#,
                CaseNotice(
                    kind: .returned, obligation: "in_1", codes: DeclineCodes(code: "MD06"))
            ),
            (
                #""type":"promise_made","pay_at":"2026-02-01T00:00:00Z""#,
                CaseNotice(kind: .promised, parts: [AgreedPart(at: Self.day, amountMinor: 0)])
            ),
            (
                #""type":"promise_made","invoice_id":"in_1","#
                    + #""parts":[{"pay_at":"2026-02-01T00:00:00Z","amount_minor":700}]"#,
                CaseNotice(
                    kind: .promised, obligation: "in_1",
                    parts: [AgreedPart(at: Self.day, amountMinor: 700)])
            ),
            (
                #""type":"snoozed","until":"2026-02-01T00:00:00Z""#,
                CaseNotice(kind: .snoozed, until: Self.day)
            ),
        ])
    func types(fields: String, notice: CaseNotice) throws {
        guard case .event(let event) = try Self.read(fields),
            case .noticed(let found) = event.facts.fact
        else {
            Issue.record("it was refused")
            return
        }
        #expect(found == notice)
    }

    @Test(
        "what is missing or wrong is named",
        arguments: [
            (#""type":"payment_refunded""#, "/invoice_id"),
            (#""type":"promise_made""#, "/pay_at"),
            (#""type":"promise_made","parts":[{"pay_at":"soon"}]"#, "/parts"),
            (#""type":"promise_made","parts":[]"#, "/parts"),
            (#""type":"snoozed""#, "/until"),
        ])
    func wrong(fields: String, pointer: String) throws {
        guard case .refused(let problems) = try Self.read(fields) else {
            Issue.record("it was taken")
            return
        }
        #expect(problems.contains { $0.pointer.hasSuffix(pointer) }, "\(problems)")
    }

    @Test("a failure brings its billing rhythm along")
    func interval() throws {
        let fields =
            #""type":"payment_failed","invoice_id":"in_1","amount_minor":1,"currency":"EUR","#
            + #""billing_interval":"weekly","next_billing_at":"2026-02-01T00:00:00Z""#
        guard case .event(let event) = try Self.read(fields),
            case .paymentFailed(let failed) = event.facts.fact
        else {
            Issue.record("it was refused")
            return
        }
        #expect(failed.interval == .weekly)
        #expect(failed.nextBillingAt == Self.day)
    }
}
