extension SharedBudget {
    /// Applies one recorded event. Total. Level 1.
    package mutating func evolve(
        _ event: SharedBudgetEvent, at instant: Timestamp, position: RecordPosition
    ) {
        if instant > self.lastAt { self.lastAt = instant }
        self.lastRecord = position
        switch event {
        case .reported(let event): self.take(event, position)
        case .wordTaken(let event):
            guard let place = self.place(of: event.account),
                self.holders[place].owedWord == event.word
            else { return }
            self.holders[place].owedWord = .none
        }
    }

    private mutating func take(_ event: BudgetReported, _ position: RecordPosition) {
        if event.leaves {
            guard let place = self.place(of: event.account) else { return }
            self.orphans += self.holders[place].uses
            self.holders.remove(at: place)
            self.dropOldOrphans()
        } else if let place = self.place(of: event.account) {
            self.holders[place].mode = event.mode
            self.holders[place].lastReport = event.report
            self.holders[place].uses = event.uses
            self.holders[place].bar = event.bar
            self.holders[place].permits = event.permits
        } else {
            if self.isFull, let quiet = self.quietPlace { self.holders.remove(at: quiet) }
            self.holders.append(
                BudgetHolder(
                    account: event.account, mode: event.mode, lastReport: event.report,
                    uses: event.uses, bar: event.bar, permits: event.permits))
        }
        if !self.holders.contains(where: { $0.mode == .sole }) {
            for place in self.holders.indices { self.holders[place].mode = .shared }
        }
        for account in event.owed {
            if let place = self.place(of: account) { self.holders[place].owedWord = position }
        }
    }

    private mutating func dropOldOrphans() {
        let oldest = self.lastAt.advanced(byMs: -Self.keptForMs)
        self.orphans.removeAll { $0.at <= oldest }
        if self.orphans.count > Self.usesMax {
            self.orphans.removeFirst(self.orphans.count - Self.usesMax)
        }
    }
}
