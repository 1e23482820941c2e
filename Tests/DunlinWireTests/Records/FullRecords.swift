import DunlinCore

/// An account and events in which every field is set, each number to another value.
enum FullRecords {
    static let plan = CasePlan(
        attemptAt: Timestamp(ms: 101), attemptReason: .budget, messageAt: Timestamp(ms: 103),
        messageStep: 104, accessAt: Timestamp(ms: 105), endAt: Timestamp(ms: 106),
        noticeAt: Timestamp(ms: 107), noticeMethod: 108, noticeState: .sent,
        noticeTries: 3)

    static let update = CaseUpdate(
        caseNumber: 111, phase: .waitingCustomer, plan: Self.plan, flags: [.paused, .unreachable],
        rung: 115)

    static let decline = Decline(
        declineClass: .hardLost, advice: .afterOperator, minimumDelayMs: 123, furtherTriesMax: 124,
        code: "code", networkCode: "network", adviceCode: "advice")

    static let standing = CredentialStanding(
        blockedBy: .never, declineClass: .softFunds, notBefore: Timestamp(ms: 133), triesLeft: 0)

    static let obligation = Obligation(
        id: "in_1", subscription: "sub_1", amountMinor: 143, collectedMinor: -144, currency: .eur,
        dueAt: Timestamp(ms: 146), link: "https://pay")

    static let mark = AttemptMark(
        at: Timestamp(ms: 151), method: 152, amountMinor: 153, currency: .usd, initiator: .customer,
        chargeHash: 156, obligationHash: 157, flags: [.external, .original],
        returnCode: ReturnCode(rawValue: 159))

    static let method = HeldMethod(
        number: 161,
        method: PaymentMethod(
            token: "pm_1", fingerprint: "finger", network: .amex, funding: .debit,
            lastFour: "4242", expiryMonth: 167),
        standing: Self.standing, isDefault: true, isBackup: true, changedAt: Timestamp(ms: 171),
        defaultSince: Timestamp(ms: 172))

    static let profile = Profile(
        contacts: [
            SealedContact(
                channel: .email, sealed: [1, 2], isReachable: false,
                place: ContactHours.Place(
                    country: "US", region: "US-FL", zones: ["America/New_York"]),
                hash: "0123456789abcdef")
        ],
        locale: "es-MX", zone: "Europe/Madrid", country: "ES", region: "ES-MD",
        attributes: [Profile.Attribute(name: "plan", value: "gold")],
        changedAt: Timestamp(ms: 176))

    static var dunningCase: DunningCase {
        var full = DunningCase(
            number: 181, phase: .retrying, bundle: BundleID(183), policy: "standard",
            obligation: Self.obligation, openedAt: Timestamp(ms: 186), anchor: Timestamp(ms: 187),
            decline: Self.decline, plan: Self.plan)
        full.attempts = 190
        full.rung = 191
        full.declines = 192
        full.lastAttempt = 193
        full.inFlight = InFlightAttempt(
            number: 201, key: GatewayKey(high: 202, low: 203), method: 204, amountMinor: 205,
            currency: .eur, intendedAt: Timestamp(ms: 207), realAt: Timestamp(ms: 211),
            phase: .lookingUp, lookUps: 209, nextLookUpAt: Timestamp(ms: 210),
            chargeHash: 212, floorMinor: 213)
        full.stepsDone = 195
        full.technicalTries = 196
        full.touches = 197
        full.toldAt = Timestamp(ms: 198)
        full.accessSteps = 199
        full.flags = [.overcharged]
        full.closedAt = Timestamp(ms: 200)
        return full
    }

    static var account: AccountState {
        var full = AccountState()
        full.lastRecord = RecordPosition(op: 1, index: 2)
        full.lastAt = Timestamp(ms: 3)
        full.profile = Self.profile
        full.methods = [Self.method]
        full.methodsSeen = 6
        full.unnamedStanding = Self.standing
        full.subscriptions = [
            SubscriptionAccess(
                subscription: "sub_1", state: .limited, since: Timestamp(ms: 83))
        ]
        full.cases = [Self.dunningCase]
        full.casesOpened = 10
        var second = Self.mark
        second.at = Timestamp(ms: 141)
        second.flags = []
        full.marks = [Self.mark, second]
        full.effects = [
            PendingEffect(
                id: RecordPosition(op: 121, index: 122), kind: .message, caseNumber: 124,
                argument: 125)
        ]
        full.recentEvents = [131, 132]
        full.settled = [SettledObligation(obligationHash: 141, at: Timestamp(ms: 142))]
        full.hasKey = true
        full.outreach = [Self.outreach]
        full.shares = [Self.share]
        return full
    }

