import DunlinCore
import Testing

@Suite struct CaseExplanationTests {
    private static let opened = Timestamp(ms: 1_767_225_600_000)
    private let now = Self.opened.advanced(byMs: Milliseconds.day)

    private func state(_ change: (inout DunningCase) -> Void) -> AccountState {
        var dunningCase = DunningCase(
            number: 1, phase: .retrying, bundle: BundleID(7), policy: "standard",
            obligation: Obligation(
                id: "in_1", subscription: "sub_1", amountMinor: 4200, currency: .eur),
            openedAt: Self.opened, anchor: Self.opened,
            decline: Decline(
                declineClass: .softFunds, advice: .wait, minimumDelayMs: Milliseconds.day,
                code: "insufficient_funds"),
            plan: CasePlan(
                attemptAt: Self.opened.advanced(byMs: 3 * Milliseconds.day),
                attemptReason: .ladder,
                endAt: Self.opened.advanced(byMs: 28 * Milliseconds.day)))
        change(&dunningCase)
        var state = AccountState()
        state.cases = [dunningCase]
        return state
    }

    private func text(_ state: AccountState) -> String {
        CaseExplanation.explain(state, now: self.now).joined(separator: "\n")
    }

    @Test func `A retrying case says when, why, why not earlier, and how it ends`() {
        #expect(
            self.text(self.state { _ in }) == """
                Case 1: 42.00 EUR for invoice in_1 of subscription sub_1, opened \
                2026-01-01T00:00:00Z (1 day ago), policy standard.
                It is retrying: an attempt is planned or on its way.
                The latest refusal was insufficient_funds (softFunds); the rules say: again after \
                a wait, at least 1 day later. So far 0 attempts of ours.
                The next attempt is 2026-01-04T00:00:00Z (in 2 days), by the ladder.
                Why not earlier: the ladder for softFunds puts rung 1 at 3 days after the first \
                failure at 2026-01-01T00:00:00Z.
                The gateway's default method may be tried.
                No message was accepted so far; none is planned.
                The customer has not been told of a loss of access yet, and nothing is taken \
                away before that.
                Access is full; no further step is planned.
                Unless it is paid, the case ends 2026-01-29T00:00:00Z (in 27 days).
                """)
    }

    @Test func `A paused case names no end and no step down: neither comes while it is paused`() {
        let text = self.text(
            self.state {
                $0.flags = [.paused]
                $0.plan.accessAt = Self.opened.advanced(byMs: 7 * Milliseconds.day)
            })
        #expect(text.contains("While it is paused, the case does not end."))
        #expect(text.contains("Access is full; nothing is taken while the case is paused."))
        #expect(!text.contains("2026-01-29") && !text.contains("2026-01-08"))
    }

    @Test func `An address is not called reachable after a STOP or a bounce`() {
        var state = AccountState()
        var contact = SealedContact(channel: .sms, sealed: [1], hash: "h")
        state.profile.contacts = [contact]
        #expect(state.reachWords(of: contact) == "reachable")
        var outreach = Outreach()
        outreach.consents = [
            Consent(
                channel: .sms, purpose: .transactional, isGranted: false, at: self.now,
                source: "reply STOP")
        ]
        state.outreach = [outreach]
        #expect(state.reachWords(of: contact) == "stopped by the customer")
        contact.isReachable = false
        #expect(state.reachWords(of: contact) == "unreachable")
    }

    @Test(arguments: PlanReason.allCases)
    func `Every plan reason is explained, planned or not`(reason: PlanReason) {
        let planned = self.text(self.state { $0.plan.attemptReason = reason })
        #expect(planned.contains("Why not earlier: "))
        let refused = self.text(
            self.state { $0.plan = CasePlan(attemptReason: reason) })
        #expect(refused.contains("No attempt is planned"))
        #expect(reason == .none || refused.contains(reason.words))
    }

    @Test(arguments: CasePhase.allCases)
    func `Every phase is explained`(phase: CasePhase) {
        let text = self.text(
            self.state {
                $0.phase = phase
                if !phase.isOpen { $0.closedAt = Self.opened }
            })
        #expect(text.contains(phase.words))
        #expect(text.contains("closed 2026-01-01T00:00:00Z") == (!phase.isOpen && phase != .frozen))
    }

    static let inFlight: [InFlightAttempt.Phase] = [
        .intended, .unknown, .pending, .lookingUp, .parked,
    ]

    @Test(arguments: Self.inFlight)
    func `An attempt in flight explains why nothing else is tried`(phase: InFlightAttempt.Phase) {
        let text = self.text(
            self.state {
                $0.inFlight = InFlightAttempt(
                    number: 2, key: GatewayKey(high: 1, low: 2), method: 0, amountMinor: 4200,
                    currency: .eur, intendedAt: Self.opened, realAt: Self.opened, phase: phase,
                    lookUps: 1, nextLookUpAt: self.now.advanced(byMs: Milliseconds.hour))
            })
        #expect(text.contains(phase.words))
        #expect(text.contains("one charge in flight at most"))
        #expect(
            text.contains("asked about once; the next time is 2026-01-02T01:00:00Z (in 1 hour)"))
        #expect(!text.contains("The next attempt"))
    }

    @Test func `A blocked card, a paused case and alarms are said with what to do`() {
        var state = self.state {
            $0.flags = [.paused, .foreignRetries, .unreachable, .overcharged]
        }
        state.methods = [
            HeldMethod(
                number: 1, method: PaymentMethod(token: "pm", network: .visa, lastFour: "4242"),
                standing: CredentialStanding(blockedBy: .never, declineClass: .hardStolen),
                isDefault: true, changedAt: Self.opened)
        ]
        let text = self.text(state)
        #expect(text.contains("resume it to go on"))
        #expect(
            text.contains(
                "The default, method 1, visa ending in 4242, is blocked by hardStolen: never "
                    + "again with this credential."))
        #expect(text.contains("switch the other's retries off"))
        #expect(text.contains("find another address"))
        #expect(text.contains("look at the gateway and refund"))
    }

    @Test func `An account without cases says that nothing is due`() {
        #expect(CaseExplanation.explain(AccountState(), now: self.now).count == 1)
    }
}
