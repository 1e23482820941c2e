extension SharedBudget {
    /// Decides about one account's report.
    ///
    /// `rules`: The rules of a bundle; `nil` when it is not at hand.
    /// Answers `nil` where nothing changes: a repeat, or one account too many.
    package func decide(
        _ report: BudgetReport, from account: String, id: RecordPosition, now: Timestamp,
        rules: (BundleID) -> RuleBook?
    ) -> BudgetReported? {
        let place = self.place(of: account)
        if let place, id <= self.holders[place].lastReport { return nil }
        if place == nil, report.leaves || self.isFull && self.quietPlace == nil { return nil }
        var next = BudgetReported(
            account: account, report: id, mode: self.mode(after: report, at: place),
            leaves: report.leaves, uses: Array(report.uses.suffix(Self.usesMax)), bar: report.bar)
        guard !report.leaves else {
            next.uses = []
            next.bar = CredentialStanding()
            if self.isFree(of: place, mode: .shared) { next.owed = self.waiting(but: account) }
            return next
        }
        let isFree = self.isFree(of: place, mode: next.mode)
        if isFree, next.mode == .waiting { next.mode = .shared }
        next.permits = self.permits(
            for: report, of: place, next, isFree: isFree, now: now, rules: rules)
        next.owed = self.owed(after: next, at: place, isFree: isFree)
        return next
    }

    private func mode(after report: BudgetReport, at place: Int?) -> BudgetHolder.Mode {
        guard let place else { return self.holders.isEmpty ? .sole : .waiting }
        let before = self.holders[place].mode
        return before == .sole && report.knowsShared ? .shared : before
    }

    /// Nobody draws without asking any more, once the holder at `place` is in `mode`.
    private func isFree(of place: Int?, mode: BudgetHolder.Mode) -> Bool {
        guard mode != .sole else { return false }
        return !self.holders.indices.contains { $0 != place && self.holders[$0].mode == .sole }
    }

    private func waiting(but account: String) -> [String] {
        self.holders.filter { $0.mode == .waiting && !$0.account.hasSameBytes(as: account) }
            .map(\.account)
    }

    /// Who must be told after the event: those that waited for it, those that think that they are
    /// alone, and those whom a new bar binds.
    private func owed(after next: BudgetReported, at place: Int?, isFree: Bool) -> [String] {
        let barBefore = place.map { self.holders[$0].bar } ?? CredentialStanding()
        var owed: [String] = []
        for (index, holder) in self.holders.enumerated() where index != place {
            let isNewcomer = place == nil
            let mustKnow =
                holder.mode == .sole && isNewcomer || holder.mode == .waiting && isFree
                || holder.mode == .shared && next.bar != barBefore
            if mustKnow { owed.append(holder.account) }
        }
        return owed
    }

    // MARK: Permits

    private func permits(
        for report: BudgetReport, of place: Int?, _ next: BudgetReported, isFree: Bool,
        now: Timestamp, rules: (BundleID) -> RuleBook?
    ) -> [BudgetPermit] {
        let before = place.map { self.holders[$0].permits } ?? []
        let bar = self.bar(for: next.account)
        var given: [BudgetPermit] = []
        // What was granted stands, before anything new is.
        for ask in report.asks.prefix(Self.permitsMax) {
            let known = before.first { $0.isFor(ask) && $0.grantedAt.ms != 0 }
            given.append(known ?? BudgetPermit(ask))
        }
        guard isFree else { return given }
        for (index, ask) in report.asks.prefix(Self.permitsMax).enumerated()
        where given[index].grantedAt.ms == 0 {
            let uses = self.uses(with: next, given)
            let answer =
                report.kind == .card
                ? Self.attempt(ask, among: uses, bar: bar, rules: rules(ask.bundle))
                : Self.message(ask, among: uses, bar: bar)
            given[index].refusal = answer.refusal
            given[index].grantedAt = answer.at
            given[index].used = answer.used
            given[index].cap = answer.cap
        }
        return given
    }

    /// Everything that counts, as of the event: what was used, and what may be.
    private func uses(with next: BudgetReported, _ given: [BudgetPermit]) -> [BudgetUse] {
        var uses = self.orphans + next.uses
        uses += given.compactMap(\.use)
        for holder in self.holders where !holder.account.hasSameBytes(as: next.account) {
            uses += holder.uses
            uses += holder.permits.compactMap(\.use)
        }
        return uses
    }

    /// What the other holders have learnt.
    package func bar(for account: String) -> CredentialStanding {
        var bar = CredentialStanding()
        for holder in self.holders where !holder.account.hasSameBytes(as: account) {
            bar = bar.joined(with: holder.bar)
        }
        return bar
    }

    private struct Answer {
        var at = Timestamp(ms: 0)
        var refusal = PlanReason.none
        var used: UInt32 = 0
        var cap: UInt32 = 0
    }

    /// The first instant at which every row of the network has room, whenever within
    /// ``validForMs`` this use and all that are permitted happen.
    private static func attempt(
        _ ask: BudgetAsk, among uses: [BudgetUse], bar: CredentialStanding, rules: RuleBook?
    ) -> Answer {
        guard bar.blockedBy == nil else { return Answer(refusal: .credentialBlocked) }
        guard let rules else { return Answer(refusal: .needsOperator) }
        let proposal = AttemptProposal(
            network: ask.network, method: 0, amountMinor: ask.amountMinor, currency: ask.currency,
            standing: CredentialStanding())
        let marks = uses.map { use in
            AttemptMark(
                at: use.at, method: 0, amountMinor: use.amountMinor, currency: use.currency,
                initiator: use.initiator, obligationHash: 0, flags: use.flags)
        }
        let rows = rules.rows(for: ask.network, ask.currency).budgets
        var candidate = max(ask.wantedAt, bar.notBefore)
        // Each mark can move the candidate once for each row, each day and each end of a row twice.
        for _ in 0..<(rows.count + 1) * (marks.count + 2) * 3 {
            guard candidate <= ask.latestAt else { return Answer(refusal: .budget) }
            var answer = Answer(at: candidate)
            var next: Timestamp?
            for row in rows where row.isInForce(at: candidate, for: Self.validForMs) {
                guard row.attemptsMax > 0 else { return Answer(refusal: .credentialBlocked) }
                let count = row.count(
                    marks, for: proposal, at: candidate, slackMs: Self.validForMs)
                guard count.used < row.attemptsMax else {
                    next = row.freeAgain(after: count, at: candidate, slackMs: Self.validForMs)
                    break
                }
                if answer.cap == 0 || row.attemptsMax - count.used < answer.cap - answer.used {
                    (answer.used, answer.cap) = (count.used, row.attemptsMax)
                }
            }
            guard let next else { return answer }
            guard next > candidate else { return Answer(refusal: .budget) }
            candidate = next
        }
        return Answer(refusal: .budget)
    }

    private static func message(
        _ ask: BudgetAsk, among uses: [BudgetUse], bar: CredentialStanding
    ) -> Answer {
        guard bar.blockedBy == nil else { return Answer(refusal: .flagged) }
        let touches = uses.map(\.at)
        let caps = ask.caps.map { cap in
            FrequencyCap(
                touchesMax: cap.touchesMax, withinMs: cap.withinMs.increased(by: Self.validForMs))
        }
        let free = FrequencyCap.first(from: ask.wantedAt, touches: touches, caps: caps)
        guard free <= ask.latestAt else { return Answer(refusal: .budget) }
        let tightest = caps.min {
            Int64($0.touchesMax) - Int64($0.used(at: free, touches: touches))
                < Int64($1.touchesMax) - Int64($1.used(at: free, touches: touches))
        }
        return Answer(
            at: free, used: tightest.map { $0.used(at: free, touches: touches) } ?? 0,
            cap: tightest?.touchesMax ?? 0)
    }

    // MARK: Words

    /// How an account stands. `kind` and `key` are the budget's own.
    package func word(for account: String, kind: EntityKind, key: String) -> BudgetWord {
        guard let place = self.place(of: account) else {
            return BudgetWord(
                kind: kind, key: key, standing: .full, holders: UInt32(self.holders.count))
        }
        let holder = self.holders[place]
        let standing: ShareStanding =
            switch holder.mode {
            case .sole: self.holders.count == 1 ? .sole : .shared
            case .waiting: .waiting
            case .shared: .shared
            }
        return BudgetWord(
            kind: kind, key: key, standing: standing, holders: UInt32(self.holders.count),
            report: holder.lastReport, bar: self.bar(for: account), permits: holder.permits)
    }
}

extension BudgetPermit {
    /// The use that a granted permit stands for.
    fileprivate var use: BudgetUse? {
        guard self.grantedAt.ms != 0 else { return nil }
        return BudgetUse(
            at: self.grantedAt, amountMinor: self.amountMinor, currency: self.currency)
    }
}

extension CredentialStanding {
    /// What both forbid together.
    func joined(with other: CredentialStanding) -> CredentialStanding {
        guard other != CredentialStanding() else { return self }
        var joined = self
        if joined.blockedBy == nil, other.blockedBy != nil {
            joined.blockedBy = other.blockedBy
            joined.declineClass = other.declineClass
        }
        joined.notBefore = max(joined.notBefore, other.notBefore)
        return joined
    }

    /// What of it is about the card itself, whoever charges it: the network's and the issuer's
    /// word, not what our own machinery or one payment lacks.
    var bindingOthers: CredentialStanding {
        var bar = CredentialStanding(notBefore: self.notBefore)
        switch self.blockedBy {
        case .never, .afterCredentialChange:
            bar.blockedBy = self.blockedBy
            bar.declineClass = self.declineClass
        case .afterAuthentication, .afterOperator, .afterLookUp, .wait, .once, .backOff, nil: break
        }
        return bar
    }
}
