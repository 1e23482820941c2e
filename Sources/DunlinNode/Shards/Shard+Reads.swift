import DunlinCore
import DunlinPorts

extension Shard {
    /// The packed states of accounts, once everything that they reflect is committed; `nil` for an
    /// account that was never heard of.
    func packedStates(_ keys: [EntityKey]) async throws(NodeError) -> [[UInt8]?] {
        try self.mustBeActive()
        do {
            try self.loadAbsent(keys)
        } catch {
            throw NodeError(.storage, "rows cannot be read: \(error)")
        }
        let states = self.residentStates(keys)
        if let error = await self.commitment() { throw Self.nodeError(error) }
        return states
    }

    private func residentStates(_ keys: [EntityKey]) -> [[UInt8]?] {
        let seats = self.seats
        return keys.map { key in
            // Nothing is read from what cannot be read; the node is told to stop.
            guard let account = self.resident(key) else { return nil }
            do {
                return try account.assumeIsolated { try $0.snapshot(seats) }
            } catch {
                self.unreadable(error)
                return nil
            }
        }
    }

    /// An operator's request; `nil` for an account that was never heard of.
    func operate(
        _ key: EntityKey, _ request: OperatorRequest
    ) async throws(NodeError)
        -> CommandAnswer?
    {
        try self.mustBeActive()
        guard self.hasRoom else {
            throw NodeError(.overloaded, "the shard is busy; try again in a second")
        }
        do {
            try self.loadAbsent([key])
        } catch {
            throw NodeError(.storage, "rows cannot be read: \(error)")
        }
        guard let account = self.resident(key) else { return nil }
        let answer = self.turn(account, .operate(request), now: self.now)
        self.afterWork()
        if let error = await self.commitment() { throw Self.nodeError(error) }
        return answer
    }

    /// Gives each account a turn although nothing of it may be due: what a switch of the tenant
    /// changed for it is decided. Answers whether there was room.
    func visit(_ keys: [EntityKey]) async throws(NodeError) -> Bool {
        try self.mustBeActive()
        guard self.hasRoom else { return false }
        do {
            try self.loadAbsent(keys)
        } catch {
            throw NodeError(.storage, "rows cannot be read: \(error)")
        }
        for key in keys {
            guard let account = self.resident(key) else { continue }
            _ = self.turn(
                account, .timer(realNow: self.environment.runtime.wallNow()), now: self.now)
        }
        self.afterWork()
        if let error = await self.commitment() { throw Self.nodeError(error) }
        return true
    }

    /// Waits until everything decided so far is committed.
    func commitment() async -> StoreError? {
        await withCheckedContinuation { continuation in
            self.hold { continuation.resume(returning: $0) }
            self.flush()
        }
    }

    func mustBeActive() throws(NodeError) {
        guard self.state == .active else {
            if self.state == .following {
                throw NodeError(.notPrimary, "another node leads the shard; ask it")
            }
            throw NodeError(.unavailable, "the shard is \(self.state); try again soon")
        }
    }

    static func nodeError(_ error: StoreError) -> NodeError {
        error.code == .full
            ? NodeError(.storage, "the disk is full: nothing was done; free space and try again")
            : NodeError(.unknownOutcome, "the commit failed; ask, or send it again")
    }

    // MARK: Tenants and bundles

    /// Journals a change of a tenant's switches; answers the state that it leads to.
    func switchTenant(
        _ change: TenantSwitched, key: EntityKey
    ) async throws(NodeError)
        -> TenantState
    {
        try self.mustBeActive()
        guard self.hasRoom else {
            throw NodeError(.overloaded, "the shard is busy; try again in a second")
        }
        var state: TenantState
        do {
            state = try self.tenantState(key)
        } catch {
            throw NodeError(.storage, "rows cannot be read: \(error)")
        }
        let event = TenantEvent.switched(change)
        let now = max(self.now, state.lastAt)
        let position = self.open.nextPosition
        self.open.append(
            JournalRecord(key: key, previous: state.lastRecord, content: .tenant(event, at: now)))
        state.evolve(event, at: now, position: position)
        self.tenantStates[key.key] = state
        self.open.transitions += 1
        if let error = await self.commitment() { throw Self.nodeError(error) }
        return state
    }

    /// The tenant's switches, once everything that they reflect is committed.
    func standing(ofTenant key: EntityKey) async throws(NodeError) -> TenantState {
        try self.mustBeActive()
        let state: TenantState
        do {
            state = try self.tenantState(key)
        } catch {
            throw NodeError(.storage, "rows cannot be read: \(error)")
        }
        if let error = await self.commitment() { throw Self.nodeError(error) }
        return state
    }

    func tenantState(_ key: EntityKey) throws(StoreError) -> TenantState {
        if let state = self.tenantStates[key.key] { return state }
        return try self.tenantRow(key)
    }

    /// Journals that the shard uses a bundle from now on.
    func activate(bundle: BundleID) async throws(NodeError) {
        try self.mustBeActive()
        self.open.append(
            JournalRecord(
                key: .shard, previous: .none,
                content: .shard(.bundleActivated(bundle), at: self.now))
        )
        if let error = await self.commitment() { throw Self.nodeError(error) }
    }

    /// Journals that its records may be of a newer level from now on.
    func raise(toLevel level: UInt32) async throws(NodeError) {
        try self.mustBeActive()
        self.open.append(self.levelRecord(level))
        if let error = await self.commitment() { throw Self.nodeError(error) }
    }

    func levelRecord(_ level: UInt32) -> JournalRecord {
        JournalRecord(
            key: .shard, previous: .none, content: .shard(.levelRaised(level), at: self.now))
    }

    // MARK: Inspection

    func view() -> ShardView {
        ShardView(
            shard: self.index, epoch: self.epoch, state: "\(self.state)",
            committedOp: self.committedOp, foldedOp: self.foldedOp, tailRecords: self.tailRecords,
            residentAccounts: UInt64(self.table.count),
            pendingEffects: UInt64(clamping: self.runningEffects),
            nextDueAt: ((try? self.nextDue()) ?? nil) ?? Timestamp(ms: 0))
    }

    /// Adds this shard's due instants to a histogram by slice number.
    func timers(
        sliceMs: Int64
    ) -> (
        count: UInt64, overdue: UInt64, next: Timestamp?, slices: [Int64: UInt64]
    ) {
        var slices: [Int64: UInt64] = [:]
        let (count, overdue) = self.countTimers(sliceMs: sliceMs, into: &slices)
        return (count, overdue, (try? self.nextDue()) ?? nil, slices)
    }
}
