// Words from outside about money and time: funds, refunds, disputes, returns, promises.
//
//     recovered, or open     refunded                  frozen
//     recovered, or open     disputed                  frozen
//     recovered, or open     returned, never again     frozen
//     recovered, or open     returned, may be retried  retrying
//     frozen                 dispute won               as before the dispute
//     frozen                 dispute lost              frozen, on the operators' list
//     frozen                 unfrozen by an operator   open again, or recovered when nothing is open
//
// A frozen case charges, says and takes nothing by itself.

extension AccountTurn {
    mutating func take(_ notice: CaseNotice) -> CommandAnswer {
        switch notice.kind {
        case .fundsAvailable: return self.eachOpen(notice) { $0.fundsAvailable($1) }
        case .promised:
            return self.eachOpen(notice) { turn, dunningCase in
                guard let wishes = turn.context.pinned(dunningCase)?.wishes else {
                    return .refused(.policyMissing)
                }
                return turn.agree(
                    dunningCase, to: notice.parts, partsMax: Int(wishes.partsMax),
                    maxMs: wishes.promiseMaxMs)
            }
        case .snoozed:
            return self.eachOpen(notice) { turn, dunningCase in
                guard let wishes = turn.context.pinned(dunningCase)?.wishes else {
                    return .refused(.policyMissing)
                }
                return turn.snooze(dunningCase, until: notice.until, maxMs: wishes.snoozeMaxMs)
            }
        case .refunded, .disputed, .disputeWon, .disputeLost, .returned:
            return self.takeMoneyBack(notice)
        }
    }

    /// Answers the first refusal, else the most that happened to any case.
    private mutating func eachOpen(
        _ notice: CaseNotice,
        _ act: (inout AccountTurn, DunningCase) -> CommandAnswer
    ) -> CommandAnswer {
        let chosen = self.state.cases.filter {
            $0.isOpen && (notice.obligation.isEmpty || $0.covers(obligation: notice.obligation))
        }
        guard !chosen.isEmpty else { return .ignored(.caseIsClosed) }
        var best: CommandAnswer?
        for dunningCase in chosen {
            let answer = act(&self, dunningCase)
            switch (answer, best) {
            case (.accepted, _), (_, nil): best = answer
            default: break
            }
        }
        return best ?? .ignored(.nothingDue)
    }

    /// An attempt in the next legal slot, where that is earlier than what was planned.
    private mutating func fundsAvailable(_ dunningCase: DunningCase) -> CommandAnswer {
        guard dunningCase.inFlight == nil, !dunningCase.flags.contains(.paused),
            dunningCase.holdsUntil <= self.now
        else { return .ignored(.nothingDue) }
        var changed = dunningCase
        let update = self.replanned(&changed, .now(.fundedNow))
        let before = dunningCase.plan.attemptAt
        guard update.plan.attemptAt.ms != 0, before.ms == 0 || update.plan.attemptAt < before
        else { return .ignored(.nothingDue) }
        self.emit(.caseUpdated(CaseUpdated(update: update, reason: .fundsAvailable)))
        return .accepted
    }

    // MARK: Money that went back

    private mutating func takeMoneyBack(_ notice: CaseNotice) -> CommandAnswer {
        guard let index = self.state.caseIndex(obligation: notice.obligation) else {
            self.emit(
                .intakeNoted(
                    IntakeNoted(reason: .subscriptionUnknown, obligation: notice.obligation)))
            return .ignored(.caseIsClosed)
        }
        let dunningCase = self.state.cases[index]
        switch notice.kind {
        case .disputed:
            guard self.flags(of: dunningCase).isDisjoint(with: [.disputed, .disputeLost]) else {
                return .repeated
            }
            self.freeze(dunningCase, flag: .disputed, reason: .disputed, backMinor: 0)
        case .refunded:
            let back = min(
                notice.amountMinor ?? dunningCase.obligation.collectedMinor,
                dunningCase.obligation.collectedMinor)
            guard back > 0 || !self.flags(of: dunningCase).contains(.refunded) else {
                return .repeated
            }
            self.freeze(dunningCase, flag: .refunded, reason: .refunded, backMinor: back)
        case .returned:
            let obligation = FNV1a64.hash(notice.obligation)
            return self.returned(
                dunningCase, notice.codes, amountMinor: notice.amountMinor,
                charge: self.state.marks.last {
                    $0.obligationHash == obligation && $0.flags.contains(.approved)
                })
        case .disputeWon, .disputeLost: return self.disputeDecided(dunningCase, notice)
        case .fundsAvailable, .promised, .snoozed: break
        }
        return .accepted
    }

    private func flags(of dunningCase: DunningCase) -> CaseParticulars.Flags {
        dunningCase.particulars.first?.flags ?? []
    }

    private mutating func freeze(
        _ dunningCase: DunningCase, flag: CaseParticulars.Flags, reason: CaseClosed.Reason,
        backMinor: Int64
    ) {
        var changed = dunningCase
        changed.obligation.collectedMinor.decrease(by: backMinor)
        changed.amend { terms in
            terms.flags.insert(flag)
            if dunningCase.phase != .frozen { terms.frozenFrom = dunningCase.phase }
        }
        self.emit(
            .caseClosed(
                CaseClosed(
                    update: self.closing(changed, as: .frozen), reason: reason,
                    backMinor: backMinor)),
            announced: true)
    }

