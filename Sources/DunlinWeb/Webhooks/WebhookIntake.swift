package import DunlinPorts

/// Takes webhooks of one foreign system. Whoever knows the system verifies, reads and hands on.
package protocol WebhookIntake: Sendable {
    /// Verifies and takes one delivery; what it says is durable when this returns ``taken``.
    func receive(_ delivery: WebhookDelivery) async throws(NodeError) -> WebhookOutcome
}

/// One delivery as it came in.
package struct WebhookDelivery: Sendable {
    /// From the path: `main` when it names none.
    package var tenant: String
    /// Names in lower case, in the order of arrival.
    package var headers: [(name: String, value: String)]
    /// Exactly the bytes that were signed.
    package var body: [UInt8]

    package init(tenant: String, headers: [(name: String, value: String)], body: [UInt8]) {
        self.tenant = tenant
        self.headers = headers
        self.body = body
    }

    /// The first value of the header; `nil` when there is none.
    package func header(_ name: String) -> String? {
        self.headers.first { $0.name == name.lowercased() }?.value
    }
}

/// What became of a delivery.
package enum WebhookOutcome: Sendable, Equatable {
    /// Understood; everything in it that matters is durable, now or since before.
    case taken
    /// Genuine, but of a kind that is of no use here. Counted; answered 200, since senders disable
    /// endpoints that refuse.
    case ignored
    /// The signature is wrong, missing or too old. Counted; answered 400.
    case badSignature(String)
    /// Genuine, but unreadable. Counted; answered 400.
    case malformed(String)
    /// No such tenant, or it has no such system. Answered 404.
    case unknownTenant
    /// Not taken this time: the sender shall try again. Answered 503.
    case retry(String)
}
