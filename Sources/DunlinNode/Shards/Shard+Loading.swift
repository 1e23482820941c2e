import DunlinCore
import DunlinPorts
import Synchronization

extension Shard {
    /// Brings the shard to where its journal ends: replays the tail beyond the folded op, checks
    /// the chain on the way.
    ///
    /// With `last`, no further than that op. Nothing is decided or done before ``serve()``.
    func load(upTo last: UInt64 = .max) throws {
        self.state = .loading
        self.generation += 1
        let folded = try self.environment.rows.foldedOps()[self.index] ?? 0
        self.foldedOp = folded
        self.hasColdRows = folded > 0
        self.committedOp = folded
        try self.checkNewest(of: folded)
        self.lastHash = try self.hash(at: folded)
        try self.replayTail(from: folded + 1, upTo: last)
        self.open = OpenBatch(op: self.committedOp + 1)
        // The table's order is that of hashes, the same in every run.
        for account in self.table.accounts {
            let due = account.assumeIsolated { $0.dueMs }
            if due != Account.never { self.heap.push(account, dueMs: due) }
        }
    }

    /// Starts to decide, once every shard is loaded and the tenants' switches are known; lists again
    /// what was decided and not done.
    func serve() {
        self.state = .active
        // Under a manual clock nothing has fallen due by itself.
        if self.leading != nil, !self.environment.isManual {
            self.slowStart = SlowStart(startedMs: self.environment.runtime.monotonicMs())
        }
        for account in self.table.accounts { self.resumeEffects(of: account) }
        self.resumeWords()
        self.destroyKeys()
        self.admitWaiting()
        self.afterWork()
    }

    /// Takes no more work. What is open is committed first.
    func stop() async {
        _ = await self.commitment()
        self.state = .stopped
    }

    private func hash(at op: UInt64) throws -> [UInt8] {
        guard op > 0 else { return [UInt8](repeating: 0, count: 32) }
        guard let batch = try self.environment.journal.batch(shard: self.index, op: op) else {
            throw StoreError(.corrupt, operation: "find the batch that rows were folded at")
        }
        self.epoch = max(self.epoch, batch.epoch)
        return batch.hash
    }

    /// Checks the chain of the newest folded batches, which the replay does not read; all of it is
    /// what `dunlin verify` is for.
    private func checkNewest(of folded: UInt64) throws {
        guard folded > 0 else { return }
        let count = self.environment.limits.startCheckBatches
        let first = folded > count ? folded - count + 1 : 1
        var previous = try self.hash(at: first - 1)
        var next = first
        let batches = try self.environment.journal.batches(
            shard: self.index, fromOp: first, limit: Int(count))
        for batch in batches where batch.op <= folded {
            let hash = HashChain.next(
                previous: previous, shard: self.index, op: batch.op, epoch: batch.epoch,
                records: batch.records)
            guard batch.op == next, hash == batch.hash else {
                throw StoreError(.corrupt, operation: "check the chain of folded batches")
            }
            previous = hash
            next += 1
        }
    }

    private func replayTail(from first: UInt64, upTo last: UInt64) throws {
        var next = first
        var seated = SeatedAccounts()
        defer { self.putBack(&seated) }
        while true {
            let batches = try self.environment.journal.batches(
                shard: self.index, fromOp: next, limit: 64)
            guard !batches.isEmpty else { return }
            for batch in batches {
                guard batch.op <= last else { return }
                guard batch.op == next else {
                    throw StoreError(.corrupt, operation: "replay: a batch is missing")
                }
                let hash = HashChain.next(
                    previous: self.lastHash, shard: self.index, op: batch.op, epoch: batch.epoch,
                    records: batch.records)
                guard hash == batch.hash else {
                    throw StoreError(.corrupt, operation: "replay: a batch's hash differs")
                }
                try self.replay(batch, &seated)
                self.lastHash = hash
                self.epoch = max(self.epoch, batch.epoch)
                self.committedOp = batch.op
                next += 1
            }
        }
    }

    private func replay(_ batch: JournalBatch, _ seated: inout SeatedAccounts) throws {
        var records: [JournalRecord] = []
        var reader = BatchReader(batch.records)
        while let record = try reader.next() { records.append(record) }
        try self.loadAbsent(records)
        // The records of one turn follow one another.
        var held: (key: EntityKey, seat: TurnSeat)?
        for (index, record) in records.enumerated() {
            let position = RecordPosition(op: batch.op, index: UInt32(index))
            switch record.content {
            case .account(let event):
                if held?.key != record.key {
                    held = self.seat(of: record.key, at: batch.op, &seated)
                        .map { (record.key, $0) }
                }
                held?.seat.turn.replay(event, at: position)
                self.noteKey(event.event, of: record.key)
            case .tenant(let event, let instant):
                var state = try self.tenantState(record.key)
                state.evolve(event, at: instant, position: position)
                self.tenantStates[record.key.key] = state
            case .shard(.levelRaised(let level), _):
                guard level <= self.environment.cluster?.levelMax ?? .max else {
                    throw StoreError(.incompatible, operation: "replay what a newer program wrote")
                }
            case .shard: break
            case .budget(let event, let instant):
                try self.replay(event, of: record.key, at: instant, position)
            }
        }
        self.tailRecords += UInt64(records.count)
        self.environment.counters.tailRecords.add(UInt64(records.count), ordering: .relaxed)
    }

