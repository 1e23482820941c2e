import DunlinCluster
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinStore
import DunlinWire
import Foundation

/// Makes a node's data directory from a backup: journals and keys as they were, under the next
/// restore generation. Rows and views are made again from the journal when the node starts.
struct NodeRestore {
    let folder: String
    let manifest: BackupManifest
    let node: NodeID
    /// All among whom the shards are shared out.
    let nodes: [NodeID]
    /// Whose keys are left out.
    let erased: Set<EntityKey>
    let isWithoutKeys: Bool

    /// Answers the number of shards that are on it now.
    func run(into data: String) async throws -> Int {
        guard !FileManager.default.fileExists(atPath: data + "/journal.db") else {
            throw Failure("\(data) holds a journal already: name a new directory.")
        }
        let directory = try DataDirectory(
            path: data,
            creating: DirectoryIdentity(
                origin: ClusterOrigin(
                    cluster: self.manifest.cluster,
                    generation: UInt64(self.manifest.generation) + 1),
                shardCount: self.manifest.shardCount, level: self.manifest.level)
        ) { error in
            FileHandle.standardError.write(Data("dunlin: \(error)\n".utf8))
            _exit(1)
        }
        do {
            let count = try await self.fill(directory)
            try directory.close()
            return count
        } catch {
            try? directory.close()
            throw error
        }
    }

    private func fill(_ directory: DataDirectory) async throws -> Int {
        for id in self.manifest.bundles {
            let path = "\(self.folder)/bundles/\(BundleID(id))"
            let source = try Console.read(path, bytesMax: 4 << 20)
            try BundleShelf.keep(BundleID(id), source, in: directory.meta)
        }
        if self.manifest.clock == "manual", let now = Timestamp(iso8601: self.manifest.now) {
            try Node.storeClock(now, directory.meta)
        }
        let mine = self.manifest.shards.filter {
            BackupManifest.holder(of: $0.shard, among: self.nodes) == self.node
        }
        for shard in mine { try await self.fill(shard, directory) }
        // Last: until then the directory is nobody's.
        try RestoredDisk(
            diskID: self.manifest.disk(of: self.node), incarnation: self.incarnation
        ).store(in: directory.meta)
        return mine.count
    }

    private var incarnation: UInt64 { UInt64(self.nodes.firstIndex(of: self.node) ?? 0) + 1 }

    private func fill(_ shard: BackupManifest.Shard, _ directory: DataDirectory) async throws {
        var keys = try await self.keys(of: shard)
        let path = BackupManifest.pages(self.folder, "shards", shard.shard)
        var hash = HashChain.start
        var op: UInt64 = 0
        let journal = directory.journal
        try await PageFile.read(path) { page in
            var batches: [JournalBatch] = []
            for batch in page.batches {
                let next = HashChain.next(
                    previous: hash, shard: shard.shard, op: batch.place.op,
                    epoch: batch.place.epoch, records: batch.records)
                guard batch.place.op == op + 1, next == batch.place.hash else {
                    throw Failure(
                        "\(path), batch \(batch.place.op): the chain is broken; use another backup."
                    )
                }
                (op, hash) = (batch.place.op, next)
                batches.append(
                    JournalBatch(
                        shard: shard.shard, op: op, epoch: batch.place.epoch, hash: next,
                        records: batch.records, newKeys: keys.removeValue(forKey: op) ?? []))
            }
            try await Self.append(batches, journal)
        }
        guard op == shard.op, op == 0 || hexadecimal(hash) == shard.hash else {
            throw Failure("\(path) ends at batch \(op), not \(shard.op): use another backup.")
        }
    }

    private static func append(_ batches: [JournalBatch], _ journal: SQLiteJournal) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Queued in order, so that they are stored in order, in few transactions.
            for batch in batches {
                let (done, finish) = AsyncThrowingStream<Void, any Error>.makeStream()
                journal.append(batch) { result in
                    switch result {
                    case .success: finish.finish()
                    case .failure(let error): finish.finish(throwing: error)
                    }
                }
                group.addTask { for try await _ in done {} }
            }
            try await group.waitForAll()
        }
    }

    private func keys(of shard: BackupManifest.Shard) async throws -> [UInt64: [WrappedKey]] {
        guard !self.isWithoutKeys, shard.keys > 0 else { return [:] }
        var keys: [UInt64: [WrappedKey]] = [:]
        let path = BackupManifest.pages(self.folder, "keys", shard.shard)
        try await PageFile.read(path) { page in
            for batch in page.batches {
                keys[batch.place.op, default: []] += batch.keys
                    .filter { !self.erased.contains($0.entity) }
                    .map { WrappedKey(entity: $0.entity, wrapped: $0.wrapped) }
            }
        }
        return keys
    }
}
