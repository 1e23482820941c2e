import DunlinCluster
import DunlinCore
import DunlinPorts
import DunlinTesting
import Synchronization

@testable import DunlinNode

/// A node of one shard on a disk in memory, at a clock that the test moves.
struct NodeBench {
    static let start = CivilTime(year: 2026, month: 1, day: 1).utc

    let disk: MemoryDisk
    let journal: HeldJournal
    let gateway = RecordingGateway()
    let node: Node
    private let runtime: SystemRuntime

    init(
        disk: MemoryDisk, limits: NodeLimits = NodeLimits(), requestsPerSecondMax: UInt32 = 0
    ) throws {
        self.disk = disk
        self.journal = HeldJournal(disk.journal)
        let clock = ManualClock(at: try Node.storedClock(disk.meta) ?? Self.start)
        self.runtime = SystemRuntime(clock: clock, loops: 1)
        var tenant = TenantParts(
            settings: TenantSettings(name: EntityKey.mainTenant, mode: .live),
            gateway: self.gateway)
        tenant.requestsPerSecondMax = requestsPerSecondMax
        var settings = NodeSettings(
            version: "test", map: ShardMap(shardCount: 1),
            origin: ClusterOrigin(cluster: 1, generation: 1), tenants: [tenant])
        settings.limits = limits
        self.node = try Node(
            settings: settings, runtime: self.runtime,
            stores: NodeStores(
                journal: self.journal, rows: disk.rows, keys: disk.keys, meta: disk.meta,
                views: nil),
            sealer: AccountSealer(nodeKey: NodeKey { [UInt8](repeating: 7, count: $0) }),
            supplier: FixedBundle(), onFatal: { _ in })
    }

    /// Runs a node around `body`, and drains it.
    static func with(
        disk: MemoryDisk = MemoryDisk(commits: .whenAsked), limits: NodeLimits = NodeLimits(),
        requestsPerSecondMax: UInt32 = 0,
        _ body: (NodeBench) async throws -> Void
    ) async throws {
        let bench = try NodeBench(
            disk: disk, limits: limits, requestsPerSecondMax: requestsPerSecondMax)
        try await bench.node.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await bench.node.run() }
            do {
                try await body(bench)
            } catch {
                await bench.end()
                throw error
            }
            await bench.end()
            try await group.waitForAll()
        }
        bench.runtime.stop()
    }

    private func end() async {
        self.journal.release()
        await self.node.drain()
    }

    var shard: Shard { self.node.shards[0] }

    /// Returns when everything that was posted to the shard before has been done.
    func settle() async { _ = await self.shard.isQuiet }

    static func key(_ index: Int) -> EntityKey {
        EntityKey(tenant: EntityKey.mainTenant, key: "acct-\(index)")
    }

    static func failure(_ index: Int) -> IntakeEvent {
        IntakeEvent(
            key: Self.key(index),
            facts: IntakeFacts(
                eventID: "failed-\(index)", occurredAt: Self.start,
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: "in-\(index)", amountMinor: 4200, currency: .eur),
                        codes: DeclineCodes(code: "insufficient_funds")))))
    }

    static func payment(_ index: Int) -> IntakeEvent {
        IntakeEvent(
            key: Self.key(index),
            facts: IntakeFacts(
                eventID: "paid-\(index)", occurredAt: Self.start,
                fact: .paymentSucceeded(PaymentSucceeded(obligation: "in-\(index)"))))
    }

    func advance(days: Int64) async throws {
        let now = try await self.node.clock().now
        _ = try await self.node.advanceClock(to: now.advanced(byMs: days * Milliseconds.day))
    }

    /// What an account's attempts came to, in order.
    func outcomes(_ index: Int) async throws -> [AttemptSettled.Verdict] {
        let entries = try await self.node.timeline(Self.key(index), limit: 100)?.entries ?? []
        return entries.compactMap {
            if case .attemptSettled(let settled) = $0.record.event { settled.verdict } else { nil }
        }
    }
}

/// One policy in code: attempts after 1, 3, 5 and 7 days.
struct FixedBundle: BundleSupplier {
    var budgets: [BudgetRule] = []

    func initial() throws(NodeError) -> SuppliedBundle {
        let policy = DunningPolicy(
            name: "ladder",
            retries: RetryRules(
                defaultLadder: RetryLadder(offsetsMs: [1, 3, 5, 7].map { $0 * Milliseconds.day })),
            ending: Ending(afterMs: nil))
        let declines = DeclineMap(byCode: [
            "insufficient_funds": .init(declineClass: .softFunds, advice: .wait)
        ])
        let bundle = Bundle(
            id: BundleID(1), policies: [policy.name: policy], defaultPolicy: policy.name,
            declines: declines, rules: RuleBook(version: 20_260_101, budgets: self.budgets),
            zones: ZoneCatalog())
        return SuppliedBundle(bundle: bundle, source: [1], warnings: [])
    }

    func applying(
        yaml: String, tenant: String?, to base: [UInt8]
    ) throws(NodeError) -> SuppliedBundle {
        throw NodeError(.failedPrecondition, "the policy is fixed")
    }

    func rebasing(current: [UInt8], from base: [UInt8]) throws(NodeError) -> SuppliedBundle {
        try self.initial()
    }

    func load(source: [UInt8]) throws(NodeError) -> SuppliedBundle { try self.initial() }
}

/// A gateway that answers at once, approves unless told otherwise, and keeps what it was asked.
final class RecordingGateway: ImmediateGateway {
    let traits = GatewayTraits(
        name: "recording", keyRetentionMs: Milliseconds.day, concurrencyMax: 10)
    private let asked = Mutex<[ChargeOrder]>([])
    private let declining = Mutex(false)

    var orders: [ChargeOrder] { self.asked.withLock { $0 } }

    func decline() { self.declining.withLock { $0 = true } }

    func chargeNow(_ orders: [ChargeOrder]) -> [AttemptOutcome] {
        self.asked.withLock { $0 += orders }
        let isDeclining = self.declining.withLock { $0 }
        return orders.map { order in
            isDeclining
                ? .declined(DeclineCodes(code: "insufficient_funds"), chargeID: "")
                : .approved(chargeID: "ch-\(order.account.key)")
        }
    }

    func lookUpNow(_ orders: [ChargeLookUp]) -> [AttemptOutcome] {
        orders.map { _ in .notSent(.notFound) }
    }

    func charge(_ orders: [ChargeOrder]) async -> [AttemptOutcome] { self.chargeNow(orders) }
    func lookUp(_ orders: [ChargeLookUp]) async -> [AttemptOutcome] { self.lookUpNow(orders) }
}
