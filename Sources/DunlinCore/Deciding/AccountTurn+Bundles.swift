// Several invoices of one account and currency in one case, where the policy says so: one ladder,
// one message each time, one timeline of access. Charges stay one by one, the oldest first; the
// approval of one lets the next be tried at once (Law 2 holds for each).

extension AccountTurn {
    /// The open case that a new invoice joins; `nil` where it gets a case of its own.
    func bundleIndex(for obligation: Obligation) -> Int? {
        guard self.context.currentPolicy != nil else { return nil }
        for index in self.state.cases.indices {
            let dunningCase = self.state.cases[index]
            guard dunningCase.isOpen, dunningCase.obligation.currency == obligation.currency,
                self.context.pinned(dunningCase)?.bundling == .perCurrency
            else { continue }
            return index
        }
        return nil
    }

    /// The case goes on as it was: a further invoice starts no ladder of its own.
    mutating func join(_ failed: PaymentFailed, mark: AttemptMark, case index: Int) {
        let decline = self.decline(for: failed.codes, method: mark.method, at: self.now)
        let standing = self.standing(ofMethod: mark.method, after: decline, declinedAt: mark.at)
        var original = mark
        original.flags.insert(.original)
        var changed = self.state.cases[index]
        changed.amend { $0.further.append(failed.obligation) }
        let hadPlan = changed.plan.attemptAt.ms != 0
        self.foresee(original, standing: standing)
        if hadPlan || changed.inFlight != nil {
            if let policy = self.context.pinned(changed) {
                self.planTouches(&changed, policy: policy)
            }
        } else {
            _ = self.replanned(&changed, .ladder(fromRung: changed.rung))
        }
        self.emit(
            .attemptReported(
                AttemptReported(
                    update: self.update(of: changed), mark: original, decline: nil,
                    standing: standing, warnsOfForeignRetries: false)),
            announced: true)
    }

    /// Takes matching invoices out of cases that have others left. Answers whether any left.
    mutating func letInvoicesLeave(_ matches: (Obligation) -> Bool) -> Bool {
        var hasLeft = false
        for index in self.state.cases.indices {
            let dunningCase = self.state.cases[index]
            guard dunningCase.isOpen, let terms = dunningCase.particulars.first,
                !terms.further.isEmpty, dunningCase.obligations.contains(where: matches),
                !dunningCase.obligations.allSatisfy(matches)
            else { continue }
            var changed = dunningCase
            changed.amend { terms in terms.further.removeAll(where: matches) }
            if matches(changed.obligation) {
                // Nothing is open of it any more; one that is being charged stays until its answer.
                changed.obligation.amountMinor = changed.obligation.collectedMinor
                changed.turnToNextInvoice()
            }
            let update = self.replanned(&changed, .ladder(fromRung: changed.rung))
            self.emit(
                .caseUpdated(CaseUpdated(update: update, reason: .invoiceLeft)), announced: true)
            if !update.phase.isOpen { self.finishEnd(ofCase: update.caseNumber) }
            hasLeft = true
        }
        return hasLeft
    }
}
