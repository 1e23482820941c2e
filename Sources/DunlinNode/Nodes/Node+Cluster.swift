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

    /// The same, and returns when every shard has taken its part.
    func applied(_ map: ClusterMap) async {
        self.apply(map)
        // Posted work keeps its order, so that what answers now comes after it.
        for shard in self.shards { _ = await shard.state }
    }

    func coordinated(_ shard: UInt32, _ configuration: ShardConfiguration) {
        guard Int(shard) < self.shards.count else { return }
        self.shards[Int(shard)].coordinated(configuration)
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

    /// What this node would send to gateways whose rate is limited.
    var rateDemands: [RateDemand] {
        self.tenants.compactMap { tenant in
            guard let pace = tenant.pace else { return nil }
            return RateDemand(
                tenant: tenant.name, account: tenant.parts.gateway.traits.name,
                limitPerSecond: pace.limitPerSecond, wantedPerSecond: pace.wantedPerSecond)
        }
    }

    /// Takes this node's parts of the gateways' limits; they last until `endsMs`, monotonic.
    func take(_ shares: [RateShare], endsMs: Int64) {
        for share in shares {
            let tenant = self.tenants.first { $0.name == share.tenant }
            tenant?.pace?.renew(perSecond: share.perSecond, endsMs: endsMs)
        }
    }

    /// This node's own account of itself, for operators.
    package func memberView() async -> MemberView {
        var copies: [CopyView] = []
        for shard in self.shards {
            if let copy = await shard.copyView() { copies.append(copy) }
        }
        return MemberView(
            node: self.settings.cluster?.me.node.name ?? "",
            incarnation: self.settings.cluster?.me.incarnation ?? 0,
            leaseLeftMs: self.settings.cluster?.lease.leftMs ?? -1,
            transitions: self.counters.transitions.load(ordering: .relaxed),
            commits: self.counters.commits.load(ordering: .relaxed),
            residentAccounts: UInt64(max(0, self.counters.resident.load(ordering: .relaxed))),
            copies: copies, bundle: self.bundle)
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

    /// `nil` for a shard of which this node has nothing.
    func copyView() -> CopyView? {
        if let leading = self.leading {
            return CopyView(
                shard: self.index, epoch: leading.replica.epoch, state: "\(self.state)",
                headOp: leading.head.op, committedOp: leading.replica.commitOp,
                foldedOp: self.foldedOp,
                peers: leading.replica.peers.map { peer in
                    CopyView.Peer(
                        node: peer.node.name, ackedOp: peer.ackedOp,
                        isInSync: self.configuration.inSyncMember(peer.node) != nil)
                })
        }
        guard let following = self.following, following.replica.head.op > 0 else { return nil }
        return CopyView(
            shard: self.index, epoch: following.replica.head.epoch, state: "\(self.state)",
            headOp: following.durableOp, committedOp: following.committedOp,
            foldedOp: self.foldedOp, peers: [])
    }

    /// What is ahead; `nil` for a shard that is not led here.
    func ahead() -> ShardLoad? {
        guard self.state == .active, self.leading != nil else { return nil }
        return ShardLoad(
            shard: self.index, dueNextHour: self.heap.count(dueBy: self.now.ms + Milliseconds.hour),
            accounts: UInt64(self.table.count), committedOp: self.committedOp)
    }
}
