import DunlinCore
import DunlinPorts
import Logging
import Synchronization

extension Shard {
    /// Gives an account its turn and records what came of it.
    func turn(_ account: Account, _ command: AccountCommand, now: Timestamp) -> CommandAnswer? {
        guard let context = self.context(of: account.tenant) else { return nil }
        let position = self.open.nextPosition
        let result: TurnResult
        do {
            result = try self.turn(
                of: account, command, context: context, now: now, at: position)
        } catch {
            self.unreadable(error)
            return nil
        }
        self.record(result, of: account)
        return result.answer
    }

    /// The account's state, decoded; `nil` when it cannot be read, which ends the node.
    func state(of account: Account) -> AccountState? {
        let seats = self.seats
        do {
            return try account.assumeIsolated { try $0.state(seats) }
        } catch {
            self.unreadable(error)
            return nil
        }
    }

    func unreadable(_ error: any Error) {
        self.log.critical("an account's state cannot be read", metadata: ["error": "\(error)"])
        self.environment.onFatal(StoreError(.corrupt, operation: "read account state"))
    }

    /// Writes a turn's events into the open batch and lists what waits for its commit.
    func record(_ result: TurnResult, of account: Account) {
        guard let seat = result.seat else { return }
        if self.seats.log.destroysKey {
            self.open.destroyedKeys.append(account.key)
            self.freshKeys[account.key] = nil
        }
        self.open.append(&self.seats.log)
        for index in self.seats.tasks.indices {
            self.open.effects.append(OpenEffect(account: account, task: self.seats.tasks[index]))
        }
        if !result.isKept { self.seats.giveBack(seat) }
        if let due = result.newDueMs, due != Account.never {
            self.heap.push(account, dueMs: due)
        }
    }

    // MARK: Commit

    /// Hands the open batch to the journal unless one is on its way.
    func flush() {
        guard self.sealed == nil, self.state == .active else { return }
        guard !self.open.isEmpty else {
            self.becomeQuietIfDone()
            return
        }
        self.seal()
    }

    /// Hands the open batch to the journal, and to the other copies.
    func seal() {
        let batch = self.open
        self.open = OpenBatch(op: batch.op + 1, bytes: batch.records.count + 256)
        let hash = HashChain.next(
            previous: self.lastHash, shard: self.index, op: batch.op, epoch: self.epoch,
            records: batch.records)
        self.lastHash = hash
        let journaled = JournalBatch(
            shard: self.index, op: batch.op, epoch: self.epoch, hash: hash, records: batch.records,
            newKeys: batch.newKeys)
        self.sealed = batch
        self.sealed?.records = []
        self.appending += 1
        self.environment.journal.append(journaled) { result in
            self.postNext { $0.appended(op: batch.op, result) }
        }
        if self.leading != nil {
            if self.actsBeforeCommit { self.perform(batch.effects, batch.reports) }
            self.replicate(journaled, forgotten: batch.destroyedKeys)
        }
    }

    private func appended(op: UInt64, _ result: Result<Void, StoreError>) {
        self.appending -= 1
        guard let batch = self.sealed, batch.op == op else {
            self.settleRole()
            return
        }
        switch result {
        case .success:
            guard self.leading == nil else {
                self.storedHere(op: op)
                return
            }
            self.sealed = nil
            self.committed(batch)
        case .failure(let error):
            self.lose(error)
        }
    }

    func committed(_ batch: OpenBatch) {
        self.committedOp = batch.op
        if !batch.newKeys.isEmpty {
            for key in batch.newKeys { self.freshKeys[key.entity] = nil }
        }
        if !batch.destroyedKeys.isEmpty {
            self.keysToDestroy += batch.destroyedKeys
            self.destroyKeys()
        }
        self.tailRecords += UInt64(batch.recordCount)
        let counters = self.environment.counters
        counters.transitions.add(batch.transitions, ordering: .relaxed)
        counters.unmappedDeclines.add(batch.unmappedDeclines, ordering: .relaxed)
        counters.records.add(UInt64(batch.recordCount), ordering: .relaxed)
        counters.tailRecords.add(UInt64(batch.recordCount), ordering: .relaxed)
        counters.commits.add(1, ordering: .relaxed)
        if counters.tailRecords.load(ordering: .relaxed) > self.environment.limits.tailRecordsMax
            || counters.resident.load(ordering: .relaxed) > self.environment.limits.residentMax
        {
            self.environment.needsFold()
        }
        for reply in batch.replies { reply.release(nil) }
        if !self.actsBeforeCommit { self.perform(batch.effects, batch.reports) }
        self.admitWaiting()
        self.fireDue()
        self.flush()
    }

