package import DunlinCluster
package import DunlinCore
package import DunlinPorts
import Logging
import Synchronization

/// Where a node keeps things.
package struct NodeStores: Sendable {
    package var journal: any JournalStore
    package var rows: any RowStore
    package var keys: any KeyStore
    package var meta: any MetaStore
    /// `nil` where lists and totals are not wanted, as in a load test.
    package var views: (any ViewStore)?

    package init(
        journal: any JournalStore, rows: any RowStore, keys: any KeyStore, meta: any MetaStore,
        views: (any ViewStore)?
    ) {
        self.journal = journal
        self.rows = rows
        self.keys = keys
        self.meta = meta
        self.views = views
    }
}

/// How a node is set up.
package struct NodeSettings: Sendable {
    package var version: String
    package var map: ShardMap
    package var origin: ClusterOrigin
    package var level: UInt32 = 1
    package var tenants: [TenantParts]
    package var limits = NodeLimits()
    /// `nil` for a node that is a whole cluster by itself.
    package var cluster: ClusterPart?
    /// What registration answered: the map to begin with.
    package var joinedMap: ClusterMap?
    /// Real time between two reconciliations with each billing system, in ms; 0 for none.
    package var reconcileEveryMs: Int64 = 0

    package init(version: String, map: ShardMap, origin: ClusterOrigin, tenants: [TenantParts]) {
        self.version = version
        self.map = map
        self.origin = origin
        self.tenants = tenants
    }
}

