import DunlinCluster
import DunlinCore
import DunlinNode
import DunlinPolicy
import DunlinPorts
import DunlinTesting

/// One seed's world: a node on a disk that outlives it, a gateway that is not part of it, and
/// callers who send their events until they are acknowledged.
///
/// `@unchecked Sendable`: everything runs on the scheduler's one thread.
final class SimWorld: @unchecked Sendable {
    private static let start = CivilTime(year: 2026, month: 1, day: 1).utc
    private static let days: Int64 = 40
    private static let shards: UInt32 = 8

    private let scheduler: SimScheduler
    private let disk = MemoryDisk(commits: .whenAsked)
    private let gateway: SimGateway
    private let nodeKey: NodeKey
    private let accounts: Int
    private var node: Node?
    private var report: SimReport
    private var acknowledged: Set<Int> = []
    private var crashesLeft: Int

    init(seed: UInt64) {
        let scheduler = SimScheduler(seed: seed, startMs: Self.start.ms)
        self.scheduler = scheduler
        self.gateway = SimGateway(
            scheduler: scheduler, lossPermille: scheduler.random.below(120))
        self.nodeKey = NodeKey(random: { (0..<$0).map { UInt8(truncatingIfNeeded: $0 &* 37) } })
        self.accounts = 5 + Int(scheduler.random.below(40))
        self.crashesLeft = Int(scheduler.random.below(12))
        self.report = SimReport(seed: seed)
    }

    func run() -> SimReport {
        GlobalHook.install(self.scheduler)
        defer { GlobalHook.install(nil) }
        self.boot()
        for index in 0..<self.accounts { self.planEvents(of: index) }
        self.planCrash()
        let end = Self.start.ms + Self.days * Milliseconds.day
        self.scheduler.run(until: end) { !self.report.problems.isEmpty }
        self.judge()
        self.report.trace = self.scheduler.trace
        self.report.steps = self.scheduler.steps
        return self.report
    }

    // MARK: The process

    private func boot() {
        let runtime = SimRuntime(scheduler: self.scheduler, lanes: 2)
        var parts = TenantParts(
            settings: TenantSettings(name: "main", mode: .live), gateway: self.gateway)
        parts.paymentLink = "https://pay.test"
        var settings = NodeSettings(
            version: "sim", map: ShardMap(shardCount: Self.shards),
            origin: ClusterOrigin(cluster: 1, generation: 1), tenants: [parts])
        settings.limits.wakeMaxMs = Milliseconds.day
        do {
            let node = try Node(
                settings: settings, runtime: runtime,
                stores: NodeStores(
                    journal: SimJournal(self.disk.journal, scheduler: self.scheduler),
                    rows: self.disk.rows, keys: self.disk.keys, meta: self.disk.meta, views: nil),
                sealer: AccountSealer(nodeKey: self.nodeKey), supplier: SimBundles()
            ) { error in fatalError("the simulated disk is sound, yet: \(error)") }
            self.node = node
            self.begin {
                do {
                    try await node.start()
                    await node.run()
                } catch {
                    self.report.problems.append("the node did not start: \(error)")
                }
            }
        } catch {
            self.report.problems.append("the node could not be made: \(error)")
        }
    }

    /// The simulator is where tasks begin: there is nobody above it to await them, and a crash
    /// drops them as it drops a process.
    private func begin(_ work: @escaping @Sendable () async -> Void) {
        Task { await work() }
    }

    private func planCrash() {
        guard self.crashesLeft > 0 else { return }
        let wait = Int64(
            self.scheduler.random.below(UInt64(Self.days * Milliseconds.day / 8)))
        self.scheduler.after(ms: wait, survives: true) {
            self.crashesLeft -= 1
            self.report.crashes += 1
            let waiting = UInt64(self.disk.journal.waitingCount)
            self.disk.crash(survivors: Int(self.scheduler.random.below(waiting + 1)))
            self.scheduler.crash()
            self.node = nil
            self.scheduler.after(
                ms: Int64(self.scheduler.random.below(60_000)), survives: true
            ) { self.boot() }
            self.planCrash()
        }
    }

    // MARK: Callers

    private func planEvents(of index: Int) {
        let wait = Int64(self.scheduler.random.below(UInt64(3 * Milliseconds.day)))
        self.scheduler.after(ms: wait, survives: true) { self.send(index) }
    }

    private func failure(_ index: Int) -> IntakeEvent {
        IntakeEvent(
            key: EntityKey(key: "acct-\(index)"),
            facts: IntakeFacts(
                eventID: "failed-\(index)", occurredAt: Self.start,
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: "in-\(index)", amountMinor: 1000 + Int64(index), currency: .usd),
                        codes: DeclineCodes(code: "insufficient_funds")))),
            personal: [PersonalContact(channel: .email, address: "a\(index)@example.test")])
    }

    /// Sends again until it is acknowledged, as callers do.
    private func send(_ index: Int) {
        self.scheduler.after(ms: 30_000, survives: true) {
            if !self.acknowledged.contains(index) { self.send(index) }
        }
        guard let node = self.node else { return }
        let event = self.failure(index)
        self.begin {
            guard let results = try? await node.intake([event]) else { return }
            switch results.first {
            case .accepted, .repeated, .ignored:
                self.acknowledged.insert(index)
                self.scheduler.mix(UInt64(index))
            case .refused(let code, _):
                self.report.problems.append("an event was refused: \(code)")
            case .retry, nil: break
            }
        }
    }

    // MARK: Judging

    private func judge() {
        self.report.acknowledged = self.acknowledged.count
        self.report.charges = self.gateway.charges.count
        if self.acknowledged.count != self.accounts {
            self.report.problems.append(
                "only \(self.acknowledged.count) of \(self.accounts) events were acknowledged")
        }
        var approved: [String: Int] = [:]
        var keys = Set<GatewayKey>()
        for charge in self.gateway.charges {
            if !keys.insert(charge.key).inserted {
                self.report.problems.append("one key was charged twice")
            }
            if charge.wasApproved { approved[charge.obligation, default: 0] += 1 }
        }
        for (obligation, count) in approved.sorted(by: { $0.key < $1.key }) where count > 1 {
            self.report.problems.append("\(obligation) was paid \(count) times")
        }
        self.replay(approved)
    }

    /// What the disk says, without the node: chains, replay, and what is owed.
    private func replay(_ approved: [String: Int]) {
        do {
            let verified = try Verifier(
                journal: self.disk.journal, rows: self.disk.rows,
                map: ShardMap(shardCount: Self.shards)
            ).run()
            self.report.records = verified.records
            self.report.digest = verified.stateDigest
            if !verified.isGood {
                self.report.problems.append("the journal is damaged: \(verified.damage)")
            }
        } catch {
            self.report.problems.append("the journal cannot be read: \(error)")
        }
        let states = JournalStates(self.disk.journal, shards: Self.shards)
        for index in self.acknowledged.sorted() {
            guard let state = states["acct-\(index)"], let dunningCase = state.cases.first else {
                self.report.problems.append("acct-\(index) was acknowledged and is lost")
                continue
            }
            let isPaid = approved["in-\(index)"] != nil
            if dunningCase.phase == .recovered { self.report.recovered += 1 }
            if isPaid, dunningCase.inFlight == nil, dunningCase.phase != .recovered {
                self.report.problems.append("in-\(index) was paid and is not recovered")
            }
            if !isPaid, dunningCase.phase == .recovered {
                self.report.problems.append("in-\(index) is recovered and was not paid")
            }
            if dunningCase.flags.contains(.overcharged) {
                self.report.problems.append("in-\(index) was overcharged")
            }
        }
    }
}
