// Under which policy a case opens: the holdout, then the first segment that matches, then the arms
// of experiments. All of it is written into the case and never asked again.

extension AccountTurn {
    /// What a new case is opened under.
    struct Choice {
        var policy: PinnedPolicy
        var particulars: [CaseParticulars]
    }

    /// `nil` where the tenant has no policy at all.
    func choosePolicy(_ failed: PaymentFailed, _ decline: Decline, method: UInt32) -> Choice? {
        guard let standard = self.context.currentPolicy else { return nil }
        var terms = CaseParticulars(
            interval: failed.interval, nextBillingAt: failed.nextBillingAt)
        let bundle = self.context.current
        guard
            bundle.holdout != nil || !bundle.segments.isEmpty || !bundle.experiments.isEmpty
        else {
            let isPlain = terms.interval == .unknown && terms.nextBillingAt.ms == 0
            return Choice(policy: standard, particulars: isPlain ? [] : [terms])
        }
        if let holdout = bundle.holdout {
            let assignment = holdout.assignment(ofUnit: self.account.shardHash)
            terms.assignments.append(assignment)
            if assignment.arm == Holdout.heldArm,
                let policy = self.context.pinned(holdout.policy, in: bundle)
            {
                return Choice(policy: policy, particulars: Self.asList(terms))
            }
        }
        var policy = standard
        if !bundle.segments.isEmpty {
            let facts = SegmentFacts(
                profile: self.state.profile, obligation: failed.obligation, decline: decline,
                method: self.state.methods.first { $0.number == method }?.method,
                interval: failed.interval, now: self.now)
            if let segment = bundle.segments.first(where: { $0.when.matches(facts) }),
                let chosen = self.context.pinned(segment.policy, in: bundle)
            {
                policy = chosen
                terms.segment = segment.name
            }
        }
        for experiment in bundle.experiments {
            self.assign(experiment, failed.obligation, &terms)
        }
        let list = Self.asList(terms)
        return Choice(
            policy: self.context.composed(policy, list, in: bundle), particulars: list)
    }

    private static func asList(_ terms: CaseParticulars) -> [CaseParticulars] {
        terms == CaseParticulars() ? [] : [terms]
    }

    private func assign(
        _ experiment: Experiment, _ obligation: Obligation, _ terms: inout CaseParticulars
    ) {
        guard terms.assignments.count < CaseParticulars.assignmentsMax else { return }
        var unit = self.account.shardHash
        if experiment.subject == .retries {
            unit ^= splitmix64(FNV1a64.hash(obligation.id))
        } else if let known = self.earlierArm(of: experiment) {
            self.take(known, experiment, &terms)
            return
        }
        guard let (arm, propensity) = experiment.arm(ofUnit: unit) else { return }
        let assignment = Assignment(
            experiment: experiment.name, arm: arm.name, propensityPpm: propensity)
        self.take(assignment, experiment, &terms)
    }

    /// What an earlier case of the account was given, where the unit is the account.
    private func earlierArm(of experiment: Experiment) -> Assignment? {
        for dunningCase in self.state.cases.reversed() {
            guard let terms = dunningCase.particulars.first else { continue }
            let found = terms.assignments.first { $0.experiment == experiment.name }
            guard let found, experiment.arms.contains(where: { $0.name == found.arm }) else {
                continue
            }
            return found
        }
        return nil
    }

    private func take(
        _ assignment: Assignment, _ experiment: Experiment, _ terms: inout CaseParticulars
    ) {
        terms.assignments.append(assignment)
        let arm = experiment.arms.first { $0.name == assignment.arm }
        guard let policy = arm?.policy, !policy.isEmpty else { return }
        switch experiment.subject {
        case .retries: terms.retryPolicy = policy
        case .messages: terms.messagePolicy = policy
        }
    }
}
