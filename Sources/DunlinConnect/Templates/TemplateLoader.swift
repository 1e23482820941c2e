import Foundation
import Mustache

/// Reads, checks and compiles template files; later files replace earlier ones of their name.
struct TemplateLoader {
    /// Parts of a message.
    static let messageParts = ["subject", "text", "html"]

    private(set) var messages: [String: [String: MessageTemplate]] = [:]
    private(set) var phrases: [String: [String: Phrases.Phrase]] = [:]
    private(set) var layout: MustacheTemplate?
    private(set) var findings: [TemplateFinding] = []

    mutating func takeFolder(_ path: String) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            self.note(.error, "templates", 0, "the folder of templates cannot be read")
            return
        }
        let files = names.filter { $0.hasSuffix(".mustache") }
        if files.count > TemplateCatalog.filesMax {
            self.note(
                .error, "templates", 0,
                "the folder has more than \(TemplateCatalog.filesMax) templates: the rest is not"
                    + " read")
        }
        for name in files.prefix(TemplateCatalog.filesMax) {
            let file = (path as NSString).appendingPathComponent(name)
            guard let handle = FileHandle(forReadingAtPath: file),
                let bytes = try? handle.read(upToCount: TemplateFile.bytesMax + 1)
            else {
                self.note(.error, name, 0, "the file cannot be read")
                continue
            }
            guard bytes.count <= TemplateFile.bytesMax,
                let text = String(validating: bytes, as: UTF8.self)
            else {
                self.note(
                    .error, name, 0,
                    "a template is UTF-8 text of at most \(TemplateFile.bytesMax) bytes")
                continue
            }
            self.take(file: name, text: text)
        }
    }

    mutating func take(file: String, text: String) {
        let parts = file.split(separator: ".").map(String.init)
        switch parts.count {
        case 2 where parts[0] == "layout":
            self.takeLayout(file: file, text: text)
        case 3 where parts[0] == "phrases":
            self.takePhrases(file: file, locale: Self.locale(parts[1]), text: text)
        case 3:
            self.takeMessage(
                file: file, name: parts[0], locale: Self.locale(parts[1]), text: text)
        default:
            self.note(
                .error, file, 0,
                "the name must be NAME.LOCALE.mustache, for instance payment_failed.en.mustache")
        }
    }

    private mutating func takeLayout(file: String, text: String) {
        // The one place where finished HTML is put in as it is.
        let marker = "{{{content}}}"
        guard text.contains(marker) else {
            self.note(.error, file, 0, "the layout must contain \(marker) once")
            return
        }
        let known = TemplateValues.constantKeys.union(TemplateValues.conditionalKeys)
            .union(TemplateValues.layoutKeys)
        let plain = text.replacingOccurrences(of: marker, with: "")
        guard self.accept(file: file, text: plain, line: 1, known: known) else { return }
        self.layout = self.compile(file: file, text: text, line: 1)
    }

    private mutating func takePhrases(file: String, locale: String, text: String) {
        let content = TemplateFile(text)
        var isGood = self.acceptParts(file: file, content)
        let known = TemplateValues.constantKeys.union(TemplateValues.conditionalKeys)
            .union(TemplateValues.formatKeys)
        var compiled: [String: Phrases.Phrase] = [:]
        for part in content.parts {
            guard self.accept(file: file, text: part.text, line: part.line, known: known),
                let template = self.compile(
                    file: file, text: Self.asText(part.text), line: part.line)
            else {
                isGood = false
                continue
            }
            compiled[part.name] = Phrases.Phrase(text: part.text, template: template)
        }
        if let months = content["months"] {
            let count = months.text.split(separator: "|", omittingEmptySubsequences: false).count
            if count != 12 {
                isGood = false
                self.note(.error, file, months.line, "months needs twelve names between |")
            }
        }
        guard isGood else { return }
        // A merchant's file may hold a few phrases only: the others stay.
        self.phrases[locale, default: [:]].merge(compiled) { _, new in new }
    }

    private mutating func takeMessage(file: String, name: String, locale: String, text: String) {
        let content = TemplateFile(text)
        var isGood = self.acceptParts(file: file, content)
        let known = TemplateValues.constantKeys.union(TemplateValues.conditionalKeys)
        var compiled: [String: MustacheTemplate] = [:]
        for wanted in Self.messageParts {
            guard let part = content[wanted], !part.text.isEmpty else {
                isGood = false
                self.note(.error, file, 0, "the part \"--- \(wanted)\" is missing or empty")
                continue
            }
            let source = wanted == "html" ? part.text : Self.asText(part.text)
            guard self.accept(file: file, text: part.text, line: part.line, known: known),
                let template = self.compile(file: file, text: source, line: part.line)
            else {
                isGood = false
                continue
            }
            compiled[wanted] = template
        }
        for part in content.parts where !Self.messageParts.contains(part.name) {
            isGood = false
            self.note(.error, file, part.line, "there is no part \"--- \(part.name)\" in a message")
        }
        if let subject = content["subject"], subject.text.contains("\n") {
            isGood = false
            self.note(.error, file, subject.line, "a subject is one line")
        }
        guard isGood, let subject = compiled["subject"], let text = compiled["text"],
            let html = compiled["html"]
        else { return }
        self.noteOmissions(file: file, name: name, content)
        self.messages[name, default: [:]][locale] = MessageTemplate(
            subject: subject, text: text, html: html)
    }

    /// A message should say who writes, how much it is about and where to pay.
    private mutating func noteOmissions(file: String, name: String, _ content: TemplateFile) {
        for wanted in ["text", "html"] {
            guard let part = content[wanted] else { continue }
            let keys = Set(TemplateTags(part.text).keys.map(\.name))
            let needed =
                switch name {
                case "payment_recovered": ["amount"]
                case "keep_or_cancel", "card_expiring": ["link"]
                case "opt_out_confirmed": ["merchant"]
                default: ["amount", "link"]
                }
            for key in needed where !keys.contains(key) {
                self.note(.warning, file, part.line, "the part \(wanted) does not use {{\(key)}}")
            }
        }
    }

    private mutating func acceptParts(file: String, _ content: TemplateFile) -> Bool {
        var isGood = true
        if let line = content.strayLine {
            isGood = false
            self.note(.error, file, line, "text stands before the first part: begin with --- NAME")
        }
        var seen: Set<String> = []
        for part in content.parts where !seen.insert(part.name).inserted {
            isGood = false
            self.note(.error, file, part.line, "the part \"--- \(part.name)\" occurs twice")
        }
        return isGood
    }

    private mutating func accept(
        file: String, text: String, line: Int, known: Set<String>
    ) -> Bool {
        let tags = TemplateTags(text)
        for problem in tags.problems {
            self.note(.error, file, line + problem.line, problem.message)
        }
        var isGood = tags.problems.isEmpty
        for key in tags.keys where !known.contains(key.name) {
            isGood = false
            self.note(
                .error, file, line + key.line,
                "there is no key \(key.name); known are \(known.sorted().joined(separator: ", "))")
        }
        return isGood
    }

    private mutating func compile(file: String, text: String, line: Int) -> MustacheTemplate? {
        do {
            return try MustacheTemplate(string: text)
        } catch {
            self.note(.error, file, line, "this part is not well-formed Mustache")
            return nil
        }
    }

    private mutating func note(
        _ severity: TemplateFinding.Severity, _ file: String, _ line: Int, _ message: String
    ) {
        self.findings.append(TemplateFinding(severity, file: file, line: line, message))
    }

    /// Values are put in as they are: plain text has nothing to escape.
    private static func asText(_ text: String) -> String { "{{% CONTENT_TYPE: TEXT}}" + text }

    private static func locale(_ text: String) -> String {
        TemplateCatalog.fallbacks(of: text).first ?? text
    }
}
