import DunlinCore

extension PolicyChecker {
    /// Every ladder with its path, the default first, the others by name.
    private var ladders: [(path: String, ladder: RetryLadder)] {
        let retries = self.policy.retries
        guard retries.mode == .ladder else { return [] }
        let own = retries.ladders.sorted { $0.key.name < $1.key.name }.map {
            (self.path("retries.ladders.\($0.key.name)"), $0.value)
        }
        return [(self.path("retries.ladder"), retries.defaultLadder)] + own + self.intervalLadders
    }

    /// Ladders of billing intervals, but for those that they take over.
    private var intervalLadders: [(path: String, ladder: RetryLadder)] {
        let retries = self.policy.retries
        var ladders: [(path: String, ladder: RetryLadder)] = []
        for interval in BillingInterval.allCases {
            guard let set = retries.byInterval[interval] else { continue }
            let path = self.path("retries.intervals.\(interval.name)")
            if set.standard != retries.defaultLadder {
                ladders.append(("\(path).ladder", set.standard))
            }
            for (declineClass, ladder) in set.byClass.sorted(by: { $0.key.name < $1.key.name })
            where retries.ladders[declineClass] != ladder {
                ladders.append(("\(path).ladders.\(declineClass.name)", ladder))
            }
        }
        return ladders
    }

    func checkRetries() {
        let retries = self.policy.retries
        for (path, ladder) in self.ladders { self.check(ladder, path: path) }
        if case .window(let tries, let within) = retries.mode {
            self.checkSpread(tries: Int64(tries), within: within)
        }
        if retries.worth != nil, self.policy.costs.isEmpty {
            self.log.error(
                self.path("retries.worth"), "attempts are weighed against costs, and none is given",
                remedy: "Give `costs` of the policy, or remove `worth`")
        }
        if let end = self.policy.ending.afterMs, self.given.contains("window"),
            retries.windowMs > end
        {
            self.log.warning(
                self.path("retries.window"),
                "the window of \(self.text(retries.windowMs)) reaches past the end of the case "
                    + "after \(self.text(end))",
                remedy: "Shorten the window or end the case later")
        }
        if retries.technical.triesMax == 0 {
            self.log.warning(
                self.path("retries.technical.tries_max"),
                "a failure of the machinery is treated like a decline at once",
                remedy: "Give 1 or more, unless that is meant")
        }
    }

    private func check(_ ladder: RetryLadder, path: String) {
        let retries = self.policy.retries
        for (number, offset) in ladder.offsetsMs.enumerated() {
            let rung = "\(path)[\(number)]"
            if number > 0, offset <= ladder.offsetsMs[number - 1] {
                self.log.error(
                    rung,
                    "\(self.text(offset)) is not later than the rung before, "
                        + "\(self.text(ladder.offsetsMs[number - 1]))",
                    remedy: "Offsets count from the first failure and must grow")
            } else if number > 0, offset - ladder.offsetsMs[number - 1] < retries.gapMinMs {
                self.log.warning(
                    rung,
                    "this rung follows the one before by less than the smallest gap of "
                        + "\(self.text(retries.gapMinMs)) and will be moved",
                    remedy: "Move the rung or lower `gap_min`")
            }
            if offset > retries.windowMs {
                self.log.error(
                    rung,
                    "\(self.text(offset)) lies beyond the window of \(self.text(retries.windowMs))",
                    remedy: "Remove the rung or lengthen `retries.window`")
            }
        }
        let spacing = zip(ladder.offsetsMs.dropFirst(), ladder.offsetsMs).map { $0 - $1 }.min()
        if let spacing, spacing > 0, retries.jitterMs >= spacing {
            self.log.error(
                self.path("retries.jitter"),
                "a jitter of \(self.text(retries.jitterMs)) can push a rung past the next, "
                    + "\(self.text(spacing)) later",
                remedy: "Give a jitter below \(self.text(spacing))")
        }
        if ladder.offsetsMs.isEmpty, path.hasSuffix("retries.ladder"), retries.ladders.isEmpty,
            self.policy.messages.isEmpty
        {
            self.log.warning(
                path, "the policy plans no attempt and sends no message",
                remedy: "Add rungs such as `[1d, 3d, 5d, 7d]` or messages, unless that is meant")
        }
    }

    private func checkSpread(tries: Int64, within: Int64) {
        let retries = self.policy.retries
        if within > retries.windowMs {
            self.log.error(
                self.path("retries.within"),
                "\(self.text(within)) is longer than the window of \(self.text(retries.windowMs))",
                remedy: "Lengthen `retries.window` or shorten `within`")
        }
        let spacing = within / tries
        if spacing < retries.gapMinMs {
            self.log.warning(
                self.path("retries.tries"),
                "\(tries) tries within \(self.text(within)) are \(self.text(spacing)) apart, less "
                    + "than the smallest gap of \(self.text(retries.gapMinMs))",
                remedy:
                    "Allow at most \(within / max(1, retries.gapMinMs)) tries or lower `gap_min`")
        }
        if tries > 1, retries.jitterMs >= spacing {
            self.log.error(
                self.path("retries.jitter"),
                "a jitter of \(self.text(retries.jitterMs)) can push a try past the next, "
                    + "\(self.text(spacing)) later",
                remedy: "Give a jitter below \(self.text(spacing))")
        }
    }

    // MARK: Budgets

    /// Warns once for each ladder that a budget would move even if nobody else tried the card.
    func checkBudgets() {
        guard let rules else { return }
        let rows = rules.budgets.filter { $0.effectiveUntil == nil }
        var plans = self.ladders.map { ($0.path, $0.ladder.offsetsMs) }
        if case .window(let tries, let within) = self.policy.retries.mode {
            let offsets = (1...Int64(tries)).map { within / Int64(tries) * $0 }
            plans.append((self.path("retries.tries"), offsets))
        }
        for (path, offsets) in plans {
            guard let row = rows.first(where: { Self.overdraws($0, offsets: offsets) }) else {
                continue
            }
            let kind = row.isSoftCap ? "the soft cap" : "the network's rule"
            self.log.warning(
                path,
                "these attempts exceed \(kind) `\(row.name)` of \(row.attemptsMax) in "
                    + "\(Self.span(of: row)), and some will be moved or dropped",
                remedy: "Plan fewer attempts or space them wider")
        }
    }

    private static func overdraws(_ row: BudgetRule, offsets: [Int64]) -> Bool {
        guard case .rolling(let ms) = row.window else { return false }
        // The original failure, at zero, uses a place where the row counts it.
        let all = row.countsOriginal ? [0] + offsets : offsets
        return all.indices.contains { last in
            all[...last].count { $0 > all[last] - ms } > Int(row.attemptsMax)
        }
    }

    private static func span(of row: BudgetRule) -> String {
        switch row.window {
        case .rolling(let ms): DurationText.text(ms: ms)
        case .calendarDay: "a day"
        }
    }
}
