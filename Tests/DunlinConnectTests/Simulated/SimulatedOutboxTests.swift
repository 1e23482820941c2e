import DunlinCore
import DunlinPorts
import Foundation
import Testing

@testable import DunlinConnect

@Suite("The simulated outbox")
struct SimulatedOutboxTests {
    private static let noon = Timestamp(ms: 1_767_268_800_000)

    /// An outbox in a folder of its own, that is gone afterwards.
    private static func withOutbox(
        messagesMax: Int = 10, _ body: (SimulatedOutbox, String) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("dunlin-outbox-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outbox = SimulatedOutbox(
            folder: folder, templates: TemplateCatalog(),
            merchants: [EntityKey.mainTenant: MerchantIdentity(name: "Acme")],
            messagesMax: messagesMax, now: { Self.noon })
        try await body(outbox, folder)
    }

    private static func order(
        _ op: UInt64 = 7, account: String = "acct-1", to address: String = "ana@customer.example",
        template: String = "payment_failed", locale: String = "en"
    ) -> MessageOrder {
        MessageOrder(
            account: EntityKey(tenant: EntityKey.mainTenant, key: account),
            effect: RecordPosition(op: op, index: 0), channel: .email, template: template,
            locale: locale, address: address, facts: SampleFacts.full(.softFunds))
    }

    private static func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test("keeps the message as a customer would read it, as text and as a page")
    func content() async throws {
        try await Self.withOutbox { outbox, folder in
            guard case .done(let name) = await outbox.send(Self.order()) else {
                Issue.record("the message was not taken")
                return
            }
            #expect(name.hasPrefix("2026-01-01T1200_payment_failed_acct-1_"))
            let text = try String(contentsOfFile: "\(folder)/\(name).txt", encoding: .utf8)
            let facts = SampleFacts.full(.softFunds)
            for part in [
                "From: Acme\n", "To: ana@customer.example\n", "Subject: Your payment of",
                "Date: Thu, 01 Jan 2026 12:00:00 +0000\n", "42.00", facts.link, "Acme",
            ] {
                #expect(text.contains(part), "\(part) is missing in:\n\(text)")
            }
            let page = try String(contentsOfFile: "\(folder)/\(name).html", encoding: .utf8)
            #expect(page.hasPrefix("<!doctype html>") && page.contains(facts.link))
        }
    }

    @Test("replaces a message that is ordered again, whatever kept it")
    func repeated() async throws {
        try await Self.withOutbox { outbox, folder in
            let first = await outbox.send(Self.order(locale: "en"))
            #expect(await outbox.send(Self.order(locale: "en")) == first)
            let once = try Self.files(folder)
            #expect(once.count == 2)
            let restarted = SimulatedOutbox(
                folder: folder, templates: TemplateCatalog(), merchants: [:],
                now: { Self.noon.advanced(byMs: Milliseconds.hour) })
            #expect(await restarted.send(Self.order(locale: "es")) != first)
            let later = try Self.files(folder)
            #expect(later.count == 2 && later != once)
        }
    }

    @Test("keeps the newest messages, as many as its limit says")
    func limit() async throws {
        try await Self.withOutbox(messagesMax: 3) { outbox, folder in
            for op in 1...9 { _ = await outbox.send(Self.order(UInt64(op))) }
            let files = try Self.files(folder)
            #expect(files.count == 6)
            #expect(files.filter { $0.hasSuffix(".txt") }.allSatisfy { $0.hasSuffix("-0.txt") })
            #expect(files.contains { $0.hasSuffix("-9-0.html") })
            #expect(!files.contains { $0.hasSuffix("-6-0.html") })
        }
    }

    @Test("refuses what a mail server would, and writes nothing outside its folder")
    func refusals() async throws {
        try await Self.withOutbox { outbox, folder in
            let dead = await outbox.send(Self.order(to: "no address"))
            #expect(dead == .refused(reason: "dead:invalid-address"))
            let nameless = await outbox.send(Self.order(template: "none"))
            #expect(nameless == .refused(reason: "no-such-template"))
            #expect(!FileManager.default.fileExists(atPath: folder))
            _ = await outbox.send(Self.order(account: "../../cus 1\u{0}\n"))
            let names = try Self.files(folder)
            #expect(names.count == 2)
            #expect(names.allSatisfy { $0.contains("..-..-cus-1--") })
        }
    }

    @Test("says that its folder cannot be written, so that the message is tried again")
    func unwritable() async throws {
        let outbox = SimulatedOutbox(
            folder: "/dev/null/outbox", templates: TemplateCatalog(), merchants: [:],
            now: { Self.noon })
        #expect(await outbox.send(Self.order()) == .failed(reason: "outbox-not-writable"))
    }
}
