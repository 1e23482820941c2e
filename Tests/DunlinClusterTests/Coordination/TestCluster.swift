import DunlinCluster
import Testing

/// A coordinator's state with nodes that tests let register, live and die.
struct TestCluster {
    var state: CoordinatorState
    var nowMs: Int64 = 100_000
    /// What each node's disk holds, as the node's own code would keep it.
    private(set) var disks: [NodeID: Disk] = [:]
    private var nonces: UInt64 = 0

    struct Disk {
        var id: UInt64
        var incarnation: UInt64 = 0
        var startCounter: UInt64 = 0
    }

    init(
        shards: UInt32 = 8, backups: UInt32 = 1, minInSync: UInt32 = 1,
        _ settings: CoordinatorSettings = CoordinatorSettings()
    ) {
        self.state = CoordinatorState(
            ClusterRecord(
                ClusterSettings(
                    clusterID: 7, restoreGeneration: 1, shardCount: shards, backups: backups,
                    minInSync: minInSync)),
            settings: settings, startedMs: 0)
    }

    var shards: [ShardConfiguration] { self.state.record.shards.map(\.configuration) }

    func member(_ id: NodeID) -> Member {
        self.state.record.node(id)?.record.member ?? Member(id, incarnation: 0)
    }

    mutating func settle() {
        self.state.settle(nowMs: self.nowMs)
        _ = self.state.seal()
    }

    /// A process of the node begins; answers what it is told.
    @discardableResult
    mutating func start(
        _ id: NodeID, zone: String = "", disk: UInt64? = nil, isSuspect: Bool = false,
        levels: ClosedRange<UInt32> = 1...1, crashed: [CrashedTakeUp] = []
    ) throws(CoordinatorError) -> RegistrationReply {
        let number = UInt64(self.disks.count + 1)
        var kept = self.disks[id] ?? Disk(id: disk ?? number)
        if let disk, disk != kept.id { kept = Disk(id: disk) }
        self.nonces += 1
        try self.state.register(
            NodeRegistration(
                id: id, address: "\(id):7000", zone: zone, diskID: kept.id,
                incarnation: kept.incarnation, startCounter: kept.startCounter,
                nonce: self.nonces, isSuspect: isSuspect, levelMin: levels.lowerBound,
                levelMax: levels.upperBound, crashed: crashed), nowMs: self.nowMs)
        self.settle()
        guard let reply = self.state.registrationReply(id) else {
            throw CoordinatorError(.internalError, "no reply")
        }
        kept.incarnation = reply.incarnation
        kept.startCounter = reply.startCounter
        self.disks[id] = kept
        return reply
    }

    /// The nodes' heartbeats, and then what follows.
    mutating func beat(
        _ ids: NodeID..., load: NodeLoad = NodeLoad(), wantsDrain: Bool = false,
        broken: [UInt32] = []
    ) throws(CoordinatorError) {
        for id in ids {
            let disk = self.disks[id] ?? Disk(id: 0)
            try self.state.heartbeat(
                Heartbeat(
                    member: Member(id, incarnation: disk.incarnation),
                    startCounter: disk.startCounter, mapRevision: self.state.record.revision,
                    wantsDrain: wantsDrain, brokenShards: broken, load: load), nowMs: self.nowMs)
        }
        self.settle()
    }

    /// Time passes in which only these nodes are heard.
    mutating func pass(_ ms: Int64, hearing ids: [NodeID]) throws(CoordinatorError) {
        let end = self.nowMs + ms
        while self.nowMs < end {
            self.nowMs = min(end, self.nowMs + 500)
            for id in ids { try self.beat(id) }
            self.settle()
        }
    }

    /// The shard's primary proposes these nodes, in their present lives.
    mutating func propose(_ shard: UInt32, _ ids: [NodeID]) throws(CoordinatorError) {
        let configuration = self.shards[Int(shard)]
        guard let primary = configuration.primary else { return }
        try self.state.changeInSync(
            InSyncChange(
                shard: shard, version: configuration.version, epoch: configuration.epoch,
                primary: self.member(primary), inSync: ids.map { self.member($0) }.sorted()),
            nowMs: self.nowMs)
        self.settle()
    }

    mutating func handOver(_ shard: UInt32, to goal: NodeID) throws(CoordinatorError) {
        let configuration = self.shards[Int(shard)]
        guard let primary = configuration.primary else { return }
        try self.state.handOver(
            HandOver(
                shard: shard, version: configuration.version, epoch: configuration.epoch,
                primary: self.member(primary), to: self.member(goal)), nowMs: self.nowMs)
        self.settle()
    }

    /// Primaries take in learners that have everything and hand over where they are asked, until
    /// nothing moves any more.
    mutating func work(_ ids: [NodeID], rounds: Int = 200) throws(CoordinatorError) {
        for _ in 0..<rounds {
            let before = self.shards
            for (number, shard) in self.shards.enumerated() {
                guard let primary = shard.primary, ids.contains(primary) else { continue }
                let ready = shard.learners.filter { ids.contains($0) }
                let nodes = shard.inSync.map(\.node)
                if !ready.isEmpty {
                    try self.propose(UInt32(number), nodes + ready)
                } else if let goal = shard.moveTo, nodes.contains(goal) {
                    try self.handOver(UInt32(number), to: goal)
                }
            }
            try self.pass(500, hearing: ids)
            if self.shards == before { return }
        }
    }

    /// How many shards each node leads, and how many copies it has in sync.
    func counts() -> [NodeID: (leads: Int, copies: Int)] {
        var counts: [NodeID: (leads: Int, copies: Int)] = [:]
        for shard in self.shards {
            for member in shard.inSync { counts[member.node, default: (0, 0)].copies += 1 }
            if let primary = shard.primary { counts[primary, default: (0, 0)].leads += 1 }
        }
        return counts
    }
}

func node(_ name: String) throws -> NodeID {
    try #require(NodeID(name))
}

/// `a`, `b`, `c`, `d`.
func nodes() throws -> (NodeID, NodeID, NodeID, NodeID) {
    try (node("a"), node("b"), node("c"), node("d"))
}

extension CoordinatorError.Code {
    /// The code of the error that `body` throws; `nil` for none.
    static func thrown(by body: () throws(CoordinatorError) -> Void) -> CoordinatorError.Code? {
        do throws(CoordinatorError) {
            try body()
            return nil
        } catch {
            return error.code
        }
    }
}
