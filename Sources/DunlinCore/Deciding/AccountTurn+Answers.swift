extension AccountTurn {
    /// What a refusal of that method means, by its network's own codes where it has some.
    ///
    /// `at`: When the refusal came; banking days count from there.
    func decline(for codes: DeclineCodes, method: UInt32, at instant: Timestamp) -> Decline {
        let network = self.state.network(ofMethod: method)
        let reading = self.context.declines.reading(of: codes, network: network)
        var decline = reading.decline
        guard reading.bankingDays > 0 else { return decline }
        let scheme = self.context.current.rules.submission(for: network, at: instant)
        let days = Int64(reading.bankingDays)
        let until =
            scheme?.calendar.instant(instant, movedBy: days)
            ?? instant.advanced(byMs: days * Milliseconds.day)
        decline.minimumDelayMs = max(decline.minimumDelayMs, until.ms.decreased(by: instant.ms))
        return decline
    }

    /// The credential's standing after a decline; `nil` when nothing about it changed.
    func standing(
        ofMethod number: UInt32, after decline: Decline, declinedAt: Timestamp
    ) -> CredentialStanding? {
        var standing = self.state.standing(ofMethod: number)
        let before = standing
        switch decline.advice {
        case .never, .afterCredentialChange, .afterAuthentication, .afterOperator:
            standing.blockedBy = decline.advice
            standing.declineClass = decline.declineClass
        case .once:
            standing.triesLeft = standing.triesLeft.map { $0 > 0 ? $0 - 1 : 0 } ?? 1
            standing.declineClass = decline.declineClass
        case .wait, .afterLookUp, .backOff:
            if let left = standing.triesLeft {
                standing.triesLeft = left > 0 ? left - 1 : 0
            } else if decline.furtherTriesMax > 0 {
                standing.triesLeft = decline.furtherTriesMax
            }
        }
        if decline.minimumDelayMs > 0 {
            standing.notBefore = max(
                standing.notBefore, declinedAt.advanced(byMs: decline.minimumDelayMs))
        }
        return standing == before ? nil : standing
    }

    mutating func attemptAnswered(
        caseNumber: UInt32, attempt: UInt32, outcome: AttemptOutcome
    ) -> CommandAnswer {
        guard let index = self.state.caseIndex(caseNumber),
            let inFlight = self.state.cases[index].inFlight, inFlight.number == attempt
        else { return .ignored(.unknownAttempt) }
        let dunningCase = self.state.cases[index]
        switch outcome {
        case .approved(let chargeID):
            self.approved(dunningCase, inFlight, inFlight.amountMinor, chargeID: chargeID)
        case .approvedInPart(let chargeID, let amountMinor):
            let collected = max(0, min(amountMinor, inFlight.amountMinor))
            self.approved(dunningCase, inFlight, collected, chargeID: chargeID)
        case .declined(let codes, let chargeID):
            self.declined(
                dunningCase, inFlight, codes, chargeID: chargeID,
                refusedAt: inFlight.isPendingDebit ? self.now : inFlight.intendedAt)
        case .technicalFailure(let codes):
            self.failedTechnically(dunningCase, inFlight, codes)
        case .notSent(let reason):
            self.notSent(dunningCase, inFlight, reason)
        case .unknown:
            self.stillOpen(dunningCase, inFlight, verdict: .unknown, chargeID: "")
        case .pending(let chargeID):
            self.stillOpen(dunningCase, inFlight, verdict: .pending, chargeID: chargeID)
        }
        return .accepted
    }

    mutating func approved(
        _ dunningCase: DunningCase, _ inFlight: InFlightAttempt, _ collected: Int64,
        chargeID: String
    ) {
        if self.wasReported(chargeID, of: dunningCase) {
            self.echoed(dunningCase, inFlight, chargeID: chargeID)
            return
        }
        let open = dunningCase.obligation.openMinor
        var changed = dunningCase
        changed.inFlight = nil
        changed.obligation.collectedMinor.increase(by: collected)
        // Money for what was already paid or closed: somebody must give it back.
        let tooMuch = collected > open || !dunningCase.isOpen
        if tooMuch { changed.flags.insert(.overcharged) }
        changed.countTowardAgreement(collected)
        changed.turnToNextInvoice()
        let isWhole = dunningCase.isOpen && changed.openMinor == 0
        if isWhole, inFlight.number != 0 { changed.flags.insert(.recoveredByUs) }
        let update: CaseUpdate
        if isWhole {
            update = self.recovering(changed)
        } else if dunningCase.isOpen {
            // Where one invoice was paid in whole, the money for the next may be there, too.
            let isNext = changed.obligation.id != dunningCase.obligation.id
            update = self.replanned(
                &changed,
                isNext ? .now(.nextInvoice) : .ladder(fromRung: changed.rung.increased()))
        } else {
            update = self.update(of: changed)
        }
        self.emit(
            .attemptSettled(
                AttemptSettled(
                    update: update, attempt: inFlight.number, verdict: .approved,
                    collectedMinor: collected, chargeID: chargeID,
                    costMilli: self.costMilli(of: inFlight, dunningCase, collectedMinor: collected))
            ),
            announced: true)
        if tooMuch, let index = self.state.caseIndex(dunningCase.number) {
            self.emit(
                .caseUpdated(
                    CaseUpdated(
                        update: self.update(of: self.state.cases[index]), reason: .overcharged)),
                announced: true)
        }
        if isWhole { self.restoreAccess(afterCase: dunningCase.number, reason: .recovered) }
    }

    /// The billing system reported the money of this charge before its answer came.
    private func wasReported(_ chargeID: String, of dunningCase: DunningCase) -> Bool {
        guard !chargeID.isEmpty,
            dunningCase.phase == .recovered
                || dunningCase.isOpen && dunningCase.obligation.openMinor == 0
        else { return false }
        let charge = FNV1a64.hash(chargeID)
        return self.state.marks.contains {
            $0.chargeHash == charge && $0.flags.isSuperset(of: [.external, .approved])
        }
    }

    /// The same money, told twice: it is ours, and it is counted once.
    private mutating func echoed(
        _ dunningCase: DunningCase, _ inFlight: InFlightAttempt, chargeID: String
    ) {
        var changed = dunningCase
        changed.inFlight = nil
        changed.flags.insert(.recoveredByUs)
        var update = self.update(of: changed)
        if changed.isOpen {
            changed.turnToNextInvoice()
            update = self.replanned(&changed, .now(.nextInvoice))
        }
        self.emit(
            .attemptSettled(
                AttemptSettled(
                    update: update, attempt: inFlight.number, verdict: .approved,
                    chargeID: chargeID)))
    }

    /// `refusedAt`: For a card when it was asked, for a debit when the bank said no.
    mutating func declined(
        _ dunningCase: consuming DunningCase, _ inFlight: InFlightAttempt, _ codes: DeclineCodes,
        chargeID: String, refusedAt: Timestamp
    ) {
        let decline = self.decline(for: codes, method: inFlight.method, at: refusedAt)
        if decline.declineClass.isTechnical {
            self.failedTechnically(dunningCase, inFlight, codes, chargeID: chargeID)
            return
        }
        let standing = self.standing(
            ofMethod: inFlight.method, after: decline, declinedAt: refusedAt)
        let wasOpen = dunningCase.isOpen
        let costMilli = self.costMilli(
            of: inFlight, dunningCase, reachedNetwork: !codes.notSentToNetwork)
        var changed = dunningCase
        changed.inFlight = nil
        changed.decline = decline
        changed.declines.increase()
        changed.technicalTries = 0
        if self.sawForeignAttempt(during: inFlight, changed, chargeID: chargeID) {
            changed.flags.insert(.foreignRetries)
        }
        let wish = self.wishAfterDecline(&changed)
        let update = self.afterFailure(
            &changed, inFlight, standing: standing, chargeID: chargeID, codes,
            flags: codes.notSentToNetwork ? .notSentToNetwork : [], wish: wish, decline: decline)
        self.emit(
            .attemptSettled(
                AttemptSettled(
                    update: update, attempt: inFlight.number, verdict: .declined,
                    chargeID: chargeID, decline: decline,
                    notSentToNetwork: codes.notSentToNetwork, standing: standing,
                    costMilli: costMilli)),
            announced: true)
        if wasOpen, !update.phase.isOpen { self.finishEnd(ofCase: update.caseNumber) }
        if wasOpen {
            self.askForNewerCard(ofCase: update.caseNumber, decline, method: inFlight.method)
        }
    }

    /// An attempt that is not ours appeared while ours was on its way.
    private func sawForeignAttempt(
        during inFlight: InFlightAttempt, _ dunningCase: DunningCase, chargeID: String
    ) -> Bool {
        guard !chargeID.isEmpty else { return false }
        let ours = FNV1a64.hash(chargeID)
        let obligation = FNV1a64.hash(dunningCase.obligation.id)
        return self.state.marks.contains {
            $0.flags.contains(.external) && $0.obligationHash == obligation
                && $0.at >= inFlight.intendedAt && $0.chargeHash != ours
        }
    }

    /// The update after an attempt that failed; a case that was closed meanwhile stays closed.
    private mutating func afterFailure(
        _ changed: inout DunningCase, _ inFlight: InFlightAttempt, standing: CredentialStanding?,
        chargeID: String, _ codes: DeclineCodes, flags: AttemptMark.Flags, wish: Wish,
        decline: Decline? = nil
    ) -> CaseUpdate {
        guard changed.isOpen else { return self.update(of: changed) }
        changed.turnToNextInvoice()
        // Meanwhile its invoices were paid, or left it.
        guard changed.openMinor > 0 else { return self.closing(changed, as: .recovered) }
        let charge = inFlight.chargeHash(named: chargeID)
        let network = self.state.network(ofMethod: inFlight.method)
        self.foresee(
            AttemptMark(
                at: inFlight.intendedAt, method: inFlight.method, amountMinor: inFlight.amountMinor,
                currency: inFlight.currency, chargeHash: charge,
                obligationHash: FNV1a64.hash(changed.obligation.id),
                flags: flags,
                returnCode: ReturnCode(
                    code: codes.code, networkCode: codes.networkCode, on: network)),
            standing: standing)
        if let decline, let policy = self.context.pinned(changed),
            let backup = self.wishForBackup(changed, decline, policy)
        {
            return self.replanned(&changed, backup)
        }
        return self.replanned(&changed, wish)
    }

    private mutating func failedTechnically(
        _ dunningCase: DunningCase, _ inFlight: InFlightAttempt, _ codes: DeclineCodes,
        chargeID: String = ""
    ) {
        let decline = self.decline(for: codes, method: inFlight.method, at: self.now)
        let standing =
            decline.advice == .afterOperator || decline.minimumDelayMs > 0
            ? self.standing(
                ofMethod: inFlight.method, after: decline, declinedAt: inFlight.intendedAt) : nil
        var changed = dunningCase
        changed.inFlight = nil
        changed.technicalTries.increase()
        let limit = self.context.pinned(changed)?.retries.technical.triesMax ?? 0
        // The machinery's failures use no rung, until there were too many in a row.
        let wish: Wish =
            changed.technicalTries <= limit
            ? .technical(tries: changed.technicalTries)
            : .ladder(fromRung: changed.rung.increased())
        let update = self.afterFailure(
            &changed, inFlight, standing: standing, chargeID: chargeID, codes,
            flags: codes.notSentToNetwork || chargeID.isEmpty
                ? [.technical, .notSentToNetwork] : .technical,
            wish: wish)
        self.emit(
            .attemptSettled(
                AttemptSettled(
                    update: update, attempt: inFlight.number, verdict: .technicalFailure,
                    chargeID: chargeID, decline: decline,
                    notSentToNetwork: codes.notSentToNetwork || chargeID.isEmpty,
                    standing: standing,
                    costMilli: self.costMilli(
                        of: inFlight, dunningCase,
                        reachedNetwork: !codes.notSentToNetwork && !chargeID.isEmpty))))
        if dunningCase.isOpen, !update.phase.isOpen { self.finishEnd(ofCase: update.caseNumber) }
    }

    private mutating func notSent(
        _ dunningCase: DunningCase, _ inFlight: InFlightAttempt,
        _ reason: AttemptOutcome.NotSentReason
    ) {
        var changed = dunningCase
        changed.inFlight = nil
        if inFlight.number != 0 { changed.attempts.decrease() }
        changed.technicalTries.increase()
        var update = self.update(of: changed)
        if dunningCase.isOpen {
            changed.turnToNextInvoice()
            update =
                changed.openMinor > 0
                ? self.replanned(
                    &changed, .technical(tries: changed.technicalTries), keepsNotice: true)
                : self.closing(changed, as: .recovered)
        }
        self.emit(
            .attemptSettled(
                AttemptSettled(
                    update: update, attempt: inFlight.number, verdict: .notSent,
                    notSentReason: reason)))
        if dunningCase.isOpen, !update.phase.isOpen { self.finishEnd(ofCase: update.caseNumber) }
    }

    /// When an unknown outcome is asked about: after 1 and 5 minutes, 1 hour, then daily.
    ///
    /// Source: Kill Bill's janitor asks after 5 m, 1 h and five times 1 d; the first minute is
    /// ours, since most lost answers are found at once.
    static let lookUpDelaysMs: [Int64] = [
        Milliseconds.minute, 5 * Milliseconds.minute, Milliseconds.hour, Milliseconds.day,
        Milliseconds.day, Milliseconds.day, Milliseconds.day, Milliseconds.day,
    ]
    /// A pending debit is asked about daily, this often.
    static let pendingLookUpsMax: UInt32 = 90

    private mutating func stillOpen(
        _ dunningCase: DunningCase, _ inFlight: InFlightAttempt, verdict: AttemptSettled.Verdict,
        chargeID: String
    ) {
        var changed = dunningCase
        let isPending = verdict == .pending
        let asked = Int(inFlight.lookUps)
        let isSpent =
            isPending
            ? inFlight.lookUps >= Self.pendingLookUpsMax : asked >= Self.lookUpDelaysMs.count
        let delay = isPending ? Milliseconds.day : Self.lookUpDelaysMs[min(asked, 7)]
        let next = isSpent ? Timestamp(ms: 0) : self.now.advanced(byMs: delay)
        changed.inFlight?.phase = isPending ? .pending : .unknown
        changed.inFlight?.nextLookUpAt = next
        if changed.isOpen { changed.phase = .waitingNetwork }
        self.emit(
            .attemptSettled(
                AttemptSettled(
                    update: self.update(of: changed), attempt: inFlight.number,
                    verdict: isSpent ? .parked : verdict, chargeID: chargeID, nextLookUpAt: next)),
            announced: isSpent)
    }

    // MARK: Messages, announcements, end actions

    mutating func effectAnswered(id: RecordPosition, outcome: EffectOutcome) -> CommandAnswer {
        guard let effect = self.state.effects.first(where: { $0.id == id }) else {
            return .ignored(.unknownAttempt)
        }
        switch effect.kind {
        case .charge, .lookUp, .cardLookUp, .budgetReport:
            return .ignored(.unknownAttempt)
        case .message:
            self.messageAnswered(effect, outcome)
        case .announcement, .endAction, .notice:
            let (verdict, reference): (EffectSettled.Verdict, String) =
                switch outcome {
                case .done(let reference): (.done, reference)
                case .refused(let reason): (.refused, reason)
                case .failed(let reason): (.failed, reason)
                }
            self.emit(
                .effectSettled(
                    EffectSettled(
                        effect: id, kind: effect.kind, verdict: verdict, reference: reference,
                        argument: effect.kind == .endAction ? effect.argument : 0)),
                announced: effect.kind == .endAction)
            if effect.kind == .notice { self.noticeAnswered(effect, outcome) }
        }
        return .accepted
    }
}
