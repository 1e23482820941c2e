/// Everything a decision may look up, as one immutable value named by the hash of its content.
///
/// A shard starts to use a bundle by a journaled activation; a case keeps the one it was opened
/// under. Replay needs none: events carry the results.
package struct Bundle: Sendable {
    /// The first eight bytes of SHA-256 over the canonical content, as a big-endian integer.
    package var id: BundleID
    /// By name.
    package var policies: [String: DunningPolicy]
    /// The policy of tenants that name none.
    package var defaultPolicy: String
    /// The policy of each tenant that names one.
    package var tenantPolicies: [String: String]
    /// For gateways and tenants that have no rows of their own.
    package var declines: DeclineMap
    /// For those that have: ``declines`` with their rows laid over it.
    package var ownDeclines: [DeclineScope: DeclineMap]
    package var rules: RuleBook
    package var zones: ZoneCatalog
    /// In the order in which they are asked.
    package var segments: [Segment] = []
    package var experiments: [Experiment] = []
    /// `nil` when it is off.
    package var holdout: Holdout?
    /// When somebody may be contacted, by channel and place.
    package var hours: ContactHours

    package init(
        id: BundleID, policies: [String: DunningPolicy], defaultPolicy: String,
        tenantPolicies: [String: String] = [:], declines: DeclineMap,
        ownDeclines: [DeclineScope: DeclineMap] = [:], rules: RuleBook, zones: ZoneCatalog,
        hours: ContactHours = ContactHours()
    ) {
        self.id = id
        self.policies = policies
        self.defaultPolicy = defaultPolicy
        self.tenantPolicies = tenantPolicies
        self.declines = declines
        self.ownDeclines = ownDeclines
        self.rules = rules
        self.zones = zones
        self.hours = hours
    }

    /// The map for refusals by `gateway` of payments to `tenant`.
    package func declines(gateway: String, tenant: String) -> DeclineMap {
        self.ownDeclines[DeclineScope(gateway: gateway, tenant: tenant)]
            ?? self.ownDeclines[DeclineScope(gateway: gateway)]
            ?? self.ownDeclines[DeclineScope(tenant: tenant)] ?? self.declines
    }

    /// The policy under which a case of `tenant` is opened.
    ///
    /// Answers `nil` only for a bundle that the checker would have refused.
    package func policy(forTenant tenant: String) -> DunningPolicy? {
        self.policies[self.tenantPolicies[tenant] ?? self.defaultPolicy]
    }

    /// The policy whose messages a case is sent: its own, or that of an experiment's arm.
    package func messagePolicy(of dunningCase: DunningCase) -> DunningPolicy? {
        let other = dunningCase.particulars.first?.messagePolicy ?? ""
        return self.policies[other.isEmpty ? dunningCase.policy : other]
    }
}

/// The name of a bundle: part of the hash of its content.
package struct BundleID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package var description: String { hexadecimal(self.rawValue) }
}
