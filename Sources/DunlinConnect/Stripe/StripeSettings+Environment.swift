import DunlinCore
import Foundation

extension StripeSettings {
    /// Reads `STRIPE_API_KEY` (required), `STRIPE_API_BASE`, `STRIPE_WEBHOOK_SECRET` (several
    /// separated by commas) and `STRIPE_IDEMPOTENCY` (`keys` or `look_up`).
    ///
    /// Answers `nil` when no key is set: then Stripe is not used. Throws ``StripeSettingsError``
    /// when a value cannot be used.
    package init?(
        environment: [String: String], tenant: String = EntityKey.mainTenant
    ) throws(StripeSettingsError) {
        func value(_ name: String) -> String {
            (environment[name] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let key = value("STRIPE_API_KEY")
        guard !key.isEmpty else { return nil }
        guard key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw StripeSettingsError(
                name: "STRIPE_API_KEY", message: "holds a space or a character that no key has")
        }
        var base = value("STRIPE_API_BASE")
        while base.hasSuffix("/") { base.removeLast() }
        let secrets = value("STRIPE_WEBHOOK_SECRET").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        let idempotency = try Self.idempotency(value("STRIPE_IDEMPOTENCY"))
        self.init(
            apiKey: StripeSecret(key), webhookSecrets: secrets.map { StripeSecret($0) },
            tenant: tenant, idempotency: idempotency)
        if !base.isEmpty { self.apiBase = base }
        try self.validate()
    }

    /// Throws when a value cannot be used together with the others.
    package func validate() throws(StripeSettingsError) {
        guard let url = URL(string: self.apiBase), let scheme = url.scheme, let host = url.host,
            ["http", "https"].contains(scheme), !host.isEmpty
        else {
            throw StripeSettingsError(
                name: "STRIPE_API_BASE", message: "is no http or https address")
        }
        let isLocal = ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host)
        guard scheme == "https" || isLocal || self.apiKey.mode != "live" else {
            throw StripeSettingsError(
                name: "STRIPE_API_BASE",
                message: "would send a live key without encryption: use https")
        }
        guard self.timeoutMs > 0 else {
            throw StripeSettingsError(name: "timeout", message: "must be longer than nothing")
        }
        guard (1...10_000).contains(self.concurrencyMax) else {
            throw StripeSettingsError(name: "concurrency_max", message: "must be 1 to 10000")
        }
    }

    private static func idempotency(
        _ text: String
    ) throws(StripeSettingsError) -> StripeSettings.Idempotency {
        if text.isEmpty { return .keys }
        guard let found = Idempotency(rawValue: text) else {
            throw StripeSettingsError(
                name: "STRIPE_IDEMPOTENCY", message: "must be `keys` or `look_up`")
        }
        return found
    }
}

/// A setting that cannot be used: which one, and what is wrong with it.
package struct StripeSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    package var name: String
    package var message: String

    package var description: String { "\(self.name) \(self.message)" }
}
