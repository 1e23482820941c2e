package import DunlinCore

extension RecordGenerator {
    private mutating func sharedKind() -> EntityKind { self.flag() ? .card : .contact }

    package mutating func budgetUse() -> BudgetUse {
        BudgetUse(
            at: self.instant(), amountMinor: self.amount(), currency: self.currency(),
            initiator: self.flag() ? .merchant : .customer,
            flags: AttemptMark.Flags(rawValue: UInt8(truncatingIfNeeded: self.random.next())))
    }

    package mutating func budgetPermit() -> BudgetPermit {
        BudgetPermit(
            number: self.number(), wantedAt: self.instant(), grantedAt: self.instant(),
            refusal: self.one(of: PlanReason.self), isUsed: self.flag(),
            amountMinor: self.amount(), currency: self.currency(), used: self.number(),
            cap: self.number())
    }

    package mutating func budgetShare() -> BudgetShare {
        BudgetShare(
            number: self.number(), kind: self.sharedKind(), key: self.text(),
            standing: self.one(of: ShareStanding.self), holders: self.number(),
            bar: self.standing(), reported: self.position(), told: self.wide(),
            methods: self.list(atMost: 3) { $0.number() },
            permits: self.list(atMost: 3) { $0.budgetPermit() })
    }

    package mutating func sharedBudget() -> SharedBudget {
        var budget = SharedBudget()
        budget.lastAt = self.instant()
        budget.lastRecord = self.position()
        budget.holders = self.list(atMost: 3) { draw in
            BudgetHolder(
                account: draw.text(), mode: draw.one(of: BudgetHolder.Mode.self),
                lastReport: draw.position(), uses: draw.list(atMost: 3) { $0.budgetUse() },
                bar: draw.standing(), permits: draw.list(atMost: 3) { $0.budgetPermit() },
                owedWord: draw.position())
        }
        budget.orphans = self.list(atMost: 3) { $0.budgetUse() }
        return budget
    }

    package mutating func budgetReport() -> BudgetReport {
        BudgetReport(
            kind: self.sharedKind(), key: self.text(), share: self.number(),
            knowsShared: self.flag(), leaves: self.flag(),
            uses: self.list(atMost: 3) { $0.budgetUse() }, bar: self.standing(),
            asks: self.list(atMost: 3) { draw in
                BudgetAsk(
                    number: draw.number(), wantedAt: draw.instant(), latestAt: draw.instant(),
                    isUsed: draw.flag(), network: draw.one(of: PaymentNetwork.self),
                    amountMinor: draw.amount(), currency: draw.currency(),
                    bundle: BundleID(draw.wide()),
                    caps: draw.list(atMost: 2) {
                        FrequencyCap(touchesMax: $0.number(), withinMs: $0.amount())
                    })
            })
    }

    package mutating func budgetWord() -> BudgetWord {
        BudgetWord(
            kind: self.sharedKind(), key: self.text(), standing: self.one(of: ShareStanding.self),
            holders: self.number(), report: self.position(), bar: self.standing(),
            permits: self.list(atMost: 3) { $0.budgetPermit() })
    }

    package mutating func budgetReported() -> BudgetReported {
        BudgetReported(
            account: self.text(), report: self.position(),
            mode: self.one(of: BudgetHolder.Mode.self), leaves: self.flag(),
            uses: self.list(atMost: 3) { $0.budgetUse() }, bar: self.standing(),
            permits: self.list(atMost: 3) { $0.budgetPermit() },
            owed: self.list(atMost: 3) { $0.text() })
    }
}
