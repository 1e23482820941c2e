import DunlinCore
import DunlinPorts
import Logging
import Synchronization

// Cards and addresses that accounts share: entities beside the accounts, in rows, records and
// memory. A letter's receiver decides, journals and answers when that is committed; what a budget
// owes to an account is sent when the record that owes it is committed, and again after a restart.

extension SharedBudget {
    /// Filed as due at once while a word is owed, so that a restart finds it.
    func row(of key: EntityKey) -> EntityRow {
        EntityRow(key: key, dueAt: Timestamp(ms: self.owesWords ? 1 : 0), body: self.packed())
    }
}

extension Shard {
    // MARK: Letters

    /// Takes a letter for an entity of this shard. The answer waits for the commit.
    func receive(_ letter: EntityLetter) async throws(NodeError) -> EntityReply {
        try self.mustBeActive()
        while !self.hasRoom {
            await withCheckedContinuation { continuation in
                self.whenRoom { _ in continuation.resume() }
            }
            try self.mustBeActive()
        }
        let reply: EntityReply
        switch letter.content {
        case .report(let report): reply = .word(try self.take(report, letter))
        case .word(let word):
            try self.take(word, letter)
            reply = .taken
        }
        self.afterWork()
        if let error = await self.commitment() { throw Self.nodeError(error) }
        return reply
    }

    func take(
        _ report: BudgetReport, _ letter: EntityLetter
    ) throws(NodeError) -> BudgetWord {
        let key = letter.to
        guard key.kind == .card || key.kind == .contact, letter.from.tenant == key.tenant,
            key == EntityKey(tenant: key.tenant, kind: report.kind, key: report.key)
        else { throw NodeError(.invalid, "the letter is not for this budget") }
        guard let tenant = self.tenants[key.tenant], let context = self.context(of: tenant) else {
            throw NodeError(.unavailable, "the tenant is not ready; try again soon")
        }
        var budget = try self.budget(key)
        let account = letter.from.key
        let now = max(letter.at, budget.lastAt)
        let event = budget.decide(report, from: account, id: letter.id, now: now) { bundle in
            context.bundles[bundle]?.rules
        }
        if let event {
            let owedTo = event.owed
            let position = self.journal(.reported(event), of: key, &budget, at: now)
            self.open.replies.append(
                HeldReply { error in
                    guard error == nil else { return }
                    self.assumeIsolated { shard in
                        for owed in owedTo { shard.owe(key, to: owed, since: position) }
                    }
                })
        }
        return budget.word(for: account, kind: key.kind, key: key.key)
    }

    private func take(_ word: BudgetWord, _ letter: EntityLetter) throws(NodeError) {
        do {
            try self.loadAbsent([letter.to])
        } catch {
            throw NodeError(.storage, "rows cannot be read: \(error)")
        }
        // An account that was never heard of has nothing to be told.
        guard let account = self.resident(letter.to) else { return }
        let command = AccountCommand.budgetHeard(id: .none, word: word)
        guard self.turn(account, command, now: self.effectNow) != nil else {
            throw NodeError(.unavailable, "the tenant is not ready; try again soon")
        }
    }

    /// The answer to an account's report, from any thread.
    nonisolated func deliver(_ work: EffectWork, id: RecordPosition, word: BudgetWord) {
        self.post { shard in
            shard.whenRoom { shard in
                _ = shard.turn(
                    work.account, .budgetHeard(id: id, word: word), now: shard.effectNow)
            }
            shard.finished(work)
            shard.afterWork()
        }
    }

    /// Whether the account still waits for the effect's answer.
    func lists(_ effect: PendingEffect, of account: Account) -> Bool {
        guard self.state == .active, self.holds(account), let state = self.state(of: account) else {
            return false
        }
        return state.effects.contains(effect)
    }

    // MARK: Words

    private func owe(_ budget: EntityKey, to account: String, since id: RecordPosition) {
        self.send(
            WordWork(
                shard: self, budget: budget, account: account, id: id,
                generation: self.generation))
    }

    /// Hands a word to the runner.
    func send(_ work: WordWork) {
        guard work.generation == self.generation else { return }
        self.runningEffects += 1
        self.environment.effects.words.submit(work)
    }

    /// The letter as the budget is now, once that is committed; `nil` when it is owed no longer.
    func owedLetter(_ work: WordWork) async throws(NodeError) -> EntityLetter? {
        try self.mustBeActive()
        guard work.generation == self.generation else { return nil }
        let budget = try self.budget(work.budget)
        guard let place = budget.place(of: work.account),
            budget.holders[place].owedWord == work.id
        else { return nil }
        let key = work.budget
        let word = budget.word(for: work.account, kind: key.kind, key: key.key)
        if let error = await self.commitment() { throw Self.nodeError(error) }
        return EntityLetter(
            from: key, to: EntityKey(tenant: key.tenant, key: work.account), id: work.id,
            at: budget.lastAt, content: .word(word))
    }

    /// The account has taken its word, from any thread.
    nonisolated func taken(_ work: WordWork) {
        self.post { shard in
            shard.whenRoom { $0.note(work) }
            shard.letGo(work)
            shard.afterWork()
        }
    }