    /// Brings into memory what the records are about, together.
    private func loadAbsent(_ records: [JournalRecord]) throws {
        guard self.hasColdRows else { return }
        var seen = Set<EntityKey>()
        let absent = records.map(\.key).filter { key in
            switch key.kind {
            case .account: self.resident(key) == nil && seen.insert(key).inserted
            case .card, .contact: !self.budgets.contains(key) && seen.insert(key).inserted
            case .gateway, .alias, .tenant, .shard: false
            }
        }
        try self.loadRows(absent.filter { $0.kind == .account })
        self.loadBudgets(absent.filter { $0.kind != .account })
    }

    /// Accounts whose records were replayed last, decoded: what cards and addresses answer follows
    /// a few batches behind what was said to them.
    private struct SeatedAccounts {
        /// About 2 KB each.
        static let countMax = 4096

        private(set) var accounts: [Account] = []
        private var oldest = 0

        /// Answers the account that gives way.
        mutating func append(_ account: Account) -> Account? {
            guard self.accounts.count == Self.countMax else {
                self.accounts.append(account)
                return nil
            }
            let last = self.accounts[self.oldest]
            self.accounts[self.oldest] = account
            self.oldest = (self.oldest + 1) % Self.countMax
            return last
        }
    }

    /// Where an account is decoded that batch `op` tells of.
    private func seat(
        of key: EntityKey, at op: UInt64, _ seated: inout SeatedAccounts
    ) -> TurnSeat? {
        guard let account = self.resident(key) ?? self.admit(key, row: nil) else { return nil }
        let kept = account.assumeIsolated { account in
            account.lastOp = op
            return account.seat
        }
        if let kept { return kept }
        guard let context = self.context(of: account.tenant) else {
            self.unreadable(NodeError(.internalError, "a tenant's settings are not installed"))
            return nil
        }
        let seats = self.seats
        do {
            let seat = try account.assumeIsolated { account in
                let seat = try seats.seat(
                    resting: account.resting, account: key, context: context)
                account.seat = seat
                return seat
            }
            if let last = seated.append(account) { self.putBack(last) }
            return seat
        } catch {
            self.unreadable(error)
            return nil
        }
    }

    private func putBack(_ account: Account) {
        let seats = self.seats
        account.assumeIsolated { $0.restReplayed(seats) }
    }

    private func putBack(_ seated: inout SeatedAccounts) {
        for account in seated.accounts { self.putBack(account) }
        seated = SeatedAccounts()
    }

    // MARK: Residence

    func resident(_ key: EntityKey) -> Account? {
        guard let tenant = self.tenants[key.tenant] else { return nil }
        return self.table.find(hash: key.shardHash, tenant: tenant, id: key.key)
    }

    /// Makes an account resident, from its row or as new. Answers `nil` for an unknown tenant.
    func admit(_ key: EntityKey, row: EntityRow?) -> Account? {
        guard let tenant = self.tenants[key.tenant] ?? self.formerTenant(key.tenant) else {
            return nil
        }
        let account = Account(
            id: CompactID(key.key), tenant: tenant, hash: key.shardHash, shard: self)
        if let row {
            do {
                let state = try AccountState(packed: row.body)
                let seats = self.seats
                account.assumeIsolated { $0.replace(state, at: state.lastRecord.op, seats) }
            } catch {
                self.unreadable(error)
                return nil
            }
        }
        self.table.insert(account)
        self.environment.counters.resident.add(1, ordering: .relaxed)
        return account
    }

    /// A tenant that the journal knows and the configuration does not: its accounts are kept, and
    /// nothing is done for them.
    private func formerTenant(_ name: String) -> TenantHandle? {
        guard self.state == .loading, let any = self.contexts.values.first else { return nil }
        let handle = TenantHandle(
            parts: TenantParts(
                settings: TenantSettings(name: name), gateway: UnconfiguredGateway()),
            runtime: self.environment.runtime)
        let context = DecisionContext(
            current: any.current, bundles: any.bundles, tenant: handle.parts.settings,
            origin: self.environment.origin)
        self.tenants[name] = handle
        self.contexts[ObjectIdentifier(handle)] = context
        return handle
    }

    /// Makes the accounts of these rows resident, with their timers and undone effects.
    func loadRows(_ keys: [EntityKey]) throws(StoreError) {
        guard !keys.isEmpty else { return }
        let rows = try self.environment.rows.rows(shard: self.index, keys: keys)
        for case let row? in rows where self.resident(row.key) == nil {
            guard let account = self.admit(row.key, row: row) else { continue }
            guard self.state == .active else { continue }
            let due = account.assumeIsolated { $0.dueMs }
            if due != Account.never { self.heap.push(account, dueMs: due) }
            self.resumeEffects(of: account)
        }
    }

    /// Reads absent accounts before a batch of commands is decided.
    func loadAbsent(_ keys: [EntityKey]) throws(StoreError) {
        guard self.hasColdRows else { return }
        try self.loadRows(keys.filter { self.resident($0) == nil })
    }

    func tenantRow(_ key: EntityKey) throws(StoreError) -> TenantState {
        guard self.hasColdRows,
            let row = try self.environment.rows.rows(shard: self.index, keys: [key]).first ?? nil
        else { return TenantState() }
        guard let state = try? TenantState(packed: row.body) else {
            throw StoreError(.corrupt, operation: "read tenant state")
        }
        return state
    }
}
