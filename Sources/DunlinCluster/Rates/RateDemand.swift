/// What one node would like to send through one merchant account.
package struct RateDemand: Hashable, Sendable {
    package var tenant: String
    /// The merchant account at the gateway; several tenants' accounts are never the same one.
    package var account: String
    /// What the gateway allows for the whole account, requests in any second. Of several nodes that
    /// were configured differently the smallest counts.
    package var limitPerSecond: UInt32
    /// What the node could use, requests in a second; 0 when nothing waits.
    package var wantedPerSecond: UInt32

    package init(
        tenant: String, account: String, limitPerSecond: UInt32, wantedPerSecond: UInt32
    ) {
        self.tenant = tenant
        self.account = account
        self.limitPerSecond = limitPerSecond
        self.wantedPerSecond = wantedPerSecond
    }
}

/// A node's part of a merchant account's limit: an expiring lease.
package struct RateShare: Hashable, Sendable {
    package var tenant: String
    package var account: String
    /// Requests that may begin in any second; 0 for none.
    package var perSecond: UInt32

    package init(tenant: String, account: String, perSecond: UInt32) {
        self.tenant = tenant
        self.account = account
        self.perSecond = perSecond
    }
}
