extension AccountTurn {
    /// Moves a running case to another policy or to a newer version of its own. Messages that were
    /// sent count by their names; steps of access that were taken stay taken.
    mutating func migrate(_ dunningCase: DunningCase, _ request: OperatorRequest) -> CommandAnswer {
        guard dunningCase.isOpen else { return .ignored(.caseIsClosed) }
        let bundle =
            request.bundle.rawValue == 0
            ? self.context.current : self.context.bundles[request.bundle]
        guard let bundle, let policy = self.context.pinned(request.policy, in: bundle) else {
            return .refused(.noSuchPolicy)
        }
        guard bundle.id != dunningCase.bundle || policy.name != dunningCase.policy else {
            return .repeated
        }
        let old = self.context.pinned(dunningCase)
        var changed = dunningCase
        changed.bundle = bundle.id
        changed.policy = policy.name
        changed.amend { terms in
            // An arm of another policy's experiment goes on by its assignment only.
            terms.retryPolicy = ""
            terms.messagePolicy = ""
        }
        changed.stepsDone = 0
        for (step, message) in (old?.messages ?? []).enumerated()
        where dunningCase.stepsDone & 1 << UInt64(step) != 0 {
            if let place = policy.messages.firstIndex(where: { $0.name == message.name }) {
                changed.stepsDone |= 1 << UInt64(place)
            }
        }
        let taken = self.state.subscriptions.first {
            $0.subscription == dunningCase.obligation.subscription
        }
        changed.accessSteps = UInt32(
            clamping: policy.access.steps.prefix { $0.state <= taken?.state ?? .full }.count)
        // Rungs are those of another ladder now: the first that lies ahead is next.
        changed.rung = 0
        var update = self.replanned(&changed, .ladder(fromRung: 0))
        let particulars = changed.particulars.first ?? CaseParticulars()
        update.amendment = [
            CaseAmendment(
                particulars: particulars,
                move: CaseMove(
                    bundle: bundle.id, policy: policy.name, stepsDone: changed.stepsDone,
                    accessSteps: changed.accessSteps))
        ]
        self.emit(.caseUpdated(CaseUpdated(update: update, reason: .migrated)), announced: true)
        if !update.phase.isOpen { self.finishEnd(ofCase: update.caseNumber) }
        return .accepted
    }
}
