package import DunlinPorts

/// A journal whose disk makes durable what waits some virtual milliseconds later, in groups whose
/// size the seed decides.
///
/// `@unchecked Sendable`: used on the scheduler's one thread only.
package final class SimJournal: JournalStore, @unchecked Sendable {
    private let memory: MemoryJournal
    private let scheduler: SimScheduler
    private let process: SimProcess?
    private let syncMsMax: UInt64
    private var isCommitting = false

    /// `memory` must commit when asked; it is what survives a crash. `syncMsMax`: what a group
    /// takes at most.
    package init(
        _ memory: MemoryJournal, scheduler: SimScheduler, process: SimProcess? = nil,
        syncMsMax: UInt64 = 20
    ) {
        self.syncMsMax = syncMsMax
        self.memory = memory
        self.scheduler = scheduler
        self.process = process
    }

    package func append(
        _ batch: JournalBatch, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.memory.append(batch, completion: completion)
        self.commitSoon()
    }

    package func cut(
        shard: UInt32, after op: UInt64,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.memory.cut(shard: shard, after: op, completion: completion)
        self.commitSoon()
    }

    private func commitSoon() {
        guard !self.isCommitting else { return }
        self.isCommitting = true
        let wait = 1 + Int64(self.scheduler.random.below(self.syncMsMax))
        self.scheduler.after(ms: wait, process: self.process) {
            self.isCommitting = false
            self.memory.commit(1 + Int(self.scheduler.random.below(4)))
            if self.memory.waitingCount > 0 { self.commitSoon() }
        }
    }

    package func batches(
        shard: UInt32, fromOp: UInt64, limit: Int
    ) throws(StoreError)
        -> [JournalBatch]
    {
        try self.memory.batches(shard: shard, fromOp: fromOp, limit: limit)
    }

    package func places(
        shard: UInt32, fromOp: UInt64, limit: Int
    ) throws(StoreError)
        -> [JournalHead]
    {
        try self.memory.places(shard: shard, fromOp: fromOp, limit: limit)
    }

    package func batch(shard: UInt32, op: UInt64) throws(StoreError) -> JournalBatch? {
        try self.memory.batch(shard: shard, op: op)
    }

    package func heads() throws(StoreError) -> [JournalHead] { try self.memory.heads() }
}
