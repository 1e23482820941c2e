import DunlinCore
import DunlinTesting
import Testing

/// The laws' own judgement: lives that were tampered with are found out, each by its law.
@Suite struct LawTests {
    private static let start = CivilTime(year: 2026, month: 3, day: 2, hour: 16).utc
    private static let case1 = CaseUpdate(
        caseNumber: 1, phase: .retrying, plan: CasePlan(), flags: [], rung: 0)

    private static func opened(_ decline: Decline = Self.soft) -> AccountEvent {
        .caseOpened(
            CaseOpened(
                update: Self.case1,
                obligation: Obligation(id: "in_1", amountMinor: 4200, currency: .eur),
                bundle: BundleID(1), policy: "p", anchor: Self.start, decline: decline,
                marks: [
                    AttemptMark(
                        at: Self.start, method: 3, amountMinor: 4200, currency: .eur,
                        obligationHash: FNV1a64.hash("in_1"))
                ], standing: nil))
    }

    private static let soft = Decline(declineClass: .softFunds, advice: .wait)

    private static func intended(
        _ number: UInt32 = 1, amountMinor: Int64 = 4200, method: UInt32 = 0,
        reason: PlanReason = .ladder
    ) -> AccountEvent {
        .attemptIntended(
            AttemptIntended(
                caseNumber: 1, attempt: number, key: GatewayKey(high: 1, low: UInt64(number)),
                method: method, amountMinor: amountMinor, currency: .eur, reason: reason,
                permit: Permit(rulesVersion: 1), realAt: Self.start))
    }

    private static func settled(
        _ verdict: AttemptSettled.Verdict, collected: Int64 = 0, decline: Decline? = nil,
        closing: Bool = false
    ) -> AccountEvent {
        var update = Self.case1
        if closing { update.phase = .recovered }
        return .attemptSettled(
            AttemptSettled(
                update: update, attempt: 1, verdict: verdict, collectedMinor: collected,
                decline: decline))
    }

    private static func breaches(_ events: [AccountEvent]) -> Set<Law> {
        var laws = CaseLaws()
        var findings = LawFindings()
        for event in events { laws.take(event, &findings) }
        return Set(findings.breaches.map(\.law))
    }

    private static func breaches(
        _ terms: ContactLaws.Terms, _ events: [(AccountEvent, hours: Int64)]
    ) -> Set<Law> {
        var laws = ContactLaws(terms)
        var findings = LawFindings()
        for (event, hours) in events {
            let at = Self.start.advanced(byMs: hours * Milliseconds.hour)
            laws.take(RecordedEvent(at: at, event: event), &findings)
        }
        return Set(findings.breaches.map(\.law))
    }

