extension CoordinatorState {
    /// Does what an operator asks, or says why not and what to do.
    package mutating func operate(
        _ operation: ClusterOperation, nowMs: Int64
    ) throws(CoordinatorError) {
        switch operation {
        case .drain(let id):
            try self.checkNode(id)
            self.changeNode(id) { $0.isDraining = true }
            self.changeNode(id) { if $0.record.state == .active { $0.record.state = .draining } }
        case .undrain(let id):
            try self.checkNode(id)
            self.changeNode(id) { $0.isDraining = false }
            if self.record.node(id)?.record.state == .draining { self.wake(id) }
        case .move(let shard, let goal): try self.move(shard, to: goal, nowMs: nowMs)
        case .revive(let shard, let id): try self.revive(shard, on: id, nowMs: nowMs)
        case .release(let shard):
            guard try self.checked(shard).condition == .quarantined else {
                throw CoordinatorError(
                    .failedPrecondition, "Shard \(shard) is not quarantined: nothing to release.")
            }
            self.record.shards[Int(shard)].faultyOwners = 0
            self.isChanged = true
            self.change(Int(shard)) { $0.condition = .normal }
        case .remove(let id, let acceptLoss):
            try self.remove(id, acceptLoss: acceptLoss, nowMs: nowMs)
        case .finalize(let level): try self.finalize(level)
        case .setCopies(let backups, let minInSync):
            try self.setCopies(backups: backups, minInSync: minInSync)
        case .useBundle(let bundle, let former): try self.use(bundle, former: former)
        case .confirmRestore:
            guard self.record.settings.awaitsConfirmation else { return }
            self.record.settings.awaitsConfirmation = false
            self.isChanged = true
        }
    }

    package func status(leader: String, nowMs: Int64) -> ClusterStatus {
        let homes = self.homes(nowMs: nowMs)
        let nodes = self.record.nodes.map { node in
            let liveness = self.liveness[node.record.id]
            let home = homes[node.record.id]
            let load = liveness?.load ?? NodeLoad()
            var due: UInt64 = 0
            for shard in load.shards {
                let (sum, overflow) = due.addingReportingOverflow(shard.dueNextHour)
                due = overflow ? .max : sum
            }
            return ClusterStatus.Node(
                record: node.record, isAlive: self.isAlive(node.record.id, nowMs: nowMs),
                silentMs: liveness?.isHeard == true ? nowMs - (liveness?.heardAtMs ?? nowMs) : -1,
                isDraining: node.isDraining, wantsDrain: liveness?.wantsDrain == true,
                leads: UInt32(clamping: home?.leads ?? 0),
                copies: UInt32(clamping: (home?.copies ?? 0) - (home?.learners ?? 0)),
                learners: UInt32(clamping: home?.learners ?? 0), dueNextHour: due,
                residentAccounts: load.residentAccounts, diskFreeBytes: load.diskFreeBytes,
                bundle: liveness?.bundle ?? 0,
                clockAheadMs: self.clockAheadMs(of: node.record.id, nowMs: nowMs))
        }
        return ClusterStatus(
            map: self.record.map, nodes: nodes, leader: leader, leadsForMs: nowMs - self.startedMs,
            clocks: self.clockStanding(nowMs: nowMs))
    }

    private func checked(_ shard: UInt32) throws(CoordinatorError) -> ShardConfiguration {
        guard shard < self.record.settings.shardCount else {
            throw CoordinatorError(
                .notFound,
                "There is no shard \(shard): they go from 0 to \(self.record.settings.shardCount - 1)."
            )
        }
        return self.configuration(Int(shard))
    }

    private func checkNode(_ id: NodeID) throws(CoordinatorError) {
        guard let node = self.record.node(id), node.record.state != .removed else {
            throw CoordinatorError(
                .notFound, "There is no node \(id). See `dunlin node list` for their names.")
        }
    }

    private mutating func move(
        _ shard: UInt32, to goal: NodeID, nowMs: Int64
    ) throws(CoordinatorError) {
        let configuration = try self.checked(shard)
        try self.checkNode(goal)
        guard configuration.condition == .normal, configuration.primary != nil else {
            throw CoordinatorError(
                .failedPrecondition, "Nobody leads shard \(shard), so there is nobody to move it.")
        }
        guard self.mayLead(goal, nowMs: nowMs) else {
            throw CoordinatorError(
                .failedPrecondition, "Node \(goal) is silent, draining or about to stop.")
        }
        self.change(Int(shard)) { configuration in
            guard configuration.primary != goal else {
                configuration.moveTo = nil
                return
            }
            configuration.moveTo = goal
            if configuration.inSyncMember(goal) == nil, !configuration.learners.contains(goal) {
                configuration.learners.append(goal)
            }
        }
    }

