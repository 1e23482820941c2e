import DunlinCluster
import DunlinConnect
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinStore
import DunlinWorld
import Foundation
import Synchronization

/// W1 against a node in this process, with a real journal on disk.
struct InProcessLadder: Sendable {
    let workload: LadderWorkload
    /// Kept; `nil` for a temporary directory.
    let data: String?
    /// Only reads the result of a directory back.
    let readsOnly: Bool

    func run() async throws -> LadderFigures {
        let path = self.data ?? NSTemporaryDirectory() + "dunlin-w1-\(UUID().uuidString)"
        defer {
            if self.data == nil { try? FileManager.default.removeItem(atPath: path) }
        }
        let origin = ClusterOrigin(cluster: 1, generation: 1)
        let directory = try DataDirectory(
            path: path,
            creating: self.readsOnly
                ? nil
                : DirectoryIdentity(
                    origin: origin, shardCount: ShardMap.shardsDefault, level: 1)
        ) { error in
            FileHandle.standardError.write(Data("dunlin: \(error)\n".utf8))
            _exit(70)
        }
        let start = try Node.storedClock(directory.meta) ?? LadderWorkload.start
        let runtime = SystemRuntime(
            clock: ManualClock(at: start),
            loops: max(1, ProcessInfo.processInfo.activeProcessorCount))
        let node = try self.node(directory, runtime)
        try await node.start()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await node.run() }
            let figures = try await self.measure(node)
            await node.drain()
            try await group.waitForAll()
            runtime.stop()
            try directory.close()
            return figures(Self.size(path))
        }
    }

    private func measure(_ node: Node) async throws -> @Sendable (Int64) -> LadderFigures {
        let usage = Usage()
        if !self.readsOnly {
            try await self.workload.open(node)
            _ = try await node.advanceClock(to: LadderWorkload.end)
        }
        let spent = usage.spent()
        let result = try await self.workload.result(node)
        let transitions = node.counters.transitions.load(ordering: .relaxed)
        let workload = self.workload
        return { diskBytes in
            LadderFigures(
                workload: workload, result: result, transitions: transitions, spent: spent,
                diskBytes: diskBytes)
        }
    }

    private func node(_ directory: DataDirectory, _ runtime: SystemRuntime) throws -> Node {
        let gateway = SimulatedGateway(
            defaultBehavior: .ladder(seed: self.workload.seed), remembersKeys: false)
        let parts = TenantParts(
            settings: TenantSettings(name: self.workload.tenant, mode: .live), gateway: gateway,
            billing: gateway)
        let bundles = try BundleFiles(
            policies: [], tenantPolicies: [self.workload.tenant: "ladder"],
            templates: Set(TemplateCatalog().allNames))
        let settings = NodeSettings(
            version: ProductVersion.current,
            map: ShardMap(shardCount: directory.identity.shardCount),
            origin: directory.identity.origin, tenants: [parts])
        return try Node(
            settings: settings, runtime: runtime,
            stores: NodeStores(
                journal: directory.journal, rows: directory.rows, keys: directory.keys,
                meta: directory.meta, views: nil),
            sealer: AccountSealer(nodeKey: NodeKey(random: runtime.randomBytes)),
            supplier: bundles
        ) { error in
            FileHandle.standardError.write(Data("dunlin: \(error)\n".utf8))
            _exit(70)
        }
    }

    private static func size(_ path: String) -> Int64 {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
            return sum + ((attributes?[.size] as? NSNumber)?.int64Value ?? 0)
        }
    }
}
