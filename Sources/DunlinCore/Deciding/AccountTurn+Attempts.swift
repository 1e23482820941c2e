extension AccountTurn {
    /// An attempt and the slot that the gate gave it.
    struct PlannedAttempt {
        var at: Timestamp
        var reason: PlanReason
        /// ``HeldMethod/number``; 0 for the gateway's default.
        var method: UInt32
        var permit: Permit
        var rung: UInt32
    }

    /// What asks for an attempt.
    enum Wish {
        /// The policy: from this rung on.
        case ladder(fromRung: UInt32)
        /// As soon as the rules allow.
        case now(PlanReason)
        /// A repeat after a failure of the machinery.
        case technical(tries: UInt32)
    }

    /// The next legal attempt, or why there is none.
    func planAttempt(
        _ dunningCase: DunningCase, _ wish: Wish, policy: DunningPolicy, bundle: Bundle
    ) -> (attempt: PlannedAttempt?, reason: PlanReason) {
        let wanted: (at: Timestamp, rung: UInt32, reason: PlanReason)
        switch wish {
        case .ladder(let rung):
            guard let slot = self.ladderSlot(dunningCase, from: rung, retries: policy.retries)
            else { return (nil, .ladderSpent) }
            wanted = slot
        case .now(let reason):
            wanted = (self.now, dunningCase.rung, reason)
        case .technical(let tries):
            let doublings = min(tries > 0 ? tries - 1 : 0, 20)
            let delay = policy.retries.technical.firstDelayMs << Int64(doublings)
            wanted = (self.now.advanced(byMs: delay), dunningCase.rung, .technical)
        }
        let spaced = self.spaced(wanted.at, dunningCase, gapMs: policy.retries.gapMinMs)
        return self.legalSlot(
            dunningCase, wanted: spaced, asked: (wanted.at, wanted.reason, wanted.rung),
            bundle: bundle, windowMs: policy.retries.windowMs)
    }

    /// Asks the gate for each method that may be charged, the default first.
    private func legalSlot(
        _ dunningCase: DunningCase, wanted: Timestamp,
        asked: (at: Timestamp, reason: PlanReason, rung: UInt32), bundle: Bundle, windowMs: Int64
    ) -> (attempt: PlannedAttempt?, reason: PlanReason) {
        var refusal = PlanReason.credentialBlocked
        for candidate in self.chargeable() {
            let proposal = AttemptProposal(
                network: candidate.network, method: candidate.number,
                amountMinor: dunningCase.obligation.openMinor,
                currency: dunningCase.obligation.currency, standing: candidate.standing)
            let answer = RuleGate.earliest(
                proposal, from: wanted, marks: self.state.marks, rules: bundle.rules)
            switch answer {
            case .never(let reason):
                refusal = reason
            case .slot(let instant, let moved, let permit):
                guard instant <= dunningCase.anchor.advanced(byMs: windowMs) else {
                    refusal = .windowClosed
                    continue
                }
                let gapMoved = wanted > asked.at ? PlanReason.gap : asked.reason
                return (
                    PlannedAttempt(
                        at: instant, reason: moved == .none ? gapMoved : moved,
                        method: candidate.number, permit: permit, rung: asked.rung),
                    .none
                )
            }
        }
        return (nil, refusal)
    }

    /// The credentials that may be tried, in order: the default, then agreed backups.
    private func chargeable() -> [(
        number: UInt32, network: CardNetwork, standing: CredentialStanding
    )] {
        guard !self.state.methods.isEmpty else {
            return [(0, .unknown, self.state.unnamedStanding)]
        }
        let ordered =
            self.state.methods.filter(\.isDefault)
            + self.state.methods.filter { !$0.isDefault && $0.isBackup }
        return ordered.map { ($0.number, $0.method.network, $0.standing) }
    }

    /// The first rung at or after `from` that lies ahead. Rungs that time ran past collapse into
    /// one overdue attempt where none was made since, else they are skipped.
    private func ladderSlot(
        _ dunningCase: DunningCase, from: UInt32, retries: RetryRules
    ) -> (at: Timestamp, rung: UInt32, reason: PlanReason)? {
        let ladder = retries.ladders[dunningCase.decline.declineClass] ?? retries.defaultLadder
        let count: UInt32
        let reason: PlanReason
        switch retries.mode {
        case .ladder: (count, reason) = (UInt32(clamping: ladder.offsetsMs.count), .ladder)
        case .window(let tries, _): (count, reason) = (tries, .window)
        }
        var overdue: UInt32?
        var rung = from
        while rung < count {
            let offset: Int64
            switch retries.mode {
            case .ladder: offset = ladder.offsetsMs[Int(rung)]
            case .window(let tries, let withinMs):
                offset = withinMs / Int64(tries) * Int64(rung + 1)
            }
            let jitter = self.jitterMs(dunningCase, rung: rung, below: retries.jitterMs)
            let instant = dunningCase.anchor.advanced(byMs: offset + jitter)
            if instant > self.now {
                // An overdue rung is made up for only before the first attempt of the case.
                if let overdue, dunningCase.lastAttempt == 0 { return (self.now, overdue, reason) }
                return (instant, rung, reason)
            }
            overdue = rung
            rung += 1
        }
        if let overdue, dunningCase.lastAttempt == 0 { return (self.now, overdue, reason) }
        return nil
    }

    /// Spread by a hash of account, case and rung, so that a replay and a replica agree.
    private func jitterMs(_ dunningCase: DunningCase, rung: UInt32, below limit: Int64) -> Int64 {
        guard limit > 0 else { return 0 }
        let seed = self.account.shardHash ^ UInt64(dunningCase.number) << 32 ^ UInt64(rung)
        return Int64(splitmix64(seed) % UInt64(limit))
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
