package import DunlinCore

extension RecordGenerator {
    package mutating func account() -> AccountState {
        var state = AccountState()
        state.lastAt = self.instant()
        state.lastRecord = self.position()
        if self.flag() { state.profile = self.profile() }
        state.methods = self.list(atMost: 3) { $0.method() }
        state.methodsSeen = self.number()
        if self.flag() { state.unnamedStanding = self.standing() }
        state.subscriptions = self.list(atMost: 3) { draw in
            SubscriptionAccess(
                subscription: draw.text(), state: draw.one(of: AccessState.self),
                since: draw.instant())
        }
        state.cases = self.list(atMost: 3) { $0.dunningCase() }
        state.casesOpened = self.number()
        state.marks = self.marks(atMost: 40)
        state.effects = self.list(atMost: 4) { draw in
            PendingEffect(
                id: draw.position(), kind: draw.one(of: EffectKind.self),
                caseNumber: draw.number(), argument: draw.number())
        }
        state.recentEvents = self.list(atMost: 16) { $0.wide() }
        state.settled = self.list(atMost: 4) { draw in
            SettledObligation(obligationHash: draw.wide(), at: draw.instant())
        }
        state.hasKey = self.flag()
        if self.flag() { state.outreach = [self.outreach()] }
        if self.flag() { state.shares = self.list(atMost: 3) { $0.budgetShare() } }
        return state
    }

    package mutating func tenant() -> TenantState {
        TenantState(
            mode: self.maybe { $0.flag() ? .live : .observe }, chargesPaused: self.flag(),
            messagesPaused: self.flag(), lastAt: self.instant(), lastRecord: self.position())
    }

    package mutating func profile() -> Profile {
        Profile(
            contacts: self.list(atMost: 3) { draw in
                SealedContact(
                    channel: draw.one(of: Channel.self), sealed: draw.bytes(),
                    isReachable: draw.flag(), place: draw.place(), hash: draw.text())
            },
            locale: self.text(), zone: self.text(), country: self.text(), region: self.text(),
            attributes: self.list(atMost: 3) { draw in
                Profile.Attribute(name: draw.text(), value: draw.text())
            },
            changedAt: self.instant())
    }

    package mutating func method() -> HeldMethod {
        HeldMethod(
            number: self.number(),
            method: PaymentMethod(
                token: self.text(), fingerprint: self.text(),
                network: self.one(of: PaymentNetwork.self), funding: self.one(of: CardFunding.self),
                lastFour: self.text(), expiryMonth: self.number(), bin: self.number()),
            standing: self.standing(), isDefault: self.flag(), isBackup: self.flag(),
            changedAt: self.instant(), defaultSince: self.instant())
    }

    package mutating func standing() -> CredentialStanding {
        CredentialStanding(
            blockedBy: self.maybe { $0.one(of: RetryAdvice.self) },
            declineClass: self.one(of: DeclineClass.self), notBefore: self.instant(),
            triesLeft: self.maybe { $0.number() })
    }

    /// Neighbours are often alike in some fields, as in life.
    package mutating func marks(atMost max: UInt64) -> [AttemptMark] {
        var marks: [AttemptMark] = []
        for _ in 0..<self.random.next() % (max + 1) {
            let drawn = self.mark()
            var mark = marks.last ?? drawn
            mark.at = drawn.at
            mark.chargeHash = drawn.chargeHash
            if self.flag() { mark.method = drawn.method }
            if self.flag() { mark.amountMinor = drawn.amountMinor }
            if self.flag() { mark.currency = drawn.currency }
            if self.flag() { mark.initiator = drawn.initiator }
            if self.flag() { mark.obligationHash = drawn.obligationHash }
            if self.flag() { mark.flags = drawn.flags }
            if self.flag() { mark.returnCode = drawn.returnCode }
            marks.append(mark)
        }
        return marks
    }

    package mutating func mark() -> AttemptMark {
        AttemptMark(
            at: self.instant(), method: self.number(), amountMinor: self.amount(),
            currency: self.currency(), initiator: self.flag() ? .customer : .merchant,
            chargeHash: self.wide(), obligationHash: self.wide(),
            flags: AttemptMark.Flags(rawValue: UInt8(truncatingIfNeeded: self.random.next())),
            returnCode: ReturnCode(rawValue: self.flag() ? self.number() : 0))
    }

