import CDunlinProto
import DunlinCluster

// The parts that several calls share.

extension Packing {
    func member(
        _ member: Member
    ) throws(WireError) -> UnsafeMutablePointer<Dunlin__V1__ClusterMember> {
        let packed = self.make(Dunlin__V1__ClusterMember.self)
        try self.fill(packed, member)
        return packed
    }

    func fill(
        _ packed: UnsafeMutablePointer<Dunlin__V1__ClusterMember>, _ member: Member
    ) throws(WireError) {
        packed.pointee.node = try self.text(member.node.name)
        packed.pointee.has_incarnation = 1
        packed.pointee.incarnation = member.incarnation
    }

    func members(
        _ members: [Member]
    ) throws(WireError)
        -> UnsafeMutablePointer<UnsafeMutablePointer<Dunlin__V1__ClusterMember>?>?
    {
        try self.messages(
            Dunlin__V1__ClusterMember.self, members
        ) { packed, member throws(WireError) in
            try self.fill(packed, member)
        }
    }

    func lease(_ terms: LeaseTerms) -> UnsafeMutablePointer<Dunlin__V1__LeaseTiming> {
        let packed = self.make(Dunlin__V1__LeaseTiming.self)
        packed.pointee.has_term_ms = 1
        packed.pointee.term_ms = terms.termMs
        packed.pointee.has_heartbeat_ms = 1
        packed.pointee.heartbeat_ms = terms.heartbeatMs
        packed.pointee.has_drift_per_mille = 1
        packed.pointee.drift_per_mille = terms.driftPerMille
        return packed
    }

    func map(
        _ map: ClusterMap
    ) throws(WireError) -> UnsafeMutablePointer<Dunlin__V1__ClusterMapping> {
        let packed = self.make(Dunlin__V1__ClusterMapping.self)
        packed.pointee.has_revision = 1
        packed.pointee.revision = map.revision
        packed.pointee.has_cluster_id = 1
        packed.pointee.cluster_id = map.settings.clusterID
        packed.pointee.has_restore_generation = 1
        packed.pointee.restore_generation = map.settings.restoreGeneration
        packed.pointee.has_shard_count = 1
        packed.pointee.shard_count = map.settings.shardCount
        packed.pointee.has_backups = 1
        packed.pointee.backups = map.settings.backups
        packed.pointee.has_min_in_sync = 1
        packed.pointee.min_in_sync = map.settings.minInSync
        packed.pointee.has_level = 1
        packed.pointee.level = map.settings.level
        if map.settings.bundle != 0 {
            packed.pointee.has_bundle = 1
            packed.pointee.bundle = map.settings.bundle
        }
        if map.settings.awaitsConfirmation {
            packed.pointee.has_awaits_confirmation = 1
            packed.pointee.awaits_confirmation = 1
        }
        packed.pointee.n_nodes = map.nodes.count
        packed.pointee.nodes = try self.messages(
            Dunlin__V1__NodeListing.self, map.nodes
        ) { packed, node throws(WireError) in
            try self.fill(packed, node)
        }
        packed.pointee.n_shards = map.shards.count
        packed.pointee.shards = try self.messages(
            Dunlin__V1__ShardHolding.self, map.shards
        ) { packed, shard throws(WireError) in
            try self.fill(packed, shard)
        }
        return packed
    }

    private func fill(
        _ packed: UnsafeMutablePointer<Dunlin__V1__NodeListing>, _ node: NodeRecord
    ) throws(WireError) {
        packed.pointee.node = try self.text(node.id.name)
        packed.pointee.has_incarnation = 1
        packed.pointee.incarnation = node.incarnation
        packed.pointee.has_disk_id = 1
        packed.pointee.disk_id = node.diskID
        packed.pointee.has_start_counter = 1
        packed.pointee.start_counter = node.startCounter
        packed.pointee.address = try self.textOrNil(node.address)
        packed.pointee.has_state = 1
        packed.pointee.state = UInt32(node.state.rawValue)
        packed.pointee.has_level_min = 1
        packed.pointee.level_min = node.levelMin
        packed.pointee.has_level_max = 1
        packed.pointee.level_max = node.levelMax
        packed.pointee.zone = try self.textOrNil(node.zone)
    }

    func fill(
        _ packed: UnsafeMutablePointer<Dunlin__V1__ShardHolding>, _ shard: ShardConfiguration
    ) throws(WireError) {
        packed.pointee.has_version = 1
        packed.pointee.version = shard.version
        packed.pointee.has_epoch = 1
        packed.pointee.epoch = shard.epoch
        packed.pointee.primary = try self.textOrNil(shard.primary?.name ?? "")
        packed.pointee.n_in_sync = shard.inSync.count
        packed.pointee.in_sync = try self.members(shard.inSync)
        packed.pointee.n_eligible = shard.eligible.count
        packed.pointee.eligible = try self.members(shard.eligible)
        packed.pointee.n_learners = shard.learners.count
        packed.pointee.learners = try self.texts(shard.learners.map(\.name))
        packed.pointee.move_to = try self.textOrNil(shard.moveTo?.name ?? "")
        packed.pointee.has_condition = 1
        packed.pointee.condition = UInt32(shard.condition.rawValue)
    }
}

extension Unpacking {
    static func nodeOrNil(
        _ pointer: UnsafeMutablePointer<CChar>?, _ field: StaticString
    ) throws(WireError) -> NodeID? {
        guard
            let name = try Self.textOrNil(pointer, field, bytesMax: NodeID.bytesMax), !name.isEmpty
        else { return nil }
        guard let id = NodeID(name) else {
            throw WireError(.badValue, "\(field) is not a node's name")
        }
        return id
    }

