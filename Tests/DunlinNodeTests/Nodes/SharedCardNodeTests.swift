import DunlinCluster
import DunlinCore
import DunlinPorts
import DunlinTesting
import Synchronization
import Testing

@testable import DunlinNode

/// Real shards: the accounts of one card and the card itself live in different ones.
@Suite("Cards shared by accounts, over the shards of a node")
struct SharedCardNodeTests {
    static let card = "fp_1"

    @Test("one account alone charges as if there were nothing to share")
    func alone() async throws {
        try await SharingBench.with { bench in
            try await bench.fail(0)
            try await bench.advance(days: 10)
            #expect(bench.gateway.orders.count == 3, "as many as the rule leaves room for")
            let share = try await bench.share(0)
            #expect(share?.standing == .sole)
            #expect(try await bench.effects(0).isEmpty)
        }
    }

    @Test("four accounts of one card stay within its cap, and all of them know that they share")
    func withinTheCap() async throws {
        try await SharingBench.with { bench in
            for index in 0..<4 { try await bench.fail(index) }
            try await bench.advance(days: 1)
            try await bench.advance(days: 20)
            bench.expectWithinCap()
            #expect(bench.gateway.orders.count > 4, "there was room for more than the first")
            for index in 0..<4 {
                #expect(try await bench.share(index)?.standing == .shared)
                #expect(try await bench.share(index)?.holders == 4)
                #expect(try await bench.effects(index).isEmpty)
            }
        }
    }

    @Test("a second account comes late: what the first has used counts")
    func lateJoiner() async throws {
        try await SharingBench.with { bench in
            try await bench.fail(0)
            try await bench.advance(days: 4)
            #expect(bench.gateway.orders.count == 2)
            try await bench.fail(1)
            try await bench.advance(days: 20)
            bench.expectWithinCap()
            #expect(bench.gateway.orders.contains { $0.account.key == "acct-1" })
        }
    }

    @Test("letters under way at a restart arrive after it", arguments: [false, true])
    func restart(folds: Bool) async throws {
        let disk = MemoryDisk(commits: .immediately)
        var earlier: [ChargeOrder] = []
        try await SharingBench.with(disk: disk) { bench in
            try await bench.fail(0)
            try await bench.advance(days: 4)
            // From here on no letter arrives: all of them are in the journals alone.
            bench.node.mail.set(NoMail())
            try await bench.fail(1)
            try await bench.fail(2)
            if folds { await bench.node.foldAll() }
            #expect(try await bench.effects(1).contains(.budgetReport))
            earlier = bench.gateway.orders
        }
        try await SharingBench.with(disk: disk) { bench in
            try await bench.advance(days: 30)
            bench.expectWithinCap(earlier: earlier)
            for index in 0..<3 {
                #expect(try await bench.share(index)?.standing == .shared)
                #expect(try await bench.effects(index).isEmpty)
            }
            await bench.node.foldAll()
        }
        let report = try Verifier(
            journal: disk.journal, rows: disk.rows, map: ShardMap(shardCount: SharingBench.shards)
        ).run()
        #expect(report.damage.isEmpty, "\(report.damage)")
    }

    @Test("letters that fail and come twice change nothing", arguments: 1...6)
    func unreliableMail(seed: Int) async throws {
        try await SharingBench.with { bench in
            let local = LocalMail(
                shards: bench.node.shards, map: ShardMap(shardCount: SharingBench.shards))
            bench.node.mail.set(UnreliableMail(local, seed: UInt64(seed)))
            for index in 0..<3 { try await bench.fail(index) }
            for _ in 0..<12 {
                try await bench.advance(days: 1)
                await bench.mailIsQuiet(accounts: 3)
            }
            bench.expectWithinCap()
            #expect(bench.gateway.orders.count >= 4)
        }
    }
}

/// Loses every letter.
private struct NoMail: EntityMail {
    func deliver(_ letter: EntityLetter) async throws(NodeError) -> EntityReply {
        throw NodeError(.unavailable, "no letter arrives")
    }
}

/// Delivers some letters twice and loses some answers, by a seed.
private final class UnreliableMail: EntityMail {
    private let mail: any EntityMail
    private let random: Mutex<SeededRandom>

    init(_ mail: any EntityMail, seed: UInt64) {
        self.mail = mail
        self.random = Mutex(SeededRandom(seed: seed))
    }

