import DunlinCluster
import DunlinCoordinator
import DunlinPorts
import DunlinTesting
import Logging
import Synchronization
import Testing

@Suite("A coordinator", .serialized, .timeLimit(.minutes(5)))
struct CoordinatorTests {
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func options(_ address: String, expecting nodes: Int = 2) -> CoordinatorOptions {
        CoordinatorOptions(
            address: address, prefix: "t/",
            settings: ClusterSettings(clusterID: 5, restoreGeneration: 1, shardCount: 70),
            decisions: CoordinatorSettings(
                expectedNodes: nodes, placementWaitMs: 1_000_000_000), leaderTermMs: 2000)
    }

    static func registration(
        _ id: NodeID, disk: UInt64, nonce: UInt64, after reply: RegistrationReply? = nil
    ) -> NodeRegistration {
        NodeRegistration(
            id: id, address: "\(id):1", diskID: disk, incarnation: reply?.incarnation ?? 0,
            startCounter: reply?.startCounter ?? 0, nonce: nonce)
    }

    @Test("makes the cluster, takes nodes in and keeps it all", arguments: StoreKind.allCases)
    func life(_ kind: StoreKind) async throws {
        let (a, b) = (try #require(NodeID("a")), try #require(NodeID("b")))
        try await kind.with { store, time in
            let runtime = TestRuntime(time)
            // No faster than the machine's: a lease that ends before the test has seen both copies
            // in sync takes one of them out, and nobody here takes it in again.
            let map = try await runtime.drive(isRealTime: true) {
                let coordinator = Coordinator(
                    Self.options("one:1"), store: store, runtime: runtime, logger: Self.logger)
                return try await running([coordinator]) {
                    let first = try await again {
                        try await coordinator.register(Self.registration(a, disk: 1, nonce: 1))
                    }
                    #expect(first.map.shards.allSatisfy { $0.epoch == 0 })
                    let second = try await again {
                        try await coordinator.register(Self.registration(b, disk: 2, nonce: 2))
                    }
                    let beat = Heartbeat(
                        member: Member(a, incarnation: first.incarnation), startCounter: 1,
                        mapRevision: 0)
                    let other = Heartbeat(
                        member: Member(b, incarnation: second.incarnation), startCounter: 1,
                        mapRevision: 0)
                    // Until both were heard within one lease.
                    try await until {
                        _ = try await again { try await coordinator.heartbeat(other) }
                        let reply = try await again { try await coordinator.heartbeat(beat) }
                        return reply.map?.shards.allSatisfy { $0.inSync.count == 2 } == true
                    }
                    let reply = try await again { try await coordinator.heartbeat(beat) }
                    let map = try #require(reply.map)
                    #expect(reply.lease == .standard)
                    let led = try #require(map.shards.firstIndex { $0.primary == a })
                    let shard = map.shards[led]
                    let alone = InSyncChange(
                        shard: UInt32(led), version: shard.version, epoch: shard.epoch,
                        primary: beat.member, inSync: [beat.member])
                    let changed = try await again { try await coordinator.changeInSync(alone) }
                    #expect(changed.inSync == [beat.member])
                    let status = try await again { try await coordinator.status() }
                    #expect(status.leader == "one:1" && status.nodes.count == 2)
                    return try await mapOf(coordinator)
                }
            }
            let kept = try await store.read(prefix: "t/")
            #expect(kept.entries.map(\.key).contains("t/nodes/a"))
            // The next one finds everything as it was.
            let later = try await runtime.drive(isRealTime: true) {
                let coordinator = Coordinator(
                    Self.options("two:1"), store: store, runtime: runtime, logger: Self.logger)
                return try await running([coordinator]) {
                    try await mapOf(coordinator)
                }
            }
            #expect(later.revision > map.revision)
            #expect(later.settings == map.settings)
            #expect(later.nodes.map(\.incarnation) == map.nodes.map(\.incarnation))
            #expect(later.shards.map(\.epoch) == map.shards.map(\.epoch))
        }
    }

    @Test("bundles are kept beside the cluster's record", arguments: StoreKind.allCases)
    func bundles(_ kind: StoreKind) async throws {
        try await kind.with { store, time in
            let runtime = TestRuntime(time)
            let source = [UInt8](repeating: 7, count: 200_000)
            try await runtime.drive(isRealTime: kind != .simulated) {
                let coordinator = Coordinator(
                    Self.options("one:1"), store: store, runtime: runtime, logger: Self.logger)
                try await running([coordinator]) {
                    try await again {
                        try await coordinator.keep(bundle: 9, source: source, use: 0)
                    }
                    for _ in 0..<2 {
                        try await again {
                            try await coordinator.keep(bundle: 3, source: [1], use: nil)
                        }
                    }
                    try await until {
                        try await again { try await coordinator.bundles() } == [3, 9]
                    }
                    try await until {
                        (try? await coordinator.source(ofBundle: 9)) == source
                    }
                    #expect(try await mapOf(coordinator).settings.bundle == 9)
                    // Nobody uses what is not kept.
                    await #expect(throws: CoordinatorError.self) {
                        try await coordinator.operate(.useBundle(4, former: 9))
                    }
                }
            }
            let record = try await store.read(prefix: "t/")
            #expect(!record.entries.contains { $0.key.contains("bundle") })
        }
    }

