package import HummingbirdTLS

/// How the HTTP listener is set up.
package struct WebSettings: Sendable {
    package var host: String
    /// 0 for any free one.
    package var port: Int
    package var keys: APIKeys
    /// `nil` for plain HTTP.
    package var tls: TLSConfiguration?
    /// The operator said aloud that another address than loopback needs no TLS and no keys.
    package var isInsecureAllowed: Bool
    /// What each tenant has promised about its ids; a tenant that is not named promises nothing.
    package var eventRules: [String: EventRules]
    package var limits: WebLimits

    package init(
        host: String = "127.0.0.1", port: Int = 7480, keys: APIKeys = APIKeys(),
        tls: TLSConfiguration? = nil, isInsecureAllowed: Bool = false,
        eventRules: [String: EventRules] = [:], limits: WebLimits = WebLimits()
    ) {
        self.host = host
        self.port = port
        self.keys = keys
        self.tls = tls
        self.isInsecureAllowed = isInsecureAllowed
        self.eventRules = eventRules
        self.limits = limits
    }

    /// Only this machine can reach the listener.
    package var isLoopback: Bool {
        if self.host == "localhost" || self.host == "::1" { return true }
        let parts = self.host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Refuses a listener that strangers could use (DESIGN §11).
    package func check() throws(WebSettingsError) {
        guard !self.isLoopback, !self.isInsecureAllowed else { return }
        if self.tls == nil || self.keys.isEmpty {
            throw WebSettingsError(
                lacksTLS: self.tls == nil, lacksKeys: self.keys.isEmpty)
        }
    }
}

/// A listener that strangers could read or use was asked for.
package struct WebSettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    package var lacksTLS: Bool
    package var lacksKeys: Bool

    package var description: String {
        let lacking = [self.lacksTLS ? "TLS" : nil, self.lacksKeys ? "API keys" : nil]
            .compactMap { $0 }.joined(separator: " and ")
        return "the HTTP address is not loopback and \(lacking) not configured: listen on "
            + "127.0.0.1, configure \(lacking), or say --insecure if the network itself is closed"
    }
}
