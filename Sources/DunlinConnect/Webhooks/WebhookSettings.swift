import Foundation

/// Where the merchants' apps are told what happens. ``problems()`` says what is wrong with it.
package struct WebhookSettings: Sendable {
    /// By tenant; a tenant without one is told nothing.
    package var endpoints: [String: WebhookEndpoint]
    /// The longest that one delivery may take, in milliseconds.
    package var timeoutMs: Int64
    /// Deliveries tried before one announcement is given up.
    package var triesMax: Int
    /// Announcements given up in a row before the endpoint is parked.
    package var failuresBeforeParking: Int
    /// How long it is parked for the first time, in milliseconds; doubles each time up to
    /// ``parkedMsMax``.
    package var parkedMs: Int64
    package var parkedMsMax: Int64

    package init(
        endpoints: [String: WebhookEndpoint], timeoutMs: Int64 = 10_000, triesMax: Int = 3,
        failuresBeforeParking: Int = 5, parkedMs: Int64 = 60_000, parkedMsMax: Int64 = 900_000
    ) {
        self.endpoints = endpoints
        self.timeoutMs = timeoutMs
        self.triesMax = triesMax
        self.failuresBeforeParking = failuresBeforeParking
        self.parkedMs = parkedMs
        self.parkedMsMax = parkedMsMax
    }

    /// One sentence for each thing that is wrong, with the field and the remedy; empty when good.
    package func problems() -> [String] {
        var found: [String] = []
        for tenant in self.endpoints.keys.sorted() {
            guard let endpoint = self.endpoints[tenant] else { continue }
            found += endpoint.problems().map { "webhooks.endpoints.\(tenant): \($0)" }
        }
        if !(100...120_000).contains(self.timeoutMs) {
            found.append("webhooks.timeoutMs must be 100 to 120000")
        }
        if !(1...10).contains(self.triesMax) { found.append("webhooks.triesMax must be 1 to 10") }
        if !(1...1000).contains(self.failuresBeforeParking) {
            found.append("webhooks.failuresBeforeParking must be 1 to 1000")
        }
        if self.parkedMs < 1 || self.parkedMsMax < self.parkedMs {
            found.append("webhooks.parkedMs must be at least 1 and at most webhooks.parkedMsMax")
        }
        return found
    }
}

/// One tenant's app.
package struct WebhookEndpoint: Sendable, Equatable {
    /// Most secrets at once.
    package static let secretsMax = 4

    /// `https`, or `http` on this machine.
    package var url: String
    /// `whsec_` and base64. Every message is signed with each, so that one can be replaced by
    /// having both for a while.
    package var secrets: [String]
    /// Allows `http` to other machines.
    package var isInsecureAllowed: Bool

    package init(url: String, secrets: [String], isInsecureAllowed: Bool = false) {
        self.url = url
        self.secrets = secrets
        self.isInsecureAllowed = isInsecureAllowed
    }

    func problems() -> [String] {
        var found: [String] = []
        if let url = URLComponents(string: self.url), let host = url.host, !host.isEmpty,
            url.scheme == "https" || url.scheme == "http"
        {
            if url.user != nil || url.password != nil {
                found.append("url must not hold a user or password")
            }
            if url.scheme == "http", !Self.isLoopback(host), !self.isInsecureAllowed {
                found.append(
                    "url must begin with https://, since what is sent would be readable by all; or"
                        + " set insecure")
            }
        } else {
            found.append("url must be an address that begins with https://")
        }
        if self.secrets.isEmpty || self.secrets.count > Self.secretsMax {
            found.append("secrets must have 1 to \(Self.secretsMax) entries")
        }
        if self.secrets.contains(where: { WebhookSecret($0) == nil }) {
            found.append(
                "secrets must each be whsec_ and 24 to 64 bytes in base64; make one with:"
                    + " echo whsec_$(openssl rand -base64 32)")
        }
        return found
    }

    private static func isLoopback(_ host: String) -> Bool {
        let host = host.trimmingCharacters(in: ["[", "]"])
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

/// Why webhooks cannot be sent as configured.
package struct WebhookSettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One sentence each.
    package let problems: [String]

    package var description: String { self.problems.joined(separator: "; ") }
}
