package import DunlinPorts
import Foundation
import Mustache

/// Every message template by name and locale: the bundled ones, and a merchant's own before them.
///
/// A file `NAME.LOCALE.mustache` has the parts `--- subject`, `--- text` and `--- html`;
/// `phrases.LOCALE.mustache` has the wording and formats that they share; `layout.mustache` is the
/// page around every HTML part. A file with an error is left out, so that a message never goes out
/// half made; ``check()`` says what was found.
package struct TemplateCatalog: Sendable {
    /// The bundled messages, for whoever checks policies without a catalog.
    package static let names: [String] = [
        "payment_failed", "payment_reminder", "card_update_needed", "authentication_needed",
        "final_notice", "access_suspended", "payment_recovered", "keep_or_cancel", "card_expiring",
        "upcoming_charge", "opt_out_confirmed",
    ]
    /// The locale behind all others.
    package static let lastLocale = "en"
    /// Most files that a merchant's folder may have.
    package static let filesMax = 512

    private let messages: [String: [String: MessageTemplate]]
    private let phrases: [String: [String: Phrases.Phrase]]
    private let layout: MustacheTemplate?
    private let loadFindings: [TemplateFinding]

    /// `directory`: A folder of the merchant's own templates; each replaces the bundled file of its
    /// name. `nil` for none.
    package init(directory: String? = nil) {
        var loader = TemplateLoader()
        for (name, bytes) in BundledTemplates.files {
            loader.take(file: name, text: String(decoding: bytes, as: UTF8.self))
        }
        if let directory { loader.takeFolder(directory) }
        self.messages = loader.messages
        self.phrases = loader.phrases
        self.layout = loader.layout
        self.loadFindings = loader.findings
    }

    /// Every name that ``render(_:locale:facts:merchant:)`` knows, sorted.
    package var allNames: [String] { self.messages.keys.sorted() }

    /// Everything that is wrong with the templates: as files, and as every customer could see them.
    package func check() -> [TemplateFinding] {
        self.loadFindings + self.coverageFindings() + self.phraseFindings() + self.wordFindings()
    }

    /// What must be mended before anything is sent, without rendering every message.
    package func errors() -> [TemplateFinding] {
        (self.loadFindings + self.coverageFindings()).filter { $0.severity == .error }
    }

    /// A message in the nearest locale: `es-MX`, then `es`, then `en`.
    ///
    /// Answers `nil` for a name that no file has.
    package func render(
        _ name: String, locale: String, facts: MessageFacts, merchant: MerchantIdentity
    ) -> RenderedMessage? {
        guard let byLocale = self.messages[name] else { return nil }
        let wanted = Self.fallbacks(of: locale)
        guard let found = wanted.first(where: { byLocale[$0] != nil }),
            let template = byLocale[found]
        else { return nil }
        let language = Self.language(of: found)
        let nearest = wanted.first { Self.language(of: $0) == language } ?? found
        var chain = wanted.filter { Self.language(of: $0) == language }
        if !chain.contains(Self.lastLocale) { chain.append(Self.lastLocale) }
        let phrases = Phrases(layers: chain.compactMap { self.phrases[$0] })
        var values = TemplateValues(
            facts: facts, merchant: merchant, phrases: phrases, language: nearest)
        let subject = template.subject.render(values.values)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let text = Self.tidied(template.text.render(values.values))
        let content = template.html.render(values.values)
        values.set("subject", subject)
        var page: [String: String] = values.values
        page["content"] = content
        let html = self.layout?.render(page) ?? content
        return RenderedMessage(subject: subject, text: text, html: html, language: nearest)
    }

    /// `es_mx` → `es-MX`, `es`, `en`.
    static func fallbacks(of locale: String) -> [String] {
        var found: [String] = []
        var parts = locale.prefix(35).split { $0 == "-" || $0 == "_" }.map(String.init)
        for index in parts.indices {
            parts[index] =
                index == 0
                ? parts[index].lowercased()
                : parts[index].count == 2 ? parts[index].uppercased() : parts[index].capitalized
        }
        while !parts.isEmpty {
            found.append(parts.joined(separator: "-"))
            parts.removeLast()
        }
        if !found.contains(Self.lastLocale) { found.append(Self.lastLocale) }
        return found
    }

    private static func language(of locale: String) -> Substring {
        locale.prefix { $0 != "-" }
    }

    /// Sections that were left out leave at most one empty line.
    private static func tidied(_ text: String) -> String {
        var lines: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty, lines.last?.isEmpty ?? true { continue }
            lines.append(line)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }

    private func coverageFindings() -> [TemplateFinding] {
        var findings: [TemplateFinding] = []
        for name in self.allNames {
            let locales = self.messages[name, default: [:]]
            if locales[Self.lastLocale] == nil {
                findings.append(
                    TemplateFinding(
                        .error, file: "\(name).\(Self.lastLocale).mustache", line: 0,
                        "the message has no English text, which every other locale falls back to:"
                            + " add this file"))
            }
            for locale in locales.keys.sorted() where self.phrases[locale] == nil {
                guard
                    !Self.fallbacks(of: locale).dropLast().contains(where: {
                        self.phrases[$0] != nil
                    })
                else { continue }
                findings.append(
                    TemplateFinding(
                        .warning, file: "\(name).\(locale).mustache", line: 0,
                        "there are no phrases for this language, so English ones are mixed in:"
                            + " add phrases.\(locale).mustache"))
            }
        }
        return findings
    }

    /// A phrase that a whole language lacks is told in English, in the middle of another language.
    private func phraseFindings() -> [TemplateFinding] {
        let wanted = self.phrases[Self.lastLocale, default: [:]].keys.sorted()
        var findings: [TemplateFinding] = []
        for locale in self.phrases.keys.sorted() where !locale.contains("-") {
            let own = self.phrases[locale, default: [:]]
            for phrase in wanted where own[phrase] == nil {
                findings.append(
                    TemplateFinding(
                        .warning, file: "phrases.\(locale).mustache", line: 0,
                        "the phrase \(phrase) is missing, so the English one is mixed in: add"
                            + " \"--- \(phrase)\""))
            }
        }
        return findings
    }

    /// Renders every message in every locale for every class, and reads what came out.
    private func wordFindings() -> [TemplateFinding] {
        var findings: [TemplateFinding] = []
        for name in self.allNames {
            for locale in self.messages[name, default: [:]].keys.sorted() {
                let texts = Set(
                    SampleFacts.all.compactMap { facts in
                        self.render(
                            name, locale: locale, facts: facts, merchant: SampleFacts.merchant)
                    }
                    .flatMap { [$0.subject, $0.text, $0.html] })
                let words = Set(texts.compactMap { ForbiddenWords.first(in: $0) })
                for word in words.sorted() {
                    findings.append(
                        TemplateFinding(
                            .warning, file: "\(name).\(locale).mustache", line: 0,
                            "a customer would read a word that begins with \"\(word)\": say it"
                                + " without naming a reason"))
                }
            }
        }
        return findings
    }
}

/// One message in one locale, ready to be filled in.
struct MessageTemplate: Sendable {
    var subject: MustacheTemplate
    var text: MustacheTemplate
    var html: MustacheTemplate
}
