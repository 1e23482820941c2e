extension CoordinatorState {
    mutating func electAll(nowMs: Int64) {
        var leads = self.leadCounts()
        for shard in self.record.shards.indices {
            let configuration = self.configuration(shard)
            guard configuration.epoch > 0, configuration.condition == .normal else { continue }
            if let primary = configuration.primary {
                if self.mayHoldLease(primary, nowMs: nowMs) { continue }
            }
            self.elect(shard, avoiding: nil, &leads, nowMs: nowMs)
        }
    }

    /// Elects a complete copy that is alive (R4); leaves everything as it is when there is none.
    ///
    /// The former primary must not be able to hold a lease any more, or have given it up. A copy
    /// that has missed heartbeats is not elected, though its lease may last: it may be dead
    /// already, and dead with its disk, while the former primary comes back with everything.
    /// `avoiding`: Elected only when there is no other.
    /// `leads`: Shards that each node leads, brought up to date.
    mutating func elect(
        _ shard: Int, avoiding avoided: NodeID?, _ leads: inout [NodeID: Int], nowMs: Int64
    ) {
        let configuration = self.configuration(shard)
        let minInSync = Int(self.record.settings.minInSync)
        var candidates = configuration.inSync.filter {
            $0.node != configuration.primary && self.isPresent($0)
                && self.isElectable($0.node, nowMs: nowMs)
        }
        let isFromInSync = !candidates.isEmpty
        if candidates.isEmpty, configuration.inSync.count < minInSync {
            candidates = configuration.eligible.filter {
                self.isPresent($0) && self.isElectable($0.node, nowMs: nowMs)
            }
        }
        if self.isDoubtful(shard) {
            candidates.removeAll { self.takesUpDoubtful($0.node, beside: shard, nowMs: nowMs) }
        }
        let former = configuration.primary ?? avoided
        let formerZone = former.flatMap { self.record.node($0)?.record.zone } ?? ""
        let ranked = candidates.map { member -> (Member, [Int]) in
            let node = self.record.node(member.node)
            let isLeaving =
                node?.isDraining == true || self.liveness[member.node]?.wantsDrain == true
            let isSameZone = !formerZone.isEmpty && node?.record.zone == formerZone
            return (
                member,
                [
                    member.node == avoided ? 1 : 0, isLeaving ? 1 : 0,
                    member.node == configuration.moveTo ? 0 : 1, isSameZone ? 1 : 0,
                    leads[member.node] ?? 0,
                ]
            )
        }
        // The first of equals is the one with the lowest name: members are sorted.
        guard
            let chosen = ranked.min(by: { $0.1.lexicographicallyPrecedes($1.1) })?.0
        else { return }
        self.electedAtMs[shard] = nowMs
        if let gone = configuration.primary { leads[gone, default: 1] -= 1 }
        leads[chosen.node, default: 0] += 1
        self.change(shard) { configuration in
            configuration.epoch += 1
            let gone = configuration.primary
            configuration.primary = chosen.node
            if configuration.moveTo == chosen.node { configuration.moveTo = nil }
            if isFromInSync {
                let dropped = configuration.inSync.filter { $0.node == gone }
                configuration.inSync.removeAll { $0.node == gone }
                configuration.eligible += dropped
            } else {
                // Nothing was committed without them, so they too have everything.
                configuration.eligible.removeAll { $0.node == chosen.node }
                configuration.eligible += configuration.inSync
                configuration.inSync = [chosen]
            }
            // An eligible copy may have been learning meanwhile.
            configuration.learners.removeAll { $0 == chosen.node }
            if configuration.inSync.count >= minInSync {
                let nodes = configuration.eligible.map(\.node)
                configuration.learners += nodes.filter { !configuration.learners.contains($0) }
                configuration.eligible = []
            }
        }
    }

    /// A shard over which processes may have crashed, that nobody has served since, and that the
    /// next crash sets aside. Not after the first one already: a node that is killed while it takes
    /// over from another leaves many such shards, and one by one they would be led by nobody for
    /// minutes.
    private func isDoubtful(_ shard: Int) -> Bool {
        self.record.shards[shard].faultyOwners + 1 >= self.settings.faultyOwnersMax
    }

    /// The node is about to take up another shard of that kind. Processes that crash leave word of
    /// everything they were taking up: only one by one can be told which of them it was, and shards
    /// that were merely beside it go free.
    private func takesUpDoubtful(_ id: NodeID, beside shard: Int, nowMs: Int64) -> Bool {
        self.record.shards.indices.contains { other in
            let configuration = self.configuration(other)
            return other != shard && configuration.primary == id && self.isDoubtful(other)
                && configuration.condition == .normal
                && self.takenUpIn[other] < configuration.epoch
                && nowMs < self.electedAtMs[other] + self.settings.doubtfulTakeUpMs
        }
    }

    /// Shards that each node leads.
    func leadCounts() -> [NodeID: Int] {
        var counts: [NodeID: Int] = [:]
        for shard in self.record.shards {
            if let primary = shard.configuration.primary { counts[primary, default: 0] += 1 }
        }
        return counts
    }
}
