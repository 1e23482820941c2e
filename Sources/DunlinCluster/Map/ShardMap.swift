package import DunlinCore

/// Which shard an entity lives in. The count is fixed for the life of a cluster.
package struct ShardMap: Hashable, Sendable {
    /// 1…``shardsMax``.
    package let shardCount: UInt32

    package static let shardsDefault: UInt32 = 256
    package static let shardsMax: UInt32 = 4096

    package init(shardCount: UInt32) {
        precondition((1...Self.shardsMax).contains(shardCount), "shard count out of range")
        self.shardCount = shardCount
    }

    /// 0 ..< ``shardCount``.
    package func shard(of key: EntityKey) -> UInt32 {
        UInt32(key.shardHash % UInt64(self.shardCount))
    }

    /// The shard of all events; `nil` where there are several, and for none.
    package func onlyShard(of events: [IntakeEvent]) -> UInt32? {
        guard let first = events.first else { return nil }
        let shard = self.shard(of: first.key)
        return events.dropFirst().allSatisfy { self.shard(of: $0.key) == shard } ? shard : nil
    }
}