    /// The bank took a debit back: `payment_returned`, or a failure of a charge that had been
    /// approved. What the scheme allows to present again goes back into the ladder; the rest is
    /// frozen, for a person.
    ///
    /// `charge`: The charge that came back, where it is known: from now on it counts as refused.
    mutating func returned(
        _ dunningCase: DunningCase, _ codes: DeclineCodes, amountMinor: Int64?,
        charge: AttemptMark?
    ) -> CommandAnswer {
        let collected = dunningCase.obligation.collectedMinor
        let back = min(amountMinor ?? collected, collected)
        guard back > 0 else { return .ignored(.alreadySettled) }
        let method =
            charge?.method ?? self.state.methods.first { $0.isDefault }?.number ?? 0
        let decline = self.decline(for: codes, method: method, at: self.now)
        let standing = self.standing(ofMethod: method, after: decline, declinedAt: self.now)
        if var mark = charge {
            mark.flags.remove(.approved)
            mark.returnCode = ReturnCode(
                code: codes.code, networkCode: codes.networkCode,
                on: self.state.network(ofMethod: method))
            self.emit(
                .attemptReported(
                    AttemptReported(
                        update: nil, mark: mark, decline: nil, standing: standing,
                        warnsOfForeignRetries: false)))
        }
        let mayRetry =
            switch decline.advice {
            case .wait, .once, .backOff: true
            case .never, .afterCredentialChange, .afterAuthentication, .afterOperator,
                .afterLookUp:
                false
            }
        let isWanted =
            switch dunningCase.phase {
            case .frozen, .cancelled, .writtenOff: false
            case .retrying, .waitingCustomer, .waitingNetwork, .recovered, .partiallyRecovered,
                .exhausted:
                true
            }
        guard mayRetry, isWanted, !self.isHeldElsewhere(dunningCase) else {
            self.freeze(dunningCase, flag: .returned, reason: .returned, backMinor: back)
            return .accepted
        }
        var changed = dunningCase
        changed.obligation.collectedMinor.decrease(by: back)
        changed.turnToNextInvoice()
        guard changed.openMinor > 0 else {
            // Only money that had been too much came back.
            let update = self.update(of: changed)
            self.emit(
                .caseUpdated(CaseUpdated(update: update, reason: .returned, backMinor: back)),
                announced: true)
            return .accepted
        }
        changed.decline = decline
        changed.phase = .retrying
        changed.flags.remove(.recoveredByUs)
        changed.amend { $0.flags.insert(.returned) }
        let update = self.replanned(&changed, .resumed(fromRung: changed.rung.increased()))
        self.emit(
            .caseUpdated(CaseUpdated(update: update, reason: .returned, backMinor: back)),
            announced: true)
        if !update.phase.isOpen { self.finishEnd(ofCase: update.caseNumber) }
        return .accepted
    }

    private mutating func disputeDecided(
        _ dunningCase: DunningCase, _ notice: CaseNotice
    ) -> CommandAnswer {
        let flags = self.flags(of: dunningCase)
        guard flags.contains(.disputed), !flags.contains(.disputeLost) else {
            return .ignored(.nothingDue)
        }
        var changed = dunningCase
        changed.amend { $0.flags.remove(.disputed) }
        if notice.kind == .disputeLost {
            let collected = changed.obligation.collectedMinor
            let back = min(notice.amountMinor ?? collected, collected)
            changed.obligation.collectedMinor.decrease(by: back)
            changed.amend { $0.flags.insert(.disputeLost) }
            self.emit(
                .caseUpdated(
                    CaseUpdated(
                        update: self.update(of: changed), reason: .disputeLost, backMinor: back)),
                announced: true)
            return .accepted
        }
        self.thaw(&changed, reason: .disputeWon)
        return .accepted
    }

    /// Another open case has an invoice of this one: it must not be charged in both (Law 2).
    func isHeldElsewhere(_ dunningCase: DunningCase) -> Bool {
        let ids = dunningCase.obligations.map(\.id)
        return self.state.cases.contains { other in
            other.isOpen && other.number != dunningCase.number
                && ids.contains { other.covers(obligation: $0) }
        }
    }

    /// Takes a frozen case up where it was; one whose invoice another case has stays as it is.
    mutating func thaw(_ changed: inout DunningCase, reason: CaseUpdated.Reason) {
        let before = changed.particulars.first?.frozenFrom
        guard changed.phase == .frozen, !self.isHeldElsewhere(changed) else {
            self.emit(
                .caseUpdated(CaseUpdated(update: self.update(of: changed), reason: reason)))
            return
        }
        changed.amend { $0.frozenFrom = nil }
        // The charge that kept its invoice in front may have ended while the case was frozen.
        changed.turnToNextInvoice()
        let update: CaseUpdate
        if changed.openMinor == 0 {
            changed.phase = .recovered
            update = self.update(of: changed)
        } else if let before, !before.isOpen, before != .recovered {
            changed.phase = before
            update = self.update(of: changed)
        } else {
            changed.phase = .retrying
            update = self.replanned(&changed, .resumed(fromRung: changed.rung))
        }
        self.emit(.caseUpdated(CaseUpdated(update: update, reason: reason)), announced: true)
        if update.phase == .exhausted { self.finishEnd(ofCase: update.caseNumber) }
    }
}
