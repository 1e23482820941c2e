import DunlinCluster
import DunlinCore
import DunlinPorts
import DunlinTesting
import Synchronization

@testable import DunlinNode

/// Nodes of one shard in this process, each on a disk in memory, with a way between them that the
/// test cuts, and a coordinator that does what the test says.
final class ClusterBench: Sendable {
    struct Seat: Sendable {
        let member: Member
        let disk: MemoryDisk
        let gateway: RecordingGateway
        let node: Node
        let runtime: SystemRuntime
        let lease: Lease

        var shard: Shard { self.node.shards[0] }
    }

    let links = BenchLinks()
    let coordinator: BenchCoordinator
    private let seats = Mutex<[NodeID: Seat]>([:])

    init(minInSync: UInt32 = 1) {
        self.coordinator = BenchCoordinator(
            ClusterSettings(
                clusterID: 1, restoreGeneration: 1, shardCount: 1, backups: 1,
                minInSync: minInSync))
    }

    static func id(_ name: String) -> NodeID {
        guard let id = NodeID(name) else { preconditionFailure("a test's own name") }
        return id
    }

    func seat(_ name: String) -> Seat {
        guard let seat = self.seats.withLock({ $0[Self.id(name)] }) else {
            preconditionFailure("no such node")
        }
        return seat
    }

    /// Starts a node, on a disk that another process may have left.
    @discardableResult
    func start(
        _ name: String, incarnation: UInt64 = 1, disk: MemoryDisk = MemoryDisk(),
        clock: any DomainClock = ManualClock(at: NodeBench.start),
        billing: (any BillingSystem)? = nil
    ) async throws -> Seat {
        let member = Member(Self.id(name), incarnation: incarnation)
        let runtime = SystemRuntime(clock: clock, loops: 1)
        let lease = Lease(clock: { runtime.monotonicMs() })
        lease.renew(untilMs: .max)
        let map = self.coordinator.map
        let floors = map.shards.map(\.epoch)
        let coordinator = self.coordinator
        let links = BenchLinks.Way(from: member.node, links: self.links)
        let part = ClusterPart(
            registration: RegistrationReply(
                incarnation: incarnation, startCounter: 1, epochFloors: floors, map: map,
                lease: .standard),
            me: member.node, links: links, lease: lease, limits: ReplicaLimits(lagMsMax: 300),
            ask: { coordinator.ask($0, from: member.node) })
        let gateway = RecordingGateway()
        var settings = NodeSettings(
            version: "test", map: ShardMap(shardCount: 1),
            origin: ClusterOrigin(cluster: 1, generation: 1),
            tenants: [
                TenantParts(
                    settings: TenantSettings(name: EntityKey.mainTenant, mode: .live),
                    gateway: gateway, billing: billing)
            ])
        settings.reconcileEveryMs = Milliseconds.hour
        settings.cluster = part
        settings.joinedMap = map
        let node = try Node(
            settings: settings, runtime: runtime,
            stores: NodeStores(
                journal: disk.journal, rows: disk.rows, keys: disk.keys, meta: disk.meta,
                views: nil),
            sealer: AccountSealer(nodeKey: NodeKey { [UInt8](repeating: 7, count: $0) }),
            supplier: FixedBundle(), onFatal: { _ in })
        let seat = Seat(
            member: member, disk: disk, gateway: gateway, node: node, runtime: runtime,
            lease: lease)
        self.seats.withLock { $0[member.node] = seat }
        self.links.add(node, member)
        self.coordinator.add(node, member)
        try await node.start()
        return seat
    }

    /// As after a kill: nothing is drained, nobody reaches it any more.
    func kill(_ name: String) {
        let seat = self.seat(name)
        self.links.remove(seat.member.node)
        self.coordinator.remove(seat.member.node)
        seat.runtime.stop()
    }

    /// Waits until `node` serves the shard in `epoch`.
    func serving(_ name: String, epoch: UInt64) async {
        let shard = self.seat(name).shard
        while await !shard.serves(epoch) { await Task.yield() }
    }

    func until(_ condition: () async throws -> Bool) async rethrows {
        while try await !condition() { await Task.yield() }
    }
}

extension Shard {
    fileprivate func serves(_ epoch: UInt64) -> Bool {
        self.state == .active && self.epoch == epoch
    }
}

/// Ways between nodes that a test cuts, one direction at a time.
final class BenchLinks: Sendable {
    /// As seen from one node.
    struct Way: ReplicaLinks {
        let from: NodeID
        let links: BenchLinks

        func send(
            _ entry: PrepareEntry, to node: NodeID,
            answer: @escaping @Sendable (UInt64, PrepareOutcome?) -> Void
        ) {
            self.links.carry(entry, from: self.from, to: node, answer: answer)
        }
    }

    private struct Content {
        var nodes: [NodeID: (Node, Member)] = [:]
        var cut: Set<[NodeID]> = []
        var loseAnswers: Set<[NodeID]> = []
    }

