extension AccountTurn {
    /// An attempt and the slot that the gate gave it.
    struct PlannedAttempt {
        var at: Timestamp
        var reason: PlanReason
        /// ``HeldMethod/number``; 0 for the gateway's default.
        var method: UInt32
        var permit: Permit
        var rung: UInt32
        /// Since when the customer is told of this debit; zero where nobody must be.
        var noticeAt = Timestamp(ms: 0)
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

    /// The next legal attempt, or why there is none. The permit says what was counted only with
    /// `proves`.
    func planAttempt(
        _ dunningCase: DunningCase, _ wish: Wish, policy: PinnedPolicy, proves: Bool = false
    ) -> (attempt: PlannedAttempt?, reason: PlanReason) {
        guard !self.state.flags.stopAttempts else { return (nil, .flagged) }
        let wanted: (at: Timestamp, rung: UInt32, reason: PlanReason)
        switch wish {
        case .ladder(let rung):
            guard let slot = self.ladderSlot(dunningCase, from: rung, policy: policy)
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
            policy: policy, proves: proves)
    }

    /// Asks the gate for each method that may be charged, the default first.
    private func legalSlot(
        _ dunningCase: DunningCase, wanted: Timestamp,
        asked: (at: Timestamp, reason: PlanReason, rung: UInt32), policy: PinnedPolicy,
        proves: Bool
    ) -> (attempt: PlannedAttempt?, reason: PlanReason) {
        var refusal = PlanReason.credentialBlocked
        let lastAt = dunningCase.anchor.advanced(byMs: policy.retries.windowMs)
        /// Answers `nil` where the credential has no legal slot in the window.
        func slot(
            _ method: UInt32, _ network: PaymentNetwork, _ standing: CredentialStanding
        ) -> PlannedAttempt? {
            var proposal = AttemptProposal(
                network: network, method: method, amountMinor: dunningCase.obligation.openMinor,
                currency: dunningCase.obligation.currency, standing: standing)
            if policy.rules.hasSchemes(for: network, proposal.currency) {
                proposal.obligationHash = FNV1a64.hash(dunningCase.obligation.id)
                let plan = dunningCase.plan
                let isTold = plan.noticeAt.ms != 0 && plan.noticeMethod == method
                proposal.noticeAt = isTold ? plan.noticeAt : self.now
                proposal.agreedNoticeDays = policy.retries.agreedNoticeDays[network]
            }
            switch RuleGate.earliest(
                proposal, from: wanted, marks: self.state.marks, rules: policy.rules,
                proves: proves)
            {
            case .never(let reason):
                refusal = reason
                return nil
            case .slot(let instant, let moved, let permit):
                guard instant <= lastAt else {
                    refusal = .windowClosed
                    return nil
                }
                let gapMoved = wanted > asked.at ? PlanReason.gap : asked.reason
                return PlannedAttempt(
                    at: instant, reason: moved == .none ? gapMoved : moved, method: method,
                    permit: permit, rung: asked.rung, noticeAt: proposal.noticeAt)
            }
        }
        if self.state.methods.isEmpty {
            return (slot(0, .unknown, self.state.unnamedStanding), refusal)
        }
        // The default first, then agreed backups.
        for wantsDefault in [true, false] {
            for held in self.state.methods
            where held.isDefault == wantsDefault && (wantsDefault || held.isBackup) {
                if let found = slot(held.number, held.method.network, held.standing) {
                    return (found, .none)
                }
            }
        }
        return (nil, refusal)
    }

    /// The first rung at or after `from` that lies ahead. Rungs that time ran past collapse into
    /// one overdue attempt where none was made since, else they are skipped.
    private func ladderSlot(
        _ dunningCase: DunningCase, from: UInt32, policy: PinnedPolicy
    ) -> (at: Timestamp, rung: UInt32, reason: PlanReason)? {
        let ladder = policy.ladder(for: dunningCase.decline.declineClass)
        let mode = policy.retries.mode
        let jitterMs = policy.retries.jitterMs
        let count: UInt32
        let reason: PlanReason
        switch mode {
        case .ladder: (count, reason) = (UInt32(clamping: ladder.offsetsMs.count), .ladder)
        case .window(let tries, _): (count, reason) = (tries, .window)
        }
        var overdue: UInt32?
        var rung = from
        while rung < count {
            let offset: Int64
            switch mode {
            case .ladder: offset = ladder.offsetsMs[Int(rung)]
            case .window(let tries, let withinMs):
                offset = withinMs / Int64(tries) * Int64(rung + 1)
            }
            let jitter = self.jitterMs(dunningCase, rung: rung, below: jitterMs)
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
