import DunlinCluster
import DunlinCoordinator
import DunlinPorts
import DunlinWire
import Synchronization
import Testing

@Suite("A remote coordinator")
struct RemoteCoordinatorTests {
    static let map: ClusterMap? = {
        guard let a = NodeID("a"), let b = NodeID("b-2") else { return nil }
        return ClusterMap(
            revision: 9,
            settings: ClusterSettings(
                clusterID: .max, restoreGeneration: 2, shardCount: 2, backups: 2, minInSync: 1,
                level: 3, bundle: .max, awaitsConfirmation: true),
            nodes: [
                NodeRecord(
                    id: a, incarnation: 4, diskID: .max, startCounter: 7, address: "h:1",
                    state: .draining, levelMin: 1, levelMax: 2, zone: "x"),
                NodeRecord(
                    id: b, incarnation: 5, diskID: 1, startCounter: 1, address: "",
                    state: .silent, levelMin: 1, levelMax: 1, zone: ""),
            ],
            shards: [
                ShardConfiguration(
                    version: 3, epoch: 2, primary: a,
                    inSync: [Member(a, incarnation: 4), Member(b, incarnation: 5)],
                    eligible: [Member(b, incarnation: 1)], learners: [b], moveTo: b,
                    condition: .normal),
                ShardConfiguration(condition: .lost),
            ])
    }()

    @Test("what is asked arrives as it was, and so do the answers")
    func roundTrip() async throws {
        let map = try #require(Self.map)
        let (a, b) = (map.nodes[0].id, map.nodes[1].id)
        let there = RecordingCoordinator(map)
        let remote = RemoteCoordinator(addresses: ["x:1"]) { _ in DirectChannel(there) }
        let registration = NodeRegistration(
            id: b, address: "h:2", zone: "y", diskID: .max, incarnation: 1, startCounter: 2,
            nonce: 3, isSuspect: true, levelMin: 4, levelMax: 5,
            crashed: [CrashedTakeUp(shard: 1, epoch: .max)])
        let reply = try await remote.register(registration)
        #expect(reply == there.registrationReply)
        let heartbeat = Heartbeat(
            member: Member(a, incarnation: 4), startCounter: 7, mapRevision: 8, wantsDrain: true,
            brokenShards: [1, 0],
            load: NodeLoad(
                shards: [ShardLoad(shard: 1, dueNextHour: 2, accounts: 3, committedOp: 4)],
                diskFreeBytes: 5, residentAccounts: 6),
            rateDemands: [
                RateDemand(
                    tenant: "main", account: "acct", limitPerSecond: 25, wantedPerSecond: 7)
            ], bundle: 11)
        #expect(try await remote.heartbeat(heartbeat) == there.heartbeatReply)
        let change = InSyncChange(
            shard: 0, version: 3, epoch: 2, primary: Member(a, incarnation: 4),
            inSync: map.shards[0].inSync)
        #expect(try await remote.changeInSync(change) == map.shards[0])
        let handOver = HandOver(
            shard: 0, version: 3, epoch: 2, primary: Member(a, incarnation: 4),
            to: Member(b, incarnation: 5))
        #expect(try await remote.handOver(handOver) == map.shards[0])
        #expect(try await remote.map(since: 8) == map)
        #expect(try await remote.map(since: 9) == nil)
        let operations: [ClusterOperation] = [
            .drain(a), .undrain(b), .move(shard: 0, to: b), .revive(shard: 1, on: nil),
            .revive(shard: 1, on: a), .release(shard: 1), .remove(b, acceptLoss: true),
            .remove(b, acceptLoss: false), .finalize(level: 2),
            .setCopies(backups: 2, minInSync: 1), .useBundle(.max, former: 3), .confirmRestore,
        ]
        for operation in operations { try await remote.operate(operation) }
        try await remote.keep(bundle: 9, source: [5], use: nil)
        try await remote.keep(bundle: 9, source: [], use: 0)
        #expect(try await remote.source(ofBundle: 7) == [1, 2, 3])
        #expect(try await remote.bundles() == [7, .max])
        #expect(try await remote.status() == there.clusterStatus)
        #expect(
            there.asked == [
                "\(registration)", "\(heartbeat)", "\(change)", "\(handOver)",
            ] + operations.map { "\($0)" } + ["keep 9 [5] -", "keep 9 [] 0"])
    }

    @Test("errors arrive as they were", arguments: CoordinatorError.Code.allCases)
    func errors(_ code: CoordinatorError.Code) async throws {
        let map = try #require(Self.map)
        let there = RecordingCoordinator(map)
        there.fail(CoordinatorError(code, "So it is."))
        let remote = RemoteCoordinator(addresses: ["x:1"]) { _ in DirectChannel(there) }
        let error = await #expect(throws: CoordinatorError.self) {
            _ = try await remote.status()
        }
        #expect(error == CoordinatorError(code, "So it is."))
    }

    @Test("who does not lead is left for the one that does, and a dead one for the next")
    func leaders() async throws {
        let map = try #require(Self.map)
        let leader = RecordingCoordinator(map)
        let follower = RecordingCoordinator(map)
        follower.fail(CoordinatorError(.unavailable, "Not I.", leader: "three:1"))
        let dialled = Mutex<[String]>([])
        let remote = RemoteCoordinator(addresses: ["one:1", "two:1", "three:1"]) {
            address throws(CallError) in
            dialled.withLock { $0.append(address) }
            switch address {
            case "one:1": throw CallError(.unavailable, "Nobody there.")
            case "two:1": return DirectChannel(follower)
            default: return DirectChannel(leader)
            }
        }
        _ = try await remote.status()
        #expect(dialled.withLock { $0 } == ["one:1", "two:1", "three:1"])
        _ = try await remote.status()
        #expect(dialled.withLock { $0 }.suffix(1) == ["three:1"])
        leader.fail(CoordinatorError(.unavailable, "Not any more.", leader: "two:1"))
        let error = await #expect(throws: CoordinatorError.self) {
            _ = try await remote.status()
        }
        // It does not go round for ever.
        #expect(error?.code == .unavailable)
        #expect(dialled.withLock { $0.count } < 12)
    }
}

