import DunlinCluster
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinTesting
import Foundation

/// One seed's cluster: three real nodes, a coordinator and a gateway, callers who send until they
/// are acknowledged, and everything that goes wrong with machines and networks.
///
///     time                       what happens
///     until ``stormMs``          faults; domain time runs, hours at a time
///     until ``calmMs`` later     no more faults; domain time runs on
///     until it has converged     nothing moves any more; at most ``settleMs``
///
/// `@unchecked Sendable`: everything runs on the scheduler's one thread.
final class SimCluster: @unchecked Sendable {
    static let shards: UInt32 = 3
    static let start = CivilTime(year: 2026, month: 1, day: 1).utc
    static let bundles = SimBundleOnce()
    static let stormMs: Int64 = 90_000
    static let calmMs: Int64 = 20_000
    static let settleMs: Int64 = 90_000

    let seed: UInt64
    let mutation: Mutation?
    let scheduler: SimScheduler
    let network: SimNetwork
    let coordinator: SimCoordinator
    let ledger: SimLedger
    let nodeKey: NodeKey
    let settings: ClusterSettings
    let tailRecordsMax: UInt64
    private(set) var seats: [String: SimSeat] = [:]
    let names = ["a", "b", "c"]
    var report: SimReport
    var callers: [SimCaller] = []
    let mix: SimMix
    private(set) var watch: SimWatch?
    private(set) var isStorming = true
    var disksLost = 0

    /// Prints what happens.
    let tells: Bool

    init(seed: UInt64, mutation: Mutation? = nil, tells: Bool = false) {
        self.tells = tells
        let scheduler = SimScheduler(seed: seed &* 0x9E37_79B9 ^ 0xC1A5, startMs: Self.start.ms)
        self.seed = seed
        self.mutation = mutation
        self.scheduler = scheduler
        self.network = SimNetwork(scheduler: scheduler)
        self.mix = SimMix(&scheduler.random, seed: seed)
        let backups = UInt32(1 + scheduler.random.below(2))
        self.settings = ClusterSettings(
            clusterID: 1, restoreGeneration: 1, shardCount: Self.shards, backups: backups,
            minInSync: UInt32(1 + scheduler.random.below(UInt64(backups) + 1)))
        self.coordinator = SimCoordinator(
            self.settings,
            settings: CoordinatorSettings(
                expectedNodes: 3, placementWaitMs: 3000,
                repairAfterMs: Int64(scheduler.random.below(4000))),
            scheduler: scheduler, mutation: mutation)
        self.ledger = SimLedger(
            scheduler: scheduler, lossPermille: self.mix.gatewayLossPermille)
        self.nodeKey = NodeKey(random: { (0..<$0).map { UInt8(truncatingIfNeeded: $0 &* 37) } })
        self.tailRecordsMax = 20 + scheduler.random.below(300)
        self.report = SimReport(seed: seed)
        for name in self.names {
            if let id = NodeID(name) { self.seats[name] = SimSeat(id, cluster: self) }
            let drift = UInt64(self.mix.driftPerMilleMax)
            self.seats[name]?.clocks.driftPerMille =
                Int64(scheduler.random.below(drift * 2 + 1)) - Int64(drift)
        }
        self.ledger.tell = { [unowned self] what in self.tell(what) }
        self.watch = SimWatch(self)
        self.coordinator.onChange = { [unowned self] former in
            self.tellChanges(former)
            self.watch?.look()
        }
        self.coordinator.onElection = { [unowned self] former, present in
            self.watch?.elected(former, present)
        }
    }

    private func tellChanges(_ former: ClusterMap) {
        guard self.tells else { return }
        for (number, shard) in self.coordinator.map.shards.enumerated()
        where shard != former.shards[number] {
            let members = shard.inSync.map { "\($0.node)\($0.incarnation)" }
            let others = shard.eligible.map { "\($0.node)\($0.incarnation)" }
            self.tell(
                "shard \(number): version \(shard.version) epoch \(shard.epoch) led by "
                    + "\(shard.primary?.name ?? "nobody"), in sync \(members), eligible "
                    + "\(others), learners \(shard.learners.map(\.name)), to "
                    + "\(shard.moveTo?.name ?? "-"), \(shard.condition)")
        }
    }

    func note(_ problem: String) { self.ledger.note(problem) }

    /// For people who look at one seed.
    func tell(_ what: @autoclosure () -> String) {
        guard self.tells else { return }
        print("\(self.scheduler.nowMs - Self.start.ms) ms: \(what())")
        fflush(nil)
    }

