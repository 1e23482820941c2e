/// What applying a policy file led to.
package struct PolicyApplied: Sendable, Equatable {
    package var bundle: BundleID
    package var policies: [String]
    /// Findings that do not forbid the policy, one sentence each.
    package var warnings: [String]

    package init(bundle: BundleID, policies: [String], warnings: [String]) {
        self.bundle = bundle
        self.policies = policies
        self.warnings = warnings
    }
}
