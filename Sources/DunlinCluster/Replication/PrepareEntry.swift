package import DunlinCore

/// What a primary sends to another copy of one shard.
package struct PrepareEntry: Hashable, Sendable {
    package var shard: UInt32
    package var epoch: UInt64
    /// The batch before the first one here.
    package var previous: ChainHead
    package var commitOp: UInt64
    /// In the order of their ops, without gaps; none to ask how far the copy is.
    package var batches: [ReplicaBatch]

    package init(
        shard: UInt32, epoch: UInt64, previous: ChainHead, commitOp: UInt64,
        batches: [ReplicaBatch] = []
    ) {
        self.shard = shard
        self.epoch = epoch
        self.previous = previous
        self.commitOp = commitOp
        self.batches = batches
    }

    package var offer: FollowerReplica.Offer {
        FollowerReplica.Offer(
            epoch: self.epoch, previous: self.previous, batches: self.batches.map(\.place),
            commitOp: self.commitOp)
    }
}

/// A batch of a shard's journal on its way to another copy.
package struct ReplicaBatch: Hashable, Sendable {
    package var place: ChainHead
    /// `dunlin.v1.Batch`.
    package var records: [UInt8]
    /// Sealing keys that must be durable before the records are.
    package var keys: [SealedKey]
    /// Accounts whose keys go once the batch is committed. Known for batches that are sent as they
    /// are made; a copy that catches up finds them when it folds.
    package var forgotten: [EntityKey]

    package init(
        place: ChainHead, records: [UInt8], keys: [SealedKey] = [], forgotten: [EntityKey] = []
    ) {
        self.place = place
        self.records = records
        self.keys = keys
        self.forgotten = forgotten
    }
}

/// An account's key, wrapped by the node key.
package struct SealedKey: Hashable, Sendable {
    package var entity: EntityKey
    package var wrapped: [UInt8]

    package init(entity: EntityKey, wrapped: [UInt8]) {
        self.entity = entity
        self.wrapped = wrapped
    }
}

/// What became of a ``PrepareEntry``.
package enum PrepareOutcome: Hashable, Sendable {
    /// Everything up to `op` is durable, and the same as the primary's.
    case stored(op: UInt64)
    case stale(promised: UInt64)
    /// The newest batches that the copy has, oldest first.
    case apart([ChainHead])
    case forked
    /// Nothing is wrong between the two; the copy could not store it now.
    case notStored
}

/// A copy's answer for one shard.
package struct PrepareResult: Hashable, Sendable {
    package var shard: UInt32
    package var outcome: PrepareOutcome

    package init(shard: UInt32, outcome: PrepareOutcome) {
        self.shard = shard
        self.outcome = outcome
    }
}
