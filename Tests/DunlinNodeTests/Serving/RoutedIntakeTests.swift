import DunlinCluster
import DunlinCore
import DunlinPorts
import Synchronization
import Testing

@testable import DunlinNode

/// Events that go straight to the nodes that lead their shards.
@Suite("A client that routes by the map")
final class RoutedIntakeTests: Sendable {
    private static let shards: UInt32 = 8

    private let anyNode = RecordingNode()
    private let nodes = ["a:1": RecordingNode(), "b:1": RecordingNode()]
    private let map = Mutex<ClusterMap?>(nil)
    private let nowMs = Atomic<Int64>(0)
    private let mapsAsked = Atomic<Int>(0)

    private var routed: RoutedIntake {
        RoutedIntake(
            otherwise: self.anyNode, monotonicMs: { self.nowMs.load(ordering: .relaxed) },
            newMap: { since in
                self.mapsAsked.add(1, ordering: .relaxed)
                return self.map.withLock { $0?.revision == since ? nil : $0 }
            }, connect: { self.nodes[$0] })
    }

    /// Makes a map in which `leaders` lead the shards by turns; an empty name is nobody.
    private func lay(revision: UInt64, leaders: [String]) throws {
        let records = try ["a", "b"].map { name in
            NodeRecord(
                id: try #require(NodeID(name)), incarnation: 1, diskID: 1, startCounter: 1,
                address: "\(name):1", state: .active, levelMin: 1, levelMax: 1, zone: "")
        }
        let map = ClusterMap(
            revision: revision,
            settings: ClusterSettings(
                clusterID: 1, restoreGeneration: 0, shardCount: Self.shards),
            nodes: records,
            shards: (0..<Int(Self.shards)).map {
                ShardConfiguration(primary: NodeID(leaders[$0 % leaders.count]))
            })
        self.map.withLock { $0 = map }
    }

    private func asked(_ name: String) -> Int {
        self.nodes[name]?.with { $0.asked.count } ?? 0
    }

    private let events = (0..<40).map { NodeBench.failure($0) }

    @Test("Each event goes to the node that leads its shard, and its result to its place")
    func straight() async throws {
        try self.lay(revision: 1, leaders: ["a", "b"])
        self.nodes["b:1"]?.with { $0.results = { $0.map { _ in .repeated } } }
        let results = try await self.routed.intake(self.events)
        let shards = ShardMap(shardCount: Self.shards)
        let wanted = self.events.map { event in
            shards.shard(of: event.key) % 2 == 0 ? IntakeResult.accepted : .repeated
        }
        #expect(results == wanted)
        #expect(Set(wanted.map { "\($0)" }).count == 2)
        #expect(self.anyNode.with { $0.asked.isEmpty })
    }

    @Test("Where there is no map any node takes all")
    func noMap() async throws {
        #expect(try await self.routed.intake(self.events).count == 40)
        #expect(self.anyNode.with { $0.asked.count } == 1)
    }

    @Test("What nobody leads, or does not reach its leader, goes to any node")
    func otherwise() async throws {
        try self.lay(revision: 1, leaders: ["a", ""])
        self.nodes["a:1"]?.with { $0.error = NodeError(.unknownOutcome, "gone") }
        let results = try await self.routed.intake(self.events)
        #expect(results == self.events.map { _ in .accepted })
        #expect(self.anyNode.with { $0.asked.count } == 2)
    }

    @Test("What a node refuses is told")
    func refused() async throws {
        try self.lay(revision: 1, leaders: ["a"])
        self.nodes["a:1"]?.with { $0.error = NodeError(.denied, "no") }
        await #expect(throws: NodeError(.denied, "no")) {
            _ = try await self.routed.intake(self.events)
        }
        #expect(self.anyNode.with { $0.asked.isEmpty })
    }

    @Test("The map is asked for again when it is old, and a shard that moved is followed")
    func moved() async throws {
        try self.lay(revision: 1, leaders: ["a"])
        let routed = self.routed
        _ = try await routed.intake(self.events)
        try self.lay(revision: 2, leaders: ["b"])
        _ = try await routed.intake(self.events)
        #expect(self.mapsAsked.load(ordering: .relaxed) == 1)
        #expect(self.asked("b:1") == 0)
        self.nowMs.store(RoutedIntake.mapAgeMs, ordering: .relaxed)
        _ = try await routed.intake(self.events)
        #expect(self.mapsAsked.load(ordering: .relaxed) == 2)
        #expect(self.asked("a:1") == 2)
        #expect(self.asked("b:1") == 1)
    }
}
