/// Everything that nodes and clients need to find a shard: members and who holds what.
package struct ClusterMap: Hashable, Sendable {
    /// Grows with every change of a node or shard; only for "has it changed since".
    package var revision: UInt64
    package var settings: ClusterSettings
    /// In the order of their ids.
    package var nodes: [NodeRecord]
    /// By shard number, ``ClusterSettings/shardCount`` of them.
    package var shards: [ShardConfiguration]

    package init(
        revision: UInt64, settings: ClusterSettings, nodes: [NodeRecord],
        shards: [ShardConfiguration]
    ) {
        self.revision = revision
        self.settings = settings
        self.nodes = nodes
        self.shards = shards
    }

    package func node(_ id: NodeID) -> NodeRecord? {
        self.nodes.first { $0.id == id }
    }

    /// The primary's record; `nil` while nobody leads the shard.
    package func primary(of shard: UInt32) -> NodeRecord? {
        guard Int(shard) < self.shards.count, let id = self.shards[Int(shard)].primary else {
            return nil
        }
        return self.node(id)
    }
}

/// What is fixed or set for a whole cluster.
package struct ClusterSettings: Hashable, Sendable {
    /// Random, made with the cluster; part of every frame and of every gateway key.
    package var clusterID: UInt64
    /// Raised by every restore from a backup; part of every gateway key.
    package var restoreGeneration: UInt32
    /// Fixed for the life of the cluster.
    package var shardCount: UInt32
    /// Copies of a shard besides the primary's, 0 to ``backupsMax``.
    package var backups: UInt32
    /// Copies that must hold a batch before it counts, 1 to ``backups`` + 1.
    package var minInSync: UInt32
    /// The level of records and rows that the whole cluster writes.
    package var level: UInt32
    /// The id of the bundle by which every node decides; 0 while none was applied, and each decides
    /// by what its program and configuration say.
    package var bundle: UInt64
    /// The cluster was restored from a backup and nobody has confirmed it: nothing is charged.
    package var awaitsConfirmation: Bool

    package static let backupsMax: UInt32 = 2

    package init(
        clusterID: UInt64, restoreGeneration: UInt32, shardCount: UInt32, backups: UInt32 = 1,
        minInSync: UInt32 = 1, level: UInt32 = 1, bundle: UInt64 = 0,
        awaitsConfirmation: Bool = false
    ) {
        self.clusterID = clusterID
        self.restoreGeneration = restoreGeneration
        self.shardCount = shardCount
        self.backups = backups
        self.minInSync = minInSync
        self.level = level
        self.bundle = bundle
        self.awaitsConfirmation = awaitsConfirmation
    }
}
