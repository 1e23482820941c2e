package import DunlinCore

/// A tenant as it is configured: its settings and the adapters that act for it.
package struct TenantParts: Sendable {
    /// Mode as configured; a journaled switch overrides it.
    package var settings: TenantSettings
    package var gateway: any PaymentGateway
    /// Requests that the merchant account's gateway takes in any second, of all nodes together; 0 for
    /// as many as there are.
    package var requestsPerSecondMax: UInt32 = 0
    /// `nil` when end actions have nowhere to go.
    package var billing: (any BillingSystem)?
    /// By channel; a missing one means that its messages are refused.
    package var senders: [Channel: any MessageSender]
    package var announcer: (any Announcer)?
    /// Where a customer can pay when the invoice has no page of its own; empty for none.
    package var paymentLink: String
    /// Where a customer can cancel; empty for nowhere.
    package var cancelLink: String

    package init(
        settings: TenantSettings, gateway: any PaymentGateway, billing: (any BillingSystem)? = nil,
        senders: [Channel: any MessageSender] = [:], announcer: (any Announcer)? = nil,
        paymentLink: String = "", cancelLink: String = ""
    ) {
        self.settings = settings
        self.settings.channels = ChannelSet(senders.keys)
        self.gateway = gateway
        self.billing = billing
        self.senders = senders
        self.announcer = announcer
        self.paymentLink = paymentLink
        self.cancelLink = cancelLink
    }
}