    func deliver(_ letter: EntityLetter) async throws(NodeError) -> EntityReply {
        let luck = self.random.withLock { $0.next() % 5 }
        if luck == 0 { throw NodeError(.unavailable, "lost before it arrived") }
        let reply = try await self.mail.deliver(letter)
        if luck == 1 { throw NodeError(.unavailable, "the answer was lost") }
        return luck == 2 ? try await self.mail.deliver(letter) : reply
    }
}

/// A node of several shards whose gateway declines, at a clock that the test moves.
struct SharingBench {
    static let start = CivilTime(year: 2026, month: 1, day: 1).utc
    static let shards: UInt32 = 8
    static let rule = BudgetRule(
        number: 1, name: "three-in-ten-days", network: .visa,
        window: .rolling(ms: 10 * Milliseconds.day), attemptsMax: 3, source: "test")

    let gateway = RecordingGateway()
    let node: Node
    private let runtime: SystemRuntime

    init(disk: MemoryDisk) throws {
        let clock = ManualClock(at: try Node.storedClock(disk.meta) ?? Self.start)
        self.runtime = SystemRuntime(clock: clock, loops: 2)
        self.gateway.decline()
        let tenant = TenantParts(
            settings: TenantSettings(name: EntityKey.mainTenant, mode: .live),
            gateway: self.gateway)
        self.node = try Node(
            settings: NodeSettings(
                version: "test", map: ShardMap(shardCount: Self.shards),
                origin: ClusterOrigin(cluster: 1, generation: 1), tenants: [tenant]),
            runtime: self.runtime,
            stores: NodeStores(
                journal: disk.journal, rows: disk.rows, keys: disk.keys, meta: disk.meta,
                views: nil),
            sealer: AccountSealer(nodeKey: NodeKey { [UInt8](repeating: 7, count: $0) }),
            supplier: FixedBundle(budgets: [Self.rule]), onFatal: { _ in })
    }

    static func with(
        disk: MemoryDisk = MemoryDisk(commits: .immediately),
        _ body: (SharingBench) async throws -> Void
    ) async throws {
        let bench = try SharingBench(disk: disk)
        try await bench.node.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await bench.node.run() }
            do {
                try await body(bench)
            } catch {
                await bench.node.drain()
                throw error
            }
            await bench.node.drain()
            try await group.waitForAll()
        }
        bench.runtime.stop()
    }

    func fail(_ index: Int) async throws {
        let event = IntakeEvent(
            key: NodeBench.key(index),
            facts: IntakeFacts(
                eventID: "failed-\(index)", occurredAt: try await self.node.clock().now,
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: "in-\(index)", amountMinor: 4200, currency: .eur),
                        codes: DeclineCodes(code: "insufficient_funds"))),
                method: MethodChange(
                    method: PaymentMethod(
                        token: "pm_\(index)", fingerprint: SharedCardNodeTests.card,
                        network: .visa))))
        let results = try await self.node.intake([event])
        #expect(results == [.accepted])
    }

    func advance(days: Int64) async throws {
        let now = try await self.node.clock().now
        _ = try await self.node.advanceClock(to: now.advanced(byMs: days * Milliseconds.day))
    }

    func state(_ index: Int) async throws -> AccountState? {
        try await self.node.accounts([NodeBench.key(index)]).first??.state
    }

    func share(_ index: Int) async throws -> BudgetShare? {
        try await self.state(index)?.share(.card, SharedCardNodeTests.card)
    }

    func effects(_ index: Int) async throws -> [EffectKind] {
        try await self.state(index)?.effects.map(\.kind) ?? []
    }

    /// Returns when no account waits for an answer about what it shares.
    func mailIsQuiet(accounts: Int) async {
        for _ in 0..<20_000 {
            var isQuiet = true
            for index in 0..<accounts
            where (try? await self.effects(index))?.contains(.budgetReport) != false {
                isQuiet = false
            }
            if isQuiet { return }
            await Task.yield()
        }
    }

    /// `earlier`: What an earlier life's gateway was asked.
    func expectWithinCap(earlier: [ChargeOrder] = []) {
        let instants = (earlier + self.gateway.orders).map(\.intendedAt.ms).sorted()
        for first in instants {
            let inWindow = instants.count {
                $0 >= first && $0 - first < 10 * Milliseconds.day
            }
            #expect(inWindow <= Int(Self.rule.attemptsMax))
        }
    }
}