    package mutating func dunningCase() -> DunningCase {
        var drawn = DunningCase(
            number: self.number(), phase: self.one(of: CasePhase.self),
            bundle: BundleID(self.wide()), policy: self.text(), obligation: self.obligation(),
            openedAt: self.instant(), anchor: self.instant(), decline: self.decline(),
            plan: self.plan())
        drawn.closedAt = self.instant()
        drawn.attempts = self.number()
        drawn.rung = self.number()
        drawn.declines = self.number()
        drawn.technicalTries = self.number()
        drawn.lastAttempt = self.number()
        drawn.inFlight = self.maybe { $0.inFlight() }
        drawn.stepsDone = self.wide()
        drawn.touches = self.number()
        drawn.toldAt = self.instant()
        drawn.accessSteps = self.number()
        drawn.flags = self.caseFlags()
        if self.flag() { drawn.particulars = [self.particulars()] }
        return drawn
    }

    package mutating func particulars() -> CaseParticulars {
        CaseParticulars(
            interval: self.one(of: BillingInterval.self), nextBillingAt: self.instant(),
            snoozedUntil: self.instant(), further: self.list(atMost: 2) { $0.obligation() },
            agreement: self.list(atMost: 3) { draw in
                AgreedPart(
                    at: draw.instant(), amountMinor: draw.amount(), paidMinor: draw.amount())
            },
            segment: self.text(),
            assignments: self.list(atMost: 2) { draw in
                Assignment(
                    experiment: draw.text(), arm: draw.text(), propensityPpm: draw.number())
            },
            retryPolicy: self.text(), messagePolicy: self.text(),
            frozenFrom: self.maybe { $0.one(of: CasePhase.self) },
            flags: CaseParticulars.Flags(rawValue: self.number()))
    }

    package mutating func amendment() -> CaseAmendment {
        CaseAmendment(
            particulars: self.particulars(), obligation: self.maybe { $0.obligation() },
            move: self.maybe { draw in
                CaseMove(
                    bundle: BundleID(draw.wide()), policy: draw.text(), stepsDone: draw.wide(),
                    accessSteps: draw.number())
            })
    }

    package mutating func caseFlags() -> DunningCase.Flags {
        DunningCase.Flags(rawValue: UInt8(truncatingIfNeeded: self.random.next()))
    }

    package mutating func obligation() -> Obligation {
        Obligation(
            id: self.text(), subscription: self.text(), amountMinor: self.amount(),
            collectedMinor: self.amount(), currency: self.currency(), dueAt: self.instant(),
            link: self.text())
    }

    package mutating func decline() -> Decline {
        Decline(
            declineClass: self.one(of: DeclineClass.self), advice: self.one(of: RetryAdvice.self),
            minimumDelayMs: self.amount(), furtherTriesMax: self.number(), code: self.text(),
            networkCode: self.text(), adviceCode: self.text())
    }

    package mutating func plan() -> CasePlan {
        CasePlan(
            attemptAt: self.instant(), attemptReason: self.one(of: PlanReason.self),
            messageAt: self.instant(), messageStep: self.number(), accessAt: self.instant(),
            endAt: self.instant(), noticeAt: self.instant(), noticeMethod: self.number(),
            noticeState: self.one(of: CasePlan.NoticeState.self),
            noticeTries: UInt8(self.number() % 4))
    }

    package mutating func inFlight() -> InFlightAttempt {
        let phases: [InFlightAttempt.Phase] = [.intended, .unknown, .pending, .lookingUp, .parked]
        return InFlightAttempt(
            number: self.number(), key: self.gatewayKey(), method: self.number(),
            amountMinor: self.amount(), currency: self.currency(), intendedAt: self.instant(),
            realAt: self.instant(), phase: phases[Int(self.random.next() % 5)],
            lookUps: self.number(), nextLookUpAt: self.instant(), chargeHash: self.wide(),
            floorMinor: self.amount())
    }
}