    static let charge = UpcomingCharge(
        id: "up_1", subscription: "sub_1", amountMinor: 213, currency: .eur,
        dueAt: Timestamp(ms: 215), stepsDone: 216)

    static let consent = Consent(
        channel: .sms, purpose: .marketing, isGranted: true, at: Timestamp(ms: 224),
        source: "checkout")

    static let permit = SendPermit(
        version: 20_261_122, rules: [1, 3], zones: ["America/New_York", "America/Los_Angeles"],
        capUsed: 234, capMax: 235, hasConsent: true,
        passed: [PassedChannel(channel: .push, reason: .notConfigured)])

    static let subject = NoticeSubject(
        kind: .charge, method: 242, expiryMonth: 243, charge: Self.charge)

    static var outreach: Outreach {
        var full = Outreach()
        full.flags = [AccountFlags(.noRetry), AccountFlags(.wantsToCancel)]
        full.consents = [Self.consent]
        full.touches = [
            Touch(
                at: Timestamp(ms: 251), channel: .voice, caseNumber: 253, step: 254,
                effect: RecordPosition(op: 255, index: 256), outcome: .accepted,
                referenceHash: 258, seenAt: Timestamp(ms: 259))
        ]
        full.upcoming = [Self.charge]
        full.expiry = ExpiryNotices(method: 261, expiryMonth: 262, stepsDone: 263)
        full.noticeAt = Timestamp(ms: 266)
        return full
    }

    static let tenant = TenantState(
        mode: .observe, chargesPaused: true, messagesPaused: true, lastAt: Timestamp(ms: 3),
        lastRecord: RecordPosition(op: 1, index: 2))

    static let accountEvents: [AccountEvent] = [
        .caseOpened(
            CaseOpened(
                update: Self.update, obligation: Self.obligation, bundle: BundleID(13),
                policy: "standard", anchor: Timestamp(ms: 15), decline: Self.decline,
                marks: [Self.mark], standing: Self.standing, isReturn: true, network: .jcb,
                bin: 35_282_000)),
        .attemptIntended(
            AttemptIntended(
                caseNumber: 11, attempt: 12, key: GatewayKey(high: 13, low: 14), method: 15,
                amountMinor: 16, currency: .eur, reason: .ladder,
                permit: Permit(
                    rulesVersion: 20_260_101,
                    lines: [
                        Permit.Line(rule: 21, used: 22, cap: 23),
                        Permit.Line(rule: 24, used: 25, cap: 26),
                    ]),
                realAt: Timestamp(ms: 31), floorMinor: 32)),
        .attemptSettled(
            AttemptSettled(
                update: Self.update, attempt: 12, verdict: .declined, collectedMinor: 14,
                chargeID: "ch_1", decline: Self.decline, notSentReason: .superseded,
                notSentToNetwork: true, standing: Self.standing,
                nextLookUpAt: Timestamp(ms: 20), costMilli: 21)),
        .attemptWithheld(Self.update),
        .lookUpIntended(LookUpIntended(caseNumber: 11, attempt: 12)),
        .attemptReported(
            AttemptReported(
                update: Self.update, mark: Self.mark, decline: Self.decline,
                standing: Self.standing, warnsOfForeignRetries: true, endsPending: true)),
        .paymentRecorded(
            PaymentRecorded(
                update: Self.update, obligation: "in_1", collectedMinor: 13,
                occurredAt: Timestamp(ms: 14), endsPending: true)),
        .caseUpdated(
            CaseUpdated(
                update: Self.update, reason: .wentLive, restartsAt: Timestamp(ms: 173),
                backMinor: 174)),
        .caseClosed(CaseClosed(update: Self.update, reason: .endReached, backMinor: 13)),
        .methodRecorded(Self.method),
        .methodRemoved(number: 11),
        .profileChanged(Self.profile),
        .messageIntended(
            MessageIntended(
                update: Self.update, step: 12, name: "first", template: "failed", channel: .email,
                permit: Self.permit)),
        .messageSettled(
            MessageSettled(
                update: Self.update, effect: RecordPosition(op: 12, index: 13), step: 14,
                wasAccepted: true, reference: "250", contactIsDead: true, channel: .postal,
                reopensStep: true, costMilli: 15)),
        .messageSkipped(
            MessageSkipped(
                update: Self.update, step: 12, name: "first", reason: .classExcluded,
                passed: [PassedChannel(channel: .sms, reason: .noConsent)])),
        .accessChanged(
            AccessChanged(
                update: Self.update, subscription: "sub_1", state: .suspended, reason: .ended,
                accessSteps: 15)),
        .endActionIntended(
            EndActionIntended(caseNumber: 11, action: .markUncollectible, isWithheld: true)),
        .effectSettled(
            EffectSettled(
                effect: RecordPosition(op: 11, index: 12), kind: .endAction, verdict: .refused,
                reference: "gone")),
        .keyCreated,
        .keyDestroyed,
        .intakeNoted(IntakeNoted(reason: .caseIsClosed, obligation: "in_1")),
        .debitPending(
            DebitPending(
                update: Self.update, chargeHash: 12, method: 13, amountMinor: 14, currency: .eur,
                submittedAt: Timestamp(ms: 16), expiresAt: Timestamp(ms: 17))),
        .consentChanged(ConsentChanged(consent: Self.consent, isByReply: true)),
        .accountFlagged(AccountFlagged(flag: .deceased, isSet: true, reason: "told by the family")),
        .receiptNoted(
            ReceiptNoted(
                kind: .bounced, channel: .push, effect: RecordPosition(op: 13, index: 14),
                occurredAt: Timestamp(ms: 15))),
        .replyNoted(ReplyNoted(channel: .sms, meaning: .stopAndCancel)),
        .upcomingChargeNoted(UpcomingChargeNoted(charge: Self.charge, isCanceled: true)),
        .noticePlanned(NoticePlanned(at: Timestamp(ms: 11))),
        .noticeIntended(
            NoticeIntended(
                subject: Self.subject, step: 12, name: "ahead", template: "upcoming_charge",
                channel: .sms, permit: Self.permit, stepsDone: 17, nextAt: Timestamp(ms: 18))),
        .noticeSkipped(
            NoticeSkipped(
                subject: Self.subject, step: 12, name: "ahead", reason: .noLegalHours,
                stepsDone: 15, nextAt: Timestamp(ms: 16))),
        .budgetReportPosted(Self.budgetReport),
        .budgetHeard(
            BudgetHeard(
                word: Self.budgetWord, effect: RecordPosition(op: 12, index: 13), share: 14)),
    ]

