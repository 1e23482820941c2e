extension AccountTurn {
    /// An attempt and the slot that the gate gave it.
    struct PlannedAttempt {
        var at: Timestamp
        var reason: PlanReason
        /// ``HeldMethod/number``; 0 for the gateway's default.
        var method: UInt32
        var permit: Permit
        var rung: UInt32
        var asked: Asked
        /// It is no default but an agreed backup.
        var isBackup = false
        /// The word about this debit; `nil` where nobody must be told.
        var notice: DebitNotice?

        /// Nothing must be said, or has been taken, before it.
        var isReady: Bool {
            switch self.notice?.state {
            case .stated, .accepted, nil: true
            case .planned, .sent: false
            }
        }
    }

    /// What asks for an attempt.
    enum Wish {
        /// The policy: from this rung on.
        case ladder(fromRung: UInt32)
        /// The policy after a time in which nothing was to happen: one missed rung is made up for.
        case resumed(fromRung: UInt32)
        /// As soon as the rules allow.
        case now(PlanReason)
        /// No earlier than that.
        case from(Timestamp, PlanReason)
        /// A repeat after a failure of the machinery.
        case technical(tries: UInt32)
    }

    /// When an attempt is wanted, and why.
    struct WantedAttempt {
        var at: Timestamp
        var rung: UInt32
        var reason: PlanReason
    }

    /// The next legal attempt, or why there is none. The permit says what was counted only with
    /// `proves`.
    func planAttempt(
        _ dunningCase: DunningCase, _ wish: Wish, policy: PinnedPolicy, proves: Bool = false
    ) -> (attempt: PlannedAttempt?, reason: PlanReason) {
        guard !self.state.flags.stopAttempts else { return (nil, .flagged) }
        if !dunningCase.particulars.isEmpty, self.waitsAsBacklog(dunningCase, wish) {
            return (nil, .backlog)
        }
        let wanted: WantedAttempt
        switch wish {
        case .ladder, .resumed, .now, .from:
            guard let found = self.wanted(dunningCase, wish, policy: policy)
            else { return (nil, self.spent(dunningCase, wish, policy)) }
            wanted = found
        case .technical(let tries):
            let doublings = min(tries > 0 ? tries - 1 : 0, 20)
            let delay = policy.retries.technical.firstDelayMs << Int64(doublings)
            wanted = WantedAttempt(
                at: self.now.advanced(byMs: delay), rung: dunningCase.rung, reason: .technical)
        }
        let spaced = self.spaced(wanted.at, dunningCase, gapMs: policy.retries.gapMinMs)
        return self.legalSlot(
            dunningCase, from: spaced, wanted: wanted, policy: policy, proves: proves)
    }

    /// Why the ladder names no further attempt.
    private func spent(
        _ dunningCase: DunningCase, _ wish: Wish, _ policy: PinnedPolicy
    ) -> PlanReason {
        switch wish {
        case .ladder(let rung), .resumed(let rung):
            self.isWorth(rung: rung, dunningCase, policy) ? .ladderSpent : .notWorth
        case .now, .from, .technical: .ladderSpent
        }
    }

    private func wanted(
        _ dunningCase: DunningCase, _ wish: Wish, policy: PinnedPolicy
    ) -> WantedAttempt? {
        if !dunningCase.particulars.isEmpty,
            let part = dunningCase.particulars[0].nextPart
        {
            // What the customer agreed to goes before every plan of ours, but for a person's word.
            if case .now(.operatorRequest) = wish {
                return WantedAttempt(
                    at: self.now, rung: dunningCase.rung, reason: .operatorRequest)
            }
            return WantedAttempt(
                at: max(part.at, self.now), rung: dunningCase.rung, reason: .agreed)
        }
        switch wish {
        case .ladder(let rung):
            return self.ladderSlot(dunningCase, from: rung, policy: policy, makesUp: false)
        case .resumed(let rung):
            return self.ladderSlot(dunningCase, from: rung, policy: policy, makesUp: true)
        case .now(let reason):
            // A person may ask for an attempt in spite of a snooze; nobody else.
            let earliest =
                reason == .operatorRequest ? self.now : max(self.now, dunningCase.holdsUntil)
            return WantedAttempt(at: earliest, rung: dunningCase.rung, reason: reason)
        case .from(let instant, let reason):
            return WantedAttempt(
                at: max(instant, self.now), rung: dunningCase.rung, reason: reason)
        case .technical: return nil
        }
    }

    /// Asks the gate for each method that may be charged, the default first.
    private func legalSlot(
        _ dunningCase: DunningCase, from earliest: Timestamp, wanted: WantedAttempt,
        policy: PinnedPolicy, proves: Bool
    ) -> (attempt: PlannedAttempt?, reason: PlanReason) {
        var refusal = PlanReason.credentialBlocked
        let (lastAt, tooLate) = self.lastSlot(dunningCase, wanted.reason, policy: policy)
        let marks = self.state.cases.count > 1 ? self.marksAndCharges(but: dunningCase) : nil
        /// Answers `nil` where the credential has no legal slot in the window.
        func slot(
            _ method: UInt32, _ network: PaymentNetwork, _ standing: CredentialStanding
        ) -> PlannedAttempt? {
            let asked = self.asked(of: dunningCase, method: method, network, policy)
            var proposal = AttemptProposal(
                network: network, method: method, amountMinor: asked.minor,
                currency: dunningCase.obligation.currency, standing: standing)
            var notice: DebitNotice?
            if policy.rules.hasSchemes(for: network, proposal.currency) {
                proposal.obligationHash = FNV1a64.hash(dunningCase.obligation.id)
                proposal.agreedNoticeDays = policy.retries.agreedNoticeDays[network]
                notice = self.notice(of: proposal, dunningCase, policy)
                guard let notice else {
                    refusal = .untold
                    return nil
                }
                proposal.noticeAt = notice.at
            }
            var from = earliest
            var movedByCalendar = false
            // A slot that the gate moves onto a weekend is asked for again from Monday.
            for _ in 0..<Self.calendarStepsMax {
                switch RuleGate.earliest(
                    proposal, from: from, marks: marks ?? self.state.marks, rules: policy.rules,
                    proves: proves)
                {
                case .never(let reason):
                    refusal = reason
                    return nil
                case .slot(let instant, let moved, let permit):
                    guard instant <= lastAt else {
                        refusal = tooLate
                        return nil
                    }
                    let open = self.openDay(instant, wanted.reason, policy: policy)
                    guard open == instant else {
                        from = open
                        movedByCalendar = true
                        continue
                    }
                    var reason = earliest > wanted.at ? PlanReason.gap : wanted.reason
                    if moved != .none { reason = moved }
                    if movedByCalendar { reason = .calendar }
                    return PlannedAttempt(
                        at: instant, reason: reason, method: method, permit: permit,
                        rung: wanted.rung, asked: asked, notice: notice)
                }
            }
            refusal = tooLate
            return nil
        }
        if self.state.methods.isEmpty {
            return (slot(0, .unknown, self.state.unnamedStanding), refusal)
        }
        for held in self.state.methods where held.isDefault {
            if let found = slot(held.number, held.method.network, self.standing(of: held)) {
                return (found, .none)
            }
        }
        guard policy.retries.usesBackups else { return (nil, refusal) }
        // Agreed backups, in the order in which they were agreed to.
        for held in self.state.methods where !held.isDefault && held.isBackup {
            if var found = slot(held.number, held.method.network, self.standing(of: held)) {
                found.isBackup = true
                return (found, .none)
            }
        }
        return (nil, refusal)
    }

    /// The marks, and the charges of other cases whose outcome is not known yet: they count, too.
    private func marksAndCharges(but dunningCase: DunningCase) -> [AttemptMark]? {
        var marks: [AttemptMark]?
        for other in self.state.cases where other.number != dunningCase.number {
            guard let inFlight = other.inFlight, inFlight.number != 0 else { continue }
            marks = marks ?? self.state.marks
            marks?.append(inFlight.mark(of: other.obligation))
        }
        return marks
    }

    /// Weekends that one slot may be moved over.
    private static let calendarStepsMax = 16

    /// The latest instant of an attempt, and what it is that forbids later ones.
    func lastSlot(
        _ dunningCase: DunningCase, _ reason: PlanReason, policy: PinnedPolicy
    ) -> (at: Timestamp, tooLate: PlanReason) {
        // The customer's own word goes beyond the window.
        if reason == .agreed { return (Timestamp(ms: .max), .windowClosed) }
        var windowMs = policy.retries.windowMs
        if case .window(_, let withinMs) = policy.retries.mode {
            windowMs = min(windowMs, withinMs)
        }
        let end = dunningCase.anchor.advanced(byMs: windowMs)
        guard !dunningCase.particulars.isEmpty, policy.retries.renewalGapMs > 0,
            dunningCase.particulars[0].nextBillingAt.ms != 0
        else { return (end, .windowClosed) }
        let renewal = dunningCase.particulars[0].nextBillingAt
        let cutOff = renewal.advanced(byMs: -policy.retries.renewalGapMs - 1)
        return cutOff < end ? (cutOff, .renewalNear) : (end, .windowClosed)
    }

    /// The instant itself where its day is open, else the same time of the next open day. What a
    /// person or the customer asks for needs no open day.
    func openDay(
        _ instant: Timestamp, _ reason: PlanReason, policy: PinnedPolicy
    ) -> Timestamp {
        guard policy.retries.calendar.weekdaysOnly else { return instant }
        switch reason {
        case .operatorRequest, .agreed, .methodChanged: return instant
        default: return self.zone(bundle: policy.bundle).weekday(from: instant)
        }
    }

    /// The first rung at or after `from` that lies ahead. Rungs that time ran past collapse into
    /// one overdue attempt where none was made since, else they are skipped.
    private func ladderSlot(
        _ dunningCase: DunningCase, from: UInt32, policy: PinnedPolicy, makesUp: Bool
    ) -> WantedAttempt? {
        let interval = dunningCase.particulars.first?.interval ?? .unknown
        let ladder = policy.ladder(for: dunningCase.decline.declineClass, interval: interval)
        let mode = policy.retries.mode
        let count: UInt32
        let reason: PlanReason
        switch mode {
        case .ladder: (count, reason) = (UInt32(clamping: ladder.offsetsMs.count), .ladder)
        case .window(let tries, _): (count, reason) = (tries, .window)
        }
        let start = max(self.now, dunningCase.holdsUntil)
        // An overdue rung is made up for only before the first attempt of the case, or once after
        // a time in which nothing was to happen.
        let makesUp = makesUp || dunningCase.lastAttempt == 0
        let madeUpReason = dunningCase.lastAttempt == 0 ? reason : .resumed
        // What a snooze leaves out is still there when somebody ends it early.
        let isHeld = start > self.now
        var overdue: UInt32?
        var rung = from
        while rung < count {
            guard policy.retries.worth == nil || self.isWorth(rung: rung, dunningCase, policy)
            else {
                rung += 1
                continue
            }
            let offset: Int64
            switch mode {
            case .ladder: offset = ladder.offsetsMs[Int(rung)]
            case .window(let tries, let withinMs):
                offset = withinMs / Int64(tries) * Int64(rung + 1)
            }
            let instant = self.instant(dunningCase, rung: rung, offsetMs: offset, policy: policy)
            if instant > start {
                if let overdue, makesUp {
                    return WantedAttempt(
                        at: start, rung: isHeld ? from : overdue, reason: madeUpReason)
                }
                return WantedAttempt(at: instant, rung: rung, reason: reason)
            }
            overdue = rung
            rung += 1
        }
        if let overdue, makesUp {
            return WantedAttempt(
                at: start, rung: isHeld ? from : overdue, reason: madeUpReason)
        }
        return nil
    }

    /// When a rung falls, by the customer's clock where the policy says so.
    private func instant(
        _ dunningCase: DunningCase, rung: UInt32, offsetMs: Int64, policy: PinnedPolicy
    ) -> Timestamp {
        let retries = policy.retries
        var latestMs = Int64.max
        if case .window(_, let withinMs) = retries.mode { latestMs = max(0, withinMs - offsetMs) }
        let jitter = Jitter(belowMs: retries.jitterMs, latestMs: latestMs, rung: rung)
        let plain = dunningCase.anchor.advanced(byMs: offsetMs)
        guard !retries.calendar.isPlain else {
            return self.moved(plain, by: jitter, dunningCase)
        }
        let zone = self.zone(bundle: policy.bundle)
        var instant = plain
        if let minute = retries.calendar.minuteOfDay, offsetMs >= Milliseconds.day {
            instant = zone.day(after: dunningCase.anchor, byMs: offsetMs, atMinute: minute)
        }
        if retries.calendar.weekdaysOnly { instant = zone.weekday(from: instant) }
        return self.moved(instant, by: jitter, dunningCase)
    }

    /// How far a rung may be moved.
    private struct Jitter {
        var belowMs: Int64
        var latestMs: Int64
        var rung: UInt32

        func instant(_ base: Timestamp, _ draw: UInt64) -> Timestamp {
            base.advanced(byMs: min(Int64(draw % UInt64(self.belowMs)), self.latestMs))
        }
    }

    /// Spread by a hash of account, case and rung, so that a replay and a replica agree; where load
    /// is shaped, to the emptiest of some instants that it draws.
    private func moved(
        _ base: Timestamp, by jitter: Jitter, _ dunningCase: DunningCase
    ) -> Timestamp {
        guard jitter.belowMs > 0 else { return base }
        let seed =
            self.account.shardHash ^ UInt64(dunningCase.number) << 32 ^ UInt64(jitter.rung)
        var draw = splitmix64(seed)
        var best = jitter.instant(base, draw)
        guard let forecast = self.context.forecast else { return best }
        var least = forecast.load(at: best)
        for _ in 1..<LoadForecast.candidates where least > 0 {
            draw = splitmix64(draw)
            let other = jitter.instant(base, draw)
            let load = forecast.load(at: other)
            if load < least { (best, least) = (other, load) }
        }
        return best
    }

    private func spaced(_ wanted: Timestamp, _ dunningCase: DunningCase, gapMs: Int64) -> Timestamp
    {
        guard gapMs > 0 else { return wanted }
        let obligation = FNV1a64.hash(dunningCase.obligation.id)
        let last = self.state.marks.last {
            $0.obligationHash == obligation && $0.flags.isDisjoint(with: [.original, .technical])
        }
        guard let last else { return wanted }
        return max(wanted, last.at.advanced(byMs: gapMs))
    }
}