    @Test func `charges are judged by the records of invoices and payments`() {
        let opened = Self.opened()
        #expect(Self.breaches([opened, Self.intended()]) == [])
        #expect(
            Self.breaches([opened, Self.intended(), Self.intended(2)])
                == [.oneChargeInFlight, .jumpsCollapse])
        #expect(
            Self.breaches([opened, Self.intended(amountMinor: 4201)]) == [.neverMoreThanIsOpen])
        let part = [opened, Self.intended(), Self.settled(.approved, collected: 4000)]
        #expect(
            Self.breaches(part + [Self.intended(2, amountMinor: 200, reason: .nextInvoice)]) == [])
        #expect(
            Self.breaches(part + [Self.intended(2, amountMinor: 201, reason: .nextInvoice)])
                == [.neverMoreThanIsOpen])
        let paid = [
            opened, Self.intended(), Self.settled(.approved, collected: 100, closing: true),
        ]
        #expect(
            Self.breaches(paid + [Self.intended(2, amountMinor: 1, reason: .nextInvoice)])
                == [.noAttemptAfterTheEnd])
        #expect(
            Self.breaches([
                opened, Self.intended(), Self.settled(.declined, decline: Self.soft),
                Self.intended(2),
            ]) == [.jumpsCollapse])
    }

    @Test func `a key that is used twice, and a dead credential, are found`() {
        let opened = Self.opened()
        #expect(
            Self.breaches([
                opened, Self.intended(), Self.settled(.declined),
                Self.intended(1, reason: .nextInvoice),
            ]) == [.oneChargeInFlight])
        let never = Decline(declineClass: .hardStolen, advice: .never)
        #expect(
            Self.breaches([
                opened, Self.intended(method: 7), Self.settled(.declined, decline: never),
                Self.intended(2, method: 7, reason: .nextInvoice),
            ]) == [.noAttemptOfTheDead])
        #expect(
            Self.breaches([Self.opened(never), Self.intended(method: 3)]) == [.noAttemptOfTheDead])
    }

    @Test func `messages are judged by consent, hours, addresses and caps`() {
        var terms = ContactLaws.Terms()
        terms.caps = [FrequencyCap(touchesMax: 1, withinMs: Milliseconds.day)]
        terms.windows = [.email: 480..<1200]
        let profile = AccountEvent.profileChanged(
            Profile(contacts: [SealedContact(channel: .email, sealed: [1])]))
        let message = AccountEvent.messageIntended(
            MessageIntended(
                update: Self.case1, step: 0, name: "first", template: "t", channel: .email))
        #expect(Self.breaches(terms, [(profile, 0), (message, 0)]) == [])
        #expect(Self.breaches(terms, [(profile, 0), (message, 6)]) == [.noMessageOutside])
        #expect(Self.breaches(terms, [(message, 0)]) == [.noMessageOutside])
        #expect(
            Self.breaches(terms, [(profile, 0), (message, 0), (message, 1)]) == [.noMessageOutside])
        let revoked = AccountEvent.consentChanged(
            ConsentChanged(
                consent: Consent(
                    channel: .email, purpose: .transactional, isGranted: false, at: Self.start,
                    source: "test"), isByReply: true))
        #expect(
            Self.breaches(terms, [(profile, 0), (revoked, 0), (message, 0)]) == [.noMessageOutside])
        let flagged = AccountEvent.accountFlagged(
            AccountFlagged(flag: .deceased, isSet: true, reason: ""))
        #expect(
            Self.breaches(terms, [(profile, 0), (flagged, 0), (message, 0)]) == [.noMessageOutside])
        terms.isAmerican = true
        #expect(Self.breaches(terms, [(profile, 0), (message, 0)]) == [])
        #expect(Self.breaches(terms, [(profile, 0), (message, -5)]) == [.noMessageOutside])
    }

    @Test func `a loss without a notice long enough before is found`() {
        var terms = ContactLaws.Terms()
        terms.noticeMs = 48 * Milliseconds.hour
        let told = AccountEvent.messageSettled(
            MessageSettled(
                update: Self.case1, effect: RecordPosition(op: 9, index: 0), step: 0,
                wasAccepted: true, reference: "m", contactIsDead: false))
        let loss = AccountEvent.accessChanged(
            AccessChanged(
                update: Self.case1, subscription: "", state: .suspended, reason: .timeline,
                accessSteps: 1))
        let bounce = AccountEvent.receiptNoted(
            ReceiptNoted(
                kind: .bounced, channel: .email, effect: RecordPosition(op: 9, index: 0),
                occurredAt: Self.start))
        #expect(Self.breaches(terms, [(told, 0), (loss, 48)]) == [])
        #expect(Self.breaches(terms, [(told, 0), (loss, 47)]) == [.noLossUnannounced])
        #expect(Self.breaches(terms, [(loss, 48)]) == [.noLossUnannounced])
        #expect(Self.breaches(terms, [(told, 0), (bounce, 1), (loss, 60)]) == [.noLossUnannounced])
    }

    @Test func `arms that change, and invoices in two cases, are found in the state`() {
        func state(_ arm: String) -> AccountState {
            var state = AccountState()
            for number in 1...2 as ClosedRange<UInt32> {
                var open = DunningCase(
                    number: number, phase: .retrying, bundle: BundleID(1), policy: "p",
                    obligation: Obligation(id: "in_1", amountMinor: 1, currency: .eur),
                    openedAt: Self.start, anchor: Self.start, decline: Self.soft, plan: CasePlan())
                open.particulars = [
                    CaseParticulars(assignments: [
                        Assignment(experiment: "x", arm: arm, propensityPpm: 500_000)
                    ])
                ]
                state.cases.append(open)
            }
            return state
        }
        var laws = CaseLaws()
        var findings = LawFindings()
        laws.take(state("a"), &findings)
        #expect(Set(findings.breaches.map(\.law)) == [.oneChargeInFlight])
        laws.take(state("b"), &findings)
        #expect(Set(findings.breaches.map(\.law)) == [.oneChargeInFlight, .armsStay])
    }
}