    /// One record of every kind, in the order of the kinds.
    static let records: [JournalRecord] =
        Self.accountEvents.map { event in
            JournalRecord(
                key: EntityKey(tenant: "shop", kind: .account, key: "cus_1"),
                previous: RecordPosition(op: 4, index: 5),
                content: .account(
                    RecordedEvent(
                        at: Timestamp(ms: 3), event: event, isAnnounced: true, eventHash: 6)))
        } + [
            JournalRecord(
                key: EntityKey(tenant: "shop", kind: .tenant, key: "shop"),
                previous: RecordPosition(op: 4, index: 5),
                content: .tenant(
                    .switched(
                        TenantSwitched(mode: .observe, chargesPaused: false, messagesPaused: true)),
                    at: Timestamp(ms: 3))),
            JournalRecord(
                key: EntityKey(tenant: "shop", kind: .card, key: "fp_1"),
                previous: RecordPosition(op: 4, index: 5),
                content: .budget(.reported(Self.budgetReported), at: Timestamp(ms: 3))),
            JournalRecord(
                key: EntityKey(tenant: "shop", kind: .contact, key: "0123456789abcdef"),
                previous: RecordPosition(op: 4, index: 5),
                content: .budget(
                    .wordTaken(
                        BudgetWordTaken(
                            account: "cus_2", word: RecordPosition(op: 12, index: 13))),
                    at: Timestamp(ms: 3))),
            JournalRecord(
                key: .shard, previous: RecordPosition(op: 4, index: 5),
                content: .shard(.bundleActivated(BundleID(11)), at: Timestamp(ms: 3))),
            JournalRecord(
                key: .shard, previous: .none,
                content: .shard(.levelRaised(2), at: Timestamp(ms: 3))),
            JournalRecord(
                key: .shard, previous: RecordPosition(op: 1, index: 1),
                content: .shard(.epochBegan(3, primary: "node-b"), at: Timestamp(ms: 4))),
        ]
}
