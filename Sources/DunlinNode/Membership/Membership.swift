package import DunlinCluster
import DunlinCore
package import DunlinPorts
import Logging
import Synchronization

/// A node's standing with the coordinator: registers, renews the lease, brings maps to the shards
/// and the shards' requests to the coordinator.
///
///     state        happening                               to
///     outside      registered                              inside
///     inside       heartbeat answered                      inside, lease renewed
///     inside       no answer                               inside; effects stop with the lease
///     inside       told that another process is the node   fenced: the process must stop
package final class Membership: Sendable {
    package struct Identity: Sendable {
        package var id: NodeID
        /// Where others reach this node, `host:port`.
        package var address: String
        package var zone: String
        /// Of records, which this program can write.
        package var levels: ClosedRange<UInt32>

        package init(
            id: NodeID, address: String, zone: String = "", levels: ClosedRange<UInt32> = 1...1
        ) {
            self.id = id
            self.address = address
            self.zone = zone
            self.levels = levels
        }
    }

    private struct State {
        var disk: DiskRecord?
        var map: ClusterMap?
        var wantsDrain = false
        var broken: Set<UInt32> = []
        /// The cluster's bundle could not be had: another must lead what this node leads.
        var isBehind = false
        /// When a coordinator answered last; monotonic.
        var heardMs: Int64?
    }

    package let identity: Identity
    package let lease: Lease
    /// `nil` where time is moved by hand.
    package let clockWatch: ClockWatch?
    private let meta: any MetaStore
    private let coordinator: any CoordinatorService
    private let library: (any BundleLibrary)?
    private let runtime: any NodeRuntime
    private let state = Mutex(State())
    private let asked: AsyncStream<CoordinatorRequest>
    private let asking: AsyncStream<CoordinatorRequest>.Continuation
    private let onMap: @Sendable (ClusterMap) -> Void
    private let onFenced: @Sendable (String) -> Void
    private let log = Logger(label: "dunlin.membership")

    private static let retryMs: Int64 = 300

    /// `onMap` is called with every newer map, before the node's shards hear of it. `onFenced` is
    /// called when another process is this node: the process must stop at once.
    package init(
        identity: Identity, meta: any MetaStore, coordinator: any CoordinatorService,
        library: (any BundleLibrary)? = nil, runtime: any NodeRuntime,
        onMap: @escaping @Sendable (ClusterMap) -> Void = { _ in },
        onFenced: @escaping @Sendable (String) -> Void
    ) {
        self.identity = identity
        self.meta = meta
        self.coordinator = coordinator
        self.library = library
        self.runtime = runtime
        let isWall = runtime.clock.kind == "wall"
        let watch = isWall ? ClockWatch(runtime) : nil
        self.clockWatch = watch
        self.lease = Lease(clock: { runtime.monotonicMs() }, wall: watch)
        self.onMap = onMap
        self.onFenced = onFenced
        (self.asked, self.asking) = AsyncStream.makeStream()
    }

    /// The newest map.
    package var map: ClusterMap? { self.state.withLock { $0.map } }

    /// Real ms since a coordinator answered this node; `nil` when none ever did.
    package var unheardMs: Int64? {
        let nowMs = self.runtime.monotonicMs()
        return self.state.withLock { $0.heardMs.map { nowMs - $0 } }
    }

    /// Asks for this node's shards to be led elsewhere.
    package func wantDrain() { self.state.withLock { $0.wantsDrain = true } }

    package func ask(_ request: CoordinatorRequest) { self.asking.yield(request) }

    // MARK: Registration

    /// Registers, however long it takes until a coordinator answers.
    ///
    /// - Returns: What the node must keep to.
    /// - Throws: ``CoordinatorError`` when the coordinator refuses this disk or name, and
    ///   ``StoreError`` when the answer cannot be kept.
    /// `crashed`: Shards that the former process was taking up when it ended.
    package func register(
        isSuspect: Bool = false, crashed: [CrashedTakeUp] = []
    ) async throws -> RegistrationReply {
        var disk = try DiskRecord.load(self.meta, random: self.runtime.randomBytes)
        var registration = NodeRegistration(
            id: self.identity.id, address: self.identity.address, zone: self.identity.zone,
            diskID: disk.diskID, incarnation: disk.incarnation, startCounter: disk.startCounter,
            nonce: disk.nonce, isSuspect: isSuspect,
            levelMin: self.identity.levels.lowerBound, levelMax: self.identity.levels.upperBound,
            crashed: crashed)
        var tries = 0
        while true {
            do throws(CoordinatorError) {
                let reply = try await self.coordinator.register(registration)
                do {
                    try disk.keep(reply, self.meta, random: self.runtime.randomBytes)
                } catch {
                    throw CoordinatorError(.internalError, "the registration cannot be kept")
                }
                let kept = disk
                self.state.withLock {
                    $0.disk = kept
                    $0.map = reply.map
                }
                return try await self.begin(reply)
            } catch {
                if error.code == .failedPrecondition {
                    // The disk is from before a process that has begun: it comes as what it is.
                    try disk.renew(self.meta, random: self.runtime.randomBytes)
                    registration.nonce = disk.nonce
                    continue
                }
                guard error.code == .unavailable else { throw error }
                tries += 1
                if tries % 10 == 1 {
                    self.log.warning(
                        "no coordinator answers; trying again",
                        metadata: ["why": "\(error.message)"])
                }
                await self.pause(Self.retryMs)
            }
        }
    }

    /// Says that the registration is kept, before anything is done in its name: else a copy of the
    /// disk from before could pass for this one.
    private func begin(
        _ reply: RegistrationReply
    ) async throws(CoordinatorError) -> RegistrationReply {
        let heartbeat = Heartbeat(
            member: Member(self.identity.id, incarnation: reply.incarnation),
            startCounter: reply.startCounter, mapRevision: reply.map.revision)
        while true {
            do throws(CoordinatorError) {
                _ = try await self.coordinator.heartbeat(heartbeat)
                return reply
            } catch {
                guard error.code == .unavailable else { throw error }
                await self.pause(Self.retryMs)
            }
        }
    }

    // MARK: Life

    /// Renews the lease and hands maps to `node` and requests to the coordinator, until cancelled
    /// or fenced.
    package func run(_ node: Node) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.beat(node) }
            group.addTask { await self.carryRequests(node) }
            await group.next()
            group.cancelAll()
        }
    }

    private func beat(_ node: Node) async {
        var lease = LeaseTerms.standard
        while !Task.isCancelled {
            guard let beat = await self.heartbeat(of: node) else { return }
            let sentMs = self.runtime.monotonicMs()
            do throws(CoordinatorError) {
                let reply = try await self.coordinator.heartbeat(beat)
                let heardMs = self.runtime.monotonicMs()
                self.state.withLock { $0.heardMs = heardMs }
                lease = reply.lease
                self.hearClock(reply.agreedMs)
                // The map first: a shard that was given to another must know before it may act again.
                if let map = reply.map { await self.take(map, node) }
                self.forgetBroken(beat.brokenShards)
                guard await self.isLevel(node) else {
                    await self.pause(lease.heartbeatMs)
                    continue
                }
                let endsMs = lease.holderEndMs(heartbeatSentMs: sentMs)
                self.lease.renew(untilMs: endsMs)
                node.take(reply.rateShares, endsMs: endsMs)
            } catch {
                switch error.code {
                case .fenced, .refused:
                    self.lease.end()
                    self.onFenced(error.message)
                    return
                default:
                    self.log.warning(
                        "a heartbeat was not answered", metadata: ["why": "\(error.message)"])
                }
            }
            let spent = self.runtime.monotonicMs() - sentMs
            await self.pause(max(10, lease.heartbeatMs - spent))
        }
    }

    private func heartbeat(of node: Node) async -> Heartbeat? {
        let (disk, revision, wantsDrain, broken) = self.state.withLock {
            ($0.disk, $0.map?.revision ?? 0, $0.wantsDrain || $0.isBehind, $0.broken.sorted())
        }
        let isOff = self.lease.clockErrorMs != 0
        guard let disk else { return nil }
        return Heartbeat(
            member: Member(self.identity.id, incarnation: disk.incarnation),
            startCounter: disk.startCounter, mapRevision: revision,
            wantsDrain: wantsDrain || isOff, brokenShards: broken, load: node.latestLoad,
            rateDemands: node.rateDemands, bundle: node.bundle,
            wallMs: self.clockWatch == nil ? nil : self.runtime.wallNow().ms)
    }

    /// Of a clock that is off nothing is fired, and its shards are to be led elsewhere.
    private func hearClock(_ agreedMs: Int64?) {
        guard let watch = self.clockWatch else { return }
        let before = watch.errorMs
        watch.hear(agreedMs: agreedMs)
        let after = watch.errorMs
        guard (before == 0) != (after == 0) else { return }
        if after == 0 {
            self.log.notice("the wall clock is right again")
        } else {
            self.log.error(
                "the wall clock is off: nothing is charged or sent, and the shards are given away",
                metadata: ["ahead_ms": "\(after)"])
        }
    }

    /// The cluster's bundle and settings are in force on this node. While they are not, its lease is
    /// not renewed and it asks for its shards to be led elsewhere: it may not act by an old one.
    private func isLevel(_ node: Node) async -> Bool {
        guard let settings = self.map?.settings else { return true }
        do {
            try await node.follow(settings, self.library)
            self.state.withLock { $0.isBehind = false }
            return true
        } catch {
            self.state.withLock { $0.isBehind = true }
            self.log.error(
                "the cluster's bundle cannot be used; nothing is started by the old one",
                metadata: ["why": "\(error)"])
            return false
        }
    }

    /// What was heard need not be said again: the shard may be tried here once more.
    private func forgetBroken(_ shards: [UInt32]) {
        guard !shards.isEmpty else { return }
        self.state.withLock { $0.broken.subtract(shards) }
    }

    private func take(_ map: ClusterMap, _ node: Node) async {
        let isNewer = self.state.withLock { state in
            guard map.revision > state.map?.revision ?? 0 else { return false }
            state.map = map
            return true
        }
        if isNewer {
            self.onMap(map)
            await node.applied(map)
        }
    }

    // MARK: Requests

    private func carryRequests(_ node: Node) async {
        await withDiscardingTaskGroup { group in
            for await request in self.asked {
                group.addTask { await self.carry(request, node) }
            }
        }
    }

    private func carry(_ request: CoordinatorRequest, _ node: Node) async {
        do throws(CoordinatorError) {
            switch request {
            case .changeInSync(let change):
                let now = try await self.coordinator.changeInSync(change)
                node.coordinated(change.shard, now)
            case .handOver(let handOver):
                let now = try await self.coordinator.handOver(handOver)
                node.coordinated(handOver.shard, now)
            case .broken(let shard):
                self.state.withLock { _ = $0.broken.insert(shard) }
            }
        } catch {
            self.log.warning(
                "the coordinator did not answer a shard", metadata: ["why": "\(error.message)"])
            guard case .handOver(let handOver) = request, error.code == .unavailable else { return }
            // A shard that resigned does nothing until it is elected anew.
            await self.pause(Self.retryMs)
            guard !Task.isCancelled else { return }
            self.ask(.handOver(handOver))
        }
    }

    private func pause(_ ms: Int64) async {
        await withCheckedContinuation { continuation in
            self.runtime.keeper.run(afterMs: ms) { continuation.resume() }
        }
    }
}
