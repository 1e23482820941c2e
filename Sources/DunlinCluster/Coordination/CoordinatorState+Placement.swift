extension CoordinatorState {
    /// What a node can be used for at this moment, with the counts that placing goes by.
    struct Home {
        var zone: String
        /// Its copies count: it is there, or was until a moment ago, and is not to be emptied.
        var isGood: Bool
        /// It may be given a copy, or a shard to lead.
        var takesMore: Bool
        var copies = 0
        var learners = 0
        var leads = 0
    }

    /// Below this a node gets no further copy, when it says how much its disk has left.
    package static let diskReserveBytes: UInt64 = 1 << 30

    func homes(nowMs: Int64) -> [NodeID: Home] {
        var homes: [NodeID: Home] = [:]
        for node in self.record.nodes where node.record.state != .removed {
            let id = node.record.id
            let liveness = self.liveness[id]
            let isThere = (liveness?.electableAtMs ?? 0) + self.settings.repairAfterMs > nowMs
            let disk = liveness?.load.diskFreeBytes ?? 0
            homes[id] = Home(
                zone: node.record.zone, isGood: isThere && !node.isDraining,
                takesMore: !node.isDraining && liveness?.wantsDrain != true
                    && (disk == 0 || disk >= Self.diskReserveBytes)
                    && self.isAlive(id, nowMs: nowMs))
        }
        for shard in self.record.shards {
            let configuration = shard.configuration
            for member in configuration.inSync { homes[member.node]?.copies += 1 }
            for learner in configuration.learners {
                homes[learner]?.copies += 1
                homes[learner]?.learners += 1
            }
            if let primary = configuration.primary { homes[primary]?.leads += 1 }
        }
        return homes
    }

    /// Gives shards that nobody has had yet their first copies, all of them empty.
    mutating func placeNewShards(nowMs: Int64) {
        guard self.record.shards.contains(where: { $0.configuration.epoch == 0 }) else { return }
        let homes = self.homes(nowMs: nowMs)
        let nodes = self.record.nodes.filter { homes[$0.record.id]?.takesMore == true }
        guard let since = self.placementSinceMs ?? (nodes.isEmpty ? nil : nowMs) else { return }
        self.placementSinceMs = since
        guard !nodes.isEmpty,
            nodes.count >= self.settings.expectedNodes
                || nowMs - since >= self.settings.placementWaitMs
        else { return }
        let places = Balancer.firstPlaces(
            shards: self.record.shards.count,
            nodes: nodes.map { Balancer.Node(id: $0.record.id, zone: $0.record.zone) },
            copies: Int(self.record.settings.backups) + 1)
        let members = Dictionary(
            nodes.map { ($0.record.id, $0.record.member) }, uniquingKeysWith: { first, _ in first })
        for (shard, place) in places.enumerated()
        where self.configuration(shard).epoch == 0 && self.configuration(shard).inSync.isEmpty {
            self.change(shard) { configuration in
                configuration.epoch = 1
                configuration.primary = place.first
                configuration.inSync = place.compactMap { members[$0] }
                configuration.learners = []
            }
        }
    }

    /// Starts copies where some are missing, and drops what is more than wanted.
    mutating func mendCopies(nowMs: Int64) {
        var homes = self.homes(nowMs: nowMs)
        let wanted = Int(self.record.settings.backups) + 1
        var learners = 0
        for shard in self.record.shards {
            learners += shard.configuration.learners.count { homes[$0]?.isGood == true }
        }
        for shard in self.record.shards.indices {
            let configuration = self.configuration(shard)
            guard configuration.epoch > 0, configuration.condition == .normal else { continue }
            let inSync = configuration.inSync.count { homes[$0.node]?.isGood == true }
            let coming = configuration.learners.count { homes[$0]?.isGood == true }
            if inSync >= wanted {
                self.dropSurplus(shard, wanted: wanted, &homes)
            } else if inSync + coming < wanted, learners < self.settings.learnersMax,
                let primary = configuration.primary, self.isAlive(primary, nowMs: nowMs),
                let home = self.bestHome(for: configuration, homes)
            {
                learners += 1
                homes[home]?.learners += 1
                homes[home]?.copies += 1
                self.change(shard) { $0.learners.append(home) }
            }
            if inSync + coming >= wanted {
                // Others are on their way, so nobody waits for those that are gone.
                self.change(shard) { configuration in
                    configuration.learners.removeAll {
                        homes[$0]?.isGood != true && $0 != configuration.moveTo
                    }
                }
            }
        }
    }

    /// Where a further copy does most good: another zone first, then the emptiest node.
    func bestHome(for configuration: ShardConfiguration, _ homes: [NodeID: Home]) -> NodeID? {
        let holders = configuration.inSync.map(\.node) + configuration.learners
        let zones = Set(holders.compactMap { homes[$0]?.isGood == true ? homes[$0]?.zone : nil })
        var best: (id: NodeID, rank: [Int])?
        for node in self.record.nodes {
            let id = node.record.id
            guard let home = homes[id], home.takesMore,
                home.learners < self.settings.learnersPerNodeMax, !holders.contains(id)
            else { continue }
            let isSameZone = !home.zone.isEmpty && zones.contains(home.zone)
            let rank = [isSameZone ? 1 : 0, home.copies]
            if let known = best, !rank.lexicographicallyPrecedes(known.rank) { continue }
            best = (id, rank)
        }
        return best?.id
    }

    /// With enough good copies in sync: no learners but those of a move, no copies on nodes that are
    /// gone or to be emptied, then none on the fullest node. Never the primary's.
    private mutating func dropSurplus(
        _ shard: Int, wanted: Int, _ homes: inout [NodeID: Home]
    ) {
        let configuration = self.configuration(shard)
        var exchange = self.exchanges[shard]
        if let newcomer = exchange, !configuration.learners.contains(newcomer) {
            // It is in sync, or was given up.
            self.exchanges[shard] = nil
            if configuration.inSyncMember(newcomer) == nil { exchange = nil }
        }
        var inSync = configuration.inSync
        func isKept(_ node: NodeID) -> Bool {
            node == configuration.primary || node == configuration.moveTo || node == exchange
        }
        inSync.removeAll { homes[$0.node]?.isGood != true && !isKept($0.node) }
        if configuration.moveTo == nil {
            while inSync.count(where: { homes[$0.node]?.isGood == true }) > wanted {
                let droppable = inSync.filter { !isKept($0.node) }
                // The last of equals is the one with the highest name.
                guard
                    let fullest = droppable.max(by: {
                        (homes[$0.node]?.copies ?? 0) < (homes[$1.node]?.copies ?? 0)
                    })
                else { break }
                inSync.removeAll { $0 == fullest }
            }
        }
        for member in configuration.inSync where !inSync.contains(member) {
            homes[member.node]?.copies -= 1
        }
        self.change(shard) { configuration in
            configuration.inSync = inSync
            configuration.learners.removeAll { $0 != configuration.moveTo && $0 != exchange }
        }
    }
}
