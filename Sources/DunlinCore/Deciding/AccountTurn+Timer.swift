extension AccountTurn {
    /// Does what has fallen due, for each case: ask about an unknown outcome, attempt, tell,
    /// reduce access, end. An attempt goes before any loss that is due with it.
    mutating func timer(realNow: Timestamp) -> CommandAnswer {
        // A turn of the clock neither adds cases nor moves them.
        for index in self.state.cases.indices {
            let number = self.state.cases[index].number
            self.askAboutOutcome(number)
            self.breakAgreementIfDue(number)
            self.attemptIfDue(number, realNow: realNow)
            self.tellOfDebitIfDue(number)
        }
        if self.state.cases.count > 1 { self.tellAll(noticesOnly: true) }
        self.tellAll(noticesOnly: false)
        self.tellWhatIsAhead()
        for index in self.state.cases.indices {
            let number = self.state.cases[index].number
            self.reduceAccessIfDue(number)
            self.endIfDue(number)
        }
        return self.events.isEmpty ? .ignored(.nothingDue) : .accepted
    }

    private mutating func tellAll(noticesOnly: Bool) {
        for index in self.state.cases.indices {
            self.tellIfDue(self.state.cases[index].number, noticesOnly: noticesOnly)
        }
    }

    /// The case when it is open, not paused, and `instant` of its plan has come.
    private func due(_ number: UInt32, _ instant: (CasePlan) -> Timestamp) -> DunningCase? {
        guard let index = self.state.caseIndex(number) else { return nil }
        let when = instant(self.state.cases[index].plan)
        guard when.ms != 0, when <= self.now, self.state.cases[index].isOpen,
            !self.state.cases[index].flags.contains(.paused)
        else { return nil }
        return self.state.cases[index]
    }

    private mutating func askAboutOutcome(_ number: UInt32) {
        guard let index = self.state.caseIndex(number),
            let inFlight = self.state.cases[index].inFlight, inFlight.nextLookUpAt.ms != 0,
            inFlight.nextLookUpAt <= self.now
        else { return }
        guard inFlight.number != 0 else {
            self.parkForeignDebit(ofCase: self.state.cases[index])
            return
        }
        self.emit(.lookUpIntended(LookUpIntended(caseNumber: number, attempt: inFlight.number)))
    }

    // MARK: Attempts

    private mutating func attemptIfDue(_ number: UInt32, realNow: Timestamp) {
        guard !self.context.tenant.chargesPaused,
            let dunningCase = self.due(number, { $0.attemptAt }), dunningCase.inFlight == nil,
            dunningCase.plan.isAttemptReady, let policy = self.context.pinned(dunningCase)
        else { return }
        // What was legal when it was planned is asked again: others may have tried meanwhile.
        let (planned, refusal) = self.planAttempt(
            dunningCase, .now(dunningCase.plan.attemptReason), policy: policy, proves: true)
        guard let planned, planned.at <= self.now, planned.isReady else {
            var changed = dunningCase
            changed.plan.setAttempt(planned, otherwise: refusal)
            if planned == nil {
                let update = self.replanned(&changed, .ladder(fromRung: changed.rung.increased()))
                self.emit(.caseUpdated(CaseUpdated(update: update, reason: .replanned)))
                if !update.phase.isOpen { self.finishEnd(ofCase: number) }
            } else {
                self.emit(
                    .caseUpdated(
                        CaseUpdated(update: self.update(of: changed), reason: .replanned)))
            }
            return
        }
        guard !self.isObserving else {
            var changed = dunningCase
            var update = self.replanned(&changed, .ladder(fromRung: changed.rung.increased()))
            update.flags.insert(.withheld)
            self.emit(.attemptWithheld(update))
            return
        }
        guard self.mayDraw(method: planned.method, for: number) else {
            self.askForPermit(ofCase: dunningCase)
            return
        }
        let attempt = dunningCase.lastAttempt.increased()
        let key = GatewayKey(
            origin: self.context.origin, tenant: self.account.tenant, account: self.account.key,
            obligation: dunningCase.obligation.id, attempt: self.attemptInObligation(dunningCase))
        self.emit(
            .attemptIntended(
                AttemptIntended(
                    caseNumber: number, attempt: attempt, key: key, method: planned.method,
                    amountMinor: planned.asked.minor,
                    currency: dunningCase.obligation.currency,
                    reason: dunningCase.plan.attemptReason, permit: planned.permit,
                    realAt: realNow,
                    backup: planned.isBackup ? self.disclosure(ofMethod: planned.method) : "",
                    floorMinor: planned.asked.floorMinor)))
    }

    /// A backup as the customer knows it; its number where nothing better is known.
    private func disclosure(ofMethod number: UInt32) -> String {
        let held = self.state.methods.first { $0.number == number }
        let brand = held?.method.network ?? .unknown
        let name = brand == .unknown ? "method \(number)" : brand.name
        guard let lastFour = held?.method.lastFour, !lastFour.isEmpty else { return name }
        return "\(name) \(lastFour)"
    }

    /// Counted over the obligation's life, also where it had an earlier case: a key never repeats.
    private func attemptInObligation(_ dunningCase: DunningCase) -> UInt32 {
        UInt32(truncatingIfNeeded: dunningCase.number) << 16 | (dunningCase.lastAttempt.increased())
    }

    // MARK: Access

    /// Takes every step that is due: after a clock's jump that may be several.
    private mutating func reduceAccessIfDue(_ number: UInt32) {
        while self.takeAccessStep(number) {}
    }

    /// Answers whether a step was taken; each brings the case nearer to its last one.
    private mutating func takeAccessStep(_ number: UInt32) -> Bool {
        guard !self.context.tenant.chargesPaused,
            let dunningCase = self.due(number, { $0.accessAt }),
            let policy = self.context.pinned(dunningCase),
            Int(dunningCase.accessSteps) < policy.access.steps.count
        else { return false }
        // The attempt that is out, or due, may make the loss needless.
        guard dunningCase.inFlight?.phase != .intended else { return false }
        let step = policy.access.steps[Int(dunningCase.accessSteps)]
        let fellDue = dunningCase.openedAt.advanced(byMs: step.afterMs)
        guard self.lossIsAllowed(dunningCase, due: fellDue, takes: step.state, policy) else {
            self.holdBack(dunningCase, policy)
            return false
        }
        var changed = dunningCase
        changed.accessSteps.increase()
        if self.isObserving { changed.flags.insert(.withheld) }
        self.planTouches(&changed, policy: policy)
        let wasTold = dunningCase.toldAt.ms != 0 || !step.state.isLoss
        let reason: AccessChanged.Reason =
            self.isObserving ? .observed : wasTold ? .timeline : .unreachable
        self.emit(
            .accessChanged(
                AccessChanged(
                    update: self.update(of: changed),
                    subscription: dunningCase.obligation.subscription, state: step.state,
                    reason: reason, accessSteps: changed.accessSteps)),
            announced: reason != .observed)
        return true
    }

    /// A loss that Law 7 does not allow yet: planned for when it does, and operators are told.
    private mutating func holdBack(_ dunningCase: DunningCase, _ policy: PinnedPolicy) {
        var changed = dunningCase
        if changed.toldAt.ms == 0 { changed.flags.insert(.unreachable) }
        self.planTouches(&changed, policy: policy)
        guard changed != dunningCase else { return }
        let isNew = !dunningCase.flags.contains(.unreachable)
        self.emit(
            .caseUpdated(CaseUpdated(update: self.update(of: changed), reason: .unreachable)),
            announced: isNew)
    }

    // MARK: End

    private mutating func endIfDue(_ number: UInt32) {
        guard !self.context.tenant.chargesPaused,
            let dunningCase = self.due(number, { $0.endAt }),
            let policy = self.context.pinned(dunningCase), dunningCase.inFlight == nil
        else { return }
        guard self.endingIsAllowed(dunningCase, policy) else {
            self.holdBack(dunningCase, policy)
            return
        }
        guard !self.isObserving else {
            var changed = dunningCase
            changed.flags.formUnion([.endObserved, .withheld])
            changed.plan.endAt = Timestamp(ms: 0)
            self.emit(
                .caseUpdated(CaseUpdated(update: self.update(of: changed), reason: .replanned)))
            self.finishEnd(ofCase: number, policy: policy)
            return
        }
        self.emit(
            .caseClosed(
                CaseClosed(
                    update: self.closing(dunningCase, as: .exhausted), reason: .endReached)),
            announced: true)
        self.finishEnd(ofCase: number, policy: policy)
    }

    /// End actions and the access that the end leaves.
    mutating func finishEnd(ofCase number: UInt32, policy: PinnedPolicy? = nil) {
        guard let index = self.state.caseIndex(number) else { return }
        let dunningCase = self.state.cases[index]
        guard dunningCase.phase != .recovered else {
            self.restoreAccess(afterCase: number, reason: .recovered)
            return
        }
        guard let policy = policy ?? self.context.pinned(dunningCase) else { return }
        guard dunningCase.phase == .exhausted || self.isObserving && dunningCase.phase != .frozen
        else { return }
        for action in policy.ending.actions where action != .keepOpen {
            self.emit(
                .endActionIntended(
                    EndActionIntended(
                        caseNumber: number, action: action, isWithheld: self.isObserving,
                        plan: action == .downgrade ? policy.ending.downgradePlan : "")))
        }
        guard let access = policy.ending.access, !self.isObserving else { return }
        self.emit(
            .accessChanged(
                AccessChanged(
                    update: nil, subscription: dunningCase.obligation.subscription, state: access,
                    reason: .ended, accessSteps: dunningCase.accessSteps)),
            announced: true)
    }
}
