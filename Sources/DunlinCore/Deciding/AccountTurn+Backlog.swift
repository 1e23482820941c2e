// Invoices that come in long after they failed.
//
// A case of backlog begins at an instant of its own, which a hash of account and invoice spreads
// over the policy's days: until then nothing is charged, said or taken. From then on it lives like
// a case that opened at that instant. Attempts that others made count in budgets in each mode.

extension AccountTurn {
    /// The rules for a failure of that age; `nil` where it is no backlog.
    func backlog(_ policy: PinnedPolicy, occurredAt: Timestamp) -> BacklogRules? {
        guard let rules = policy.backlog,
            self.now.ms.decreased(by: occurredAt.ms) > rules.olderThanMs
        else { return nil }
        return rules
    }

    /// When a case of backlog begins.
    func backlogStart(_ rules: BacklogRules, _ obligation: Obligation) -> Timestamp {
        guard rules.spreadMs > 0 else { return self.now }
        let seed = self.account.shardHash ^ splitmix64(FNV1a64.hash(obligation.id))
        return self.now.advanced(byMs: Int64(splitmix64(seed) % UInt64(rules.spreadMs)))
    }

    /// Opens no case; what was attempted elsewhere is counted, once.
    mutating func leaveOut(_ marks: [AttemptMark]) -> CommandAnswer {
        let oldest = self.now.advanced(byMs: -AttemptMark.keptForMs)
        for mark in marks where mark.at > oldest && mark.chargeHash != 0 {
            guard !self.state.marks.contains(where: { $0.chargeHash == mark.chargeHash }) else {
                continue
            }
            self.emit(
                .attemptReported(
                    AttemptReported(
                        update: nil, mark: mark, decline: nil, standing: nil,
                        warnsOfForeignRetries: false)))
        }
        return .ignored(.backlog)
    }

    /// Whether a case of backlog waits for somebody to act before anything is charged.
    func waitsAsBacklog(_ dunningCase: borrowing DunningCase, _ wish: Wish) -> Bool {
        guard dunningCase.isMessagesOnly, dunningCase.particulars[0].nextPart == nil else {
            return false
        }
        switch wish {
        case .ladder, .resumed, .now(.backupMethod): return true
        // What somebody asked for is repeated after a failure of the machinery.
        case .technical: return dunningCase.lastAttempt == 0
        case .now, .from: return false
        }
    }
}

extension DunningCase {
    /// It came in as backlog, and only messages are sent for it.
    package var isMessagesOnly: Bool {
        !self.particulars.isEmpty && self.particulars[0].flags.contains(.messagesOnly)
    }
}
