import DunlinCore

/// How one tenant's Stripe account is reached and used.
///
/// Secrets are ``StripeSecret``s, which show themselves to nobody.
package struct StripeSettings: Sendable {
    /// How a charge whose answer was lost is found again.
    package enum Idempotency: String, Sendable {
        /// The other side remembers `Idempotency-Key`: the same charge is sent again with it.
        case keys
        /// It does not: the charge is only looked for.
        case lookUp = "look_up"
    }

    /// What `pause_collection` does with invoices that fall due meanwhile.
    package enum PauseBehavior: String, Sendable {
        case keepAsDraft = "keep_as_draft"
        case markUncollectible = "mark_uncollectible"
        case void
    }

    /// Without a trailing slash.
    package var apiBase: String
    package var apiKey: StripeSecret
    /// Signing secrets of the webhook endpoint; several while one is being replaced.
    package var webhookSecrets: [StripeSecret]
    /// The merchant whose accounts these are.
    package var tenant: String
    /// Longest wait for one whole answer, in real milliseconds. Stripe may take a minute to charge.
    package var timeoutMs: Int64
    package var idempotency: Idempotency
    /// How long the other side surely remembers a key, in real milliseconds. Stripe: 24 hours.
    package var keyRetentionMs: Int64
    /// A charge that shows nowhere this long after it was sent did not happen. Real milliseconds,
    /// longer than three timeouts.
    package var unknownSettlesAfterMs: Int64
    /// Writes the attempt's key and the invoice's latest charge into the invoice's metadata before
    /// it is paid, so that any later process can tell what the attempt came to.
    package var marksInvoices: Bool
    /// Names the payment method in the call; else the customer's default is charged.
    package var sendsPaymentMethod: Bool
    /// Sends `off_session=true`: the customer is not there.
    package var sendsOffSession: Bool
    /// Takes `hosted_invoice_url` as the link in messages; else the tenant's own link is used.
    package var linksHostedInvoice: Bool
    /// A payment method that is attached is tried first from then on.
    package var attachedBecomesDefault: Bool
    /// Metadata keys of a customer that become segment attributes, besides those that start with
    /// `dunlin_`, which lose that prefix.
    package var attributeNames: [String]
    package var pauseBehavior: PauseBehavior
    /// Calls that may be on their way at once.
    package var concurrencyMax: Int
    /// Sent as `Stripe-Version`; empty for the account's own. Pinned to one whose invoices name
    /// their charge.
    package var apiVersion: String

    /// Farthest that a signature's time may lie from ours, in real seconds, as Stripe's libraries.
    package static let signatureToleranceSeconds: Int64 = 300
    /// Largest webhook body that is read, in bytes.
    package static let eventBytesMax = 1 << 20
    /// Largest answer that is read, in bytes: a hundred large invoices.
    package static let answerBytesMax = 16 << 20
    /// The last version before invoices and charges lost their names for each other.
    package static let pinnedVersion = "2024-06-20"

    package init(
        apiBase: String = "https://api.stripe.com", apiKey: StripeSecret,
        webhookSecrets: [StripeSecret] = [], tenant: String = EntityKey.mainTenant,
        timeoutMs: Int64 = 60 * Milliseconds.second, idempotency: Idempotency = .keys
    ) {
        self.apiBase = apiBase
        self.apiKey = apiKey
        self.webhookSecrets = webhookSecrets
        self.tenant = tenant
        self.timeoutMs = timeoutMs
        self.idempotency = idempotency
        self.keyRetentionMs = 24 * Milliseconds.hour
        self.unknownSettlesAfterMs = 4 * timeoutMs
        let keysAreRemembered = idempotency == .keys
        self.marksInvoices = !keysAreRemembered
        self.sendsPaymentMethod = keysAreRemembered
        self.sendsOffSession = keysAreRemembered
        self.linksHostedInvoice = true
        self.attachedBecomesDefault = true
        self.attributeNames = []
        self.pauseBehavior = .keepAsDraft
        self.concurrencyMax = 32
        self.apiVersion = Self.pinnedVersion
    }
}

/// A key or signing secret: usable, and shown to nobody.
package struct StripeSecret: Sendable, CustomStringConvertible, CustomReflectable {
    /// Only for the request or signature that needs it.
    let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// `live`, `test` or `unknown`, by the prefix that Stripe gives its keys.
    package var mode: String {
        if self.text.hasPrefix("sk_live_") || self.text.hasPrefix("rk_live_") { return "live" }
        if self.text.hasPrefix("sk_test_") || self.text.hasPrefix("rk_test_") { return "test" }
        return "unknown"
    }

    package var isEmpty: Bool { self.text.isEmpty }
    package var description: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
