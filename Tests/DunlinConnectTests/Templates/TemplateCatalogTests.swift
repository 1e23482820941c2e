import DunlinCore
import DunlinPorts
import Foundation
import Testing

@testable import DunlinConnect

@Suite("Message templates")
struct TemplateCatalogTests {
    private let catalog = TemplateCatalog()
    private let merchant = MerchantIdentity(name: "Café Ñandú", support: "ayuda@example.com")

    private func message(
        _ name: String = "payment_failed", locale: String = "en",
        _ change: (inout MessageFacts) -> Void = { _ in }
    ) throws -> RenderedMessage {
        var facts = SampleFacts.full(.softFunds)
        change(&facts)
        return try #require(
            self.catalog.render(name, locale: locale, facts: facts, merchant: self.merchant))
    }

    @Test("The bundled templates have no finding")
    func bundledAreClean() {
        #expect(self.catalog.check() == [])
        #expect(self.catalog.allNames == TemplateCatalog.names.sorted())
    }

    @Test(
        "No message in any language names a reason that a customer must not read",
        arguments: TemplateCatalog.names, ["en", "en-GB", "es", "es-MX"])
    func neutralWording(name: String, locale: String) throws {
        var texts: Set<String> = []
        for facts in DeclineClass.allCases.flatMap({
            [SampleFacts.full($0), SampleFacts.sparse($0)]
        }) {
            let message = try #require(
                self.catalog.render(name, locale: locale, facts: facts, merchant: self.merchant))
            texts.formUnion([message.subject, message.text, message.html])
            #expect(!message.subject.contains("\n"))
            #expect(!message.text.contains(" .") && !message.text.contains("  "), "no value")
            if name != "payment_recovered", name != "opt_out_confirmed", !facts.link.isEmpty {
                #expect(message.text.contains(facts.link), "the way to pay is missing")
            }
        }
        for text in texts {
            #expect(ForbiddenWords.first(in: text) == nil)
            #expect(!text.contains("{{"), "a tag was left in")
        }
    }

    @Test(
        "Keep or cancel names the loss that comes next, and an end only where one comes",
        arguments: [
            ("en", AccessState.limited, "some features"), ("en", .suspended, "paused"),
            ("en", .terminated, "ends on"), ("es", .limited, "algunas funciones"),
            ("es", .suspended, "en pausa"), ("es", .terminated, "termina el"),
        ])
    func keepOrCancelLoss(locale: String, next: AccessState, words: String) throws {
        let message = try self.message("keep_or_cancel", locale: locale) {
            $0.declineClass = .hardRevoked
            $0.nextAccess = next
        }
        #expect(message.text.contains(words) && message.html.contains(words))
        let ends = message.text.contains("ends on") || message.text.contains("termina el")
        #expect(ends == (next == .terminated))
    }

    @Test(
        "A thank-you names the backup that was charged, and no card else", arguments: ["en", "es"])
    func disclosesBackup(locale: String) throws {
        let charged = try self.message("payment_recovered", locale: locale) {
            $0.isBackup = true
        }
        #expect(charged.text.contains("Visa") && charged.text.contains("4242"))
        #expect(charged.html.contains("4242"))
        let plain = try self.message("payment_recovered", locale: locale) { $0.isBackup = false }
        #expect(!plain.text.contains("4242") && !plain.html.contains("4242"))
    }

    @Test("Keep or cancel asks for no payment and offers two ways", arguments: ["en", "es"])
    func keepOrCancel(locale: String) throws {
        var facts = SampleFacts.full(.hardRevoked)
        facts.cancelLink = "https://example.com/cancel"
        let message = try #require(
            self.catalog.render(
                "keep_or_cancel", locale: locale, facts: facts, merchant: self.merchant))
        #expect(!message.text.contains("42"), "no amount, no card")
        for demand in ["Pay ", "pay now", "Pagar", "pagar", "update", "Actualiza", "again", "cobr"]
        {
            #expect(!message.text.contains(demand))
        }
        #expect(message.text.contains("https://example.com/pay"))
        #expect(message.text.contains("https://example.com/cancel"))
        #expect(message.html.components(separatedBy: "<a ").count == 3)
    }

    @Test(
        "The word list finds its words whatever their case, accents and endings",
        arguments: ["STOLEN", "Tarjeta robada", "¿perdída?", "a risky card", "fraude", "robo"])
    func wordsAreFound(text: String) {
        #expect(ForbiddenWords.first(in: text) != nil)
    }

    @Test("A sensitive class reads exactly as a harmless one of its group")
    func classesShareWording() throws {
        let harmless = try self.message { $0.declineClass = .lifecycle }
        for sensitive in [DeclineClass.hardFraud, .hardLost, .hardStolen, .hardBlocked] {
            #expect(try self.message { $0.declineClass = sensitive } == harmless)
        }
        #expect(
            try self.message { $0.declineClass = .riskHold }
                == self.message { $0.declineClass = .softGeneric })
    }

    @Test(
        "Every group has its own reason in every language",
        arguments: ["en", "es"])
    func reasonsExist(locale: String) throws {
        var reasons: Set<String> = []
        for group in ReasonGroup.allCases {
            let member = try #require(
                DeclineClass.allCases.first { ReasonGroup($0) == group }, "a group has no class")
            reasons.insert(try self.message(locale: locale) { $0.declineClass = member }.text)
        }
        #expect(reasons.count == ReasonGroup.allCases.count)
    }

    @Test(
        "Amounts are written as the locale writes them, to the last digit",
        arguments: [
            ("en", "EUR", 4200, "€42.00"), ("en", "USD", 123_456, "$1,234.56"),
            ("en", "JPY", 123_456_789, "123,456,789\u{A0}JPY"),
            ("en", "KWD", 4200, "4.200\u{A0}KWD"),
            ("en", "USD", 5, "$0.05"), ("en", "MXN", 100, "1.00\u{A0}MXN"),
            ("es", "EUR", 4200, "42,00\u{A0}€"), ("es", "EUR", 123_456, "1234,56\u{A0}€"),
            ("es", "EUR", 1_234_567, "12.345,67\u{A0}€"),
            ("es-MX", "MXN", 123_456, "1,234.56\u{A0}MXN"),
            ("en", "USD", Int64.max, "$92,233,720,368,547,758.07"),
        ] as [(String, String, Int64, String)])
    func amounts(locale: String, currency: String, minor: Int64, expected: String) throws {
        let currency = try #require(Currency(currency))
        let message = try self.message(locale: locale) {
            $0.amount = Money(minor: minor, currency: currency)
        }
        #expect(message.subject.contains(expected), "\(message.subject)")
    }

    @Test(
        "Dates are the customer's own day, with the month by name",
        arguments: [
            ("en", 0, "January 3, 2026"), ("en", -5, "January 3, 2026"),
            ("en", 14, "January 4, 2026"), ("en-GB", 0, "3 January 2026"),
            ("es", 0, "3 de enero de 2026"), ("es-MX", 14, "4 de enero de 2026"),
        ] as [(String, Int64, String)])
    func dates(locale: String, hoursAhead: Int64, expected: String) throws {
        let noon = CivilTime(year: 2026, month: 1, day: 3, hour: 12).utc
        let message = try self.message(locale: locale) {
            $0.nextAttemptAt = noon
            $0.zone = ZoneTable(
                name: "Test", initialOffsetMs: hoursAhead * Milliseconds.hour)
        }
        #expect(message.text.contains(expected), "\(message.text)")
    }

    @Test(
        "A locale falls back to its language and then to English",
        arguments: [
            ("es-MX", "es-MX"), ("es_mx", "es-MX"), ("es-Latn-MX", "es-Latn-MX"), ("ES", "es"),
            ("fr-CA", "en"), ("", "en"), ("en-AU", "en-AU"), ("!!", "en"),
        ])
    func fallback(locale: String, language: String) throws {
        let message = try self.message(locale: locale)
        #expect(message.language == language)
        let isSpanish = language.hasPrefix("es")
        #expect(message.subject.hasPrefix(isSpanish ? "Tu pago" : "Your payment"))
    }

    @Test("HTML is escaped and plain text is not")
    func escaping() throws {
        let merchant = MerchantIdentity(name: "A & B <script>alert(1)</script> \"C\"")
        let message = try #require(
            self.catalog.render(
                "payment_failed", locale: "en", facts: SampleFacts.full(.softFunds),
                merchant: merchant))
        #expect(message.text.contains("A & B <script>"))
        #expect(message.subject.contains("A & B <script>"))
        #expect(!message.html.contains("<script>"))
        #expect(message.html.contains("A &amp; B &lt;script&gt;"))
    }

    @Test("A value brings no lines of its own")
    func controlCharacters() throws {
        let merchant = MerchantIdentity(name: "Evil\r\nBcc: all@example.com\u{2028}x")
        let message = try #require(
            self.catalog.render(
                "payment_failed", locale: "en", facts: SampleFacts.full(.softFunds),
                merchant: merchant))
        #expect(!message.subject.contains { $0.isNewline })
    }

    @Test(
        "Only a web address becomes a button",
        arguments: [
            "javascript:alert(1)", "data:text/html,x", "", "https://a b", "https://a\r\nX: y",
            "ftp://example.com",
        ])
    func unsafeLinks(link: String) throws {
        let message = try self.message { $0.link = link }
        #expect(!message.html.contains("<a "))
        #expect(!message.text.contains("Pay €"))
    }

    @Test("What is not known is not said")
    func sparseFacts() throws {
        let message = try #require(
            self.catalog.render(
                "payment_failed", locale: "en", facts: SampleFacts.sparse(.unmapped),
                merchant: MerchantIdentity(name: "Acme")))
        #expect(message.text.contains("from your payment method."))
        #expect(message.text.contains("We will not try again by ourselves."))
        #expect(!message.text.contains("Questions?"))
        #expect(!message.text.contains("\n\n\n"))
    }

    @Test("HTML has a language, one heading, one button and a readable page")
    func accessibleHTML() throws {
        for name in TemplateCatalog.names {
            let html = try self.message(name, locale: "es").html
            #expect(html.contains("<html lang=\"es\">"))
            #expect(html.components(separatedBy: "<h1").count == 2)
            #expect(
                html.components(separatedBy: "<a ").count
                    == (["payment_recovered", "opt_out_confirmed"].contains(name) ? 1 : 2))
            #expect(html.contains("name=\"viewport\""))
        }
    }

    @Test("An unknown name gives nothing")
    func unknownName() {
        let message = self.catalog.render(
            "no_such", locale: "en", facts: SampleFacts.full(.softFunds), merchant: self.merchant)
        #expect(message == nil)
    }
}
