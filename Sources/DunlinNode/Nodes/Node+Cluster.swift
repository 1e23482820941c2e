package import DunlinCluster
import DunlinCore
import DunlinPorts
import Synchronization

// A node as a member of a cluster: its shards follow the map.

extension Node {
    /// Ready to keep copies and to be elected. Nothing is loaded yet.
    func join() async {
        let contexts = self.contexts()
        for shard in self.shards { await shard.join(contexts) }
        self.enter(.ready)
        if let map = self.settings.joinedMap { self.apply(map) }
    }

    /// Hands each shard its part of a newer map. From any thread.
    package func apply(_ map: ClusterMap) {
        for (shard, configuration) in zip(self.shards, map.shards) { shard.assume(configuration) }
    }

    func coordinated(
        _ shard: UInt32, _ configuration: ShardConfiguration, refusedVersion: UInt64
    ) {
        guard Int(shard) < self.shards.count else { return }
        self.shards[Int(shard)].coordinated(configuration, refusedVersion: refusedVersion)
    }

    /// What heartbeats tell; looked at every few seconds.
    var latestLoad: NodeLoad { self.loadBox.withLock { $0 } }

    /// Looks at what each led shard has before it.
    func measureLoad() async {
        var loads: [ShardLoad] = []
        for shard in self.shards {
            if let load = await shard.ahead() { loads.append(load) }
        }
        let measured = loads
        let resident = UInt64(max(0, self.counters.resident.load(ordering: .relaxed)))
        self.loadBox.withLock { $0 = NodeLoad(shards: measured, residentAccounts: resident) }
    }

    package func monotonicMs() -> Int64 { self.runtime.monotonicMs() }

    package func pause(ms: Int64) async {
        await withCheckedContinuation { continuation in
            self.runtime.keeper.run(afterMs: ms) { continuation.resume() }
        }
    }

    /// Shards that this node leads and serves.
    package func ledShards() async -> [UInt32] {
        var led: [UInt32] = []
        for shard in self.shards where await shard.state == .active { led.append(shard.index) }
        return led
    }
}

extension Shard {
    /// The node is a member: the shard keeps a copy until the map says more.
    func join(_ contexts: [(TenantHandle, DecisionContext)]) {
        self.install(contexts)
        self.follow(self.configuration)
    }

    /// What is ahead; `nil` for a shard that is not led here.
    func ahead() -> ShardLoad? {
        guard self.state == .active, self.leading != nil else { return nil }
        return ShardLoad(
            shard: self.index, dueNextHour: self.heap.count(dueBy: self.now.ms + Milliseconds.hour),
            accounts: UInt64(self.table.count), committedOp: self.committedOp)
    }
}
