/// What each rule about an attempt is called, where it is from and what it says here.
struct AttemptRuleWords {
    private let base: LiftedCase
    private let now: Timestamp

    init(_ base: LiftedCase, _ now: Timestamp) {
        self.base = base
        self.now = now
    }

    private var dunningCase: DunningCase { self.base.dunningCase }
    private var retries: RetryRules { self.base.policy.retries }

    func reason(_ lift: LiftedCase.Lift) -> SlotReason {
        switch lift {
        case .budget(let number, let method): return self.budget(number, method)
        case .scheme(let number, let method): return self.scheme(number, method)
        case .delay(let method): return self.delay(method)
        case .credential(let method): return self.credential(method)
        case .backup(let method):
            let held = self.base.state.methods.first { $0.number == method }
            let isAgreed = held?.isBackup == true
            return self.policy(
                .backup, "retries.backup",
                isAgreed
                    ? "the policy charges no backups, so \(self.name(method)) is not tried"
                    : "the customer has not agreed that \(self.name(method)) may be charged "
                        + "instead")
        case .ladder: return self.ladder
        case .technical: return self.policy(.technicalWait, "retries.technical", "")
        case .gap:
            return self.policy(
                .retryGap, "retries.gap_min",
                "attempts on one invoice are at least "
                    + "\(SpanText.words(ms: self.retries.gapMinMs)) apart")
        case .calendar:
            let at = self.retries.calendar.minuteOfDay.map { " at \(Self.clock($0))" } ?? ""
            let days = self.retries.calendar.weekdaysOnly ? " on weekdays" : ""
            return self.policy(
                .retryCalendar, "retries.at and retries.days",
                "attempts fall\(days)\(at) by the customer's clock")
        case .window:
            let end = self.dunningCase.anchor.advanced(byMs: self.windowMs)
            return self.policy(
                .retryWindow, "retries.window",
                "nothing is tried later than \(SpanText.words(ms: self.windowMs)) after the first "
                    + "failure, which is \(end)")
        case .renewal:
            let renewal = self.dunningCase.particulars.first?.nextBillingAt ?? Timestamp(ms: 0)
            return self.policy(
                .renewal, "retries.renewal_gap",
                "the subscription renews at \(renewal), and nothing is tried in the "
                    + "\(SpanText.words(ms: self.retries.renewalGapMs)) before that")
        case .agreement:
            let part = self.dunningCase.particulars.first?.nextPart?.at ?? Timestamp(ms: 0)
            return SlotReason(
                rule: .agreement, name: "the customer's promise",
                words: "the customer agreed to pay on \(part), and nothing is charged before that")
        case .snooze:
            let until = self.dunningCase.particulars.first?.snoozedUntil ?? Timestamp(ms: 0)
            return SlotReason(
                rule: .snooze, name: "snooze", words: "the case is snoozed until \(until)")
        case .costs:
            return self.policy(
                .costs, "costs", "further attempts cost more than they are likely to bring")
        case .untold:
            return self.policy(
                .debitNotice, "retries.notice_by",
                "the customer must be told of the debit before, and nobody can be told: no "
                    + "address takes a message")
        case .shared(let method):
            let place = self.base.sharePlace(ofMethod: method)
            let bar = place.map { self.base.state.shares[$0].bar } ?? CredentialStanding()
            let said =
                bar.blockedBy?.words ?? "not before \(bar.notBefore), as the issuer asked"
            return SlotReason(
                rule: .sharedCard, name: "a card of several accounts",
                words: "another account with \(self.name(method)) was refused: \(said)")
        case .backlog:
            return self.policy(
                .backlog, "intake.backlog",
                "the invoice was old when it came in: only messages are sent for it, until the "
                    + "customer acts or an operator asks for an attempt")
        case .flags:
            let names = self.base.state.flags.each.map(\.name).joined(separator: ", ")
            return SlotReason(
                rule: .accountFlag, name: names,
                words: "the account is flagged \(names), which stops its attempts")
        }
    }

    /// The shorter of the policy's window and that of its spread tries.
    private var windowMs: Int64 {
        guard case .window(_, let withinMs) = self.retries.mode else {
            return self.retries.windowMs
        }
        return min(self.retries.windowMs, withinMs)
    }

    private func policy(_ rule: SlotRule, _ name: String, _ words: String) -> SlotReason {
        SlotReason(rule: rule, name: name, version: self.base.policyVersion, words: words)
    }

    private func name(_ method: UInt32) -> String {
        self.base.state.methods.first { $0.number == method }?.words
            ?? "the gateway's default method"
    }

