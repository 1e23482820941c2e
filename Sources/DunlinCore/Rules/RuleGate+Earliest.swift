/// The one gate before every attempt (Law 3): a planner may only choose among what it answers.
///
/// What it counts: marks of the proposal's own method that reached the network and were not
/// approved. The failure that opened a case is no reattempt, and counts only in rows that say so.
/// Attempts made elsewhere count like ours. Failures of the machinery count in networks' rows only.
///
/// A rolling window is half open: of two attempts that are exactly a window apart, the earlier is
/// no longer counted. A mark that lies after the candidate (a report from a clock ahead of ours)
/// counts where the two would share a window, so that no window over all attempts is overdrawn.
///
/// Direct debits, and payments in a currency whose country has rules of its own, meet the demands
/// of ``SchemeRule`` beside the budgets: the answer is then an instant at which the debit may be
/// handed in. What the data does not say (a year without holidays) is taken as forbidden.
package enum RuleGate {
    /// The first instant at or after `instant` at which every rule that is then in force allows
    /// the proposal.
    ///
    /// Exact: each step skips only instants that a rule forbids. Rows are taken by their dates at
    /// the candidate's own time, so that an answer may lie past a change of the rules. `marks` may
    /// be in any order. The permit of a slot has its lines only with `proves`: a plan is asked about
    /// again before the attempt.
    package static func earliest(
        _ proposal: AttemptProposal, from instant: Timestamp, marks: [AttemptMark],
        rules: RuleBook, proves: Bool = true
    ) -> GateAnswer {
        if let refusal = Self.refusal(by: proposal.standing) { return .never(refusal) }
        var candidate = instant
        var reason = PlanReason.none
        if proposal.standing.notBefore > candidate {
            candidate = proposal.standing.notBefore
            reason = .advisedDelay
        }
        var lines: [Permit.Line] = []
        let asked = rules.rows(for: proposal.network, proposal.currency)
        let rows = asked.budgets
        if proves { lines.reserveCapacity(rows.count + asked.schemes.count + 1) }
        let schemes =
            asked.schemes.isEmpty
            ? nil : SchemeCheck(proposal, rows: asked.schemes, marks: marks)
        // A row can move the candidate once for each mark and once by ending; between two such
        // moves each demand of a scheme can move it twice.
        let stepsMax = (rows.count * (marks.count + 1) + 1) * (2 * asked.schemes.count + 1)
        for _ in 0..<stepsMax {
            switch Self.check(
                proposal, at: candidate, marks: marks, rows: rows, proves: proves, into: &lines)
            {
            case .allowed:
                if let schemes {
                    switch schemes.verdict(at: candidate, proves: proves, into: &lines) {
                    case .allowed: break
                    case .refused(let refusal, let end):
                        guard let end, end > candidate else { return .never(refusal) }
                        candidate = end
                        reason = refusal
                        lines.removeAll(keepingCapacity: true)
                        continue
                    case .notBefore(let next, let moved):
                        guard next > candidate else { return .never(moved) }
                        candidate = next
                        reason = moved
                        lines.removeAll(keepingCapacity: true)
                        continue
                    }
                }
                if proves, proposal.standing.notBefore.ms != 0 {
                    lines.append(Permit.Line(rule: Permit.Line.advisedDelay, used: 0, cap: 0))
                }
                let permit = Permit(rulesVersion: rules.version, lines: lines)
                return .slot(candidate, reason: reason, permit: permit)
            case .forbidden:
                return .never(.credentialBlocked)
            case .fullUntil(let next):
                // Only at the end of time is there no later instant.
                guard next > candidate else { return .never(.budget) }
                candidate = next
                reason = .budget
                lines.removeAll(keepingCapacity: true)
            }
        }
        return .never(.budget)
    }

    /// What declines have said about the credential, where it forbids every instant.
    private static func refusal(by standing: CredentialStanding) -> PlanReason? {
        switch standing.blockedBy {
        case .never, .afterCredentialChange, .afterAuthentication: .credentialBlocked
        case .afterOperator, .afterLookUp: .needsOperator
        case .wait, .once, .backOff, nil: standing.triesLeft == 0 ? .credentialBlocked : nil
        }
    }

    private enum Verdict {
        case allowed
        /// A row in force allows no attempt at all.
        case forbidden
        /// A budget is full; the instant is the first at which that may have changed.
        case fullUntil(Timestamp)
    }

    /// Asks every row of the network once at `candidate`, stopping at the first that is full.
    private static func check(
        _ proposal: AttemptProposal, at candidate: Timestamp, marks: [AttemptMark],
        rows: [BudgetRow], proves: Bool, into lines: inout [Permit.Line]
    ) -> Verdict {
        for row in rows where row.isInForce(at: candidate) {
            let cap = row.attemptsMax
            guard cap > 0 else { return .forbidden }
            let count = row.count(marks, for: proposal, at: candidate)
            guard count.used < cap else {
                return .fullUntil(row.freeAgain(after: count, at: candidate))
            }
            if proves {
                lines.append(Permit.Line(rule: row.number, used: count.used, cap: cap))
            }
        }
        return .allowed
    }
}
