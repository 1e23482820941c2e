package import DunlinCore
package import DunlinPorts
import Foundation

/// Sends messages by SMTP, rendered from templates.
///
/// Outcomes: `done(reference: Message-ID)` when the server took it; `refused(dead:smtp-550)` when
/// the mailbox does not exist, so that the contact is dead; `refused(smtp-554)` when this message
/// was refused for good; `failed(…)` when it could not be delivered in a few tries, or the
/// configuration is at fault. Reasons are codes: never an address, never a server's words. A
/// repeated order has the same Message-ID.
package struct EmailSender: MessageSender {
    private let settings: EmailSettings
    private let from: EmailAddress
    private let replyTo: EmailAddress
    private let templates: TemplateCatalog
    private let tokens: ReturnTokens
    private let transport: SMTPTransport
    private let backoff: Backoff
    private let now: @Sendable () -> Timestamp

    /// `now`: The time for the Date header.
    /// Throws ``EmailSettingsError`` with everything that is wrong.
    package init(
        settings: EmailSettings, templates: TemplateCatalog,
        now: @escaping @Sendable () -> Timestamp = Self.wallClock
    ) throws(EmailSettingsError) {
        try self.init(
            settings: settings, templates: templates, now: now, backoff: Backoff(firstMs: 2000))
    }

    init(
        settings: EmailSettings, templates: TemplateCatalog,
        now: @escaping @Sendable () -> Timestamp, backoff: Backoff
    ) throws(EmailSettingsError) {
        let problems = settings.problems()
        let replyTo = settings.replyTo.isEmpty ? settings.from : settings.replyTo
        guard problems.isEmpty, let from = EmailAddress(settings.from),
            let replyTo = EmailAddress(replyTo)
        else { throw EmailSettingsError(problems: problems) }
        self.settings = settings
        self.from = from
        self.replyTo = replyTo
        self.templates = templates
        self.tokens = ReturnTokens(secret: settings.returnSecret)
        self.transport = SMTPTransport(settings: settings)
        self.backoff = backoff
        self.now = now
    }

    /// The clock on the wall.
    package static let wallClock: @Sendable () -> Timestamp = {
        Timestamp(ms: Int64((Date().timeIntervalSince1970 * 1000).rounded()))
    }

    package func send(_ order: MessageOrder) async -> EffectOutcome {
        guard order.channel == .email else { return .refused(reason: "wrong-channel") }
        guard let to = EmailAddress(order.address) else {
            return .refused(reason: "dead:invalid-address")
        }
        let tenant = order.account.tenant
        let merchant = self.settings.merchants[tenant] ?? MerchantIdentity(name: tenant)
        let content = self.templates.render(
            order.template, locale: order.locale, facts: order.facts, merchant: merchant)
        guard let content else { return .refused(reason: "no-such-template") }
        let token = self.tokens.token(account: order.account, effect: order.effect)
        let message = MIMEMessage(
            from: self.from,
            fromName: self.settings.fromName.isEmpty ? merchant.name : self.settings.fromName,
            to: to, replyTo: self.replyAddress(token),
            messageID: "\(token)@\(self.from.domain)", date: self.now(), content: content)
        guard let bytes = message.bytes() else { return .refused(reason: "control-character") }
        let seed = Backoff.seed(account: order.account, effect: order.effect)
        return await self.deliver(bytes, to: to, messageID: message.messageID, seed: seed)
    }

    /// Ends the connections. Messages that are still under way fail.
    package func shutdown() async {
        await self.transport.shutdown()
    }

    private func deliver(
        _ message: [UInt8], to: EmailAddress, messageID: String, seed: UInt64
    ) async -> EffectOutcome {
        var tries = 0
        while true {
            let verdict = await self.transport.deliver(
                from: self.from.text, to: to.text, message: message)
            tries += 1
            switch verdict {
            case .accepted: return .done(reference: messageID)
            case .refused(let reason): return .refused(reason: reason)
            case .failed(let reason): return .failed(reason: reason)
            case .again(let reason):
                guard tries < self.settings.triesMax else { return .failed(reason: reason) }
                do {
                    try await self.backoff.pause(
                        self.backoff.delayMs(afterTries: tries, seed: seed))
                } catch {
                    return .failed(reason: reason)
                }
            }
        }
    }

    /// `billing+TOKEN@example.com`; without the token where a local part has no room for it.
    private func replyAddress(_ token: String) -> EmailAddress {
        EmailAddress("\(self.replyTo.local)+\(token)@\(self.replyTo.domain)") ?? self.replyTo
    }
}

/// Why e-mail cannot be sent as configured.
package struct EmailSettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One sentence each.
    package let problems: [String]

    package var description: String { self.problems.joined(separator: "; ") }
}
