import DunlinCore
import DunlinPorts
import Foundation
import Testing

@testable import DunlinConnect

@Suite("A merchant's own templates")
struct MerchantTemplatesTests {
    private static let good =
        "--- subject\n{{merchant}}: {{amount}}\n--- text\n{{amount}} {{link}}\n"
        + "--- html\n<p>{{amount}}</p><a href=\"{{link}}\">go</a>\n"

    private func withFolder<T>(
        _ files: [String: String], _ body: (TemplateCatalog) throws -> T
    ) throws -> T {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("dunlin-templates-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files {
            try text.write(
                to: folder.appendingPathComponent(name), atomically: false, encoding: .utf8)
        }
        return try body(TemplateCatalog(directory: folder.path))
    }

    private func subject(_ catalog: TemplateCatalog, _ name: String, _ locale: String) -> String? {
        catalog.render(
            name, locale: locale, facts: SampleFacts.full(.softFunds),
            merchant: MerchantIdentity(name: "Acme"))?.subject
    }

    @Test("Replace the bundled ones of their name, and add new names")
    func replace() throws {
        try self.withFolder([
            "payment_failed.en.mustache": Self.good, "welcome_back.en.mustache": Self.good,
            "payment_failed.es-AR.mustache": Self.good, "notes.txt": "not a template",
        ]) { catalog in
            #expect(catalog.check() == [])
            #expect(self.subject(catalog, "payment_failed", "en") == "Acme: €42.00")
            #expect(self.subject(catalog, "welcome_back", "es") == "Acme: €42.00")
            #expect(self.subject(catalog, "payment_failed", "es-AR") == "Acme: 42,00\u{A0}€")
            #expect(self.subject(catalog, "payment_failed", "es")?.hasPrefix("Tu pago") == true)
            #expect(catalog.allNames.contains("welcome_back"))
        }
    }

    @Test("May change single phrases and leave the others")
    func phrases() throws {
        try self.withFolder(["phrases.en.mustache": "--- signature\nWith love, {{merchant}}\n"]) {
            catalog in
            #expect(catalog.check() == [])
            let message = try #require(
                catalog.render(
                    "payment_failed", locale: "en", facts: SampleFacts.full(.softFunds),
                    merchant: MerchantIdentity(name: "Acme")))
            #expect(message.text.contains("With love, Acme"))
            #expect(message.text.contains("Your bank did not approve"))
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var line: Int
        var says: String
        var file = "payment_failed.en.mustache"
        var testDescription: String { self.name }
    }

    @Test(
        "A file with an error says so with its line, and the bundled one is used",
        arguments: [
            Row(
                name: "unknown key",
                text: good.replacingOccurrences(of: "{{merchant}}", with: "{{shop}}"), line: 2,
                says: "no key shop"),
            Row(
                name: "unescaped",
                text: good.replacingOccurrences(of: "<p>{{amount}}", with: "<p>{{{amount}}}"),
                line: 6, says: "unescaped"),
            Row(
                name: "no html", text: "--- subject\nx\n--- text\n{{link}}\n", line: 0, says: "html"
            ),
            Row(
                name: "section not closed",
                text: good.replacingOccurrences(of: "{{amount}} {{link}}", with: "{{#link}}"),
                line: 4, says: "not closed"),
            Row(
                name: "closes another",
                text: good.replacingOccurrences(
                    of: "{{amount}} {{link}}", with: "{{#link}}{{/card}}"),
                line: 4, says: "not open"),
            Row(
                name: "two-line subject",
                text: good.replacingOccurrences(of: "{{merchant}}:", with: "a\nb"), line: 2,
                says: "one line"),
            Row(name: "stray text", text: "hello\n" + good, line: 1, says: "first part"),
            Row(
                name: "partial",
                text: good.replacingOccurrences(of: "<p>", with: "{{>layout}}<p>"), line: 6,
                says: "not allowed"),
            Row(
                name: "delimiters",
                text: good.replacingOccurrences(of: "<p>", with: "{{=<% %>=}}<p>"), line: 6,
                says: "not allowed"),
            Row(
                name: "tag without end",
                text: good.replacingOccurrences(of: "<p>", with: "{{amount <p>"), line: 6,
                says: "letters"),
            Row(
                name: "deep nesting",
                text: good.replacingOccurrences(
                    of: "<p>",
                    with: String(repeating: "{{#link}}", count: 2500)
                        + String(repeating: "{{/link}}", count: 2500)),
                line: 6, says: "nested"),
            Row(name: "twice", text: good + good, line: 8, says: "twice"),
            Row(
                name: "too large", text: good + String(repeating: "x", count: 70_000), line: 0,
                says: "65536"),
        ])
    func errors(row: Row) throws {
        try self.withFolder([row.file: row.text]) { catalog in
            let findings = catalog.check().filter { $0.severity == .error }
            let found = findings.contains {
                $0.file == row.file && $0.line == row.line && $0.message.contains(row.says)
            }
            #expect(found, "\(findings)")
            #expect(
                self.subject(catalog, "payment_failed", "en")?.hasPrefix("Your payment") == true)
        }
    }

    @Test("A forbidden word is found in what a customer would read")
    func forbiddenWords() throws {
        let text = Self.good.replacingOccurrences(of: "<p>", with: "<p>Your card was stolen. ")
        try self.withFolder(["payment_failed.en.mustache": text]) { catalog in
            #expect(
                catalog.check().map(\.message)
                    == [
                        "a customer would read a word that begins with \"stolen\": say it"
                            + " without naming a reason"
                    ])
        }
    }

    @Test("A message without English text and a language without phrases are findings")
    func coverage() throws {
        try self.withFolder(["extra.fr.mustache": Self.good]) { catalog in
            let findings = catalog.check()
            #expect(findings.map(\.severity) == [.error, .warning])
            #expect(findings.first?.file == "extra.en.mustache")
            #expect(findings.last?.message.contains("phrases.fr.mustache") == true)
        }
    }

    @Test("A folder that does not exist is a finding, and the bundled templates are used")
    func missingFolder() {
        let catalog = TemplateCatalog(directory: "/nowhere/at/all")
        #expect(catalog.check().map(\.severity) == [.error])
        #expect(self.subject(catalog, "payment_failed", "en") != nil)
    }
}
