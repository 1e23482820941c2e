/// Everything outside the account that a decision may use.
package struct DecisionContext: Sendable {
    /// The bundle that new cases are opened under.
    package var current: Bundle
    /// Every bundle that a case may still name, the current one included.
    package var bundles: [BundleID: Bundle]
    package var tenant: TenantSettings
    package var origin: ClusterOrigin

    package init(
        current: Bundle, bundles: [BundleID: Bundle], tenant: TenantSettings, origin: ClusterOrigin
    ) {
        self.current = current
        self.bundles = bundles
        self.tenant = tenant
        self.origin = origin
    }
}

/// What a command led to.
package struct Decision: Sendable {
    /// In order; empty when the command changed nothing.
    package var events: [RecordedEvent]
    package var answer: CommandAnswer

    package init(events: [RecordedEvent], answer: CommandAnswer) {
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
