package import DunlinCore

extension RecordGenerator {
    /// A record of any kind.
    package mutating func record() -> JournalRecord {
        self.record(of: self.one(of: EventKind.self))
    }

    package mutating func record(of kind: EventKind) -> JournalRecord {
        switch kind {
        case .tenantSwitched:
            JournalRecord(
                key: self.key(kind: .tenant), previous: self.position(),
                content: .tenant(.switched(self.tenantSwitched()), at: self.instant()))
        case .budgetReportTaken:
            JournalRecord(
                key: self.key(kind: self.flag() ? .card : .contact), previous: self.position(),
                content: .budget(.reported(self.budgetReported()), at: self.instant()))
        case .budgetWordTaken:
            JournalRecord(
                key: self.key(kind: self.flag() ? .card : .contact), previous: self.position(),
                content: .budget(
                    .wordTaken(BudgetWordTaken(account: self.text(), word: self.position())),
                    at: self.instant()))
        case .bundleActivated:
            JournalRecord(
                key: .shard, previous: self.position(),
                content: .shard(.bundleActivated(BundleID(self.wide())), at: self.instant()))
        case .levelRaised:
            JournalRecord(
                key: .shard, previous: self.position(),
                content: .shard(.levelRaised(self.number()), at: self.instant()))
        case .epochBegan:
            JournalRecord(
                key: .shard, previous: self.position(),
                content: .shard(
                    .epochBegan(self.wide(), primary: self.text()), at: self.instant()))
        default:
            JournalRecord(
                key: self.key(), previous: self.position(),
                content: .account(
                    RecordedEvent(
                        at: self.instant(), event: self.event(of: kind), isAnnounced: self.flag(),
                        eventHash: self.wide())))
        }
    }

    package mutating func tenantSwitched() -> TenantSwitched {
        TenantSwitched(
            mode: self.maybe { $0.flag() ? .live : .observe },
            chargesPaused: self.maybe { $0.flag() }, messagesPaused: self.maybe { $0.flag() })
    }

    /// An account's event of that kind; for kinds of tenants and shards `keyCreated`.
    package mutating func event(of kind: EventKind) -> AccountEvent {
        switch kind {
        case .caseOpened: .caseOpened(self.caseOpened())
        case .attemptIntended: .attemptIntended(self.attemptIntended())
        case .attemptSettled: .attemptSettled(self.attemptSettled())
        case .attemptWithheld: .attemptWithheld(self.update())
        case .lookUpIntended:
            .lookUpIntended(LookUpIntended(caseNumber: self.number(), attempt: self.number()))
        case .attemptReported: .attemptReported(self.attemptReported())
        case .paymentRecorded: .paymentRecorded(self.paymentRecorded())
        case .caseUpdated:
            .caseUpdated(
                CaseUpdated(
                    update: self.update(), reason: self.one(of: CaseUpdated.Reason.self),
                    restartsAt: self.instant(), method: self.number(),
                    backMinor: self.amount()))
        case .caseClosed:
            .caseClosed(
                CaseClosed(
                    update: self.update(), reason: self.one(of: CaseClosed.Reason.self),
                    backMinor: self.amount()))
        case .methodRecorded: .methodRecorded(self.method())
        case .methodRemoved: .methodRemoved(number: self.number())
        case .profileChanged: .profileChanged(self.profile())
        case .messageIntended, .messageSettled, .messageSkipped, .accessChanged,
            .endActionIntended, .effectSettled:
            self.touchEvent(of: kind)
        case .keyDestroyed: .keyDestroyed
        case .debitPending: .debitPending(self.debitPending())
        case .intakeNoted:
            .intakeNoted(
                IntakeNoted(
                    reason: self.one(of: IntakeNoted.Reason.self), obligation: self.text()))
        case .consentChanged, .accountFlagged, .receiptNoted, .replyNoted, .upcomingChargeNoted,
            .noticePlanned, .noticeIntended, .noticeSkipped:
            self.peopleEvent(of: kind) ?? .keyCreated
        case .budgetReportPosted: .budgetReportPosted(self.budgetReport())
        case .budgetHeard:
            .budgetHeard(
                BudgetHeard(
                    word: self.budgetWord(), effect: self.position(), share: self.number()))
        case .keyCreated, .tenantSwitched, .bundleActivated, .levelRaised, .epochBegan,
            .budgetReportTaken,
            .budgetWordTaken:
            .keyCreated
        }
    }

