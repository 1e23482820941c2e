import DunlinCore
import DunlinPorts

/// Values with every field set to something of its own.
enum Samples {
    static let key = EntityKey(tenant: "acme", kind: .account, key: "cus_1")

    static let tenant = TenantView(
        name: "acme", mode: .live, chargesPaused: true, messagesPaused: false, gateway: "stripe",
        policy: "patient")

    static let status = NodeView(
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

    static func events() -> [IntakeEvent] {
        let failed = PaymentFailed(
            obligation: Obligation(
                id: "in_1", subscription: "sub_1", amountMinor: 4200, collectedMinor: 200,
                currency: .eur, dueAt: Timestamp(ms: 77), link: "https://pay.example/1"),
            codes: DeclineCodes(
                code: "insufficient_funds", networkCode: "51", adviceCode: "27",
                notSentToNetwork: true),
            initiator: .customer, chargeID: "ch_1", methodToken: "pm_1",
            earlierAttempts: [Timestamp(ms: 1), Timestamp(ms: 2)], wasApproved: true)
        let profile = ProfileChange(
            contacts: [SealedContact(channel: .email, sealed: [0, 1, 2], isReachable: false)],
            locale: "es-MX", zone: "", country: "MX",
            attributes: [Profile.Attribute(name: "plan", value: "pro")])
        let method = MethodChange(
            method: PaymentMethod(
                token: "pm_2", fingerprint: "fp", network: .visa, funding: .debit,
                lastFour: "4242", expiryMonth: 24_325),
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

    static func row(_ number: Int) -> CaseRow {
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

    static func reportRow(_ number: Int) -> ReportRow {
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
        return row
    }

    static func entry(_ number: Int) -> TimelineEntry {
        TimelineEntry(
            position: RecordPosition(op: UInt64(number / 3 + 1), index: UInt32(number % 3)),
            record: RecordedEvent(
                at: Timestamp(ms: Int64(number)),
                event: .intakeNoted(IntakeNoted(reason: .caseIsClosed, obligation: "in_\(number)")),
                isAnnounced: number % 2 == 0, eventHash: UInt64(number)))
    }
}