    private mutating func revive(
        _ shard: UInt32, on id: NodeID?, nowMs: Int64
    ) throws(CoordinatorError) {
        let configuration = try self.checked(shard)
        let complete = configuration.inSync + configuration.eligible
        guard configuration.epoch > 0, configuration.condition != .quarantined,
            !complete.contains(where: { self.mayHoldLease($0.node, nowMs: nowMs) })
        else {
            throw CoordinatorError(
                .failedPrecondition,
                "Shard \(shard) has a complete copy, or is quarantined: nothing to revive.")
        }
        let candidates =
            id.map { [$0] } ?? configuration.learners + self.record.nodes.map(\.record.id)
        guard let chosen = candidates.first(where: { self.mayLead($0, nowMs: nowMs) }),
            let member = self.record.node(chosen)?.record.member
        else {
            throw CoordinatorError(
                .failedPrecondition, "No node that could take shard \(shard) up is alive.")
        }
        self.change(Int(shard)) { configuration in
            configuration.condition = .normal
            configuration.epoch += 1
            configuration.primary = chosen
            configuration.inSync = [member]
            configuration.eligible = []
            configuration.learners.removeAll { $0 == chosen }
            configuration.moveTo = nil
        }
    }

    private mutating func remove(
        _ id: NodeID, acceptLoss: Bool, nowMs: Int64
    ) throws(CoordinatorError) {
        try self.checkNode(id)
        let held = self.record.shards.count { $0.configuration.holds(id) }
        if held > 0, self.mayHoldLease(id, nowMs: nowMs) {
            throw CoordinatorError(
                .failedPrecondition,
                "Node \(id) is alive, or was a moment ago, and has \(held) copies. Drain it first, "
                    + "or stop it and wait a few seconds.")
        }
        let last = self.record.shards.count { shard in
            let complete = shard.configuration.inSync + shard.configuration.eligible
            return !complete.isEmpty && complete.allSatisfy { $0.node == id }
        }
        guard last == 0 || acceptLoss else {
            throw CoordinatorError(
                .failedPrecondition,
                "Node \(id) has the last complete copy of \(last) shards. Bring it back, or say "
                    + "--accept-loss.")
        }
        self.fence(id)
        for shard in self.record.shards.indices {
            self.change(shard) { configuration in
                configuration.learners.removeAll { $0 == id }
                if configuration.moveTo == id { configuration.moveTo = nil }
            }
        }
        self.changeNode(id) { node in
            node.record.state = .removed
            node.isDraining = false
        }
        self.liveness[id] = nil
        self.rates.forget(id)
    }

    private mutating func finalize(_ level: UInt32) throws(CoordinatorError) {
        guard level >= self.record.settings.level else {
            throw CoordinatorError(
                .failedPrecondition,
                "The cluster writes level \(self.record.settings.level) already; there is no way back."
            )
        }
        for node in self.record.nodes where node.record.state != .removed {
            guard (node.record.levelMin...node.record.levelMax).contains(level) else {
                throw CoordinatorError(
                    .failedPrecondition,
                    "Node \(node.record.id) knows levels \(node.record.levelMin) to "
                        + "\(node.record.levelMax). Upgrade it first, or take it out.")
            }
        }
        guard level != self.record.settings.level else { return }
        self.record.settings.level = level
        self.isChanged = true
    }

    private mutating func use(_ bundle: UInt64, former: UInt64) throws(CoordinatorError) {
        guard bundle != 0 else { throw CoordinatorError(.invalid, "A bundle's id is never 0.") }
        let present = self.record.settings.bundle
        guard bundle != present else { return }
        guard former == present else {
            throw CoordinatorError(
                .failedPrecondition,
                "Another policy was applied at the same time. Look at it, and apply yours again.")
        }
        self.record.settings.bundle = bundle
        self.isChanged = true
    }

    private mutating func setCopies(
        backups: UInt32, minInSync: UInt32
    ) throws(CoordinatorError) {
        guard backups <= ClusterSettings.backupsMax, (1...backups + 1).contains(minInSync) else {
            throw CoordinatorError(
                .invalid,
                "Backups are 0 to \(ClusterSettings.backupsMax), and 1 to backups + 1 copies must be "
                    + "in sync.")
        }
        self.record.settings.backups = backups
        self.record.settings.minInSync = minInSync
        self.isChanged = true
        // With fewer wanted, more can be committed: who is out may miss something from now on.
        for shard in self.record.shards.indices {
            self.change(shard) { configuration in
                guard configuration.inSync.count >= Int(minInSync) else { return }
                let nodes = configuration.eligible.map(\.node)
                configuration.learners += nodes.filter { !configuration.learners.contains($0) }
                configuration.eligible = []
            }
        }
    }
}
