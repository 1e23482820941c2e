/// An amount that is due: one open invoice.
package struct Obligation: Hashable, Sendable {
    /// The billing system's invoice id. 1…255 bytes.
    package var id: String
    /// The subscription that it belongs to; empty when it belongs to none.
    package var subscription: String
    /// What was due when the case opened, in minor units; greater than 0.
    package var amountMinor: Int64
    /// What has been collected since, in minor units.
    package var collectedMinor: Int64
    package var currency: Currency
    /// When it fell due; zero when not known.
    package var dueAt: Timestamp
    /// Where the customer can pay (`hosted_invoice_url`); empty when the tenant's link is used.
    package var link: String

    package init(
        id: String, subscription: String = "", amountMinor: Int64, collectedMinor: Int64 = 0,
        currency: Currency, dueAt: Timestamp = Timestamp(ms: 0), link: String = ""
    ) {
        self.id = id
        self.subscription = subscription
        self.amountMinor = amountMinor
        self.collectedMinor = collectedMinor
        self.currency = currency
        self.dueAt = dueAt
        self.link = link
    }

    /// What is still open, in minor units; never negative.
    package var openMinor: Int64 { max(0, self.amountMinor.decreased(by: self.collectedMinor)) }
}
