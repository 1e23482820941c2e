import DunlinCore
import DunlinPorts
import Logging
import Synchronization

// Two rules of the protocol are kept here (the others: `PrimaryReplica`, `FollowerReplica`):
//
//     R8  rows follow committed batches only, in the order of their ops, and name the op up to which
//         they do so in the same transaction                → beginFold, beginCopyFold, RowStore.fold
//     R9  a journal is never trimmed, folded or not: it is the ledger, and a copy of a shard is all
//         of it, so that one that is behind is sent stored batches, never rows

/// The rows that bring a shard's snapshot to a committed op.
struct FoldWork: Sendable {
    let rows: [EntityRow]
    let op: UInt64
    let accounts: [Account]
    let budgets: [EntityKey]
    let tailRecords: UInt64
}

extension Shard {
    /// Collects the rows of all dirty accounts at a point where nothing is uncommitted.
    ///
    /// New turns wait for the one commit that this takes. Answers `nil` when there is nothing to
    /// fold.
    func beginFold() async -> FoldWork? {
        if self.state == .following { return self.beginCopyFold() }
        guard self.state == .active, !self.isFolding, self.committedOp > self.foldedOp,
            self.keysToDestroy.isEmpty
        else {
            return nil
        }
        self.isFolding = true
        self.isQuiescing = true
        defer {
            self.isQuiescing = false
            self.admitWaiting()
            self.afterWork()
        }
        while !self.open.isEmpty || self.sealed != nil {
            guard await self.commitment() == nil, self.state == .active else {
                self.isFolding = false
                // It may have been given away meanwhile: then it follows from here on.
                self.settleRole()
                return nil
            }
        }
        return self.takeRows()
    }

    /// A copy's rows: what is committed is replayed as after a restart, and let go again.
    private func beginCopyFold() -> FoldWork? {
        guard let following = self.following, !self.isFolding,
            following.committedOp > self.foldedOp
        else { return nil }
        let op = following.committedOp
        self.isFolding = true
        do {
            try self.load(upTo: op)
        } catch {
            self.log.error(
                "a copy cannot be folded",
                metadata: ["shard": "\(self.index)", "error": "\(error)"])
            self.dropMemory()
            self.state = .following
            self.isFolding = false
            self.settleRole()
            return nil
        }
        self.destroyKeys()
        let work = self.takeRows()
        self.dropMemory()
        self.state = .following
        return work
    }

    /// The rows of everything dirty, as of the committed op.
    private func takeRows() -> FoldWork {
        var accounts: [Account] = []
        var rows: [EntityRow] = []
        for account in self.table.accounts {
            let wasDirty = account.assumeIsolated { account in
                defer { account.isDirty = false }
                return account.isDirty
            }
            if wasDirty { accounts.append(account) }
        }
        // In the order of rows on disk: the accounts first, which are cheaper to move than rows.
        accounts.sort { $0.key < $1.key }
        rows.reserveCapacity(accounts.count)
        for account in accounts { if let row = self.row(of: account) { rows.append(row) } }
        for (name, state) in self.tenantStates {
            let key = EntityKey(tenant: name, kind: .tenant, key: name)
            rows.append(EntityRow(key: key, dueAt: Timestamp(ms: 0), body: state.packed()))
        }
        let budgets = self.takeBudgets(into: &rows)
        rows.sort { $0.key < $1.key }
        return FoldWork(
            rows: rows, op: self.committedOp, accounts: accounts, budgets: budgets,
            tailRecords: self.tailRecords)
    }

    /// Answers `nil` when the state cannot be read, which ends the node.
    private func row(of account: Account) -> EntityRow? {
        guard let state = self.state(of: account) else { return nil }
        return EntityRow(key: account.key, dueAt: state.rowDueAt, body: state.packed())
    }

    /// The rows are on disk, or could not be written.
    func endFold(_ work: FoldWork, error: StoreError?) {
        self.isFolding = false
        guard self.state != .following else {
            if error == nil { self.foldedOp = work.op }
            self.settleRole()
            return
        }
        if error == nil {
            self.foldedOp = work.op
            self.hasColdRows = true
            self.coldDueMs = nil
            self.letGoOfBudgets()
            // Less than when it began where the shard was stopped meanwhile.
            let folded = min(self.tailRecords, work.tailRecords)
            self.tailRecords -= folded
            self.environment.counters.tailRecords.subtract(folded, ordering: .relaxed)
        } else {
            for account in work.accounts { account.assumeIsolated { $0.isDirty = true } }
            self.budgets.markDirty(work.budgets)
        }
        self.afterWork()
    }

    /// Lets go of up to `count` idle accounts that rows can bring back.
    func passivate(_ count: Int) -> Int {
        guard self.state == .active, self.hasColdRows else { return 0 }
        var dropped = 0
        let (candidates, next) = self.table.sweep(from: self.sweepPosition, limit: count * 2 + 64)
        self.sweepPosition = next
        let now = self.now.ms
        let keepDueBefore = now + 2 * self.environment.limits.lookAheadMs
        for account in candidates where dropped < count {
            let foldedOp = self.foldedOp
            let isIdle = account.assumeIsolated { account in
                !account.isDirty && account.lastOp <= foldedOp && account.running == 0
                    && !account.isHeld && !account.hasEffects && account.dueMs > keepDueBefore
            }
            guard isIdle else { continue }
            account.assumeIsolated { $0.isResident = false }
            self.table.remove(account)
            dropped += 1
        }
        if dropped > 0 {
            self.coldDueMs = nil
            self.environment.counters.resident.subtract(dropped, ordering: .relaxed)
            self.heap.keep { self.holds($0) }
            for place in self.heldBack.indices {
                self.heldBack[place].keep { self.holds($0) }
            }
        }
        return dropped
    }
}
