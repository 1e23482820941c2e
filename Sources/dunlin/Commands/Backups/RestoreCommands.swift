import ArgumentParser
import DunlinCluster
import DunlinCoordinator
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinWeb
import Foundation

struct RestoreCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Makes a new cluster from a backup; it charges nothing until it is confirmed.",
        discussion: """
            Once for the coordinator's store, and once for each node that begins with a part of the \
            shards, all with the same --nodes; then everything is started as always. Further nodes \
            may join, and copies are made as in any cluster. Charges wait for `dunlin cluster \
            confirm-restore`.
            """,
        subcommands: [RestoreNode.self, RestoreCoordinator.self])
}

struct RestoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The backup's folder.", valueName: "folder"))
    var from: String

    @Option(
        help: ArgumentHelp(
            "The nodes that the shards are shared out among, in one order.", valueName: "a,b,…"))
    var nodes: String

    @OptionGroup var output: OutputOptions

    func ids() throws(Failure) -> [NodeID] {
        let names = self.nodes.split(separator: ",").map(String.init)
        let ids = names.compactMap { NodeID($0) }
        guard !ids.isEmpty, ids.count == names.count, Set(ids).count == ids.count else {
            throw Failure("--nodes: write names of nodes with commas between, each once.")
        }
        return ids
    }
}

struct RestoreNode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "Makes one node's data directory.")

    @Argument(help: "The node's name, one of --nodes.")
    var node: String

    @Option(help: ArgumentHelp("The new data directory.", valueName: "dir"))
    var data: String

    @Option(
        help: ArgumentHelp(
            "Accounts that were erased since: `TENANT ACCOUNT` a line.", valueName: "file"))
    var erasures: String?

    @Flag(help: "Restores no sealing keys: addresses can be read nowhere then.")
    var withoutKeys = false

    @OptionGroup var restoring: RestoreOptions

    func run() async throws {
        let nodes = try self.restoring.ids()
        guard let id = NodeID(self.node), nodes.contains(id) else {
            throw Failure("`\(self.node)` is not one of --nodes.")
        }
        let erased = try self.erasures.map { path throws(Failure) in
            try ErasureFile(path).keys
        }
        let restore = NodeRestore(
            folder: self.restoring.from, manifest: try BackupManifest.read(self.restoring.from),
            node: id, nodes: nodes, erased: Set(erased ?? []), isWithoutKeys: self.withoutKeys)
        let count = try await restore.run(into: self.data)
        if self.restoring.output.json {
            Console.write(["node": .string(id.name), "shards": .integer(count)])
        } else {
            Console.write("\(self.data): \(count) shards for node \(id)")
        }
    }
}

struct RestoreCoordinator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Fills the store of a coordinator that has coordinated nothing yet.")

    @Option(help: ArgumentHelp("The coordinator's configuration.", valueName: "file"))
    var config: String

    @Option(help: ArgumentHelp("The coordinator's data directory.", valueName: "dir"))
    var data: String

    @OptionGroup var restoring: RestoreOptions

    func run() async throws {
        let nodes = try self.restoring.ids()
        let manifest = try BackupManifest.read(self.restoring.from)
        let configuration = try Configuration(
            path: self.config, environment: ProcessInfo.processInfo.environment)
        guard let coordinator = configuration.cluster?.coordinator else {
            throw Failure("\(self.config): there is no `cluster.coordinator` section.")
        }
        var bundles: [(UInt64, [UInt8])] = []
        for id in manifest.bundles {
            let path = "\(self.restoring.from)/bundles/\(BundleID(id))"
            bundles.append((id, try Console.read(path, bytesMax: 4 << 20)))
        }
        let runtime = SystemRuntime(clock: WallClock(), loops: 1)
        defer { runtime.stop() }
        let opened = try CoordinatorProcess.open(coordinator, data: self.data, runtime: runtime)
        do throws(CoordinatorStoreError) {
            try await RestoredCluster.store(
                Self.record(manifest, nodes), bundles: bundles, prefix: opened.prefix,
                in: opened.store)
        } catch {
            await opened.close()
            throw Failure("\(error.message)")
        }
        await opened.close()
        if self.restoring.output.json {
            Console.write([
                "cluster": .string(hexadecimal(manifest.cluster)),
                "restore_generation": .integer(manifest.generation + 1),
            ])
        } else {
            Console.write(
                "cluster \(hexadecimal(manifest.cluster)), restore generation "
                    + "\(manifest.generation + 1); start it, then `dunlin cluster confirm-restore`")
        }
    }

    private static func record(_ manifest: BackupManifest, _ nodes: [NodeID]) -> ClusterRecord {
        var record = ClusterRecord(
            ClusterSettings(
                clusterID: manifest.cluster, restoreGeneration: manifest.generation + 1,
                shardCount: manifest.shardCount, backups: manifest.backups,
                minInSync: manifest.minInSync, level: manifest.level, bundle: manifest.bundle,
                awaitsConfirmation: true))
        record.revision = 1
        record.nextIncarnation = UInt64(nodes.count) + 1
        record.nodes = nodes.enumerated().map { index, id in
            ClusterRecord.Node(
                record: NodeRecord(
                    id: id, incarnation: UInt64(index) + 1, diskID: manifest.disk(of: id),
                    startCounter: RestoredDisk.startCounter, address: "", state: .silent,
                    levelMin: manifest.level, levelMax: manifest.level, zone: ""), nonce: 0)
        }.sorted { $0.record.id < $1.record.id }
        for (index, shard) in manifest.shards.enumerated() {
            let holder = BackupManifest.holder(of: shard.shard, among: nodes)
            guard let member = record.node(holder)?.record.member else { continue }
            record.shards[index].configuration = ShardConfiguration(
                version: 1, epoch: max(1, shard.epoch), inSync: [member])
        }
        return record
    }
}
