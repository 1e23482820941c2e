import DunlinCluster
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinTesting

/// One node's place in a simulated cluster: its disk outlives its processes.
///
/// `@unchecked Sendable`: everything runs on the scheduler's one thread.
final class SimSeat: @unchecked Sendable {
    let id: NodeID
    private unowned let cluster: SimCluster
    private(set) var disk = MemoryDisk(commits: .whenAsked)
    private(set) var process: SimProcess?
    /// Set once it has registered.
    private(set) var node: Node?
    private(set) var part: ClusterPart?
    private var membership: Membership?
    /// Of domain time, before real time.
    var aheadMs: Int64 = 0
    var clocks = SimClocks()
    /// Its wall clock was right while it heard the cluster's time, and is minutes off since.
    private(set) var isSurelyOff = false
    private var registeredMs: Int64 = 0
    /// The disk may have lost something, and the node has not registered since.
    private(set) var isSuspect = false
    private var isOlder = false
    /// What the disk had before an earlier start.
    private var older: MemoryDisk?

    init(_ id: NodeID, cluster: SimCluster) {
        self.id = id
        self.cluster = cluster
    }

    var isWallOff: Bool { self.clocks.wallStepMs.magnitude > UInt64(SimCluster.slightStepMsMax) }

    var isRunning: Bool { self.process != nil }