/// One Dunlin node: its shards, its effects, and what it offers to callers.
package final class Node: Sendable {
    package enum Phase: String, Sendable {
        case starting
        case ready
        case draining
        case stopped
        case failed
    }

    let settings: NodeSettings
    let runtime: any NodeRuntime
    let stores: NodeStores
    let shards: [Shard]
    let effects: EffectRunner
    let shelf: BundleShelf
    let tenants: [TenantHandle]
    /// Carries messages between entities: within this node, unless it is set otherwise.
    package let mail = MailRoute()
    package let counters = NodeCounters()
    let startedAt: Timestamp
    let log = Logger(label: "dunlin.node")
    private let phaseBox = Mutex(Phase.starting)
    let loadBox = Mutex(NodeLoad())
    let forecastBox = Mutex<LoadForecast?>(nil)
    let tenantStates = Mutex<[String: TenantState]>([:])
    /// The cluster was restored from a backup and nobody has confirmed it: nothing is charged.
    let awaitsConfirmation: Mutex<Bool>
    let foldSignal: AsyncStream<Void>
    private let foldContinuation: AsyncStream<Void>.Continuation
    let reconcileSignal: AsyncStream<Void>
    let reconcileContinuation: AsyncStream<Void>.Continuation
    /// How the whole cluster is compared; `nil` for a node that holds everything itself.
    let reconciling = Mutex<Reconciling?>(nil)

    /// Reads the bundles; loads nothing else yet.
    ///
    /// `onFatal` is called when the node must stop at once: a damaged file, a failed fsync.
    package init(
        settings: NodeSettings, runtime: any NodeRuntime, stores: NodeStores,
        sealer: AccountSealer, supplier: any BundleSupplier,
        onFatal: @escaping @Sendable (StoreError) -> Void
    ) throws {
        self.settings = settings
        self.runtime = runtime
        self.stores = stores
        self.startedAt = runtime.clock.now()
        let joined = settings.joinedMap?.settings
        self.shelf = try BundleShelf(
            meta: stores.meta, supplier: supplier, cluster: joined?.bundle ?? 0)
        self.awaitsConfirmation = Mutex(joined?.awaitsConfirmation ?? false)
        let tenants = settings.tenants.map { TenantHandle(parts: $0, runtime: runtime) }
        if settings.cluster == nil {
            for pace in tenants.compactMap(\.pace) {
                pace.renew(perSecond: pace.limitPerSecond, endsMs: .max)
            }
        }
        self.tenants = tenants
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (self.reconcileSignal, self.reconcileContinuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.foldSignal = stream
        self.foldContinuation = continuation
        self.effects = EffectRunner(
            tenants: tenants, runtime: runtime, journal: stores.journal,
            keys: stores.keys, sealer: sealer, limits: settings.limits, mail: self.mail)
        let environment = ShardEnvironment(
            runtime: runtime, journal: stores.journal, rows: stores.rows, keys: stores.keys,
            sealer: sealer, effects: self.effects, limits: settings.limits,
            origin: settings.origin, map: settings.map, counters: self.counters,
            cluster: settings.cluster, needsFold: { continuation.yield() }, onFatal: onFatal)
        let seats = runtime.executors.map { _ in SeatPool() }
        self.shards = (0..<settings.map.shardCount).map { index in
            let loop = Int(index) % runtime.executors.count
            return Shard(
                index: index, executor: runtime.executors[loop], seats: seats[loop],
                environment: environment)
        }
        self.mail.set(
            LocalMail(shards: self.shards, map: settings.map), neighbours: self.shards)
    }

    package var phase: Phase { self.phaseBox.withLock { $0 } }

    func enter(_ phase: Phase) {
        self.phaseBox.withLock { $0 = phase }
    }

    /// Letters go by `mail` where this node does not lead the receiver's shard itself.
    package func carry(by mail: any EntityMail) {
        self.mail.set(mail, neighbours: self.shards)
    }

    func shard(of key: EntityKey) -> Shard {
        self.shards[Int(self.settings.map.shard(of: key))]
    }

    // MARK: Life

    /// Loads every shard, replaying its tail, then starts to decide. Returns when ready.
    package func start() async throws {
        guard self.settings.cluster == nil else {
            await self.join()
            return
        }
        let contexts = self.contexts()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for shard in self.shards {
                group.addTask {
                    await shard.install(contexts)
                    try await shard.load()
                }
            }
            try await group.waitForAll()
        }
        for tenant in self.tenants {
            let key = EntityKey(tenant: tenant.name, kind: .tenant, key: tenant.name)
            let state = try await self.shard(of: key).tenantState(key)
            self.tenantStates.withLock { $0[tenant.name] = state }
        }
        await self.installEverywhere()
        for shard in self.shards { await shard.serve() }
        self.enter(.ready)
        // What the replay would have asked for.
        self.foldContinuation.yield()
    }

    /// Performs effects, folds and reconciles until ``drain()`` has ended.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.effects.run() }
            group.addTask { await self.foldWhenAsked() }
            group.addTask { await self.reconcileInTurns() }
            group.addTask { await self.takeUpWithheldEverywhere() }
            if self.settings.cluster == nil, self.shapesLoad {
                group.addTask { await self.forecastInTurns() }
            }
            await group.waitForAll()
        }
    }

    /// Takes no more work, commits and folds what there is, and lets ``run()`` return.
    package func drain() async {
        guard self.phase == .ready else { return }
        self.enter(.draining)
        self.reconcileContinuation.finish()
        // A member's shards are led elsewhere by now; what it keeps copies of it folds when asked.
        if self.settings.cluster == nil { await self.foldAll() }
        for shard in self.shards { await shard.stop() }
        for tenant in self.tenants { tenant.pace?.close() }
        self.effects.finish()
        self.foldContinuation.finish()
        self.enter(.stopped)
    }

    // MARK: Tenants

    /// The tenant's settings with its journaled switches laid over the configuration.
    func settings(of tenant: TenantHandle) -> TenantSettings {
        var settings = tenant.parts.settings
        let state = self.tenantStates.withLock { $0[tenant.name] }
        if let mode = state?.mode { settings.mode = mode }
        settings.chargesPaused =
            (state?.chargesPaused ?? false) || self.awaitsConfirmation.withLock { $0 }
        settings.messagesPaused = state?.messagesPaused ?? false
        return settings
    }

    func contexts() -> [(TenantHandle, DecisionContext)] {
        let content = self.shelf.snapshot
        let forecast = self.forecastBox.withLock { $0 }
        return self.tenants.map { tenant in
            (
                tenant,
                DecisionContext(
                    current: content.current.bundle, bundles: content.bundles,
                    tenant: self.settings(of: tenant), origin: self.settings.origin,
                    forecast: tenant.pace == nil ? nil : forecast)
            )
        }
    }

    func installEverywhere() async {
        let contexts = self.contexts()
        for shard in self.shards { await shard.install(contexts) }
    }
}
