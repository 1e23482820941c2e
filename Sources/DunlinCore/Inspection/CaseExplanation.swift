/// Why a case stands where it does, as sentences for an operator.
///
/// Told from the account's state alone, so that it can be told anywhere.
package struct CaseExplanation {
    private let state: AccountState
    private let dunningCase: DunningCase
    private let now: Timestamp

    /// Every case, the open ones first, then from the newest to the oldest.
    package static func explain(_ state: AccountState, now: Timestamp) -> [String] {
        guard !state.cases.isEmpty else {
            return ["No case was ever opened for this account: nothing is due."]
        }
        let newestFirst = Array(state.cases.reversed())
        let ordered = newestFirst.filter(\.isOpen) + newestFirst.filter { !$0.isOpen }
        return ordered.flatMap {
            CaseExplanation(state: state, dunningCase: $0, now: now).lines
        }
    }

    private var lines: [String] {
        guard self.dunningCase.isOpen else {
            return [self.opening, self.closing] + self.particulars + self.alarms
        }
        var lines = [self.opening, "It is \(self.standing).", self.refusal]
        lines += self.attempt
        lines += self.credentials
        lines += self.particulars
        lines.append(self.message)
        lines.append(self.notice)
        lines += self.access
        lines.append(self.end)
        lines += self.pending
        return lines + self.alarms
    }

    // MARK: The case

    private var opening: String {
        let obligation = self.dunningCase.obligation
        let amount = Money(minor: obligation.amountMinor, currency: obligation.currency)
        let part =
            obligation.collectedMinor == 0
            ? ""
            : " (\(Money(minor: obligation.openMinor, currency: obligation.currency)) still open)"
        let subscription =
            obligation.subscription.isEmpty ? "" : " of subscription \(obligation.subscription)"
        return "Case \(self.dunningCase.number): \(amount)\(part) for invoice "
            + "\(obligation.id)\(subscription), opened "
            + "\(self.when(self.dunningCase.openedAt)), policy \(self.dunningCase.policy)."
    }

    private var closing: String {
        // Frozen is not closed: what froze it stands among the alarms.
        if self.dunningCase.phase == .frozen {
            return "It is \(self.dunningCase.phase.words), after \(self.attemptsMade); an operator "
                + "may take it up again or end it."
        }
        let ours = self.dunningCase.flags.contains(.recoveredByUs) ? " by an attempt of ours" : ""
        return "It is \(self.dunningCase.phase.words)\(ours); closed "
            + "\(self.when(self.dunningCase.closedAt)) after \(self.attemptsMade)."
    }

    /// Where it stands; what stops it whole goes before what it would wait for.
    private var standing: String {
        if self.dunningCase.flags.contains(.paused) { return "paused by an operator" }
        let stops = self.state.flags.each.filter { AccountFlags($0).stopEverything }
        guard stops.isEmpty else {
            return
                "stopped by a flag of the account (\(stops.map(\.words).joined(separator: ", ")))"
        }
        return self.dunningCase.phase.words
    }

    private var attemptsMade: String {
        self.dunningCase.attempts == 1
            ? "1 attempt of ours" : "\(self.dunningCase.attempts) attempts of ours"
    }

    private var refusal: String {
        let decline = self.dunningCase.decline
        let delay =
            decline.minimumDelayMs == 0
            ? "" : ", at least \(SpanText.words(ms: decline.minimumDelayMs)) later"
        return "The latest refusal was \(decline.words); the rules say: "
            + "\(decline.advice.words)\(delay). So far \(self.attemptsMade)."
    }

    // MARK: The next attempt

    private var attempt: [String] {
        if let inFlight = self.dunningCase.inFlight { return self.waiting(for: inFlight) }
        if self.dunningCase.flags.contains(.paused) {
            return [
                "No attempt, message or loss of access happens while the case is paused; resume "
                    + "it to go on."
            ]
        }
        let plan = self.dunningCase.plan
        guard plan.attemptAt.ms != 0 else {
            return [
                "No attempt is planned"
                    + (plan.attemptReason == .none ? "." : ": \(plan.attemptReason.words).")
            ]
        }
        return [
            "The next attempt is \(self.when(plan.attemptAt)), \(plan.attemptReason.words).",
            "Why not earlier: \(self.whyNotEarlier(plan)).",
        ] + self.state.sharingWords(ofCase: self.dunningCase.number)
    }

    private func waiting(for inFlight: InFlightAttempt) -> [String] {
        let amount = Money(minor: inFlight.amountMinor, currency: inFlight.currency)
        let what =
            inFlight.number == 0
            ? "A debit of \(amount) that somebody else handed in"
            : "Attempt \(inFlight.number) of \(amount), intended"
        var lines = [
            "\(what) \(self.when(inFlight.intendedAt)), \(inFlight.phase.words).",
            "Why no other attempt: an invoice has one charge in flight at most, so nothing is "
                + "tried before this outcome is known.",
        ]
        if inFlight.number == 0, inFlight.nextLookUpAt.ms != 0 {
            lines.append(
                "Nobody can be asked about it; if nothing is heard, a person must look "
                    + "\(self.when(inFlight.nextLookUpAt)).")
        } else if inFlight.nextLookUpAt.ms != 0 {
            let times = inFlight.lookUps == 1 ? "once" : "\(inFlight.lookUps) times"
            lines.append(
                "Its outcome was asked about \(times); the next time is "
                    + "\(self.when(inFlight.nextLookUpAt)).")
        }
        return lines
    }

    private func whyNotEarlier(_ plan: CasePlan) -> String {
        let anchor = self.dunningCase.anchor
        if let until = self.dunningCase.particulars.first?.snoozedUntil, until > self.now,
            plan.attemptAt == until
        {
            return "the case is snoozed until then"
        }
        switch plan.attemptReason {
        case .none, .operatorRequest, .methodChanged, .fundedNow, .backupMethod, .nextInvoice,
            .resumed:
            return plan.attemptAt <= self.now
                ? "it is due now" : "the rules allow it no earlier"
        case .ladder:
            return "the ladder for \(self.dunningCase.decline.declineClass.name) puts rung "
                + "\(self.dunningCase.rung.increased()) at "
                + "\(SpanText.words(ms: plan.attemptAt.ms.decreased(by: anchor.ms))) after the first failure "
                + "at \(anchor)"
        case .window:
            return "the policy spreads its tries evenly from the first failure at \(anchor)"
        case .advisedDelay:
            let instant = self.chargeable.map(\.standing.notBefore).filter { $0.ms != 0 }.min()
            return "the credential must not be tried before \(instant ?? plan.attemptAt), which "
                + "the network's advice or the decline map asks for"
        case .budget:
            return "\(self.marksCounted); a network's budget for the credential is full until then"
        case .technical:
            return "failures of the machinery are repeated with doubling waits; this was number "
                + "\(self.dunningCase.technicalTries) in a row"
        case .gap:
            return "the policy keeps attempts on one invoice apart"
        case .calendar: return "the policy's calendar leaves the days before out"
        case .agreed: return "the customer agreed to that day, and nothing is charged before it"
        case .bankingDay:
            return "the scheme takes debits on its banking days until the cut-off, and collects "
                + "them later"
        case .notice:
            return "\(plan.noticeWords), and the scheme asks for a longer notice before it "
                + "collects"
        case .credentialBlocked, .ladderSpent, .windowClosed, .paused, .needsOperator,
            .flagged, .untold, .notWorth, .schemeForbids, .needsCustomer, .calendarUnknown,
            .renewalNear, .backlog:
            return plan.attemptReason.words
        }
    }

    private var marksCounted: String {
        let counted = self.state.marks.filter {
            !$0.flags.contains(.approved) && !$0.flags.contains(.notSentToNetwork)
        }.count
        return counted == 1
            ? "1 attempt of the last weeks is counted"
            : "\(counted) attempts of the last weeks are counted"
    }

    // MARK: Credentials

    private var chargeable: [HeldMethod] {
        self.state.methods.filter(\.isDefault)
            + self.state.methods.filter { !$0.isDefault && $0.isBackup }
    }

    private var credentials: [String] {
        guard !self.state.methods.isEmpty else {
            return ["The gateway's default method \(self.words(self.state.unnamedStanding))."]
        }
        let lines = self.chargeable.map {
            "\($0.isDefault ? "The default, " : "The backup, ")\($0.words), "
                + "\(self.words($0.standing))."
        }
        return lines.isEmpty ? ["No payment method is the default or an agreed backup."] : lines
    }

    private func words(_ standing: CredentialStanding) -> String {
        if let advice = standing.blockedBy {
            return "is blocked by \(standing.declineClass.name): \(advice.words)"
        }
        if standing.triesLeft == 0 { return "has no try left until it changes" }
        let tries = standing.triesLeft.map { ", \($0) more \($0 == 1 ? "try" : "tries")" } ?? ""
        guard standing.notBefore > self.now else { return "may be tried\(tries)" }
        return "may be tried from \(self.when(standing.notBefore)) on\(tries)"
    }

    // MARK: What only some cases have

    private var particulars: [String] {
        guard let terms = self.dunningCase.particulars.first else { return [] }
        var lines: [String] = []
        if !terms.further.isEmpty {
            let total = Money(
                minor: self.dunningCase.openMinor,
                currency: self.dunningCase.obligation.currency)
            let names = terms.further.map(\.id).joined(separator: ", ")
            lines.append("With \(names) the case holds \(total); they are charged one by one.")
        }
        if terms.snoozedUntil > self.now {
            lines.append("It is snoozed: nothing happens before \(self.when(terms.snoozedUntil)).")
        }
        lines += terms.words(currency: self.dunningCase.obligation.currency)
        if terms.nextBillingAt.ms != 0 {
            lines.append("The subscription renews \(self.when(terms.nextBillingAt)).")
        }
        return lines
    }

    // MARK: Messages, access, end

    private var message: String {
        let plan = self.dunningCase.plan
        let sent = self.dunningCase.touches
        let before =
            sent == 0
            ? "No message was accepted so far"
            : sent == 1 ? "1 message was accepted so far" : "\(sent) messages were accepted so far"
        guard plan.messageAt.ms != 0 else { return "\(before); none is planned." }
        return "\(before); the next, step \(plan.messageStep.increased()) of the policy, is "
            + "\(self.when(plan.messageAt))."
    }

    private var notice: String {
        let told = self.dunningCase.toldAt
        return told.ms == 0
            ? "The customer has not been told of a loss of access yet, and nothing is taken "
                + "away before that."
            : "The customer was told of the loss of access \(self.when(told))."
    }

    private var access: [String] {
        let subscription = self.dunningCase.obligation.subscription
        let entry = self.state.subscriptions.first { $0.subscription == subscription }
        let state = entry?.state ?? .full
        let since = entry.map { " since \(self.when($0.since))" } ?? ""
        let next = self.dunningCase.plan.accessAt
        guard next.ms != 0 else {
            return ["Access is \(state.name)\(since); no further step is planned."]
        }
        if self.dunningCase.flags.contains(.paused) {
            return ["Access is \(state.name)\(since); nothing is taken while the case is paused."]
        }
        return ["Access is \(state.name)\(since); the next step down is \(self.when(next))."]
    }

    private var end: String {
        if self.dunningCase.flags.contains(.paused) {
            return "While it is paused, the case does not end."
        }
        let end = self.dunningCase.plan.endAt
        return end.ms == 0
            ? "No end is planned yet." : "Unless it is paid, the case ends \(self.when(end))."
    }

    private var pending: [String] {
        let effects = self.state.effects.filter { $0.caseNumber == self.dunningCase.number }
        guard !effects.isEmpty else { return [] }
        let counts = EffectKind.allCases.compactMap { kind in
            let count = effects.filter { $0.kind == kind }.count
            return count == 0 ? nil : "\(count) \(kind.words)"
        }
        return ["On its way: \(counts.joined(separator: ", "))."]
    }

    private var alarms: [String] {
        let flags = self.dunningCase.flags
        var lines: [String] = []
        if flags.contains(.foreignRetries) {
            lines.append(
                "Somebody else retries this invoice, too: switch the other's retries off, or "
                    + "leave the tenant in observe.")
        }
        if flags.contains(.unreachable) {
            lines.append("The customer cannot be reached: find another address.")
        }
        if flags.contains(.overcharged) {
            lines.append(
                "Money moved twice, or for a closed case: look at the gateway and refund.")
        }
        if flags.contains(.endObserved) {
            lines.append("Its end was only observed: the tenant was not live.")
        }
        return lines
    }

    private func when(_ instant: Timestamp) -> String {
        "\(instant) (\(SpanText.words(from: self.now, to: instant)))"
    }
}
