import DunlinCore

/// An account as most of them are while they are dunned, and the events of its life.
enum TypicalRecords {
    static let now = Timestamp(ms: 1_767_225_600_123)

    static var account: AccountState {
        var state = AccountState()
        state.lastAt = Self.now
        state.lastRecord = RecordPosition(op: 123_456, index: 77)
        state.profile = Profile(
            contacts: [
                SealedContact(channel: .email, sealed: (0..<52).map { UInt8($0) &* 37 })
            ],
            locale: "es-MX", zone: "America/Mexico_City", country: "MX",
            changedAt: Self.now.advanced(byMs: -40 * Milliseconds.day))
        state.methods = [
            HeldMethod(
                number: 1,
                method: PaymentMethod(
                    token: "pm_1MtHbELkdIwHu7ixOcwLkB6Q", fingerprint: "Xt5EWLLDS7FJjR1c",
                    network: .visa, funding: .debit, lastFour: "4242",
                    expiryMonth: 2027 * 12 + 3),
                standing: CredentialStanding(declineClass: .softFunds), isDefault: true,
                changedAt: Self.now.advanced(byMs: -40 * Milliseconds.day))
        ]
        state.methodsSeen = 1
        state.subscriptions = [
            SubscriptionAccess(
                subscription: "sub_1MowQVLkdIwHu7ixeRlqHVzs", state: .warned,
                since: Self.now.advanced(byMs: -6 * Milliseconds.day))
        ]
        state.cases = [Self.dunningCase]
        state.casesOpened = 1
        state.marks = (0..<5).map { index in
            AttemptMark(
                at: Self.now.advanced(byMs: Int64(index - 5) * 3 * Milliseconds.day), method: 1,
                amountMinor: 4200, currency: .eur, chargeHash: splitmix64(UInt64(index)),
                obligationHash: splitmix64(99), flags: index == 0 ? [.external, .original] : [])
        }
        state.recentEvents = (0..<4).map { splitmix64($0 + 7) }
        state.hasKey = true
        return state
    }

    private static var dunningCase: DunningCase {
        var open = DunningCase(
            number: 1, phase: .retrying, bundle: BundleID(splitmix64(5)), policy: "standard",
            obligation: Self.obligation, openedAt: Self.now.advanced(byMs: -12 * Milliseconds.day),
            anchor: Self.now.advanced(byMs: -12 * Milliseconds.day), decline: Self.decline,
            plan: Self.plan)
        open.attempts = 4
        open.rung = 4
        open.declines = 5
        open.lastAttempt = 4
        open.stepsDone = 0b111
        open.touches = 3
        open.toldAt = Self.now.advanced(byMs: -8 * Milliseconds.day)
        open.accessSteps = 1
        return open
    }

    private static let obligation = Obligation(
        id: "in_1MtHbELkdIwHu7ixl4OzzPMv", subscription: "sub_1MowQVLkdIwHu7ixeRlqHVzs",
        amountMinor: 4200, currency: .eur, dueAt: Self.now.advanced(byMs: -12 * Milliseconds.day))

    private static let decline = Decline(
        declineClass: .softFunds, advice: .wait, minimumDelayMs: 24 * Milliseconds.hour,
        code: "insufficient_funds", networkCode: "51")

    private static let plan = CasePlan(
        attemptAt: Self.now.advanced(byMs: 3 * Milliseconds.day), attemptReason: .ladder,
        messageAt: Self.now.advanced(byMs: Milliseconds.day), messageStep: 3,
        accessAt: Self.now.advanced(byMs: 6 * Milliseconds.day),
        endAt: Self.now.advanced(byMs: 16 * Milliseconds.day))

    private static let update = CaseUpdate(
        caseNumber: 1, phase: .retrying, plan: Self.plan, flags: [], rung: 4)

    static let events: [(String, AccountEvent)] = [
        (
            "case opened",
            .caseOpened(
                CaseOpened(
                    update: Self.update, obligation: Self.obligation,
                    bundle: BundleID(splitmix64(5)), policy: "standard", anchor: Self.now,
                    decline: Self.decline, marks: [Self.account.marks[0]],
                    standing: CredentialStanding(declineClass: .softFunds)))
        ),
        (
            "attempt intended",
            .attemptIntended(
                AttemptIntended(
                    caseNumber: 1, attempt: 5,
                    key: GatewayKey(high: splitmix64(1), low: splitmix64(2)), method: 1,
                    amountMinor: 4200, currency: .eur, reason: .ladder,
                    permit: Permit(
                        rulesVersion: 20_260_101,
                        lines: [
                            Permit.Line(rule: 1, used: 4, cap: 15),
                            Permit.Line(rule: 7, used: 1, cap: 10),
                        ]),
                    realAt: Self.now))
        ),
        (
            "attempt settled, declined",
            .attemptSettled(
                AttemptSettled(
                    update: Self.update, attempt: 5, verdict: .declined,
                    chargeID: "ch_3MmlLrLkdIwHu7ix0snN0B15", decline: Self.decline,
                    standing: CredentialStanding(declineClass: .softFunds)))
        ),
        (
            "message intended",
            .messageIntended(
                MessageIntended(
                    update: Self.update, step: 3, name: "second-reminder",
                    template: "payment_failed", channel: .email))
        ),
        (
            "message settled",
            .messageSettled(
                MessageSettled(
                    update: Self.update, effect: RecordPosition(op: 123_455, index: 12), step: 3,
                    wasAccepted: true, reference: "250 2.0.0 OK", contactIsDead: false))
        ),
        (
            "effect settled",
            .effectSettled(
                EffectSettled(
                    effect: RecordPosition(op: 123_455, index: 12), kind: .announcement,
                    verdict: .done, reference: "204"))
        ),
    ]
}
