extension CoordinatorState {
    /// A primary proposes other in-sync copies (R5, R6). What does not fit is not done, and the
    /// primary sees that by the configuration that holds.
    ///
    /// A refusal raises the version. The primary repeats its request until it is answered, so that
    /// another copy of it may still be on its way: carried out after the refusal was known, it would
    /// put a copy into the set that nobody waits for (R1).
    ///
    /// Throws `fenced` for a process that was replaced, `invalid` for what no primary proposes.
    package mutating func changeInSync(
        _ change: InSyncChange, nowMs: Int64
    ) throws(CoordinatorError) {
        let configuration = try self.checked(change.shard, change.primary)
        let nodes = change.inSync.map(\.node)
        guard change.inSync.contains(change.primary), Set(nodes).count == nodes.count else {
            throw CoordinatorError(
                .invalid, "A proposal without its primary, or with a node twice.")
        }
        guard configuration.version == change.version, configuration.epoch == change.epoch,
            configuration.primary == change.primary.node, configuration.condition == .normal
        else { return }
        guard self.isFit(change.inSync, for: configuration, nowMs: nowMs) else {
            self.record.shards[Int(change.shard)].configuration.version += 1
            self.changedAt[Int(change.shard)] = self.record.revision + 1
            self.isChanged = true
            return
        }
        let minInSync = Int(self.record.settings.minInSync)
        self.change(Int(change.shard)) { configuration in
            let removed = configuration.inSync.filter { !nodes.contains($0.node) }
            configuration.inSync = change.inSync
            configuration.learners.removeAll { nodes.contains($0) }
            // Nobody else has so much of it already.
            configuration.learners += removed.map(\.node)
            configuration.eligible.removeAll { nodes.contains($0.node) }
            if change.inSync.count >= minInSync { configuration.eligible = [] }
        }
    }

    private func isFit(
        _ proposed: [Member], for configuration: ShardConfiguration, nowMs: Int64
    ) -> Bool {
        let isShorter = proposed.count < configuration.inSync.count
        guard !isShorter || proposed.count >= Int(self.record.settings.minInSync) else {
            return false
        }
        return proposed.allSatisfy {
            configuration.inSync.contains($0) || self.mayJoin($0, configuration, nowMs: nowMs)
        }
    }

    /// A primary gives its shard, all of it committed, to an in-sync copy.
    ///
    /// Throws `fenced` for a process that was replaced, `invalid` for a shard that there is not.
    package mutating func handOver(_ handOver: HandOver, nowMs: Int64) throws(CoordinatorError) {
        let configuration = try self.checked(handOver.shard, handOver.primary)
        guard configuration.version == handOver.version, configuration.epoch == handOver.epoch,
            configuration.primary == handOver.primary.node, configuration.condition == .normal,
            configuration.inSync.contains(handOver.to),
            self.isPresent(handOver.to), self.isAlive(handOver.to.node, nowMs: nowMs)
        else { return }
        let copies = Int(self.record.settings.backups) + 1
        self.change(Int(handOver.shard)) { configuration in
            configuration.epoch += 1
            configuration.primary = handOver.to.node
            let isMove = configuration.moveTo == handOver.to.node
            if isMove { configuration.moveTo = nil }
            // A planned move takes the old copy with it.
            if isMove, configuration.inSync.count > copies {
                configuration.inSync.removeAll { $0.node == handOver.primary.node }
            }
        }
    }

    /// The shard's configuration, when the caller is a process that still counts.
    private func checked(
        _ shard: UInt32, _ primary: Member
    ) throws(CoordinatorError) -> ShardConfiguration {
        guard shard < self.record.settings.shardCount else {
            throw CoordinatorError(.invalid, "There is no such shard.")
        }
        guard self.isPresent(primary) else {
            throw CoordinatorError(
                .fenced, "Another process of this node has registered, or it was taken out.")
        }
        return self.configuration(Int(shard))
    }

    /// KIP-903: a copy joins only in the life in which it said that it has everything.
    private func mayJoin(
        _ member: Member, _ configuration: ShardConfiguration, nowMs: Int64
    ) -> Bool {
        self.isPresent(member) && self.isAlive(member.node, nowMs: nowMs)
            && (configuration.learners.contains(member.node)
                || configuration.eligible.contains { $0.node == member.node })
    }

    /// The member is its node's present life.
    func isPresent(_ member: Member) -> Bool {
        guard let node = self.record.node(member.node) else { return false }
        return node.record.state != .removed && node.record.incarnation == member.incarnation
    }
}