    @Test("of several one leads, the others say who, and one of them follows it")
    func several() async throws {
        let time = TestTime()
        let runtime = TestRuntime(time)
        let store = SimCoordinatorStore(seed: 1) { time.nowMs }
        try await runtime.drive(isRealTime: false) {
            let one = Coordinator(
                Self.options("one:1"), store: store, runtime: runtime, logger: Self.logger)
            let two = Coordinator(
                Self.options("two:1"), store: store, runtime: runtime, logger: Self.logger)
            try await running([two]) {
                let before = try await running([one]) {
                    try await until { await one.isLeading != two.isLeading }
                    let (leader, other) = await one.isLeading ? (one, two) : (two, one)
                    let address = await one.isLeading ? "one:1" : "two:1"
                    try await until {
                        do throws(CoordinatorError) {
                            _ = try await other.map(since: 0)
                            return false
                        } catch {
                            return error.code == .unavailable && error.leader == address
                        }
                    }
                    return try await mapOf(leader)
                }
                // The first has ended; whoever led, the second one does now.
                let after = try await mapOf(two)
                #expect(after.settings == before.settings && after.revision >= before.revision)
            }
        }
    }

    /// Nodes that register, restart, take turns in leading and fall silent, two coordinators, and a
    /// store that does everything that stores do.
    @Test(
        "with a faulty store no version or epoch is ever two things",
        arguments: [1, 2, 3, 4] as [UInt64])
    func faults(_ seed: UInt64) async throws {
        let time = TestTime()
        let runtime = TestRuntime(time)
        let store = SimCoordinatorStore(seed: seed, faults: .many) { time.nowMs }
        let seen = SeenMaps()
        try await runtime.drive(isRealTime: false) {
            let coordinators = ["one:1", "two:1"].map {
                Coordinator(
                    Self.options($0, expecting: 3), store: store, runtime: runtime,
                    logger: Self.logger)
            }
            try await running(coordinators) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, name) in ["a", "b", "c"].enumerated() {
                        let id = try #require(NodeID(name))
                        group.addTask {
                            try await Self.live(
                                id, disk: UInt64(index + 1), coordinators, seen,
                                seed: seed * 10 + UInt64(index))
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
        #expect(seen.problems == [])
        #expect(seen.highestEpoch > 1)
    }

    /// A node's life: some processes one after the other, each of some heartbeats.
    private static func live(
        _ id: NodeID, disk: UInt64, _ coordinators: [Coordinator], _ seen: SeenMaps, seed: UInt64
    ) async throws {
        var random = SeededRandom(seed: seed)
        var kept: RegistrationReply?
        for process in 1...4 as ClosedRange<UInt64> {
            let registration = Self.registration(
                id, disk: disk, nonce: disk * 100 + process, after: kept)
            let reply = try await anyOf(coordinators) { coordinator in
                try await coordinator.register(registration)
            }
            #expect(
                reply.startCounter == process
                    && reply.incarnation == kept?.incarnation ?? reply.incarnation)
            kept = reply
            seen.take(reply.map)
            var map = reply.map
            let member = Member(id, incarnation: reply.incarnation)
            for _ in 0..<30 {
                let beat = Heartbeat(
                    member: member, startCounter: reply.startCounter, mapRevision: map.revision)
                let answer = try await anyOf(coordinators) { coordinator in
                    try await coordinator.heartbeat(beat)
                }
                if let newer = answer.map { map = newer }
                seen.take(map)
                let led = map.shards.indices.filter { map.shards[$0].primary == id }
                guard let chosen = led.randomElement(using: &random) else { continue }
                let shard = map.shards[chosen]
                guard let goal = shard.inSync.first(where: { $0.node != id }) else { continue }
                let handOver = HandOver(
                    shard: UInt32(chosen), version: shard.version, epoch: shard.epoch,
                    primary: member, to: goal)
                let now = try await anyOf(coordinators) { coordinator in
                    try await coordinator.handOver(handOver)
                }
                seen.take(now, shard: chosen)
            }
        }
    }
}

/// Everything that nodes were told, compared.
final class SeenMaps: Sendable {
    private struct State {
        var versions: [String: ShardConfiguration] = [:]
        var primaries: [String: NodeID] = [:]
        var problems: [String] = []
        var highestEpoch: UInt64 = 0
    }

