import DunlinCluster
import DunlinPorts
import DunlinTesting

/// The pure state of the coordinator, with a store that keeps everything, behind ways that lose.
///
/// `@unchecked Sendable`: everything runs on the scheduler's one thread.
final class SimCoordinator: @unchecked Sendable {
    static let name = "coordinator"
    static let timeoutMs: Int64 = 1500
    private static let tickMs: Int64 = 200

    private(set) var state: CoordinatorState {
        didSet {
            guard self.state.record.revision != oldValue.record.revision else { return }
            self.onChange(oldValue.record.map)
        }
    }
    /// Called with the map before each change.
    var onChange: (ClusterMap) -> Void = { _ in }
    /// Called when what nodes did not say led to elections, with what was before and after.
    var onElection: ([ShardConfiguration], [ShardConfiguration]) -> Void = { _, _ in }
    /// A coordinator that is not up answers nobody.
    private(set) var isUp = true
    let settings: CoordinatorSettings
    let mutation: Mutation?
    private let scheduler: SimScheduler

    init(
        _ cluster: ClusterSettings, settings: CoordinatorSettings, scheduler: SimScheduler,
        mutation: Mutation?
    ) {
        self.settings = settings
        self.scheduler = scheduler
        self.mutation = mutation
        self.state = CoordinatorState(
            ClusterRecord(cluster), settings: settings, startedMs: scheduler.nowMs)
        self.tick()
    }

    var map: ClusterMap { self.state.record.map }

    func stop() { self.isUp = false }

    /// Another coordinator leads: it knows what is stored, and nothing that was heard.
    func start() {
        guard !self.isUp else { return }
        self.state = CoordinatorState(
            self.state.record, settings: self.settings, startedMs: self.scheduler.nowMs)
        self.isUp = true
    }

    private func tick() {
        self.scheduler.after(ms: Self.tickMs, survives: true) {
            if self.isUp {
                self.state = self.settled(self.state)
                if self.mutation == .uncleanElection { self.electAnybody() }
            }
            self.tick()
        }
    }

    /// An operator's wish; refusals do not matter.
    func operate(_ operation: ClusterOperation) {
        _ = try? self.decide { state, nowMs throws(CoordinatorError) in
            try state.operate(operation, nowMs: nowMs)
        }
    }

    /// All of it or nothing, as a transaction.
    func decide(
        _ change: (inout CoordinatorState, Int64) throws(CoordinatorError) -> Void
    ) throws(CoordinatorError) {
        var next = self.state
        let nowMs = self.scheduler.nowMs
        next.noteOwnClock(wallMs: nowMs, nowMs: nowMs)
        try change(&next, nowMs)
        self.state = self.settled(next)
    }

    private func settled(_ state: CoordinatorState) -> CoordinatorState {
        var next = state
        next.settle(nowMs: self.scheduler.nowMs)
        if next.seal() { self.onElection(state.record.map.shards, next.record.map.shards) }
        return next
    }

    /// Mutation: any copy is elected for a shard whose primary is gone, complete or not.
    private func electAnybody() {
        var record = self.state.record
        var isChanged = false
        for shard in record.shards.indices {
            let configuration = record.shards[shard].configuration
            guard configuration.epoch > 0, configuration.condition == .normal else { continue }
            let primary = configuration.primary.flatMap { self.node($0, record) }
            guard primary?.record.state != .active,
                let learner = configuration.learners.first(where: {
                    self.node($0, record)?.record.state == .active
                }), let node = self.node(learner, record)
            else { continue }
            record.shards[shard].configuration.primary = learner
            record.shards[shard].configuration.epoch += 1
            record.shards[shard].configuration.version += 1
            record.shards[shard].configuration.inSync = [node.record.member]
            record.shards[shard].configuration.learners.removeAll { $0 == learner }
            isChanged = true
        }
        guard isChanged else { return }
        record.revision += 1
        self.state.reload(record)
    }

    private func node(_ id: NodeID, _ record: ClusterRecord) -> ClusterRecord.Node? {
        record.nodes.first { $0.record.id == id }
    }
}

