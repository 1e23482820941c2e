import DunlinCluster
import DunlinConnect
import DunlinCore
import DunlinNode
import DunlinPolicy
import DunlinPorts
import DunlinStore
import DunlinWorld
import Foundation

/// One node in this process with a real journal on disk and the simulated gateway, on a clock that
/// stands at the ladder's start unless another is given.
struct BenchNode: Sendable {
    let node: Node
    let directory: DataDirectory
    let path: String
    private let runtime: SystemRuntime

    /// How a node is set up.
    struct Setup: Sendable {
        /// Of the one tenant, `main`.
        var policy: String
        var seed: UInt64 = 1
        var clock: any DomainClock = ManualClock(at: LadderWorkload.start)
        /// Instead of the simulated one.
        var gateway: (any PaymentGateway)?
        var limits = NodeLimits()

        init(policy: String) { self.policy = policy }
    }

    /// `policy`: of the one tenant, `main`.
    static func start(in parent: String, policy: String, seed: UInt64) async throws -> BenchNode {
        var setup = Setup(policy: policy)
        setup.seed = seed
        return try await Self.start(in: parent, setup)
    }

    /// In a directory of its own.
    static func start(in parent: String, _ setup: Setup) async throws -> BenchNode {
        try await Self.open(parent + "/dunlin-bench-\(UUID().uuidString)", setup)
    }

    /// In a directory that may be there from an earlier run.
    static func open(_ path: String, _ setup: Setup) async throws -> BenchNode {
        let origin = ClusterOrigin(cluster: 1, generation: 1)
        let directory = try DataDirectory(
            path: path,
            creating: DirectoryIdentity(
                origin: origin, shardCount: ShardMap.shardsDefault, level: 1), onFatal: Self.stop)
        let runtime = SystemRuntime(
            clock: setup.clock, loops: max(1, ProcessInfo.processInfo.activeProcessorCount))
        let gateway = SimulatedGateway(
            defaultBehavior: .ladder(seed: setup.seed), remembersKeys: false)
        var settings = NodeSettings(
            version: "bench", map: ShardMap(shardCount: ShardMap.shardsDefault), origin: origin,
            tenants: [
                TenantParts(
                    settings: TenantSettings(name: EntityKey.mainTenant, mode: .live),
                    gateway: setup.gateway ?? gateway, billing: gateway)
            ])
        settings.limits = setup.limits
        let node = try Node(
            settings: settings, runtime: runtime,
            stores: NodeStores(
                journal: directory.journal, rows: directory.rows, keys: directory.keys,
                meta: directory.meta, views: nil),
            sealer: AccountSealer(nodeKey: NodeKey { Array(repeating: 7, count: $0) }),
            supplier: BenchBundles(policy: setup.policy), onFatal: Self.stop)
        try await node.start()
        return BenchNode(node: node, directory: directory, path: path, runtime: runtime)
    }

    /// Runs `work` while the node performs effects, then drains it and removes what it stored.
    func run<Answer: Sendable>(
        _ work: @escaping @Sendable (BenchNode) async throws -> Answer
    ) async throws -> Answer {
        defer { try? FileManager.default.removeItem(atPath: self.path) }
        return try await self.runKeeping(work)
    }

    /// As above; what was stored stays.
    func runKeeping<Answer: Sendable>(
        _ work: @escaping @Sendable (BenchNode) async throws -> Answer
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.node.run() }
            let answer = try await work(self)
            await self.node.drain()
            try await group.waitForAll()
            self.runtime.stop()
            try self.directory.close()
            return answer
        }
    }

    @Sendable
    private static func stop(_ error: StoreError) {
        FileHandle.standardError.write(Data("dunlin-bench: \(error)\n".utf8))
        _exit(70)
    }
}

/// The files that come with Dunlin, without zones: the benchmarks' customers live in UTC.
private struct BenchBundles: BundleSupplier {
    let policy: String

    func initial() throws(NodeError) -> SuppliedBundle {
        do {
            let compiled = try BundleCompiler.compile(
                BundleSource(
                    policies: [BuiltInSources.defaultPolicy, BuiltInSources.ladderPolicy],
                    tenantPolicies: [EntityKey.mainTenant: self.policy], zones: ZoneCatalog()))
            return SuppliedBundle(
                bundle: compiled.bundle, source: try compiled.source.encoded(), warnings: [])
        } catch {
            throw NodeError(.internalError, "the built-in policies are wrong: \(error)")
        }
    }

    func applying(
        yaml: String, tenant: String?, to base: [UInt8]
    ) throws(NodeError) -> SuppliedBundle {
        throw NodeError(.failedPrecondition, "a benchmark keeps its policy")
    }

    func rebasing(current: [UInt8], from base: [UInt8]) throws(NodeError) -> SuppliedBundle {
        try self.initial()
    }

    func load(source: [UInt8]) throws(NodeError) -> SuppliedBundle { try self.initial() }
}
