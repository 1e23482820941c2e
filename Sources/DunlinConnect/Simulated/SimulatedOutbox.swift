package import DunlinCore
package import DunlinPorts
import Foundation
import Synchronization

/// The mail server of a first run: a folder of the messages that would have gone out, for people.
///
/// Each message is two files, rendered from the same templates as a real one: `NAME.txt` with the
/// header lines and the plain part, `NAME.html` with the page. NAME is
/// `DATE_TEMPLATE_ACCOUNT_EFFECT`, so that the folder lists in the order of sending; what may not
/// stand in a file's name is a `-`. The files hold addresses in clear, as a mail server's would.
///
/// 1. EFFECT (half of the account's hash, op, index) names the message: a repeated order replaces
///    its files.
/// 2. At most `messagesMax` messages are kept; the oldest by name go first.
///
/// Outcomes are those of ``EmailSender`` where they can occur: `done(reference: NAME)`,
/// `refused(dead:invalid-address)`, `refused(no-such-template)`, `refused(wrong-channel)`; and
/// `failed(outbox-not-writable)`.
package final class SimulatedOutbox: MessageSender {
    /// Messages that are kept, unless said otherwise.
    package static let messagesMax = 1000
    /// Bytes of an account's id that a file's name shows.
    private static let shownIDBytesMax = 60

    private let folder: String
    private let templates: TemplateCatalog
    private let merchants: [String: MerchantIdentity]
    private let messagesMax: Int
    private let now: @Sendable () -> Timestamp
    /// Names without endings, sorted; `nil` until the folder was read.
    private let names = Mutex<[String]?>(nil)

    /// `folder`: Made with the first message; its parent must exist.
    /// `merchants`: By tenant; one that is not listed speaks in its own name.
    /// `now`: Domain time, for the date.
    package init(
        folder: String, templates: TemplateCatalog, merchants: [String: MerchantIdentity],
        messagesMax: Int = SimulatedOutbox.messagesMax, now: @escaping @Sendable () -> Timestamp
    ) {
        precondition(messagesMax > 0, "an outbox that keeps nothing")
        self.folder = folder
        self.templates = templates
        self.merchants = merchants
        self.messagesMax = messagesMax
        self.now = now
    }

    package func send(_ order: MessageOrder) async -> EffectOutcome {
        guard order.channel == .email else { return .refused(reason: "wrong-channel") }
        guard let to = EmailAddress(order.address) else {
            return .refused(reason: "dead:invalid-address")
        }
        let tenant = order.account.tenant
        let merchant = self.merchants[tenant] ?? MerchantIdentity(name: tenant)
        let content = self.templates.render(
            order.template, locale: order.locale, facts: order.facts, merchant: merchant)
        guard let content else { return .refused(reason: "no-such-template") }
        let now = self.now()
        let name = Self.name(of: order, at: now)
        let header = [
            "From: \(merchant.name)", "To: \(to.text)", "Subject: \(content.subject)",
            "Date: \(MIMEMessage.dateText(now))", "Content-Language: \(content.language)",
        ]
        let text = header.joined(separator: "\n") + "\n\n" + content.text
        return self.keep(name, text: text, html: content.html)
    }

    private func keep(_ name: String, text: String, html: String) -> EffectOutcome {
        self.names.withLock { names in
            var kept = names ?? self.readFolder()
            let effect = Self.effect(ofName: name)
            while let earlier = kept.firstIndex(where: { Self.effect(ofName: $0) == effect }) {
                self.remove(kept.remove(at: earlier))
            }
            guard self.write(text, to: name + ".txt"), self.write(html, to: name + ".html") else {
                self.remove(name)
                names = kept
                return .failed(reason: "outbox-not-writable")
            }
            kept.insert(name, at: kept.firstIndex { $0 > name } ?? kept.endIndex)
            while kept.count > self.messagesMax { self.remove(kept.removeFirst()) }
            names = kept
            return .done(reference: name)
        }
    }

    // MARK: Names

    private static func name(of order: MessageOrder, at now: Timestamp) -> String {
        let date = String(now.description.prefix("2026-01-01T00:00".utf8.count))
        let account = String(order.account.key.prefix(self.shownIDBytesMax))
        let half = hexadecimal(order.account.shardHash).prefix(8)
        let effect = "\(half)-\(order.effect.op)-\(order.effect.index)"
        return [date.replacing(":", with: ""), order.template, account, effect]
            .map(self.plain).joined(separator: "_")
    }

    private static func effect(ofName name: String) -> Substring {
        name[(name.lastIndex(of: "_").map { name.index(after: $0) } ?? name.startIndex)...]
    }

    private static func plain(_ text: String) -> String {
        String(
            text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) ? $0 : "-" }
        )
    }

    // MARK: Files

    private func path(_ file: String) -> String { "\(self.folder)/\(file)" }

    private func readFolder() -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: self.folder)) ?? []
        return files.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
    }

    private func write(_ text: String, to file: String) -> Bool {
        var isDirectory: ObjCBool = false
        if !FileManager.default.fileExists(atPath: self.folder, isDirectory: &isDirectory) {
            let made: Void? = try? FileManager.default.createDirectory(
                atPath: self.folder, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700])
            guard made != nil else { return false }
        }
        return FileManager.default.createFile(
            atPath: self.path(file), contents: Data(text.utf8),
            attributes: [.posixPermissions: 0o600])
    }

    private func remove(_ name: String) {
        for ending in [".txt", ".html"] {
            try? FileManager.default.removeItem(atPath: self.path(name + ending))
        }
    }
}