/// One node's way to the coordinator.
struct SimCoordinatorWay: CoordinatorService {
    let from: String
    let coordinator: SimCoordinator
    let network: SimNetwork

    private func ask<Answer: Sendable>(
        _ change:
            @escaping @Sendable (inout CoordinatorState, Int64) throws(CoordinatorError) -> Void,
        _ answer:
            @escaping @Sendable (inout CoordinatorState, Int64) throws(CoordinatorError) -> Answer
    ) async throws(CoordinatorError) -> Answer {
        let coordinator = self.coordinator
        let result: Result<Answer, CoordinatorError>? = await self.network.ask(
            self.from, SimCoordinator.name, timeoutMs: SimCoordinator.timeoutMs, mayRepeat: true
        ) { reply in
            guard coordinator.isUp else { return }
            do throws(CoordinatorError) {
                try coordinator.decide(change)
                var answered: Answer?
                try coordinator.decide { state, nowMs throws(CoordinatorError) in
                    answered = try answer(&state, nowMs)
                }
                if let answered { reply(.success(answered)) }
            } catch {
                reply(.failure(error))
            }
        }
        guard let result else { throw CoordinatorError(.unavailable, "No answer came in time.") }
        return try result.get()
    }

    func register(
        _ registration: NodeRegistration
    ) async throws(CoordinatorError) -> RegistrationReply {
        let losesFloor = self.coordinator.mutation == .epochFloorAndIncarnation
        return try await self.ask { state, nowMs throws(CoordinatorError) in
            try state.register(registration, nowMs: nowMs)
        } _: { state, _ throws(CoordinatorError) in
            guard var reply = state.registrationReply(registration.id) else {
                throw CoordinatorError(.notFound, "The node is not registered.")
            }
            if losesFloor { reply.epochFloors = reply.epochFloors.map { _ in 0 } }
            return reply
        }
    }

    func heartbeat(_ heartbeat: Heartbeat) async throws(CoordinatorError) -> HeartbeatReply {
        let mutation = self.coordinator.mutation
        return try await self.ask { state, nowMs throws(CoordinatorError) in
            try state.heartbeat(heartbeat, nowMs: nowMs)
        } _: { state, nowMs throws(CoordinatorError) in
            var reply = state.heartbeatReply(to: heartbeat, nowMs: nowMs)
            if mutation == .rateShares {
                reply.rateShares = heartbeat.rateDemands.map {
                    RateShare(
                        tenant: $0.tenant, account: $0.account, perSecond: $0.limitPerSecond)
                }
            }
            return reply
        }
    }

    func changeInSync(
        _ change: InSyncChange
    ) async throws(CoordinatorError) -> ShardConfiguration {
        let mutation = self.coordinator.mutation
        return try await self.ask { state, nowMs throws(CoordinatorError) in
            var change = change
            if mutation == .versionCompare {
                change.version = state.record.shards[Int(change.shard)].configuration.version
            }
            if mutation == .incarnationInChanges || mutation == .versionCompare {
                change.inSync = change.inSync.map { member in
                    guard member != change.primary else { return member }
                    return state.record.node(member.node)?.record.member ?? member
                }
            }
            try state.changeInSync(change, nowMs: nowMs)
        } _: { state, _ throws(CoordinatorError) in
            state.record.shards[Int(change.shard)].configuration
        }
    }

    func handOver(_ handOver: HandOver) async throws(CoordinatorError) -> ShardConfiguration {
        try await self.ask { state, nowMs throws(CoordinatorError) in
            try state.handOver(handOver, nowMs: nowMs)
        } _: { state, _ throws(CoordinatorError) in
            state.record.shards[Int(handOver.shard)].configuration
        }
    }

    func map(since revision: UInt64) async throws(CoordinatorError) -> ClusterMap? {
        try await self.ask { _, _ throws(CoordinatorError) in
        } _: { state, _ throws(CoordinatorError) in
            state.record.revision == revision ? nil : state.record.map
        }
    }
}
