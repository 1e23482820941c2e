// What is not a rule of planning but decides all the same: switches, the holdout, experiments.

extension LiftedCase {
    /// `policy standard@00c0ffee00c0ffee`.
    var policyVersion: String { "policy \(self.policy.name)@\(self.dunningCase.bundle)" }

    /// The switches that hold back what is planned for `planned`.
    func switches(
        pausing: KeyPath<TenantSettings, Bool>, _ name: String, at planned: Timestamp
    ) -> [SlotReason] {
        var reasons: [SlotReason] = []
        if self.dunningCase.flags.contains(.paused) {
            var resumed = self
            resumed.dunningCase.flags.remove(.paused)
            resumed.wish = .resumed(fromRung: self.dunningCase.rung)
            let withoutAt = resumed.attempt()?.at ?? planned
            reasons.append(
                SlotReason(
                    rule: .casePaused, name: "case pause",
                    words: "an operator paused the case; resume it to go on",
                    withoutAt: withoutAt))
        }
        let tenant = self.context.tenant
        let soonest = planned.ms == 0 ? planned : max(planned, self.now)
        if tenant[keyPath: pausing] {
            reasons.append(
                SlotReason(
                    rule: .tenantPause, name: name,
                    words: "an operator stopped this for the tenant; `dunlin resume` goes on",
                    withoutAt: soonest))
        }
        if tenant.mode == .observe {
            reasons.append(
                SlotReason(
                    rule: .observing, name: "tenant observe",
                    words: "the tenant only observes: it is journaled and nothing leaves; "
                        + "`dunlin tenant live` changes that",
                    withoutAt: soonest))
        }
        return reasons
    }

    /// Whether an assignment is that of an experiment on retries.
    func replacesRetries(_ assignment: Assignment) -> Bool {
        self.bundle.experiments.contains {
            $0.name == assignment.experiment && $0.subject == .retries
        }
    }

    /// The case under the policy that it would have without the holdout, or without the arms of
    /// experiments; `nil` where that is not at hand.
    func withoutArms(isHeld: Bool) -> LiftedCase? {
        var other = self
        var name = self.dunningCase.policy
        if isHeld {
            let facts = SegmentFacts(
                profile: self.state.profile, obligation: self.dunningCase.obligation,
                decline: self.dunningCase.decline,
                method: self.state.methods.first(where: \.isDefault)?.method,
                interval: self.dunningCase.particulars.first?.interval ?? .unknown,
                now: self.dunningCase.openedAt)
            name =
                self.bundle.segments.first { $0.when.matches(facts) }?.policy
                ?? self.bundle.policy(forTenant: self.context.tenant.name)?.name ?? name
        }
        guard let policy = self.bundle.policies[name] else { return nil }
        other.policy = policy
        return other
    }
}