    private let content = Mutex(Content())

    func add(_ node: Node, _ member: Member) {
        self.content.withLock { $0.nodes[member.node] = (node, member) }
    }

    func remove(_ id: NodeID) { self.content.withLock { $0.nodes[id] = nil } }

    /// Nothing goes from one to the other.
    func cut(_ from: String, _ to: String) {
        self.content.withLock {
            _ = $0.cut.insert([ClusterBench.id(from), ClusterBench.id(to)])
        }
    }

    /// Requests arrive, their answers do not.
    func loseAnswers(_ from: String, _ to: String) {
        self.content.withLock {
            _ = $0.loseAnswers.insert([ClusterBench.id(from), ClusterBench.id(to)])
        }
    }

    func heal() {
        self.content.withLock {
            $0.cut = []
            $0.loseAnswers = []
        }
    }

    fileprivate func carry(
        _ entry: PrepareEntry, from: NodeID, to: NodeID,
        answer: @escaping @Sendable (UInt64, PrepareOutcome?) -> Void
    ) {
        let (target, losesAnswer) = self.content.withLock { content in
            let isThere = content.nodes[from] != nil && !content.cut.contains([from, to])
            return (isThere ? content.nodes[to] : nil, content.loseAnswers.contains([from, to]))
        }
        guard let (node, member) = target else {
            answer(0, nil)
            return
        }
        node.shards[Int(entry.shard)].receive(entry) { outcome in
            answer(member.incarnation, losesAnswer ? nil : outcome)
        }
    }
}

/// Keeps the map as a test says, and carries out what primaries ask if it is right.
final class BenchCoordinator: Sendable {
    private struct Content {
        var map: ClusterMap
        var nodes: [NodeID: (Node, Member)] = [:]
        var isDeaf = false
        var losesAnswers = false
    }

    private let content: Mutex<Content>

    init(_ settings: ClusterSettings) {
        self.content = Mutex(
            Content(
                map: ClusterMap(
                    revision: 1, settings: settings, nodes: [],
                    shards: [ShardConfiguration()])))
    }

    var map: ClusterMap { self.content.withLock { $0.map } }
    var configuration: ShardConfiguration { self.map.shards[0] }

    /// While deaf nothing that is asked is done or answered.
    func setDeaf(_ isDeaf: Bool) { self.content.withLock { $0.isDeaf = isDeaf } }
    /// What is asked is done, and nobody hears of it.
    func setLosesAnswers(_ loses: Bool) { self.content.withLock { $0.losesAnswers = loses } }

    func add(_ node: Node, _ member: Member) {
        self.content.withLock { $0.nodes[member.node] = (node, member) }
    }

    func remove(_ id: NodeID) { self.content.withLock { $0.nodes[id] = nil } }

    /// Changes the configuration and tells everybody.
    func change(_ body: (inout ShardConfiguration) -> Void) {
        self.content.withLock { content in
            body(&content.map.shards[0])
            content.map.shards[0].version += 1
            content.map.revision += 1
        }
        self.tell()
    }

    /// Elects `member` in a new epoch.
    func elect(_ member: Member, inSync: [Member]) {
        self.change {
            $0.epoch += 1
            $0.primary = member.node
            $0.inSync = inSync.sorted()
            $0.learners.removeAll { node in inSync.contains { $0.node == node } }
        }
    }

    func tell() {
        let (map, nodes) = self.content.withLock { ($0.map, $0.nodes.values.map(\.0)) }
        for node in nodes { node.apply(map) }
    }

    func ask(_ request: CoordinatorRequest, from: NodeID) {
        let answer = self.content.withLock { content -> (Node, ShardConfiguration)? in
            guard !content.isDeaf, let (node, _) = content.nodes[from] else { return nil }
            let known = content.map.shards[0]
            var changed = known
            switch request {
            case .changeInSync(let change):
                guard change.version == known.version, change.epoch == known.epoch else { break }
                guard change.inSync.allSatisfy({ content.nodes[$0.node]?.1 == $0 }) else {
                    // A refusal is told by another version.
                    content.map.shards[0].version += 1
                    content.map.revision += 1
                    break
                }
                changed.learners =
                    (changed.learners + known.inSync.map(\.node)).filter { node in
                        !change.inSync.contains { $0.node == node }
                    }.sorted()
                changed.inSync = change.inSync
            case .handOver(let handOver):
                guard handOver.version == known.version, handOver.epoch == known.epoch else {
                    break
                }
                changed.epoch += 1
                changed.primary = handOver.to.node
                changed.moveTo = nil
            case .broken: return nil
            }
            if changed != known {
                changed.version += 1
                content.map.shards[0] = changed
                content.map.revision += 1
            }
            return content.losesAnswers ? nil : (node, content.map.shards[0])
        }
        if let (node, configuration) = answer {
            node.coordinated(0, configuration)
            self.tell()
        }
    }
}