    /// The life of its disk; `nil` before it was registered.
    var member: Member? {
        guard let bytes = (try? self.disk.meta.value("member.incarnation")) ?? nil else {
            return nil
        }
        return Member(self.id, incarnation: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }

    func boot() {
        guard self.process == nil else { return }
        let cluster = self.cluster
        if self.older == nil || cluster.scheduler.random.chance(permille: 300) {
            self.older = self.disk.copy()
        }
        cluster.watch?.began(self.id.name)
        let process = cluster.scheduler.makeProcess()
        self.process = process
        let runtime = SimRuntime(
            scheduler: cluster.scheduler, lanes: 2, process: process,
            aheadMs: { [unowned self] in self.aheadMs },
            clocks: { [unowned self] in self.clocks },
            isByWall: cluster.mutation != .watchesClock)
        let membership = Membership(
            identity: Membership.Identity(id: self.id, address: "\(self.id.name):1"),
            meta: self.disk.meta,
            coordinator: SimCoordinatorWay(
                from: self.id.name, coordinator: cluster.coordinator, network: cluster.network),
            runtime: runtime, onFenced: { [unowned self] _ in self.restartSoon(process) })
        self.membership = membership
        // An older disk does not know that it is one.
        let isSuspect = self.isSuspect && !self.isOlder
        process.begin {
            do {
                let reply = try await membership.register(isSuspect: isSuspect)
                self.isSuspect = false
                self.isOlder = false
                self.registeredMs = cluster.scheduler.nowMs
                try await self.serve(reply, membership, runtime, process)
            } catch {
                self.restartSoon(process)
            }
        }
    }

    private func serve(
        _ reply: RegistrationReply, _ membership: Membership, _ runtime: SimRuntime,
        _ process: SimProcess
    ) async throws {
        let cluster = self.cluster
        let links = PeerLinks(me: self.id, directory: SimPeers(me: self.id, cluster: cluster))
        let lease = membership.lease
        let part = ClusterPart(
            registration: reply, me: self.id, links: links, lease: lease,
            limits: ReplicaLimits(lagMsMax: 1500, flaws: cluster.mutation?.flaws ?? []),
            ask: { membership.ask($0) })
        var parts = TenantParts(
            settings: TenantSettings(name: "main", mode: .live),
            gateway: SimLedgerWay(
                ledger: cluster.ledger, mayAct: { lease.holds },
                onCharge: { [unowned self] order in
                    if self.isSurelyOff { cluster.note("a node whose clock is off began a charge") }
                    cluster.watch?.charge(order, by: self.id.name)
                }, onRequest: { cluster.watch?.request() }, mutation: cluster.mutation))
        parts.requestsPerSecondMax = cluster.mix.requestsPerSecond
        var settings = NodeSettings(
            version: "sim", map: ShardMap(shardCount: SimCluster.shards),
            origin: ClusterOrigin(cluster: 1, generation: 1),
            tenants: [parts])
        settings.cluster = part
        settings.joinedMap = reply.map
        settings.limits.wakeMaxMs = 500
        settings.limits.tailRecordsMax = cluster.tailRecordsMax
        let node = try Node(
            settings: settings, runtime: runtime,
            stores: NodeStores(
                journal: SimWatchedJournal(
                    journal: SimJournal(
                        self.disk.journal, scheduler: cluster.scheduler, process: process,
                        syncMsMax: cluster.mix.syncMsMax),
                    onCut: { [unowned self] shard, op in
                        cluster.watch?.cut(self, shard: shard, after: op)
                    }),
                rows: self.disk.rows, keys: self.disk.keys, meta: self.disk.meta, views: nil),
            sealer: AccountSealer(nodeKey: cluster.nodeKey), supplier: SimCluster.bundles
        ) { [unowned self] error in
            cluster.note("a node met damage on a sound disk: \(error)")
            self.restartSoon(process)
        }
        try await node.start()
        self.node = node
        self.part = part
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await node.run() }
            group.addTask { await links.run() }
            group.addTask { await membership.run(node) }
            await group.waitForAll()
        }
    }

    /// A lease is shorter than this, so that whoever holds one so long after it registered has heard
    /// the cluster's time.
    private static let heardMs: Int64 = 6000

    /// The wall clock is ahead by so much from now on.
    func stepWall(toMs stepMs: Int64) {
        let wasRight = !self.isWallOff
        let hasHeard =
            self.cluster.scheduler.nowMs - self.registeredMs > Self.heardMs
            && self.membership?.lease.holds == true
        self.clocks.wallStepMs = stepMs
        self.isSurelyOff = self.isWallOff && (self.isSurelyOff || wasRight && hasHeard)
    }

    /// As an init system does.
    private func restartSoon(_ process: SimProcess) {
        self.cluster.scheduler.after(ms: 1, survives: true) {
            guard self.process === process else { return }
            self.kill()
            self.cluster.scheduler.after(ms: 500, survives: true) { self.boot() }
        }
    }

    /// Asks the process to end as an upgrade does: its shards are led elsewhere first, for as long
    /// as that may take.
    func stop(_ done: @escaping @Sendable () -> Void) {
        guard let process = self.process, let node = self.node, let membership = self.membership
        else { return }
        membership.wantDrain()
        process.begin {
            let end = node.monotonicMs() + 6000
            while await !node.ledShards().isEmpty, node.monotonicMs() < end {
                await node.pause(ms: 50)
            }
            await node.drain()
            self.cluster.scheduler.after(ms: 1, survives: true) {
                guard self.process === process else { return }
                self.cluster.tell("\(self.id) has ended")
                self.kill()
                done()
            }
        }
    }

    /// Whatever waits for the disk is lost but for a part that the seed draws.
    ///
    /// `isSuspect`: The disk failed, and the next process says so.
    func kill(isSuspect: Bool = false) {
        guard let process = self.process else { return }
        let waiting = UInt64(self.disk.journal.waitingCount)
        self.disk.crash(
            survivors: Int(self.cluster.scheduler.random.below(waiting + 1)))
        self.cluster.scheduler.crash(process)
        if isSuspect { self.isSuspect = true }
        self.isSurelyOff = false
        self.process = nil
        self.membership = nil
        self.node = nil
        self.part = nil
    }

    /// The disk is gone with everything on it, or has what it had before an earlier start.
    func replaceDisk(byOlder: Bool) {
        self.disk = byOlder ? self.older ?? self.disk : MemoryDisk(commits: .whenAsked)
        self.older = nil
        self.isSuspect = true
        self.isOlder = true
    }
}
