import DunlinCore

/// Says what a policy of sound form would do wrong: messages that never come, access that is lost
/// without notice (Law 7), attempts that the rules would move.
struct PolicyChecker {
    let policy: DunningPolicy
    let path: String
    /// Fields of `retries` that the file gives.
    let given: Set<String>
    let log: FindingLog
    /// For warnings about budgets; `nil` asks none.
    let rules: RuleBook?
    /// Names of the templates that exist; `nil` leaves them unchecked.
    let templates: Set<String>?

    func check() {
        let errors = self.log.errorCount
        self.checkRetries()
        // Attempts that are wrong in themselves need no second finding.
        if self.log.errorCount == errors { self.checkBudgets() }
        self.checkAccess()
        self.checkEnding()
        self.checkMessages()
        self.checkSending()
        self.checkNotice()
    }

    func path(_ rest: String) -> String { "\(self.path).\(rest)" }

    func text(_ ms: Int64) -> String { DurationText.text(ms: ms) }

    // MARK: Access

    private func checkAccess() {
        let steps = self.policy.access.steps
        for (number, step) in steps.enumerated().dropFirst() {
            let before = steps[number - 1]
            let path = self.path("access.steps[\(number)]")
            if step.afterMs <= before.afterMs {
                self.log.error(
                    "\(path).after",
                    "`\(step.state.name)` after \(self.text(step.afterMs)) does not follow "
                        + "`\(before.state.name)` after \(self.text(before.afterMs))",
                    remedy: "List the steps in the order of time, each later than the one before")
            }
            if step.state <= before.state {
                self.log.error(
                    "\(path).state",
                    "`\(step.state.name)` does not take more than `\(before.state.name)` before it",
                    remedy: "List the steps from mild to severe, each state at most once")
            }
        }
    }

    // MARK: The end

    private func checkEnding() {
        let ending = self.policy.ending
        for (number, action) in ending.actions.enumerated()
        where ending.actions.firstIndex(of: action) != number {
            self.log.error(
                self.path("ending.actions[\(number)]"), "`\(action.name)` is listed more than once",
                remedy: "Keep one of them")
        }
        if ending.actions.contains(.keepOpen), ending.actions.count > 1 {
            self.log.error(
                self.path("ending.actions"), "`keepOpen` stands beside other actions",
                remedy: "Keep either `keepOpen` or the others")
        }
        if ending.actions.contains(.voidInvoice), ending.actions.contains(.markUncollectible) {
            self.log.error(
                self.path("ending.actions"), "an invoice cannot be both voided and uncollectible",
                remedy: "Keep `voidInvoice` or `markUncollectible`")
        }
        if let access = ending.access, let last = self.policy.access.steps.last,
            access < last.state
        {
            self.log.error(
                self.path("ending.access"),
                "the end would give back access: `\(access.name)` is milder than the last step "
                    + "`\(last.state.name)`",
                remedy: "Give `\(last.state.name)` or a more severe state, or remove the field")
        }
        guard let after = ending.afterMs else { return }
        if let last = self.policy.access.steps.map(\.afterMs).max(), last > after {
            self.log.error(
                self.path("ending.after"),
                "the case ends after \(self.text(after)), before the last access step after "
                    + "\(self.text(last))",
                remedy: "End it after \(self.text(last)) or later, or take the step earlier")
        }
        if let last = self.lastAttemptMs, last > after {
            self.log.error(
                self.path("ending.after"),
                "the case ends after \(self.text(after)), before the last attempt after "
                    + "\(self.text(last))",
                remedy: "End it after \(self.text(last)) or later, or shorten the retries")
        }
    }

    /// The latest time at which the policy plans an attempt, from the first failure.
    private var lastAttemptMs: Int64? {
        switch self.policy.retries.mode {
        case .ladder:
            let retries = self.policy.retries
            let byInterval = retries.byInterval.values.flatMap { [$0.standard] + $0.byClass.values }
            let ladders = [retries.defaultLadder] + retries.ladders.values + byInterval
            return ladders.compactMap(\.offsetsMs.last).max()
        case .window(_, let within): return within
        }
    }
}