    static func node(
        _ pointer: UnsafeMutablePointer<CChar>?, _ field: StaticString
    ) throws(WireError) -> NodeID {
        guard let id = try Self.nodeOrNil(pointer, field) else {
            throw WireError(.missingValue, "\(field) is empty")
        }
        return id
    }

    static func member(
        _ pointer: UnsafeMutablePointer<Dunlin__V1__ClusterMember>?, _ field: StaticString
    ) throws(WireError) -> Member {
        try Self.member(Self.required(pointer, field))
    }

    static func member(
        _ packed: UnsafePointer<Dunlin__V1__ClusterMember>
    ) throws(WireError) -> Member {
        Member(
            try Self.node(packed.pointee.node, "node"), incarnation: packed.pointee.incarnation)
    }

    static func members(
        _ count: Int,
        _ array: UnsafeMutablePointer<UnsafeMutablePointer<Dunlin__V1__ClusterMember>?>?,
        _ field: StaticString
    ) throws(WireError) -> [Member] {
        try Self.messages(
            count, array, field, countMax: CoordinatorCalls.membersMax
        ) { packed throws(WireError) in
            try Self.member(packed)
        }
    }

    /// An hour at most, so that no sum of them overflows.
    static func lease(
        _ pointer: UnsafeMutablePointer<Dunlin__V1__LeaseTiming>?
    ) throws(WireError) -> LeaseTerms {
        let packed = try Self.required(pointer, "lease")
        let terms = LeaseTerms(
            termMs: packed.pointee.term_ms, heartbeatMs: packed.pointee.heartbeat_ms,
            driftPerMille: packed.pointee.drift_per_mille)
        guard (1...3_600_000).contains(terms.termMs),
            (1...terms.termMs).contains(terms.heartbeatMs),
            (0...400).contains(terms.driftPerMille)
        else { throw WireError(.badValue, "lease out of range") }
        return terms
    }

    static func mapOrNil(
        _ pointer: UnsafeMutablePointer<Dunlin__V1__ClusterMapping>?
    ) throws(WireError) -> ClusterMap? {
        guard let pointer else { return nil }
        return try Self.map(UnsafePointer(pointer))
    }

    static func map(
        _ packed: UnsafePointer<Dunlin__V1__ClusterMapping>
    ) throws(WireError) -> ClusterMap {
        let settings = ClusterSettings(
            clusterID: packed.pointee.cluster_id,
            restoreGeneration: packed.pointee.restore_generation,
            shardCount: packed.pointee.shard_count, backups: packed.pointee.backups,
            minInSync: packed.pointee.min_in_sync, level: packed.pointee.level,
            bundle: packed.pointee.bundle,
            awaitsConfirmation: packed.pointee.awaits_confirmation != 0)
        guard (1...ShardMap.shardsMax).contains(settings.shardCount),
            packed.pointee.n_shards == Int(settings.shardCount)
        else { throw WireError(.badValue, "shards are not shard_count") }
        return ClusterMap(
            revision: packed.pointee.revision, settings: settings,
            nodes: try Self.messages(
                packed.pointee.n_nodes, packed.pointee.nodes, "nodes",
                countMax: CoordinatorCalls.nodesMax, Self.nodeRecord),
            shards: try Self.messages(
                packed.pointee.n_shards, packed.pointee.shards, "shards",
                countMax: CoordinatorCalls.shardsMax, Self.shard))
    }

    private static func nodeRecord(
        _ packed: UnsafePointer<Dunlin__V1__NodeListing>
    ) throws(WireError) -> NodeRecord {
        NodeRecord(
            id: try Self.node(packed.pointee.node, "node"),
            incarnation: packed.pointee.incarnation, diskID: packed.pointee.disk_id,
            startCounter: packed.pointee.start_counter,
            address: try Self.text(
                packed.pointee.address, "address", bytesMax: CoordinatorCalls.addressBytesMax),
            state: try Self.kind(packed.pointee.state, "state", NodeRecord.State.self),
            levelMin: packed.pointee.level_min, levelMax: packed.pointee.level_max,
            zone: try Self.text(
                packed.pointee.zone, "zone", bytesMax: CoordinatorCalls.addressBytesMax))
    }

    static func shard(
        _ packed: UnsafePointer<Dunlin__V1__ShardHolding>
    ) throws(WireError) -> ShardConfiguration {
        let learners = try Self.texts(
            packed.pointee.n_learners, packed.pointee.learners, "learners",
            countMax: CoordinatorCalls.membersMax, bytesMax: NodeID.bytesMax)
        let nodes = learners.compactMap { NodeID($0) }
        guard nodes.count == learners.count else {
            throw WireError(.badValue, "learners has what is not a node's name")
        }
        return ShardConfiguration(
            version: packed.pointee.version, epoch: packed.pointee.epoch,
            primary: try Self.nodeOrNil(packed.pointee.primary, "primary"),
            inSync: try Self.members(packed.pointee.n_in_sync, packed.pointee.in_sync, "in_sync"),
            eligible: try Self.members(
                packed.pointee.n_eligible, packed.pointee.eligible, "eligible"),
            learners: nodes, moveTo: try Self.nodeOrNil(packed.pointee.move_to, "move_to"),
            condition: try Self.kind(
                packed.pointee.condition, "condition", ShardConfiguration.Condition.self))
    }
}
