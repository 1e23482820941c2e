// What customers ask for and operators grant: time, and payment on a day of their own, at once or
// in parts. A part is charged like any attempt: by the rules, never more than is open (Law 7).
// A part that is refused, or whose day passes without a charge that we could make, breaks the
// agreement: the ladder goes on with one attempt made up for, and the case says so.

extension AccountTurn {
    /// Longest snooze that an operator may give, in milliseconds.
    static let snoozeMaxMs = 90 * Milliseconds.day
    /// Latest day of an agreement that an operator may take down, in milliseconds from now.
    static let agreementMaxMs = 400 * Milliseconds.day

    /// `maxMs`: how far ahead whoever asks may go.
    mutating func snooze(
        _ dunningCase: DunningCase, until: Timestamp, maxMs: Int64
    ) -> CommandAnswer {
        guard dunningCase.isOpen else { return .ignored(.caseIsClosed) }
        guard until > self.now, until <= self.now.advanced(byMs: maxMs) else {
            return .refused(.outsidePolicy)
        }
        guard until != dunningCase.particulars.first?.snoozedUntil else { return .repeated }
        var changed = dunningCase
        changed.amend { $0.snoozedUntil = until }
        let update = self.replanned(&changed, .resumed(fromRung: changed.rung))
        self.emit(.caseUpdated(CaseUpdated(update: update, reason: .snoozed)), announced: true)
        return .accepted
    }

    /// `partsMax`, `maxMs`: what whoever asks may ask for.
    mutating func agree(
        _ dunningCase: DunningCase, to parts: [AgreedPart], partsMax: Int, maxMs: Int64
    ) -> CommandAnswer {
        guard dunningCase.isOpen else { return .ignored(.caseIsClosed) }
        // What is out already may be the first part; its answer comes first.
        guard dunningCase.inFlight == nil else { return .refused(.attemptInFlight) }
        let open = dunningCase.openMinor
        var agreed = parts.map { AgreedPart(at: $0.at, amountMinor: $0.amountMinor) }
        if agreed.count == 1, agreed[0].amountMinor == 0 { agreed[0].amountMinor = open }
        guard !agreed.isEmpty, agreed.count <= min(partsMax, CaseParticulars.partsMax),
            Self.isOrdered(agreed, after: self.now),
            agreed.last.map({ $0.at <= self.now.advanced(byMs: maxMs) }) ?? false,
            agreed.allSatisfy({ $0.amountMinor > 0 }),
            agreed.reduce(0, { $0.increased(by: $1.amountMinor) }) <= open
        else { return .refused(.outsidePolicy) }
        let isWhole = agreed.count == 1 && agreed[0].amountMinor == open
        guard isWhole || self.context.tenant.takesParts else { return .refused(.outsidePolicy) }
        guard agreed != dunningCase.particulars.first?.agreement else { return .repeated }
        var changed = dunningCase
        changed.amend { terms in
            terms.agreement = agreed
            terms.flags.subtract([.agreementBroken, .agreementKept])
            terms.snoozedUntil = Timestamp(ms: 0)
        }
        let update = self.replanned(&changed, .ladder(fromRung: changed.rung))
        self.emit(.caseUpdated(CaseUpdated(update: update, reason: .agreed)), announced: true)
        return .accepted
    }

    private static func isOrdered(_ parts: [AgreedPart], after now: Timestamp) -> Bool {
        var last = now
        for part in parts {
            guard part.at > last else { return false }
            last = part.at
        }
        return true
    }

    /// A promised day that passed, where we could not charge ourselves.
    mutating func breakAgreementIfDue(_ number: UInt32) {
        guard let index = self.state.caseIndex(number), !self.state.cases[index].particulars.isEmpty
        else { return }
        let dunningCase = self.state.cases[index]
        guard let part = dunningCase.particulars.first?.nextPart, dunningCase.isOpen,
            dunningCase.inFlight == nil, !dunningCase.flags.contains(.paused),
            dunningCase.plan.attemptAt.ms == 0,
            part.at.advanced(byMs: DunningCase.promiseGraceMs) <= self.now
        else { return }
        var changed = dunningCase
        changed.amend { $0.flags.insert(.agreementBroken) }
        let update = self.replanned(&changed, .resumed(fromRung: changed.rung))
        self.emit(
            .caseUpdated(CaseUpdated(update: update, reason: .agreementBroken)), announced: true)
        if !update.phase.isOpen { self.finishEnd(ofCase: number) }
    }

    /// A refusal of an agreed charge breaks the agreement. Answers how the case goes on.
    func wishAfterDecline(_ changed: inout DunningCase) -> Wish {
        let next = Wish.ladder(fromRung: changed.rung.increased())
        guard !changed.particulars.isEmpty, changed.particulars[0].nextPart != nil else {
            return next
        }
        changed.amend { $0.flags.insert(.agreementBroken) }
        return next
    }
}
