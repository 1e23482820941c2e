/// Why the next loss of access, and the end, come when they come.
struct LossReasons {
    private enum Lift: Hashable, CaseIterable {
        case timeline
        case notice
        case agreement
        case snooze
        case flags
    }

    private let base: LiftedCase
    private let kind: PlannedSlot.Kind

    /// `kind`: ``PlannedSlot/Kind/access`` or ``PlannedSlot/Kind/end``.
    init(_ base: LiftedCase, _ kind: PlannedSlot.Kind) {
        self.base = base
        self.kind = kind
    }

    private var step: AccessTimeline.Step? {
        let taken = Int(self.base.dunningCase.accessSteps)
        let steps = self.base.policy.access.steps
        return taken < steps.count ? steps[taken] : nil
    }

    /// `nil` where the policy has nothing of the kind left.
    var slot: PlannedSlot? {
        let dunningCase = self.base.dunningCase
        let ending = self.base.policy.ending
        guard self.kind == .end || self.step != nil else { return nil }
        let name =
            self.kind == .end
            ? ending.actions.map(\.name).joined(separator: ", ") : self.step?.state.name ?? ""
        let at = self.kind == .end ? dunningCase.plan.endAt : dunningCase.plan.accessAt
        let planned = self.planned(self.base)
        var reasons: [SlotReason] = []
        if let inFlight = dunningCase.inFlight {
            reasons.append(
                SlotReason(
                    rule: .inFlight, name: "one charge in flight",
                    words: "a charge that is out may make it needless; attempt "
                        + "\(inFlight.number) \(inFlight.phase.words)",
                    freesAt: inFlight.nextLookUpAt, withoutAt: planned))
        }
        reasons += self.base.switches(pausing: \.chargesPaused, "pause charges", at: planned)
        if self.kind == .end, ending.afterMs == nil, dunningCase.plan.attemptAt.ms != 0 {
            reasons.append(
                SlotReason(
                    rule: .timeline, name: "ending.after", version: self.base.policyVersion,
                    words: "the policy names no time: the end follows the last attempt",
                    freesAt: Timestamp(ms: 0), withoutAt: self.base.now))
        }
        for lift in Lift.allCases {
            if let reason = self.reason(lift, planned) { reasons.append(reason) }
        }
        return PlannedSlot(
            kind: self.kind, caseNumber: dunningCase.number, name: name, at: at,
            words: at.ms == 0 ? "nothing of it is planned" : "by the policy's timeline",
            reasons: reasons)
    }

    private func planned(_ world: LiftedCase) -> Timestamp {
        var dunningCase = world.dunningCase
        world.turn.planTouches(&dunningCase, policy: world.pinned)
        return self.kind == .end ? dunningCase.plan.endAt : dunningCase.plan.accessAt
    }

    private var due: Timestamp? {
        let after = self.kind == .end ? self.base.policy.ending.afterMs : self.step?.afterMs
        return after.map { self.base.dunningCase.openedAt.advanced(byMs: $0) }
    }

    /// The state that the loss leaves, as Law 7 sees it.
    private var isLoss: Bool {
        guard self.kind == .end else { return self.step?.state.isLoss ?? false }
        let ending = self.base.policy.ending
        return ending.access?.isLoss == true || ending.actions.contains(.cancelSubscription)
            || ending.actions.contains(.pauseCollection)
    }

    private func reason(_ lift: Lift, _ planned: Timestamp) -> SlotReason? {
        let now = self.base.now
        let policy = self.base.policy
        var world = self.base
        var reason: SlotReason
        switch lift {
        case .timeline:
            guard let due = self.due, due > now else { return nil }
            let index = Int(self.base.dunningCase.accessSteps)
            if self.kind == .end {
                world.policy.ending.afterMs = 0
            } else {
                world.policy.access.steps[index].afterMs = 0
            }
            reason = SlotReason(
                rule: .timeline,
                name: self.kind == .end ? "ending.after" : "access.steps[\(index)]",
                version: self.base.policyVersion,
                words: "the policy has it \(self.after) after the case opened", freesAt: due)
        case .notice:
            guard self.isLoss, let found = self.noticeReason(policy) else { return nil }
            world.policy.access.noticeMinMs = 0
            if world.dunningCase.toldAt.ms == 0 {
                world.dunningCase.toldAt = self.base.dunningCase.openedAt
            }
            reason = found
        case .agreement:
            guard let part = self.base.dunningCase.particulars.first?.nextPart else { return nil }
            world.lift(.agreement)
            reason = SlotReason(
                rule: .agreement, name: "the customer's promise",
                words: "the customer promised to pay on \(part.at); the day is theirs, and one "
                    + "more for the bank",
                freesAt: part.at.advanced(byMs: DunningCase.promiseGraceMs))
        case .snooze:
            let until = self.base.dunningCase.particulars.first?.snoozedUntil
            guard let until, until > now else { return nil }
            world.lift(.snooze)
            reason = SlotReason(
                rule: .snooze, name: "snooze", words: "the case is snoozed until \(until)",
                freesAt: until)
        case .flags:
            let flags = self.base.state.flags
            guard flags.stopLosses || (self.kind == .end && flags.stopAttempts) else { return nil }
            world.lift(.flags)
            let names = flags.each.map(\.name).joined(separator: ", ")
            reason = SlotReason(
                rule: .accountFlag, name: names,
                words: "the account is flagged \(names), which keeps its access as it is")
        }
        reason.withoutAt = self.planned(world)
        reason.isDecisive = reason.withoutAt != planned
        return reason
    }

    private var after: String {
        let after = self.kind == .end ? self.base.policy.ending.afterMs : self.step?.afterMs
        return SpanText.words(ms: after ?? 0)
    }

    /// `nil` where the customer was told long enough before.
    private func noticeReason(_ policy: DunningPolicy) -> SlotReason? {
        let told = self.base.dunningCase.toldAt
        let span = SpanText.words(ms: policy.access.noticeMinMs)
        let law = "nobody loses access without having been told \(span) before"
        var freesAt = Timestamp(ms: 0)
        var words = "\(law), and the customer has not been told yet"
        if told.ms != 0 {
            freesAt = told.advanced(byMs: policy.access.noticeMinMs)
            guard freesAt > max(self.base.now, self.due ?? self.base.now) else { return nil }
            words = "\(law); they were told at \(told)"
        } else if let wait = policy.access.unreachableAfterMs, let due = self.due {
            freesAt = due.advanced(byMs: wait)
            words +=
                "; who cannot be told may lose it \(SpanText.words(ms: wait)) after it fell due"
        }
        return SlotReason(
            rule: .noticeBeforeLoss, name: "access.notice_min", version: self.base.policyVersion,
            words: words, freesAt: freesAt)
    }
}
