import ArgumentParser
import DunlinCluster
import DunlinCoordinator
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinWeb
import Foundation

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copies a running cluster's shards into a folder, each up to a committed batch.",
        discussion: """
            Any node will do; nothing is stopped. Each shard is copied whole, up to what was \
            committed when its turn came, and its chain is checked on the way. Addresses stay \
            sealed; the sealing keys lie apart in `keys`, and can be opened only with the nodes' \
            own key, which is not part of it.
            """)

    @Option(help: ArgumentHelp("A new folder.", valueName: "folder"))
    var to: String

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    /// Shards that are copied at once.
    private static let atOnce = 4

    func run() async throws {
        let folder = self.to
        try Self.makeFolders(folder)
        let status = try await self.cluster.withCluster {
            remote throws(CoordinatorError) in try await remote.status()
        }
        let settings = status.map.settings
        let channels = OpenChannels(self.cluster.security)
        defer { channels.close() }
        let node = RemoteNode(try await channels.channel(to: self.cluster.connect))
        let bundles = try await self.copyBundles(folder)
        let shards = try await self.copyShards(settings.shardCount, folder, node)
        // Afterwards: no shard may hold what is later than the clock.
        let clock = try await self.asked { try await node.clock() }
        let manifest = BackupManifest(
            id: .random(in: 1 ... .max), program: ProductVersion.current,
            madeAt: "\(WallClock().now())", cluster: settings.clusterID,
            generation: settings.restoreGeneration, shardCount: settings.shardCount,
            backups: settings.backups, minInSync: settings.minInSync, level: settings.level,
            bundle: settings.bundle, bundles: bundles, clock: clock.kind, now: "\(clock.now)",
            shards: shards)
        try manifest.write(folder)
        let bytes = shards.reduce(0) { $0 + $1.bytes }
        if self.output.json {
            Console.write([
                "folder": .string(folder), "shards": .integer(shards.count),
                "bytes": .integer(bytes), "keys": .integer(shards.reduce(0) { $0 + $1.keys }),
                "bundles": .integer(bundles.count),
            ])
        } else {
            Console.write("\(folder): \(shards.count) shards, \(bytes) bytes")
        }
    }

    private static func makeFolders(_ folder: String) throws(Failure) {
        guard !FileManager.default.fileExists(atPath: folder) else {
            throw Failure("\(folder) is there already: name a new folder.")
        }
        for part in ["", "/shards", "/keys", "/bundles"] {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder + part, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
            } catch {
                throw Failure("\(folder) cannot be made: \(error.localizedDescription)")
            }
        }
    }

    private func asked<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch let error as NodeError {
            throw Failure(error, at: Endpoints(self.cluster.connect))
        }
    }

    private func copyBundles(_ folder: String) async throws -> [UInt64] {
        let bundles = try await self.cluster.withCluster { remote throws(CoordinatorError) in
            var sources: [(UInt64, [UInt8])] = []
            for id in try await remote.bundles() {
                sources.append((id, try await remote.source(ofBundle: id)))
            }
            return sources
        }
        for (id, source) in bundles {
            try Data(source).write(
                to: URL(fileURLWithPath: "\(folder)/bundles/\(BundleID(id))"))
        }
        return bundles.map(\.0)
    }

    private func copyShards(
        _ count: UInt32, _ folder: String, _ node: RemoteNode
    ) async throws -> [BackupManifest.Shard] {
        try await self.asked {
            try await withThrowingTaskGroup(of: BackupManifest.Shard.self) { group in
                var copied: [BackupManifest.Shard] = []
                for shard in 0..<count {
                    if shard >= Self.atOnce, let done = try await group.next() {
                        copied.append(done)
                    }
                    group.addTask { try await ShardCopy(shard: shard, folder).run(node) }
                }
                for try await done in group { copied.append(done) }
                return copied.sorted { $0.shard < $1.shard }
            }
        }
    }
}

/// One shard on its way into a backup.
private struct ShardCopy {
    private let pages: PageFile.Writer
    private let keys: PageFile.Writer
    private var summary: BackupManifest.Shard
    private var hash = HashChain.start

    init(shard: UInt32, _ folder: String) throws(Failure) {
        self.pages = try PageFile.Writer(BackupManifest.pages(folder, "shards", shard))
        self.keys = try PageFile.Writer(BackupManifest.pages(folder, "keys", shard))
        self.summary = BackupManifest.Shard(
            shard: shard, op: 0, epoch: 0, hash: "", bytes: 0, keys: 0)
    }

    consuming func run(_ node: RemoteNode) async throws -> BackupManifest.Shard {
        var last: UInt64 = .max
        while self.summary.op < last {
            let page = try await node.extract(shard: self.summary.shard, from: self.summary.op + 1)
            // What is committed while the copy is made belongs to the next backup.
            if last == .max { last = page.commitOp }
            let batches = page.batches.filter { $0.place.op <= last }
            guard !batches.isEmpty else {
                guard self.summary.op >= last else {
                    throw Failure("shard \(self.summary.shard) ended early; try again.")
                }
                break
            }
            try self.check(batches)
            try self.write(batches, page)
        }
        try self.pages.close()
        try self.keys.close()
        self.summary.bytes = self.pages.bytes
        self.summary.hash = hexadecimal(self.hash)
        return self.summary
    }

    private mutating func check(_ batches: [ReplicaBatch]) throws(Failure) {
        for batch in batches {
            let hash = HashChain.next(
                previous: self.hash, shard: self.summary.shard, op: batch.place.op,
                epoch: batch.place.epoch, records: batch.records)
            guard batch.place.op == self.summary.op + 1, hash == batch.place.hash else {
                throw Failure(
                    "shard \(self.summary.shard), batch \(batch.place.op): the chain is broken;"
                        + " run `dunlin verify` on a copy of its primary's directory.")
            }
            self.hash = hash
            self.summary.op = batch.place.op
            self.summary.epoch = batch.place.epoch
        }
    }

    private mutating func write(_ batches: [ReplicaBatch], _ page: PrepareEntry) throws {
        var plain = page
        plain.batches = batches.map {
            ReplicaBatch(place: $0.place, records: $0.records, keys: [])
        }
        try self.pages.add(plain)
        let keyed = batches.filter { !$0.keys.isEmpty }
        guard !keyed.isEmpty else { return }
        var apart = page
        apart.batches = keyed.map { ReplicaBatch(place: $0.place, records: [], keys: $0.keys) }
        self.summary.keys += keyed.reduce(0) { $0 + UInt64($1.keys.count) }
        try self.keys.add(apart)
    }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
