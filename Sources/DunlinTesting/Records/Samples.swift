package import DunlinCore

/// Good values with every field set to something of its own, as different as their types allow:
/// what goes over the wire in tests, and what all damaged inputs are made from.
package enum Samples {
    package static let key = EntityKey(tenant: "acme", kind: .account, key: "cus_1")

    package static let tenant = TenantView(
        name: "acme", mode: .live, chargesPaused: true, messagesPaused: false, gateway: "stripe",
        policy: "patient")

    package static let status = NodeView(
        version: "0.1.0", clusterID: 0xFEED_FACE_CAFE_BEEF, restoreGeneration: 2, level: 1,
        shardCount: 256, startedAt: Timestamp(ms: 10), now: Timestamp(ms: 20), clockKind: "manual",
        state: "active", residentAccounts: 5, transitions: 6, commits: 7,
        tenants: [
            Self.tenant,
            TenantView(
                name: "main", mode: .observe, chargesPaused: false, messagesPaused: true,
                gateway: "simulated", policy: ""),
        ],
        warnings: ["The disk is nearly full. Make room."])

    package static var events: [IntakeEvent] {
        let failed = PaymentFailed(
            obligation: Obligation(
                id: "in_1", subscription: "sub_1", amountMinor: 4200, collectedMinor: 200,
                currency: .eur, dueAt: Timestamp(ms: 77), link: "https://pay.example/1"),
            codes: DeclineCodes(
                code: "insufficient_funds", networkCode: "51", adviceCode: "27",
                notSentToNetwork: true),
            initiator: .customer, chargeID: "ch_1", methodToken: "pm_1",
            earlierAttempts: [Timestamp(ms: 1), Timestamp(ms: 2)], wasApproved: true,
            presentedAt: Timestamp(ms: 3))
        let profile = ProfileChange(
            contacts: [
                SealedContact(
                    channel: .sms, sealed: [0, 1, 2], isReachable: false,
                    place: ContactHours.Place(
                        country: "US", region: "US-FL", zones: ["America/New_York"]))
            ],
            locale: "es-MX", zone: "", country: "MX", region: "MX-CMX",
            attributes: [Profile.Attribute(name: "plan", value: "pro")])
        let method = MethodChange(
            method: PaymentMethod(
                token: "pm_2", fingerprint: "fp", network: .visa, funding: .debit,
                lastFour: "4242", expiryMonth: 24_325, bin: 42_424_242),
            makeDefault: false, isBackup: true)
        let facts: [IntakeFacts.Fact] = [
            .paymentFailed(failed),
            .paymentFailed(
                PaymentFailed(
                    obligation: Obligation(id: "in_2", amountMinor: 1, currency: .usd),
                    codes: DeclineCodes(code: ""))),
            .paymentSucceeded(
                PaymentSucceeded(obligation: "in_1", amountMinor: 0, chargeID: "ch_9")),
            .paymentSucceeded(PaymentSucceeded(obligation: "in_1")),
            .paymentMethodUpdated, .paymentMethodRemoved(token: "pm_1"),
            .subscriptionCanceled(subscription: "sub_1"), .obligationVoided(obligation: "in_1"),
            .externalAttempt(failed), .profileUpdated,
            .paymentPending(
                PaymentPending(
                    obligation: "in_1", amountMinor: 4200, chargeID: "py_1", methodToken: "pm_3")),
            .consentChanged(
                ConsentChange(
                    channel: .voice, purpose: .marketing, isGranted: true, source: "checkout")),
            .messageReplied(.sms, .stopAndCancel),
            .messageReceipt(MessageReceipt(kind: .complained, channel: .email, reference: "m_1")),
            .upcomingCharge(
                UpcomingCharge(
                    id: "up_1", subscription: "sub_1", amountMinor: 4200, currency: .eur,
                    dueAt: Timestamp(ms: 99))),
            .upcomingChargeCanceled(id: "up_1"),
            .accountFlagged(FlagChange(flag: .bankrupt, isSet: true, reason: "court")),
        ]
        return facts.enumerated().map { index, fact in
            let isFull = index % 2 == 0
            return IntakeEvent(
                key: isFull ? Self.key : EntityKey(key: "cus_2"),
                facts: IntakeFacts(
                    eventID: isFull ? "evt_\(index)" : "", occurredAt: Timestamp(ms: -5),
                    fact: fact, profile: isFull ? profile : nil, method: isFull ? method : nil),
                personal: isFull ? [PersonalContact(channel: .email, address: "a@b.example")] : [])
        }
    }

    package static func row(_ number: Int) -> CaseRow {
        CaseRow(
            key: EntityKey(tenant: "acme", key: "cus_\(number)"), caseNumber: UInt32(number),
            phase: CasePhase.allCases[number % CasePhase.allCases.count],
            obligation: "in_\(number)",
            amount: Money(minor: Int64(number) - 3, currency: .usd),
            declineClass: DeclineClass.allCases[number % DeclineClass.allCases.count],
            openedAt: Timestamp(ms: Int64(number)), closedAt: Timestamp(ms: 0),
            nextAttemptAt: Timestamp(ms: Int64(number) * 1000), attempts: 3,
            flags: [.paused, .overcharged])
    }

    package static func reportRow(_ number: Int) -> ReportRow {
        var row = ReportRow(
            tenant: "t\(number)", currency: .eur,
            declineClass: DeclineClass.allCases[number % DeclineClass.allCases.count])
        row.opened = 1
        row.openedMinor = 2
        row.recoveredByUs = 3
        row.recoveredByUsMinor = 4
        row.recoveredElsewhere = 5
        row.recoveredElsewhereMinor = 6
        row.exhausted = 7
        row.closedOtherwise = 8
        row.attempts = 9
        row.messages = Int64(number)
        row.group = number % 2 == 0 ? "" : "2026-01-0\(number % 9)"
        row.accounts = 10
        row.recoveryMs = 11
        row.costMilli = 12
        row.backMinor = 13
        row.atRiskMinor = 14
        row.mrrMinor = 15
        row.mrrSavedMinor = 16
        return row
    }

    package static func entry(_ number: Int) -> TimelineEntry {
        TimelineEntry(
            position: RecordPosition(op: UInt64(number / 3 + 1), index: UInt32(number % 3)),
            record: RecordedEvent(
                at: Timestamp(ms: Int64(number)),
                event: .intakeNoted(IntakeNoted(reason: .caseIsClosed, obligation: "in_\(number)")),
                isAnnounced: number % 2 == 0, eventHash: UInt64(number)))
    }

    package static let query = CaseQuery(
        tenant: "acme", phases: CasePhase.allCases, flags: [.unreachable],
        after: CaseQuery.Cursor(openedAt: Timestamp(ms: 8), key: Samples.key, caseNumber: 2),
        limit: 1000)

    package static let results: [IntakeResult] = [
        .accepted, .repeated, .ignored(.older), .refused(code: "amount", message: "Not so."),
        .retry(code: "overloaded", message: "Later."),
    ]

    package static let shard = ShardView(
        shard: 255, epoch: .max, state: "active", committedOp: 1, foldedOp: 2, tailRecords: 3,
        residentAccounts: 4, pendingEffects: 5, nextDueAt: Timestamp(ms: 6))

    package static let timers = TimersView(
        count: 3, nextDueAt: Timestamp(ms: 4), overdue: 5,
        slices: (0..<5).map { slice in
            TimersView.Slice(
                from: Timestamp(ms: slice), until: Timestamp(ms: slice + 1), count: UInt64(slice))
        })

    package static let page = CasePage(rows: (0..<9).map(Self.row), missingShards: [3, 255])

    package static let report = Report(
        since: Timestamp(ms: 7), rows: (0..<5).map(Self.reportRow), missingShards: [1])

    package static let timeline = Timeline(
        entries: (0..<4).map(Self.entry), startsAfter: RecordPosition(op: 3, index: 1))

    package static let tenantState = TenantState(
        mode: .live, chargesPaused: true, messagesPaused: true, lastAt: Timestamp(ms: 3),
        lastRecord: RecordPosition(op: 2, index: 1))

    package static var view: AccountView {
        var state = AccountState()
        state.lastAt = Timestamp(ms: 99)
        state.lastRecord = RecordPosition(op: 9, index: 1)
        state.profile = Profile(
            contacts: [SealedContact(channel: .email, sealed: [1, 2, 3])], locale: "es-MX",
            zone: "America/Mexico_City", country: "MX",
            attributes: [Profile.Attribute(name: "plan", value: "pro")],
            changedAt: Timestamp(ms: 5))
        state.methods = [
            HeldMethod(
                number: 1,
                method: PaymentMethod(
                    token: "pm_1", fingerprint: "fp", network: .visa, funding: .credit,
                    lastFour: "4242", expiryMonth: 24_325),
                standing: CredentialStanding(
                    blockedBy: .wait, declineClass: .softFunds, notBefore: Timestamp(ms: 50),
                    triesLeft: 2),
                isDefault: true, changedAt: Timestamp(ms: 5))
        ]
        state.methodsSeen = 1
        state.subscriptions = [
            SubscriptionAccess(subscription: "sub_1", state: .limited, since: Timestamp(ms: 40))
        ]
        state.cases = [Self.openCase]
        state.casesOpened = 1
        state.marks = [
            AttemptMark(
                at: Timestamp(ms: 30), method: 1, amountMinor: 4200, currency: .eur,
                chargeHash: 7, obligationHash: 8, flags: [.original])
        ]
        state.effects = [
            PendingEffect(id: RecordPosition(op: 9, index: 0), kind: .charge, caseNumber: 1)
        ]
        state.recentEvents = [1, 2, .max]
        state.settled = [SettledObligation(obligationHash: 5, at: Timestamp(ms: 6))]
        state.hasKey = true
        return AccountView(key: Self.key, state: state, asOf: Timestamp(ms: 100), isStale: true)
    }

    private static var openCase: DunningCase {
        DunningCase(
            number: 1, phase: .retrying, bundle: BundleID(7), policy: "patient",
            obligation: Obligation(
                id: "in_1", subscription: "sub_1", amountMinor: 4200, collectedMinor: 100,
                currency: .eur, dueAt: Timestamp(ms: 10), link: "https://pay.example"),
            openedAt: Timestamp(ms: 20), anchor: Timestamp(ms: 21),
            decline: Decline(
                declineClass: .softFunds, advice: .wait, minimumDelayMs: 1000,
                furtherTriesMax: 3, code: "insufficient_funds", networkCode: "51"),
            plan: CasePlan(attemptAt: Timestamp(ms: 200), attemptReason: .ladder))
    }
}