/// A coordinator that says what it was asked and answers as it was told.
final class RecordingCoordinator: CoordinatorService, ClusterOperator, BundleLibrary {
    private struct State {
        var asked: [String] = []
        var failure: CoordinatorError?
    }

    private let theMap: ClusterMap
    private let state = Mutex(State())

    init(_ map: ClusterMap) {
        self.theMap = map
    }

    var asked: [String] { self.state.withLock { $0.asked } }

    func fail(_ error: CoordinatorError) {
        self.state.withLock { $0.failure = error }
    }

    var registrationReply: RegistrationReply {
        RegistrationReply(
            incarnation: 4, startCounter: 8, epochFloors: [2, 0], map: self.theMap,
            lease: LeaseTerms(termMs: 3000, heartbeatMs: 500, driftPerMille: 10))
    }

    var heartbeatReply: HeartbeatReply {
        HeartbeatReply(
            map: nil, lease: .standard,
            rateShares: [RateShare(tenant: "main", account: "acct", perSecond: 3)])
    }

    var clusterStatus: ClusterStatus {
        ClusterStatus(
            map: self.theMap,
            nodes: self.theMap.nodes.map { record in
                ClusterStatus.Node(
                    record: record, isAlive: record.state == .draining, silentMs: -1,
                    isDraining: true, wantsDrain: false, leads: 1, copies: 2, learners: 3,
                    dueNextHour: 4, residentAccounts: 5, diskFreeBytes: 6, bundle: 12)
            }, leader: "x:1", leadsForMs: 77)
    }

    private func note(_ asked: String) throws(CoordinatorError) {
        let failure = self.state.withLock { state in
            state.asked.append(asked)
            return state.failure
        }
        if let failure { throw failure }
    }

    func register(
        _ registration: NodeRegistration
    ) async throws(CoordinatorError) -> RegistrationReply {
        try self.note("\(registration)")
        return self.registrationReply
    }

    func heartbeat(_ heartbeat: Heartbeat) async throws(CoordinatorError) -> HeartbeatReply {
        try self.note("\(heartbeat)")
        return self.heartbeatReply
    }

    func changeInSync(
        _ change: InSyncChange
    ) async throws(CoordinatorError) -> ShardConfiguration {
        try self.note("\(change)")
        return self.theMap.shards[0]
    }

    func handOver(_ handOver: HandOver) async throws(CoordinatorError) -> ShardConfiguration {
        try self.note("\(handOver)")
        return self.theMap.shards[0]
    }

    func map(since revision: UInt64) async throws(CoordinatorError) -> ClusterMap? {
        revision == self.theMap.revision ? nil : self.theMap
    }

    func operate(_ operation: ClusterOperation) async throws(CoordinatorError) {
        try self.note("\(operation)")
    }

    func keep(
        bundle: UInt64, source: [UInt8], use former: UInt64?
    ) async throws(CoordinatorError) {
        try self.note("keep \(bundle) \(source) \(former.map { "\($0)" } ?? "-")")
    }

    func source(ofBundle bundle: UInt64) async throws(CoordinatorError) -> [UInt8] {
        guard bundle == 7 else { throw CoordinatorError(.notFound, "There is none.") }
        return [1, 2, 3]
    }

    func bundles() async throws(CoordinatorError) -> [UInt64] { [7, .max] }

    func status() async throws(CoordinatorError) -> ClusterStatus {
        if let failure = self.state.withLock({ $0.failure }) { throw failure }
        return self.clusterStatus
    }
}

/// Leads to a coordinator's call server without a connection.
struct DirectChannel: CallChannel {
    private let server: CoordinatorCallServer

    init(_ coordinator: any CoordinatorCallServer.Served) {
        self.server = CoordinatorCallServer(coordinator)
    }

    func call(
        _ api: Api, _ body: [UInt8], _ options: CallOptions
    ) async throws(CallError) -> [UInt8] {
        try await self.server.answer(InboundCall(api: api, version: 1, stream: 1, body: body))
    }

    func notify(_ api: Api, _ body: [UInt8], _ options: CallOptions) async throws(CallError) {}

    func stream(
        _ api: Api, _ body: [UInt8], _ options: CallOptions,
        each: ([UInt8]) async throws(CallError) -> Void
    ) async throws(CallError) {}
}