    func run() -> SimReport {
        GlobalHook.install(self.scheduler)
        defer { GlobalHook.install(nil) }
        self.network.set(self.mix)
        for name in self.names { self.seats[name]?.boot() }
        let accounts = 6 + Int(self.scheduler.random.below(20))
        self.callers = (0..<accounts).map { SimCaller($0, cluster: self) }
        for caller in self.callers { caller.plan(withinMs: Self.stormMs * 2 / 3) }
        self.planClock()
        self.planFault()
        self.watchOn()
        let begin = self.scheduler.nowMs
        self.go(until: begin + Self.stormMs)
        self.heal()
        self.go(until: begin + Self.stormMs + Self.calmMs)
        self.clockRuns = false
        // Without a rule it may well never settle: only what must never be is looked for.
        if self.mutation == nil {
            self.settle()
            ClusterJudge(self).judge()
        }
        self.report.problems = self.ledger.problems
        self.report.trace = self.scheduler.trace
        self.report.steps = self.scheduler.steps
        for name in self.names { self.seats[name]?.kill() }
        return self.report
    }

    private func go(until end: Int64) {
        self.scheduler.run(until: end) { !self.ledger.problems.isEmpty }
    }

    // MARK: Domain time

    private var clockRuns = true

    /// Domain time jumps by hours, on each node at another moment.
    private func planClock() {
        self.scheduler.after(
            ms: 400 + Int64(self.scheduler.random.below(800)), survives: true
        ) {
            guard self.clockRuns else { return }
            let jump = Int64(self.scheduler.random.below(UInt64(14 * Milliseconds.hour)))
            for name in self.names {
                let late = Int64(self.scheduler.random.below(300))
                self.scheduler.after(ms: late, survives: true) {
                    self.seats[name]?.aheadMs += jump
                }
            }
            self.planClock()
        }
    }

    private func heal() {
        self.isStorming = false
        self.tell("all is healed")
        self.network.heal()
        self.ledger.lossPermille = 0
        self.coordinator.start()
        for name in self.names {
            if let process = self.seats[name]?.process { self.resume(process) }
            self.seats[name]?.stepWall(toMs: 0)
            self.seats[name]?.boot()
        }
    }

    /// What an operator does when the elected copy lost its disk before it was known to be dead, and
    /// another one still has everything: gives the shard to that one.
    private func reviveLost() {
        guard self.disksLost > 0 else { return }
        for (number, shard) in self.coordinator.map.shards.enumerated()
        where shard.condition == .lost {
            let whole = self.names.first { self.hasAllCommitted(UInt32(number), $0) }
            guard let whole, let seat = self.seats[whole] else { continue }
            self.coordinator.operate(.revive(shard: UInt32(number), on: seat.id))
            self.report.revived += 1
            self.tell("shard \(number) is revived on \(whole)")
        }
    }

    private func hasAllCommitted(_ shard: UInt32, _ name: String) -> Bool {
        let batches = try? self.seats[name]?.disk.journal.batches(
            shard: shard, fromOp: 1, limit: .max)
        var held: [UInt64: [UInt8]] = [:]
        for batch in batches ?? [] { held[batch.op] = batch.hash }
        let known = self.watch?.committed[shard] ?? [:]
        return known.keys.allSatisfy { held[$0] == known[$0] }
    }

    private func watchOn() {
        self.scheduler.after(ms: 40, survives: true) {
            self.watch?.look()
            self.watchOn()
        }
    }

    /// Runs until everything that was asked for is done and all copies are level.
    private func settle() {
        let end = self.scheduler.nowMs + Self.settleMs
        var why = "it was not looked at"
        while self.ledger.problems.isEmpty, self.scheduler.nowMs < end {
            self.go(until: self.scheduler.nowMs + 500)
            guard let reason = ClusterJudge(self).whyUnsettled else { return }
            why = reason
            self.reviveLost()
            self.tell(reason)
        }
        for shard in self.coordinator.map.shards { self.tell("\(shard)") }
        if self.ledger.problems.isEmpty { self.note("it did not converge: \(why)") }
    }
}

/// The built-in policy, compiled once: worlds do not differ in it.
struct SimBundleOnce: BundleSupplier {
    private let inner = SimBundles()
    private let compiled: Result<SuppliedBundle, NodeError>

    init() {
        let inner = self.inner
        self.compiled = Result { () throws(NodeError) in try inner.initial() }
    }

    func initial() throws(NodeError) -> SuppliedBundle { try self.compiled.get() }

    func applying(
        yaml: String, tenant: String?, to base: [UInt8]
    ) throws(NodeError)
        -> SuppliedBundle
    {
        try self.inner.applying(yaml: yaml, tenant: tenant, to: base)
    }

    func rebasing(current: [UInt8], from base: [UInt8]) throws(NodeError) -> SuppliedBundle {
        try self.compiled.get()
    }

    func load(source: [UInt8]) throws(NodeError) -> SuppliedBundle { try self.compiled.get() }
}