    private let state = Mutex(State())

    var problems: [String] { self.state.withLock { $0.problems } }
    var highestEpoch: UInt64 { self.state.withLock { $0.highestEpoch } }

    func take(_ map: ClusterMap) {
        for (number, shard) in map.shards.enumerated() { self.take(shard, shard: number) }
    }

    func take(_ shard: ShardConfiguration, shard number: Int) {
        self.state.withLock { state in
            let version = "\(number) version \(shard.version)"
            if let known = state.versions[version], known != shard {
                state.problems.append("\(version) is two things")
            }
            state.versions[version] = shard
            state.highestEpoch = max(state.highestEpoch, shard.epoch)
            guard let primary = shard.primary else { return }
            let epoch = "\(number) epoch \(shard.epoch)"
            if let known = state.primaries[epoch], known != primary {
                state.problems.append("\(epoch) has two primaries")
            }
            state.primaries[epoch] = primary
        }
    }
}

/// Runs `body` while the coordinators run, and ends them.
func running<Result: Sendable>(
    _ coordinators: [Coordinator], _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        for coordinator in coordinators {
            group.addTask {
                try await coordinator.run()
                return nil
            }
        }
        group.addTask { try await body() }
        defer { group.cancelAll() }
        while let result = try await group.next() {
            if let result { return result }
        }
        throw CancellationError()
    }
}

/// Asks until somebody leads.
func again<Result>(_ ask: () async throws -> Result) async throws -> Result {
    for _ in 0..<1_000_000 {
        do {
            return try await ask()
        } catch let error as CoordinatorError {
            guard error.code == .unavailable else { throw error }
        }
        await Task.yield()
    }
    throw CancellationError()
}

/// The map, once the coordinator leads.
func mapOf(_ coordinator: Coordinator) async throws -> ClusterMap {
    let map = try await again {
        try await coordinator.map(since: 0)
    }
    return try #require(map)
}

/// Asks one after the other until one answers.
func anyOf<Result>(
    _ coordinators: [Coordinator],
    _ ask: (Coordinator) async throws -> Result
) async throws -> Result {
    var turn = 0
    return try await again {
        turn += 1
        return try await ask(coordinators[turn % coordinators.count])
    }
}

func until(_ isSo: () async throws -> Bool) async throws {
    for _ in 0..<1_000_000 {
        if try await isSo() { return }
        await Task.yield()
    }
    throw CancellationError()
}