    /// Runs work that waited for room, in order.
    func admitWaiting() {
        guard !self.waiting.isEmpty else { return }
        let work = self.waiting
        self.waiting = []
        for (number, item) in work.enumerated() {
            guard self.hasRoom, self.state == .active else {
                // What an item had no room for waits already, and goes first.
                self.waiting += work[number...]
                return
            }
            item(self)
        }
    }

    /// Runs `work` now when the open batch has room and nothing waits before it, else when it has.
    func whenRoom(_ work: @escaping @Sendable (isolated Shard) -> Void) {
        if self.hasRoom, self.waiting.isEmpty, self.state == .active {
            work(self)
        } else {
            self.waiting.append(work)
        }
    }

    /// Releases `reply` when everything decided so far is committed.
    func hold(_ release: @escaping @Sendable (StoreError?) -> Void) {
        if !self.open.isEmpty {
            self.open.replies.append(HeldReply(release: release))
        } else if self.sealed != nil {
            self.sealed?.replies.append(HeldReply(release: release))
        } else {
            release(nil)
        }
    }

    // MARK: Loss

    /// A failed append: memory may differ from disk, so memory goes.
    private func lose(_ error: StoreError) {
        guard self.leading == nil else {
            self.log.error(
                "append failed, giving the shard up",
                metadata: ["shard": "\(self.index)", "error": "\(error)"])
            self.resign()
            self.stepDown()
            if error.code == .corrupt || error.code == .incompatible {
                self.environment.onFatal(error)
            }
            return
        }
        self.log.error("append failed, reloading the shard", metadata: ["error": "\(error)"])
        self.state = .lost
        let replies = (self.sealed?.replies ?? []) + self.open.replies
        self.sealed = nil
        self.dropMemory()
        for reply in replies { reply.release(error) }
        switch error.code {
        case .corrupt, .incompatible:
            self.environment.onFatal(error)
        case .busy, .full, .failed:
            self.reloadLater(attempt: 0)
        }
    }

    private func reloadLater(attempt: Int) {
        let delay = Int64(min(200 << min(attempt, 5), 5000))
        self.executor.run(afterMs: delay) {
            self.assumeIsolated { shard in
                do {
                    try shard.load()
                    shard.serve()
                } catch {
                    shard.log.error("reload failed", metadata: ["error": "\(error)"])
                    shard.reloadLater(attempt: attempt + 1)
                }
            }
        }
    }

    func dropMemory() {
        self.environment.counters.resident.subtract(self.table.count, ordering: .relaxed)
        let seats = self.seats
        for account in self.table.accounts {
            account.assumeIsolated { account in
                account.isResident = false
                account.leaveSeat(seats)
            }
        }
        self.table.removeAll()
        self.heap.removeAll()
        self.held = []
        self.heldBack = []
        self.tenantStates = [:]
        self.dropBudgets()
        self.freshKeys = [:]
        self.keysToDestroy = []
        // What is under way ends for nobody: it may not be counted down a second time.
        self.generation += 1
        self.runningEffects = 0
        self.loadedUntilMs = .min
        self.coldDueMs = nil
        self.environment.counters.tailRecords.subtract(self.tailRecords, ordering: .relaxed)
        self.tailRecords = 0
    }

    // MARK: Quiet

    /// Nothing is due, open, uncommitted or being performed.
    var isQuiet: Bool {
        self.state == .active && self.open.isEmpty && self.sealed == nil && self.waiting.isEmpty
            && self.runningEffects == 0 && !self.isFolding && !self.hasDue
            && !self.hasHeldBack
    }

    func becomeQuietIfDone() {
        guard !self.quietWaiters.isEmpty, self.isQuiet else { return }
        let waiters = self.quietWaiters
        self.quietWaiters = []
        for waiter in waiters { waiter() }
    }
}
