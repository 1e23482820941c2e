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
    /// Under which new cases of the tenant are opened.
    package let currentPolicy: DunningPolicy?

    package init(
        current: Bundle, bundles: [BundleID: Bundle], tenant: TenantSettings, origin: ClusterOrigin
    ) {
        self.current = current
        self.bundles = bundles
        self.tenant = tenant
        self.origin = origin
        self.currentPolicy = current.policy(forTenant: tenant.name)
    }

    /// The policy that a case is pinned to, and the bundle that it lies in.
    ///
    /// Answers `nil` when this node lacks the bundle: it must be fetched before the case moves.
    func pinned(_ dunningCase: DunningCase) -> (policy: DunningPolicy, bundle: Bundle)? {
        if dunningCase.bundle == self.current.id, let policy = self.currentPolicy,
            policy.name == dunningCase.policy
        {
            return (policy, self.current)
        }
        guard let bundle = self.bundles[dunningCase.bundle],
            let policy = bundle.policies[dunningCase.policy]
        else { return nil }
        return (policy, bundle)
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

        package var name: String { "\(self)" }
    }
}
