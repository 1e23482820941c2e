extension CoordinatorState {
    /// Asks primaries on nodes that are to be emptied, or are about to stop, to hand over; forgets
    /// moves whose goal is gone. The primaries themselves hand over when the goal is in sync.
    mutating func steerMoves(nowMs: Int64) {
        var leads = self.leadCounts()
        var underWay = 0
        for shard in self.record.shards.indices {
            let configuration = self.configuration(shard)
            guard let goal = configuration.moveTo else { continue }
            if self.mayLead(goal, nowMs: nowMs), configuration.holds(goal) {
                underWay += 1
            } else {
                self.change(shard) { $0.moveTo = nil }
            }
        }
        for shard in self.record.shards.indices where underWay < self.settings.handOversMax {
            let configuration = self.configuration(shard)
            guard configuration.condition == .normal, configuration.moveTo == nil,
                let primary = configuration.primary, self.isLeaving(primary)
            else { continue }
            let goals = configuration.inSync.map(\.node).filter {
                $0 != primary && self.mayLead($0, nowMs: nowMs)
            }
            guard let goal = goals.min(by: { leads[$0, default: 0] < leads[$1, default: 0] })
            else { continue }
            leads[goal, default: 0] += 1
            underWay += 1
            self.change(shard) { $0.moveTo = goal }
        }
    }

    func isLeaving(_ id: NodeID) -> Bool {
        self.record.node(id)?.isDraining == true || self.liveness[id]?.wantsDrain == true
    }

    func mayLead(_ id: NodeID, nowMs: Int64) -> Bool {
        !self.isLeaving(id) && self.isAlive(id, nowMs: nowMs)
    }

    /// Begins some moves that make the forecast of due attempts more even, now and then, and only
    /// while nothing else is being mended.
    mutating func rebalance(nowMs: Int64) {
        guard nowMs - self.rebalancedMs >= self.settings.rebalanceEveryMs else { return }
        self.rebalancedMs = nowMs
        let homes = self.homes(nowMs: nowMs)
        let isCalm = self.record.shards.allSatisfy { shard in
            let configuration = shard.configuration
            guard configuration.condition == .normal else { return true }
            guard let primary = configuration.primary else { return false }
            return configuration.moveTo == nil && self.isAlive(primary, nowMs: nowMs)
                && !configuration.learners.contains { homes[$0]?.isGood == true }
        }
        guard isCalm else { return }
        for move in Balancer.plan(self.balance(homes), movesMax: self.settings.movesMax) {
            switch move {
            case .lead(let shard, let goal):
                self.change(Int(shard)) { $0.moveTo = goal }
            case .relocate(let shard, let goal):
                self.change(Int(shard)) {
                    $0.learners.append(goal)
                    $0.moveTo = goal
                }
            case .exchange(let shard, let goal):
                self.exchanges[Int(shard)] = goal
                self.change(Int(shard)) { $0.learners.append(goal) }
            }
        }
    }

    private func balance(_ homes: [NodeID: Home]) -> Balancer.View {
        var due: [UInt32: UInt64] = [:]
        for node in self.record.nodes {
            for load in self.liveness[node.record.id]?.load.shards ?? [] {
                guard load.shard < self.record.settings.shardCount,
                    self.configuration(Int(load.shard)).primary == node.record.id
                else { continue }
                due[load.shard] = load.dueNextHour
            }
        }
        var shards: [Balancer.Shard] = []
        for (number, shard) in self.record.shards.enumerated() {
            guard shard.configuration.condition == .normal,
                let primary = shard.configuration.primary
            else { continue }
            shards.append(
                Balancer.Shard(
                    number: UInt32(number), dueNextHour: due[UInt32(number)] ?? 0,
                    primary: primary, copies: shard.configuration.inSync.map(\.node)))
        }
        return Balancer.View(
            nodes: self.record.nodes.compactMap { node in
                guard homes[node.record.id]?.takesMore == true else { return nil }
                return Balancer.Node(id: node.record.id, zone: node.record.zone)
            }, shards: shards)
    }
}
