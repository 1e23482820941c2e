/// Everything outside the account that a decision may use.
///
/// Immutable and by reference: it is handed to every decision of a tenant on a shard.
package final class DecisionContext: Sendable {
    /// The bundle that new cases are opened under.
    package let current: Bundle
    /// Every bundle that a case may still name, the current one included.
    package let bundles: [BundleID: Bundle]
    package let tenant: TenantSettings
    package let origin: ClusterOrigin
    /// `nil` where load is not shaped.
    let forecast: LoadForecast?
    /// What refusals of this tenant's gateway mean.
    let declines: DeclineMap
    /// Under which new cases of the tenant are opened.
    let currentPolicy: PinnedPolicy?
    /// Some policy at hand has a table of costs.
    let recordsCosts: Bool
    private let pinned: [Pin: PinnedPolicy]

    /// What a case names.
    private struct Pin: Hashable {
        var bundle: BundleID
        var policy: String
    }

    package init(
        current: Bundle, bundles: [BundleID: Bundle], tenant: TenantSettings, origin: ClusterOrigin,
        forecast: LoadForecast? = nil
    ) {
        self.forecast = forecast
        self.current = current
        self.bundles = bundles
        self.tenant = tenant
        self.origin = origin
        self.declines = current.declines(gateway: tenant.gateway, tenant: tenant.name)
        var pinned: [Pin: PinnedPolicy] = [:]
        for bundle in bundles.values {
            for (name, policy) in bundle.policies {
                pinned[Pin(bundle: bundle.id, policy: name)] = PinnedPolicy(policy, in: bundle)
            }
        }
        self.pinned = pinned
        self.recordsCosts = pinned.values.contains { !$0.costs.isEmpty }
        self.currentPolicy = current.policy(forTenant: tenant.name).map { policy in
            pinned[Pin(bundle: current.id, policy: policy.name)]
                ?? PinnedPolicy(policy, in: current)
        }
    }

    /// The policy that a case is pinned to.
    ///
    /// Answers `nil` when this node lacks the bundle: it must be fetched before the case moves.
    func pinned(_ dunningCase: DunningCase) -> PinnedPolicy? {
        if dunningCase.particulars.isEmpty, let policy = self.currentPolicy,
            dunningCase.bundle == policy.bundle.id, policy.name == dunningCase.policy
        {
            return policy
        }
        let own = self.pinned[Pin(bundle: dunningCase.bundle, policy: dunningCase.policy)]
        guard let own, !dunningCase.particulars.isEmpty else { return own }
        return self.composed(own, dunningCase.particulars, in: own.bundle)
    }

    /// A policy of a bundle that is at hand, by name.
    func pinned(_ policy: String, in bundle: Bundle) -> PinnedPolicy? {
        self.pinned[Pin(bundle: bundle.id, policy: policy)]
    }

    /// The policy with what the arms of experiments replace.
    func composed(
        _ own: PinnedPolicy, _ particulars: [CaseParticulars], in bundle: Bundle
    ) -> PinnedPolicy {
        guard let terms = particulars.first,
            !terms.retryPolicy.isEmpty || !terms.messagePolicy.isEmpty
        else { return own }
        let retries = self.pinned[Pin(bundle: bundle.id, policy: terms.retryPolicy)] ?? own
        let messages = self.pinned[Pin(bundle: bundle.id, policy: terms.messagePolicy)] ?? own
        return PinnedPolicy(own, retries: retries, messages: messages)
    }
}

/// What a command led to.
package struct Decision: Sendable {
    /// The state after the events: exactly what ``AccountState/evolve(_:at:)`` makes of them.
    package var state: AccountState
    /// In order; empty when the command changed nothing.
    package var events: [RecordedEvent]
    package var answer: CommandAnswer

    package init(state: AccountState, events: [RecordedEvent], answer: CommandAnswer) {
        self.state = state
        self.events = events
        self.answer = answer
    }
}

/// What the sender of a command is told once everything it reflects is committed.
package enum CommandAnswer: Hashable, Sendable {
    /// It was taken and changed something.
    case accepted
    /// It had been taken before, by this or another id.
    case repeated
    /// It was too late or too early to matter; it is durable as far as it needs to be.
    case ignored(IgnoredReason)
    /// It can never be taken. Nothing was changed.
    case refused(RefusedReason)

    package enum IgnoredReason: UInt8, Sendable, CaseIterable {
        case alreadySettled = 1
        case caseIsClosed = 2
        case older = 3
        case nothingDue = 4
        case unknownAttempt = 5
        /// It failed so long ago that the policy opens no case for it.
        case backlog = 6

        package var name: String { "\(self)" }
    }

    package enum RefusedReason: UInt8, Sendable, CaseIterable {
        case amountNotPositive = 1
        case tooManyOpenCases = 2
        case tooManyMethods = 3
        case noSuchCase = 4
        case policyMissing = 5
        case currencyMismatch = 6
        case tooManyEffects = 7
        case tooManySubscriptions = 8
        /// More, later or longer than the policy or the law allows.
        case outsidePolicy = 40
        /// A charge is under way: its answer comes first.
        case attemptInFlight = 41
        /// No bundle that is at hand has that policy.
        case noSuchPolicy = 42
        /// The case would hold more invoices than ``CaseParticulars/furtherMax``.
        case tooManyInvoices = 43

        package var name: String { "\(self)" }
    }
}
