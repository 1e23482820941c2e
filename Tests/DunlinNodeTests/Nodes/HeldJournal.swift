import DunlinPorts
import DunlinTesting
import Synchronization

/// A journal in memory that holds batches back until a test lets them go.
final class HeldJournal: JournalStore {
    private let memory: MemoryJournal
    private let isHolding = Mutex(false)
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    /// `memory` must commit when asked.
    init(_ memory: MemoryJournal) {
        self.memory = memory
        (self.arrivals, self.arrived) = AsyncStream.makeStream(of: Void.self)
    }

    /// From now on batches wait for ``commit()``.
    func hold() { self.isHolding.withLock { $0 = true } }

    /// Lets go of what waits and of all that comes.
    func release() {
        self.isHolding.withLock { $0 = false }
        self.memory.commit()
    }

    /// Waits for the next batch that is held.
    func arrival() async {
        for await _ in self.arrivals { return }
    }

    /// Makes what waits durable, or fails it as ``MemoryJournal/failNext(with:)`` said.
    func commit() { self.memory.commit() }

    func append(
        _ batch: JournalBatch, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.memory.append(batch, completion: completion)
        if self.isHolding.withLock({ $0 }) { self.arrived.yield() } else { self.memory.commit() }
    }

    func cut(
        shard: UInt32, after op: UInt64,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.memory.cut(shard: shard, after: op, completion: completion)
        if self.isHolding.withLock({ $0 }) { self.arrived.yield() } else { self.memory.commit() }
    }

    func batches(shard: UInt32, fromOp: UInt64, limit: Int) throws(StoreError) -> [JournalBatch] {
        try self.memory.batches(shard: shard, fromOp: fromOp, limit: limit)
    }

    func places(shard: UInt32, fromOp: UInt64, limit: Int) throws(StoreError) -> [JournalHead] {
        try self.memory.places(shard: shard, fromOp: fromOp, limit: limit)
    }

    func batch(shard: UInt32, op: UInt64) throws(StoreError) -> JournalBatch? {
        try self.memory.batch(shard: shard, op: op)
    }

    func heads() throws(StoreError) -> [JournalHead] { try self.memory.heads() }
}
