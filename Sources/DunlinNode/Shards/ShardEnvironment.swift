import DunlinCluster
import DunlinCore
import DunlinPorts

/// What all shards of a node share. Immutable.
final class ShardEnvironment: Sendable {
    let runtime: any NodeRuntime
    let journal: any JournalStore
    let rows: any RowStore
    let keys: any KeyStore
    let sealer: AccountSealer
    let effects: EffectRunner
    let limits: NodeLimits
    let origin: ClusterOrigin
    let map: ShardMap
    let counters: NodeCounters
    /// `nil` for a node that is a whole cluster by itself.
    let cluster: ClusterPart?
    /// Whether domain time stands still until it is moved.
    let isManual: Bool
    /// Asks for a fold; called when the tail or the number of accounts passes its limit.
    let needsFold: @Sendable () -> Void
    /// Called once when the node must not go on: a damaged file, a failed fsync.
    let onFatal: @Sendable (StoreError) -> Void

    init(
        runtime: any NodeRuntime, journal: any JournalStore, rows: any RowStore,
        keys: any KeyStore, sealer: AccountSealer, effects: EffectRunner, limits: NodeLimits,
        origin: ClusterOrigin, map: ShardMap, counters: NodeCounters, cluster: ClusterPart?,
        needsFold: @escaping @Sendable () -> Void, onFatal: @escaping @Sendable (StoreError) -> Void
    ) {
        self.runtime = runtime
        self.journal = journal
        self.rows = rows
        self.keys = keys
        self.sealer = sealer
        self.effects = effects
        self.limits = limits
        self.origin = origin
        self.map = map
        self.counters = counters
        self.cluster = cluster
        self.isManual = runtime.clock.kind == "manual"
        self.needsFold = needsFold
        self.onFatal = onFatal
    }
}
