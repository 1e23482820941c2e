import DunlinCluster
import DunlinConnect
import DunlinCore
import DunlinNode
import DunlinPolicy
import DunlinPorts
import DunlinStore
import DunlinWorld
import Foundation
import Synchronization

/// W2 against a node in this process, with a real journal on disk.
struct InProcessWorld: Sendable {
    let workload: WorldWorkload
    let policy: PolicyText
    /// Kept; `nil` for a temporary directory.
    let data: String?
    let eventsPerSecond: Int

    func run() async throws -> WorldFigures {
        let path = self.data ?? NSTemporaryDirectory() + "dunlin-w2-\(UUID().uuidString)"
        defer {
            if self.data == nil { try? FileManager.default.removeItem(atPath: path) }
        }
        let origin = ClusterOrigin(cluster: 1, generation: 1)
        let directory = try DataDirectory(
            path: path,
            creating: DirectoryIdentity(
                origin: origin, shardCount: ShardMap.shardsDefault, level: 1)
        ) { error in
            FileHandle.standardError.write(Data("dunlin: \(error)\n".utf8))
            _exit(70)
        }
        guard try Node.storedClock(directory.meta) == nil else {
            throw Failure("\(path) holds an earlier run; give another directory")
        }
        let start = self.workload.world.parameters.start
        let runtime = SystemRuntime(
            clock: ManualClock(at: start),
            loops: max(1, ProcessInfo.processInfo.activeProcessorCount))
        let gateway = SimulatedGateway(
            defaultBehavior: .world(seed: self.workload.world.seed), remembersKeys: false,
            oracle: WorldBank(self.workload.world))
        let meter = MeteredGateway(gateway, start: start, hours: self.workload.days * 24)
        let node = try self.node(directory, runtime, meter, gateway)
        try await node.start()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await node.run() }
            var figures = try await self.measure(node, meter)
            await node.drain()
            try await group.waitForAll()
            runtime.stop()
            try directory.close()
            figures.diskBytes = Usage.diskBytes(path)
            return figures
        }
    }

    private func measure(_ node: Node, _ meter: MeteredGateway) async throws -> WorldFigures {
        let progress = WorldProgress(steps: self.workload.steps)
        let before = Usage.residentBytes()
        let usage = Usage()
        var run = WorldRun(
            self.workload, clock: MonotonicClock.nowNs, wait: MonotonicClock.wait(untilNs:),
            onStep: progress.show, onHour: { _ in meter.reach(atNs: MonotonicClock.nowNs()) })
        run.eventsPerSecond = self.eventsPerSecond
        let sent = try await run.play(NodeTarget(node))
        let spent = usage.spent()
        let resident = Usage.residentBytes() - before
        progress.end()
        var figures = WorldFigures(
            workload: self.workload, tally: try await run.tally(NodeTarget(node), sent.accounts),
            spent: spent)
        figures.transitions = node.counters.transitions.load(ordering: .relaxed)
        figures.sent = sent
        let reading = meter.reading
        figures.lateness = reading.lateness
        figures.attemptsByHour = reading.byHour
        figures.residentBytes = max(0, resident)
        return figures
    }

    private func node(
        _ directory: DataDirectory, _ runtime: SystemRuntime, _ meter: MeteredGateway,
        _ billing: SimulatedGateway
    ) throws -> Node {
        let parts = TenantParts(
            settings: WorldReading.settings(self.workload.tenant), gateway: meter,
            billing: billing, senders: WorldReading.senders(CountingSink()))
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
            supplier: try WorldReading.bundles(self.policy)
        ) { error in
            FileHandle.standardError.write(Data("dunlin: \(error)\n".utf8))
            _exit(70)
        }
    }
}

extension Usage {
    /// Of all files of a directory.
    static func diskBytes(_ path: String) -> Int64 {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
            return sum + ((attributes?[.size] as? NSNumber)?.int64Value ?? 0)
        }
    }

    /// What the process has in memory now.
    static func residentBytes() -> Int64 {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int64($0) } ?? 0
        return pages * 4096
    }
}

/// A bar on stderr, on a terminal only.
final class WorldProgress: Sendable {
    private let steps: Int
    private let shown = Mutex(-1)

    init(steps: Int) {
        self.steps = steps
    }

    func show(_ done: Int) {
        guard isatty(2) == 1 else { return }
        let percent = done * 100 / max(1, self.steps)
        let isNew = self.shown.withLock { shown in
            defer { shown = percent }
            return shown != percent
        }
        guard isNew else { return }
        let filled = String(repeating: "#", count: percent / 4)
        let empty = String(repeating: ".", count: 25 - percent / 4)
        FileHandle.standardError.write(Data("\r[\(filled)\(empty)] \(percent)%".utf8))
    }

    func end() {
        guard isatty(2) == 1 else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}
