package import DunlinCore
import DunlinPorts

/// Whose data a directory holds. Written once, when the directory is created.
package struct DirectoryIdentity: Sendable, Equatable {
    /// Cluster id and restore generation.
    package var origin: ClusterOrigin
    /// 1…4096; never changes.
    package var shardCount: UInt32
    /// Fixes record and row formats.
    package var level: UInt32

    package init(origin: ClusterOrigin, shardCount: UInt32, level: UInt32) {
        self.origin = origin
        self.shardCount = shardCount
        self.level = level
    }
}

extension DirectoryIdentity {
    private static let clusterName = "directory.cluster"
    private static let generationName = "directory.generation"
    private static let shardsName = "directory.shards"
    static let levelName = "directory.level"

    /// `nil` when the directory has none yet. Decimal text, so that a person can read it.
    init?(from meta: some MetaStore) throws(StoreError) {
        let cluster = try Self.number(Self.clusterName, meta)
        let generation = try Self.number(Self.generationName, meta)
        let shards = try Self.number(Self.shardsName, meta)
        // Written last: while it is missing, the directory was never used.
        guard let level = try Self.number(Self.levelName, meta) else { return nil }
        guard let cluster, let generation, let shards, let shardCount = UInt32(exactly: shards),
            let level = UInt32(exactly: level)
        else { throw StoreError(.corrupt, operation: "read the directory's identity") }
        self.init(
            origin: ClusterOrigin(cluster: cluster, generation: generation),
            shardCount: shardCount, level: level)
    }

    func store(in meta: some MetaStore) throws(StoreError) {
        try meta.set(Self.clusterName, Array(String(self.origin.cluster).utf8))
        try meta.set(Self.generationName, Array(String(self.origin.generation).utf8))
        try meta.set(Self.shardsName, Array(String(self.shardCount).utf8))
        try meta.set(Self.levelName, Array(String(self.level).utf8))
    }

    private static func number(_ name: String, _ meta: some MetaStore) throws(StoreError) -> UInt64?
    {
        guard let bytes = try meta.value(name) else { return nil }
        guard let number = UInt64(String(decoding: bytes, as: UTF8.self)) else {
            throw StoreError(.corrupt, operation: "read the directory's identity")
        }
        return number
    }
}
