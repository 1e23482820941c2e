extension AccountReasons {
    /// Asks about every open case of an account. Pure: nothing is decided.
    package static func of(
        _ state: AccountState, account: EntityKey, context: DecisionContext, now: Timestamp
    ) -> AccountReasons {
        var slots: [PlannedSlot] = []
        for dunningCase in state.cases
        where dunningCase.isOpen || dunningCase.plan.messageAt.ms != 0 {
            guard
                let base = LiftedCase(
                    state, dunningCase, account: account, context: context, now: now)
            else { continue }
            if dunningCase.isOpen { slots.append(AttemptReasons(base).slot) }
            slots += MessageReasons(base).slots
            guard dunningCase.isOpen else { continue }
            for kind in [PlannedSlot.Kind.access, .end] {
                if let slot = LossReasons(base, kind).slot { slots.append(slot) }
            }
        }
        for index in slots.indices where slots[index].reasons.count > Self.reasonsMax {
            slots[index].reasons.removeLast(slots[index].reasons.count - Self.reasonsMax)
        }
        return AccountReasons(
            key: account, asOf: now, standing: CaseExplanation.explain(state, now: now),
            slots: Array(slots.prefix(Self.slotsMax)))
    }
}
