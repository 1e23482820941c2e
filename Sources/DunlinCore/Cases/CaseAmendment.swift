/// What an event changes about a case beside its phase, plan, flags and rung: rare, so an update
/// has room for it only when there is one.
package struct CaseAmendment: Hashable, Sendable {
    /// As they are afterwards.
    package var particulars: CaseParticulars
    /// The invoice that is attempted next, as it is afterwards; `nil` when only a payment that the
    /// event itself names changed it.
    package var obligation: Obligation?
    /// Of a case that moved to another policy; else `nil`.
    package var move: CaseMove?

    package init(
        particulars: CaseParticulars, obligation: Obligation? = nil, move: CaseMove? = nil
    ) {
        self.particulars = particulars
        self.obligation = obligation
        self.move = move
    }
}

/// The move of a running case to another policy or version.
package struct CaseMove: Hashable, Sendable {
    package var bundle: BundleID
    package var policy: String
    /// As ``DunningCase/stepsDone`` afterwards: steps of the same name count as done.
    package var stepsDone: UInt64
    /// As ``DunningCase/accessSteps`` afterwards.
    package var accessSteps: UInt32

    package init(bundle: BundleID, policy: String, stepsDone: UInt64, accessSteps: UInt32) {
        self.bundle = bundle
        self.policy = policy
        self.stepsDone = stepsDone
        self.accessSteps = accessSteps
    }
}
