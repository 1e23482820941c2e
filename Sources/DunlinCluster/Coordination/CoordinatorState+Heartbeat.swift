import DunlinCore

extension CoordinatorState {
    /// A node's process lives: its lease is another term long.
    ///
    /// Throws `fenced` for a process that was replaced or taken out; `invalid` for shards that
    /// there are not.
    package mutating func heartbeat(
        _ heartbeat: Heartbeat, nowMs: Int64
    ) throws(CoordinatorError) {
        let id = heartbeat.member.node
        guard let node = self.record.node(id), node.record.state != .removed,
            node.record.incarnation == heartbeat.member.incarnation,
            node.record.startCounter == heartbeat.startCounter
        else {
            throw CoordinatorError(
                .fenced, "Another process of this node has registered, or it was taken out.")
        }
        let shards = heartbeat.brokenShards + heartbeat.load.shards.map(\.shard)
        guard shards.allSatisfy({ $0 < self.record.settings.shardCount }) else {
            throw CoordinatorError(.invalid, "A heartbeat names a shard that there is not.")
        }
        self.changeNode(id) { $0.hasBegun = true }
        self.hear(id, nowMs: nowMs)
        self.liveness[id]?.wantsDrain = heartbeat.wantsDrain
        self.liveness[id]?.load = heartbeat.load
        self.liveness[id]?.bundle = heartbeat.bundle
        self.liveness[id]?.clockMs = heartbeat.wallMs?.decreased(by: nowMs)
        self.wake(id)
        for shard in heartbeat.brokenShards {
            self.noteBroken(Int(shard), on: id, mapRevision: heartbeat.mapRevision, nowMs: nowMs)
        }
        for load in heartbeat.load.shards where !heartbeat.brokenShards.contains(load.shard) {
            self.noteTakenUp(Int(load.shard), on: id, mapRevision: heartbeat.mapRevision)
        }
        self.rates.note(
            id, heartbeat.rateDemands,
            endsMs: self.settings.lease.electableAtMs(heartbeatAnsweredMs: nowMs), nowMs: nowMs)
    }

    /// The answer, once what the heartbeat changed is durable.
    package mutating func heartbeatReply(to heartbeat: Heartbeat, nowMs: Int64) -> HeartbeatReply {
        HeartbeatReply(
            map: heartbeat.mapRevision == self.record.revision ? nil : self.record.map,
            lease: self.settings.lease,
            rateShares: self.rates.deal(
                heartbeat.member.node, heartbeat.rateDemands,
                endsMs: self.settings.lease.electableAtMs(heartbeatAnsweredMs: nowMs),
                nowMs: nowMs), agreedMs: self.agreedMs(nowMs: nowMs))
    }

    /// An owner could not take its shard up: another is asked, and after some the shard is set
    /// aside, before it has brought down every node.
    private mutating func noteBroken(
        _ shard: Int, on id: NodeID, mapRevision: UInt64, nowMs: Int64
    ) {
        let configuration = self.configuration(shard)
        // A report from before the present owner was elected was counted then.
        guard configuration.condition == .normal, configuration.primary == id,
            mapRevision >= self.changedAt[shard]
        else { return }
        if !self.countFaultyOwner(shard) {
            self.change(shard) {
                $0.primary = nil
                $0.moveTo = nil
            }
            var leads = self.leadCounts()
            self.elect(shard, avoiding: id, &leads, nowMs: nowMs)
        }
    }

    /// Answers whether the shard was set aside for it.
    @discardableResult
    mutating func countFaultyOwner(_ shard: Int) -> Bool {
        self.record.shards[shard].faultyOwners += 1
        self.isChanged = true
        guard self.record.shards[shard].faultyOwners >= self.settings.faultyOwnersMax else {
            return false
        }
        self.change(shard) {
            $0.condition = .quarantined
            $0.primary = nil
            $0.moveTo = nil
        }
        return true
    }

    private mutating func noteTakenUp(_ shard: Int, on id: NodeID, mapRevision: UInt64) {
        if self.configuration(shard).primary == id, mapRevision >= self.changedAt[shard] {
            self.takenUpIn[shard] = self.configuration(shard).epoch
        }
        guard self.record.shards[shard].faultyOwners > 0,
            self.configuration(shard).primary == id, mapRevision >= self.changedAt[shard]
        else { return }
        self.record.shards[shard].faultyOwners = 0
        self.isChanged = true
    }
}