    private mutating func touchEvent(of kind: EventKind) -> AccountEvent {
        switch kind {
        case .messageIntended:
            .messageIntended(
                MessageIntended(
                    update: self.update(), step: self.number(), name: self.text(),
                    template: self.text(), channel: self.one(of: Channel.self),
                    permit: self.sendPermit()))
        case .messageSettled:
            .messageSettled(
                MessageSettled(
                    update: self.update(), effect: self.position(), step: self.number(),
                    wasAccepted: self.flag(), reference: self.text(), contactIsDead: self.flag(),
                    channel: self.one(of: Channel.self), reopensStep: self.flag(),
                    costMilli: self.amount()))
        case .messageSkipped:
            .messageSkipped(
                MessageSkipped(
                    update: self.update(), step: self.number(), name: self.text(),
                    reason: self.one(of: MessageSkipped.Reason.self),
                    passed: self.list(atMost: 3) { $0.passedChannel() }))
        case .accessChanged:
            .accessChanged(
                AccessChanged(
                    update: self.maybe { $0.update() }, subscription: self.text(),
                    state: self.one(of: AccessState.self),
                    reason: self.one(of: AccessChanged.Reason.self), accessSteps: self.number()))
        case .endActionIntended:
            .endActionIntended(
                EndActionIntended(
                    caseNumber: self.number(), action: self.one(of: EndAction.self),
                    isWithheld: self.flag(), plan: self.text()))
        default:
            .effectSettled(
                EffectSettled(
                    effect: self.position(), kind: self.one(of: EffectKind.self),
                    verdict: self.flag() ? .refused : .failed, reference: self.text(),
                    argument: self.number()))
        }
    }

    package mutating func update() -> CaseUpdate {
        CaseUpdate(
            caseNumber: self.number(), phase: self.one(of: CasePhase.self), plan: self.plan(),
            flags: self.caseFlags(), rung: self.number(),
            amendment: self.flag() ? [self.amendment()] : [])
    }

    private mutating func caseOpened() -> CaseOpened {
        CaseOpened(
            update: self.update(), obligation: self.obligation(), bundle: BundleID(self.wide()),
            policy: self.text(), anchor: self.instant(), decline: self.decline(),
            marks: self.marks(atMost: 5), standing: self.maybe { $0.standing() },
            isReturn: self.flag(), network: self.one(of: PaymentNetwork.self), bin: self.number())
    }

    private mutating func attemptIntended() -> AttemptIntended {
        AttemptIntended(
            caseNumber: self.number(), attempt: self.number(), key: self.gatewayKey(),
            method: self.number(), amountMinor: self.amount(), currency: self.currency(),
            reason: self.one(of: PlanReason.self),
            permit: Permit(
                rulesVersion: self.number(),
                lines: self.list(atMost: 20) { draw in
                    Permit.Line(rule: draw.number(), used: draw.number(), cap: draw.number())
                }),
            realAt: self.instant(), backup: self.text(), floorMinor: self.amount())
    }

    private mutating func attemptSettled() -> AttemptSettled {
        let reasons: [AttemptOutcome.NotSentReason] = [
            .superseded, .paused, .tooLate, .rateLimited, .gatewayUnreachable, .notFound,
            .observing,
        ]
        return AttemptSettled(
            update: self.update(), attempt: self.number(),
            verdict: self.one(of: AttemptSettled.Verdict.self), collectedMinor: self.amount(),
            chargeID: self.text(), decline: self.maybe { $0.decline() },
            notSentReason: self.maybe { reasons[Int($0.random.next() % 7)] },
            notSentToNetwork: self.flag(), standing: self.maybe { $0.standing() },
            nextLookUpAt: self.instant(), costMilli: self.amount())
    }

    private mutating func attemptReported() -> AttemptReported {
        AttemptReported(
            update: self.maybe { $0.update() }, mark: self.mark(),
            decline: self.maybe { $0.decline() }, standing: self.maybe { $0.standing() },
            warnsOfForeignRetries: self.flag(), endsPending: self.flag())
    }

    private mutating func paymentRecorded() -> PaymentRecorded {
        PaymentRecorded(
            update: self.maybe { $0.update() }, obligation: self.text(),
            collectedMinor: self.amount(), occurredAt: self.instant(), endsPending: self.flag())
    }

    private mutating func debitPending() -> DebitPending {
        DebitPending(
            update: self.update(), chargeHash: self.wide(), method: self.number(),
            amountMinor: self.amount(), currency: self.currency(), submittedAt: self.instant(),
            expiresAt: self.instant())
    }
}
