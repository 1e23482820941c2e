package import DunlinCore
package import DunlinPorts

/// Writes accounts' events as a node would: records with their links, batches by shard, and the
/// states that replaying gives.
package struct JournalScript {
    private struct Open {
        var records: [UInt8] = []
        var count: UInt32 = 0
        var op: UInt64 = 0
        var hash: [UInt8]
    }

    /// Of a batch: (previous hash, shard, op, epoch, records).
    package typealias Hash = ([UInt8], UInt32, UInt64, UInt64, [UInt8]) -> [UInt8]

    /// What replaying all records gives.
    package private(set) var states: [EntityKey: AccountState] = [:]
    private var shards: [Open]
    private let hash: Hash

    package init(shards: UInt32, hash: @escaping Hash) {
        self.hash = hash
        self.shards = [Open](
            repeating: Open(hash: [UInt8](repeating: 0, count: 32)), count: Int(shards))
    }

    package func shard(of key: EntityKey) -> UInt32 {
        UInt32(key.shardHash % UInt64(self.shards.count))
    }

    /// Adds a record to its shard's open batch.
    package mutating func append(_ recorded: RecordedEvent, of key: EntityKey) {
        let shard = Int(self.shard(of: key))
        let position = RecordPosition(
            op: self.shards[shard].op + 1, index: self.shards[shard].count)
        var state = self.states[key] ?? AccountState()
        JournalRecord.append(
            recorded, of: key, previous: state.lastRecord, to: &self.shards[shard].records)
        state.evolve(recorded, at: position)
        self.states[key] = state
        self.shards[shard].count += 1
    }

    /// Ends the open batches that have records; in the order of their shards.
    package mutating func seal(epoch: UInt64 = 1) -> [JournalBatch] {
        var batches: [JournalBatch] = []
        for shard in self.shards.indices where self.shards[shard].count > 0 {
            let open = self.shards[shard]
            let hash = self.hash(open.hash, UInt32(shard), open.op + 1, epoch, open.records)
            batches.append(
                JournalBatch(
                    shard: UInt32(shard), op: open.op + 1, epoch: epoch, hash: hash,
                    records: open.records))
            self.shards[shard] = Open(op: open.op + 1, hash: hash)
        }
        return batches
    }
}
