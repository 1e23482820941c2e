extension AccountTurn {
    /// Plans everything of an open case anew and says which phase follows.
    ///
    /// The case must be as it will be after the event that carries the plan, but for phase, plan,
    /// flags and rung themselves, which it is given here.
    ///
    /// `keepsNotice`: The debit that the customer was told of was not handed in: what was said
    /// about it still holds.
    func replanned(
        _ changed: inout DunningCase, _ wish: Wish, keepsNotice: Bool = false
    ) -> CaseUpdate {
        guard let policy = self.context.pinned(changed) else {
            return self.update(of: changed)
        }
        guard changed.decline.declineClass != .deceased else {
            changed.plan = CasePlan(attemptReason: .credentialBlocked)
            changed.phase = .frozen
            return self.update(of: changed)
        }
        var empty = CasePlan()
        if keepsNotice {
            empty.noticeAt = changed.plan.noticeAt
            empty.noticeMethod = changed.plan.noticeMethod
            empty.noticeState = changed.plan.noticeState
            empty.noticeTries = changed.plan.noticeTries
        }
        changed.plan = empty
        if changed.inFlight == nil {
            let (attempt, reason) = self.planAttempt(changed, wish, policy: policy)
            changed.plan.setAttempt(attempt, otherwise: reason)
            changed.rung = attempt?.rung ?? changed.rung
        }
        self.settle(&changed, policy: policy)
        return self.update(of: changed)
    }

    /// Plans what goes with the attempt as it is planned, and the phase.
    func settle(_ changed: inout DunningCase, policy: PinnedPolicy) {
        self.planTouches(&changed, policy: policy)
        changed.phase = self.phase(of: changed, policy: policy)
        if !changed.phase.isOpen {
            changed.plan = CasePlan(attemptReason: changed.plan.attemptReason)
        }
    }

    /// Plans messages, access and end, leaving the attempt as it is.
    func planTouches(_ dunningCase: inout DunningCase, policy: PinnedPolicy) {
        self.planAccess(&dunningCase, policy: policy)
        self.planEnd(&dunningCase, policy: policy)
        self.planMessage(&dunningCase, policy: policy)
    }

    /// The phase that an open case's plan amounts to.
    private func phase(of dunningCase: DunningCase, policy: PinnedPolicy) -> CasePhase {
        if let inFlight = dunningCase.inFlight {
            switch inFlight.phase {
            case .intended: return .retrying
            case .unknown, .pending, .lookingUp, .parked: return .waitingNetwork
            }
        }
        if dunningCase.plan.attemptAt.ms != 0 { return .retrying }
        if !dunningCase.particulars.isEmpty, dunningCase.holdsUntil > self.now {
            return .waitingCustomer
        }
        if dunningCase.particulars.first?.nextPart != nil { return .waitingCustomer }
        // Nothing is left to try. Without an end to wait for, this is the end, unless ending now
        // would take something away from somebody who has not been told (Law 7).
        let endsNow =
            policy.ending.afterMs == nil && self.mayEnd(policy)
            && self.endingIsAllowed(dunningCase, policy)
        return endsNow && !self.isObserving && !dunningCase.isMessagesOnly
            ? .exhausted : .waitingCustomer
    }

    // MARK: Access and end

    /// The next reduction of access, no earlier than Law 7 allows.
    private func planAccess(_ dunningCase: inout DunningCase, policy: PinnedPolicy) {
        dunningCase.plan.accessAt = Timestamp(ms: 0)
        guard !self.state.flags.stopLosses else { return }
        let taken = Int(dunningCase.accessSteps)
        guard taken < policy.access.steps.count else { return }
        let step = policy.access.steps[taken]
        let due = dunningCase.openedAt.advanced(byMs: step.afterMs)
        let allowed = self.allowedLoss(dunningCase, due: due, takes: step.state, policy)
        dunningCase.plan.accessAt = self.notBefore(dunningCase, allowed)
    }

    private func planEnd(_ dunningCase: inout DunningCase, policy: PinnedPolicy) {
        dunningCase.plan.endAt = Timestamp(ms: 0)
        if self.isObserving, dunningCase.flags.contains(.endObserved) { return }
        guard self.mayEnd(policy) else { return }
        let after = policy.ending.afterMs
        // Where nothing is tried, the end does not follow the last attempt.
        guard after != nil || !dunningCase.isMessagesOnly else { return }
        // Without a time of its own, the end follows the last attempt; until then there is none.
        guard let after = after ?? (dunningCase.plan.attemptAt.ms == 0 ? 0 : nil),
            dunningCase.inFlight == nil || policy.ending.afterMs != nil
        else { return }
        let due = dunningCase.openedAt.advanced(byMs: after)
        let allowed = self.allowedLoss(dunningCase, due: due, takes: self.endTakes(policy), policy)
        dunningCase.plan.endAt = self.notBefore(dunningCase, allowed)
    }

    /// Now at the earliest, and not within a time that the customer was given.
    private func notBefore(_ dunningCase: DunningCase, _ allowed: Timestamp?) -> Timestamp {
        guard let allowed else { return Timestamp(ms: 0) }
        let earliest = max(allowed, self.now)
        guard !dunningCase.particulars.isEmpty else { return earliest }
        var held = dunningCase.holdsUntil
        // The agreed day itself is the customer's, and what the bank needs to answer.
        if dunningCase.particulars[0].nextPart != nil {
            held = held.advanced(byMs: DunningCase.promiseGraceMs)
        }
        return max(earliest, held)
    }

    /// A flag that forbids attempts does not bring the end nearer where it follows the last one.
    private func mayEnd(_ policy: PinnedPolicy) -> Bool {
        let flags = self.state.flags
        guard !flags.isEmpty else { return true }
        return !flags.stopLosses && !(flags.stopAttempts && policy.ending.afterMs == nil)
    }

    /// The access state that the end leaves, for Law 7: cancelling takes everything.
    private func endTakes(_ policy: PinnedPolicy) -> AccessState {
        let byAction: AccessState =
            policy.ending.actions.contains(.cancelSubscription)
                || policy.ending.actions.contains(.pauseCollection) ? .terminated : .full
        return max(byAction, policy.ending.access ?? .full)
    }

    /// When a loss that falls due at `due` may happen: after a notice, or long after when the
    /// customer cannot be told and the policy says so.
    ///
    /// Answers the due instant itself while a message may still be accepted: the turn that comes
    /// then looks again. Answers `nil` when only a notice can open the way.
    private func allowedLoss(
        _ dunningCase: DunningCase, due: Timestamp, takes: AccessState, _ policy: PinnedPolicy
    ) -> Timestamp? {
        guard takes.isLoss, !self.isObserving else { return due }
        if dunningCase.toldAt.ms != 0 {
            return max(due, dunningCase.toldAt.advanced(byMs: policy.access.noticeMinMs))
        }
        guard due <= self.now else { return due }
        return policy.access.unreachableAfterMs.map { due.advanced(byMs: $0) }
    }

    /// Whether the end may come at this very instant.
    func endingIsAllowed(_ dunningCase: DunningCase, _ policy: PinnedPolicy) -> Bool {
        let due = dunningCase.openedAt.advanced(byMs: policy.ending.afterMs ?? 0)
        let takes = self.endTakes(policy)
        return self.lossIsAllowed(dunningCase, due: due, takes: takes, policy)
    }

    /// Whether a loss that fell due at `due` may happen at this very instant (Law 7).
    func lossIsAllowed(
        _ dunningCase: DunningCase, due: Timestamp, takes: AccessState, _ policy: PinnedPolicy
    ) -> Bool {
        guard due <= self.now else { return false }
        guard takes.isLoss, !self.isObserving else { return true }
        if dunningCase.toldAt.ms != 0 {
            return dunningCase.toldAt.advanced(byMs: policy.access.noticeMinMs) <= self.now
        }
        guard let wait = policy.access.unreachableAfterMs else { return false }
        return due.advanced(byMs: wait) <= self.now
    }

    // MARK: Clocks

    /// The zone that the customer's clock shows, as far as it is known.
    func zone(bundle: Bundle) -> ZoneTable {
        let name =
            self.state.profile.zone.isEmpty ? self.context.tenant.zone : self.state.profile.zone
        return bundle.zones.zone(name)
    }
}

extension CasePlan {
    mutating func setAttempt(_ attempt: AccountTurn.PlannedAttempt?, otherwise reason: PlanReason) {
        self.attemptAt = attempt?.at ?? Timestamp(ms: 0)
        self.attemptReason = attempt?.reason ?? reason
        guard let attempt, let notice = attempt.notice else {
            self.forgetNotice()
            return
        }
        self.noticeAt = notice.at
        self.noticeMethod = attempt.method
        self.noticeState = notice.state
        self.noticeTries = notice.tries
    }

    mutating func forgetNotice() {
        self.noticeAt = Timestamp(ms: 0)
        self.noticeMethod = 0
        self.noticeState = .stated
        self.noticeTries = 0
    }
}