    private func note(_ work: WordWork) {
        guard work.generation == self.generation else { return }
        do throws(NodeError) {
            var budget = try self.budget(work.budget)
            guard let place = budget.place(of: work.account),
                budget.holders[place].owedWord == work.id
            else { return }
            let event = SharedBudgetEvent.wordTaken(
                BudgetWordTaken(account: work.account, word: work.id))
            self.journal(event, of: work.budget, &budget, at: budget.lastAt)
        } catch {
            // It stays owed, and is sent again after the next start.
            self.log.error("a taken word could not be noted", metadata: ["error": "\(error)"])
        }
    }

    /// The word was not sent now, from any thread.
    nonisolated func finished(_ work: WordWork) {
        self.post { shard in
            shard.letGo(work)
            shard.afterWork()
        }
    }

    private func letGo(_ work: WordWork) {
        if work.generation == self.generation { self.runningEffects -= 1 }
    }

    /// Sends again what was owed before a restart or under another primary.
    func resumeWords() {
        do {
            if self.hasColdRows {
                let due = try self.environment.rows.dueKeys(
                    shard: self.index, before: Timestamp(ms: 2), limit: Self.owingMax)
                for key in due.map(\.key) where key.kind == .card || key.kind == .contact {
                    _ = try self.budget(key)
                }
            }
            for key in self.budgets.owing {
                for holder in try self.budget(key).holders where holder.owedWord != .none {
                    self.owe(key, to: holder.account, since: holder.owedWord)
                }
            }
        } catch {
            self.log.error(
                "what is owed to accounts cannot be read", metadata: ["error": "\(error)"])
        }
    }

    /// Entities of a shard that are due at once and are looked at after a start.
    private static let owingMax = 65536

    // MARK: State

    @discardableResult
    private func journal(
        _ event: SharedBudgetEvent, of key: EntityKey, _ budget: inout SharedBudget,
        at now: Timestamp
    ) -> RecordPosition {
        let position = self.open.nextPosition
        self.open.append(
            JournalRecord(
                key: key, previous: budget.lastRecord, content: .budget(event, at: now)))
        self.open.transitions += 1
        budget.evolve(event, at: now, position: position)
        self.keep(budget, key, isDirty: true)
        return position
    }

    func replay(
        _ event: SharedBudgetEvent, of key: EntityKey, at instant: Timestamp,
        _ position: RecordPosition
    ) throws(NodeError) {
        var budget = try self.budget(key)
        budget.evolve(event, at: instant, position: position)
        self.keep(budget, key, isDirty: true)
    }

    /// The budget as of its last record, committed or not; empty when nobody shares it yet.
    func budget(_ key: EntityKey) throws(NodeError) -> SharedBudget {
        do {
            if let budget = try self.budgets.budget(key) { return budget }
            guard self.hasColdRows,
                let row = try self.environment.rows.rows(shard: self.index, keys: [key]).first
                    ?? nil
            else { return SharedBudget() }
            let budget = try SharedBudget(packed: row.body)
            self.keep(budget, key, isDirty: false)
            return budget
        } catch let error as StoreError {
            throw NodeError(.storage, "rows cannot be read: \(error)")
        } catch {
            self.unreadable(error)
            throw NodeError(.internalError, "a shared budget's state cannot be read")
        }
    }

    /// Brings budgets into memory that are on disk, together.
    func loadBudgets(_ keys: [EntityKey]) {
        guard self.hasColdRows else { return }
        do {
            let absent = keys.filter { !self.budgets.contains($0) }
            let rows = try self.environment.rows.rows(shard: self.index, keys: absent)
            for (key, row) in zip(absent, rows) {
                let budget = try row.map { try SharedBudget(packed: $0.body) }
                // What nobody shares yet is kept, too: it is about to be looked at.
                self.keep(budget ?? SharedBudget(), key, isDirty: false)
            }
        } catch {
            // Each is read by itself, and says so.
            self.log.error("shared budgets cannot be read", metadata: ["error": "\(error)"])
        }
    }

    /// Adds the rows of all changed budgets; answers whose they are.
    func takeBudgets(into rows: inout [EntityRow]) -> [EntityKey] {
        var taken: [EntityRow] = []
        do {
            try self.budgets.takeDirty { key, budget in taken.append(budget.row(of: key)) }
        } catch {
            self.unreadable(error)
        }
        rows += taken
        return taken.map(\.key)
    }

    private func keep(_ budget: SharedBudget, _ key: EntityKey, isDirty: Bool) {
        guard self.budgets.put(budget, key, isDirty: isDirty) else { return }
        let counters = self.environment.counters
        let count = counters.budgets.add(1, ordering: .relaxed).newValue
        if count > self.environment.limits.budgetsMax { self.environment.needsFold() }
    }

    /// After a fold rows can bring back what did not change since.
    func letGoOfBudgets() {
        self.environment.counters.budgets.subtract(
            self.budgets.letGoOfClean(), ordering: .relaxed)
    }

    func dropBudgets() {
        self.environment.counters.budgets.subtract(self.budgets.count, ordering: .relaxed)
        self.budgets = BudgetTable()
    }
}