    private static func clock(_ minute: Int64) -> String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minute / 60)):\(two(minute % 60))"
    }

    // MARK: The policy's ladder

    private var ladder: SlotReason {
        if case .window(let tries, let withinMs) = self.retries.mode {
            return self.policy(
                .ladder, "retries.tries",
                "\(tries) tries are spread over \(SpanText.words(ms: withinMs)) from "
                    + "\(self.dunningCase.anchor)")
        }
        let declineClass = self.dunningCase.decline.declineClass
        let interval = self.dunningCase.particulars.first?.interval ?? .unknown
        let offsets = self.base.pinned.ladder(for: declineClass, interval: interval).offsetsMs
        let days = offsets.map { SpanText.words(ms: $0) }.joined(separator: ", ")
        let rhythm = interval == .unknown ? "" : " of a \(interval.name) subscription"
        return self.policy(
            .ladder, self.ladderField(declineClass, interval),
            offsets.isEmpty
                ? "after \(declineClass.name)\(rhythm) no try is made by itself"
                : "after \(declineClass.name)\(rhythm) tries come \(days) after the first failure "
                    + "at \(self.dunningCase.anchor)")
    }

    /// The field of the policy file that holds the ladder.
    private func ladderField(_ declineClass: DeclineClass, _ interval: BillingInterval) -> String {
        let own = self.retries.ladders[declineClass]
        guard interval != .unknown, let set = self.retries.byInterval[interval] else {
            return own == nil ? "retries.ladder" : "retries.ladders.\(declineClass.name)"
        }
        // A rhythm takes over what it does not say itself.
        if let ladder = set.byClass[declineClass] {
            return ladder == own
                ? "retries.ladders.\(declineClass.name)"
                : "retries.intervals.\(interval.name).ladders.\(declineClass.name)"
        }
        return set.standard == self.retries.defaultLadder
            ? "retries.ladder" : "retries.intervals.\(interval.name).ladder"
    }

    // MARK: Credentials

    private func delay(_ method: UInt32) -> SlotReason {
        let standing = self.base.state.standing(ofMethod: method)
        let decline = self.dunningCase.decline
        let said =
            decline.adviceCode.isEmpty
            ? "what the decline map asks for after \(decline.words)"
            : "what the network's advice code \(decline.adviceCode) asks for"
        return SlotReason(
            rule: .adviceDelay,
            name: decline.adviceCode.isEmpty
                ? "decline-delay" : "advice-code-\(decline.adviceCode)",
            number: Permit.Line.advisedDelay, version: self.declineVersion,
            words: "\(self.name(method)) is not tried before \(standing.notBefore), \(said)")
    }

    private func credential(_ method: UInt32) -> SlotReason {
        let standing = self.base.state.standing(ofMethod: method)
        let advice = standing.blockedBy?.words ?? "no try is left until it changes"
        return SlotReason(
            rule: .credential, name: standing.declineClass.name, version: self.declineVersion,
            words: "\(self.name(method)) was refused as \(standing.declineClass.name): \(advice)")
    }

    private var declineVersion: String {
        let tenant = self.base.context.tenant
        let map = self.base.bundle.declines(gateway: tenant.gateway, tenant: tenant.name)
        return "declines \(map.version)"
    }

    // MARK: Networks and schemes

    private var rulesVersion: String { "rules \(self.base.bundle.rules.version)" }

    private func budget(_ number: UInt32, _ method: UInt32) -> SlotReason {
        guard let rule = self.base.bundle.rules.budgets.first(where: { $0.number == number })
        else { return SlotReason(rule: .networkBudget, name: "", words: "") }
        let proposal = AttemptProposal(
            network: self.base.state.network(ofMethod: method), method: method,
            amountMinor: self.dunningCase.chargeMinor,
            currency: self.dunningCase.obligation.currency,
            standing: self.base.state.standing(ofMethod: method))
        let used = BudgetRow(rule).count(self.base.state.marks, for: proposal, at: self.now).used
        let window =
            switch rule.window {
            case .rolling(let ms): "within \(SpanText.words(ms: ms))"
            case .calendarDay: "on one day by UTC"
            }
        let words =
            rule.attemptsMax == 0
            ? "\(rule.name) allows no attempt with \(self.name(method))"
            : "\(used) of \(rule.attemptsMax) attempts \(window) are used for \(self.name(method))"
        return SlotReason(
            rule: rule.isSoftCap ? .softCap : .networkBudget, name: rule.name, number: number,
            version: self.rulesVersion, source: rule.source, words: words)
    }

    private func scheme(_ number: UInt32, _ method: UInt32) -> SlotReason {
        guard let rule = self.base.bundle.rules.schemes.first(where: { $0.number == number })
        else { return SlotReason(rule: .scheme, name: "", words: "") }
        let (kind, words) = self.demand(rule.demand)
        return SlotReason(
            rule: kind, name: rule.name, number: number, version: self.rulesVersion,
            source: rule.source, words: "\(words) (\(self.name(method)))")
    }

    private func demand(_ demand: SchemeRule.Demand) -> (SlotRule, String) {
        switch demand {
        case .returnCodes:
            return (.scheme, "a refused debit is presented again only after codes that allow it")
        case .representations(let max):
            return (.scheme, "a refused debit is presented again at most \(max) times")
        case .withinDays(let days):
            return (.scheme, "a refused debit is collected again within \(days) days")
        case .withinMonths(let months):
            return (.scheme, "a refused debit is collected again within \(months) months")
        case .sameAmount:
            return (.scheme, "a debit is presented again for the original amount only")
        case .customerAbove(let minor):
            let most = Money(minor: minor, currency: self.dunningCase.obligation.currency)
            return (.customerOnly, "above \(most) only the customer may start a payment")
        case .submission(let submission): return self.submission(submission)
        case .notice(let notice):
            let span =
                switch notice.span {
                case .days(let days): "\(days) days"
                case .bankingDays(let days): "\(days) banking days"
                case .ms(let ms): SpanText.words(ms: ms)
                }
            return (.debitNotice, "the customer knows of a debit \(span) before it is collected")
        }
    }

    /// A closed day, or an open one of which the cut-off has passed.
    private func submission(_ submission: SchemeRule.Submission) -> (SlotRule, String) {
        let cutOff = Self.clock(submission.cutOffMinute)
        let calendar = self.base.bundle.rules.calendars.first { $0.name == submission.calendar }
        let isOpen = calendar.flatMap { calendar in
            calendar.local(self.now).flatMap { calendar.isBankingDay($0.day) }
        }
        let days = "debits are handed in on banking days of \(submission.calendar)"
        return isOpen == true
            ? (.cutOff, "\(days) until \(cutOff), which has passed today or closes the day")
            : (.bankingDay, "\(days) until \(cutOff), and today is none")
    }
}
